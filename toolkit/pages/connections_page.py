"""Connections: both systems as cards. Only an administrator connects or disconnects."""

import streamlit as st

from toolkit.accounts import Deed
from toolkit.model import SIDES, Side
from toolkit.pages.front import did, do, header, may, opened, person, plain, show_error_text, workspace_folder, zone
from toolkit.screens import connections, words

ADDRESSES = {"salesforce": "https://yourcompany.my.salesforce.com", "accelo": "https://yourcompany.api.accelo.com"}
person()
header("Connections", "Who this workspace is to each system, and what it may do there. Tokens stay here, encrypted.")


@st.cache_data(ttl=30, show_spinner="Asking the system…", max_entries=8)
def status(folder: str, system: Side, asked: int) -> connections.Card:
    """``asked`` changes when somebody connected, disconnected or pressed refresh."""
    with opened() as workspace:
        return connections.card(workspace, system)


@st.dialog("Disconnect?")
def disconnect(system: Side) -> None:
    st.write(
        f"The token is revoked at {words.SYSTEMS[system]} and forgotten here. No run goes on until you connect again."
    )
    if st.button("Disconnect", type="primary", key=f"conn_disconnect_{system}"):
        with opened() as workspace:
            if said := do(Deed.CONNECT, lambda: connections.disconnect(workspace, system)):
                st.session_state["conn_asked"], st.session_state["conn_said"] = asked + 1, said
                st.rerun()


def set_up(seen: connections.Card) -> None:
    st.caption("Register this redirect address with your application there:")
    st.code(connections.callback(st.context.url or "", seen.system), language=None)
    with st.form(f"conn_form_{seen.system}", border=False):
        url = st.text_input("Address", seen.url, placeholder=ADDRESSES[seen.system])
        client = st.text_input("Client id of the application", seen.client_id)
        login = st.text_input("Sign-in address, if it is another one", seen.login_url)
        secret = st.text_input("Client secret", type="password", autocomplete="off",
                               placeholder="kept; leave blank to keep it" if seen.has_secret else "")  # fmt: skip
        if st.form_submit_button("Save", type="secondary" if seen.ready else "primary"):
            with opened() as workspace:
                said = (url, client, login, secret)
                did(Deed.CONNECT, lambda: connections.set_up(workspace, seen.system, *said), "Saved.")
            st.session_state["conn_asked"] = asked + 1
            st.rerun()


def card(seen: connections.Card) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(seen.name, anchor=False, width="stretch")
        said, colour = seen.standing
        st.badge(said, color=colour)
    if seen.problem:
        show_error_text(seen.problem, seen.next_step)
    if seen.status:
        st.table({name: plain(text) for name, text in seen.facts(zone()).items()}, border="horizontal")
        if seen.share_left is not None:
            left, limit = seen.status["calls_left"], seen.status["calls_limit"]
            st.progress(seen.share_left, f"{left:,} of {limit:,} calls left")
    if not may(Deed.CONNECT):
        st.caption("Only an administrator connects or disconnects.")
        return
    with st.container(horizontal=True):
        if seen.ready:
            st.link_button("Connect again" if seen.connected else f"Connect {seen.name}", f"/oauth/{seen.system}/start",
                           type="secondary" if seen.connected and not seen.problem else "primary")  # fmt: skip
        if seen.connected and st.button("Disconnect…", key=f"conn_ask_{seen.system}"):
            disconnect(seen.system)
        if seen.ready and seen.has_secret and not seen.connected and st.button(
                "Connect without a person", key=f"conn_machine_{seen.system}",
                help="With the application's own id and secret (client credentials), for servers."):  # fmt: skip
            with opened() as workspace:
                did(Deed.CONNECT, lambda: connections.connect_machine(workspace, seen.system), "Connected.")
            st.session_state["conn_asked"] = asked + 1
            st.rerun()
    with st.expander("Address and application", expanded=not seen.ready):
        set_up(seen)


if system := st.query_params.get("connected"):  # back from a sign-in: the state has changed meanwhile
    del st.query_params["connected"]
    st.session_state["conn_said"] = f"Connected to {words.SYSTEMS.get(system, 'the system')}."
    st.session_state["conn_asked"] = st.session_state.get("conn_asked", 0) + 1
    status.clear()
asked = st.session_state.get("conn_asked", 0)
if said := st.session_state.pop("conn_said", ""):
    st.success(plain(said))
for system, column in zip(SIDES, st.columns(2), strict=True):
    with column, st.container(border=True):
        card(status(str(workspace_folder()), system, asked))
if st.button("Ask both again", key="conn_refresh", type="tertiary", icon=":material/refresh:"):
    status.clear()
    st.rerun()
