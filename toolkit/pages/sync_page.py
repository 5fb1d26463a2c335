"""Sync: the read-only toggle, what waits, preview and confirm, the last runs."""

import streamlit as st

from toolkit.accounts import Deed
from toolkit.pages.front import connect_first, do, header, may, opened, person, plain, progress, zone
from toolkit.screens import going, sync, words

header("Sync", "Companies and contacts in Salesforce and Accelo. Nothing is written before you have seen it.")
with opened() as workspace:
    seen, now, rows = sync.overview(workspace), going.current(workspace), sync.strip(workspace, zone())
me = person()


@st.dialog("Are you sure?")
def turn() -> None:
    st.write(plain(sync.turning(seen.read_only)))
    label = "Turn read-only off" if seen.read_only else "Turn read-only on"
    if st.button(label, type="primary", key="sync_turn_yes"):
        with opened() as workspace:
            if said := do(Deed.TOGGLE, lambda: sync.turn(workspace)):
                st.session_state["sync_said"] = said
                st.rerun()


if said := st.session_state.pop("sync_said", ""):
    st.success(plain(said))
if seen.missing and not seen.linked["company"]:
    connect_first(seen.missing)
    st.stop()
with st.container(horizontal=True):
    st.metric("Linked companies", seen.linked["company"], border=True, format="localized")
    st.metric("Linked contacts", seen.linked["contact"], border=True, format="localized")
    st.metric("Wait for you", sum(seen.waiting.values()), border=True, format="localized")
    st.metric("Last sync", words.ago(seen.last.ended_at if seen.last else None) or "never", border=True)

with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(":orange[:material/lock:]" if seen.read_only else ":green[:material/sync_alt:]")
    st.markdown(plain(seen.meaning), width="stretch")
    if may(Deed.TOGGLE):
        if st.button("Turn off…" if seen.read_only else "Make read-only…", key="sync_turn"):
            turn()
    else:
        st.caption("Only an administrator changes this.")

if seen.missing:
    connect_first(seen.missing)
elif now is not None:
    with st.container(border=True):
        st.subheader(now.name, anchor=False)
        progress(now.run)
        st.page_link("run_page.py", label="Open this run", query_params={"run": now.run})
else:
    with st.container(border=True):
        if seen.plan is not None:
            made = words.moment(seen.plan.made_at, zone())
            if seen.plan.counts:
                st.subheader("A preview is ready", anchor=False)
                st.write(plain(sync.in_short(seen.plan.counts)))
                st.caption(plain(f"Made {made}. Nothing of it is written before you confirm it."))
                if st.button("Look at the changes", type="primary", key="sync_look"):
                    st.switch_page("plan_page.py", query_params={"run": seen.plan_run})
            else:
                st.subheader("Both sides agree", anchor=False)
                st.write(plain(f"The preview made {made} found nothing to write."))
        else:
            st.subheader("See what a sync would do", anchor=False)
            st.write("A preview reads both systems and lists every value it would write. It writes nothing.")
        if seen.decided:
            st.caption(f"{words.many(seen.decided, 'decision')} from the inbox will be part of the next preview.")
        if may(Deed.PLAN):
            with st.container(horizontal=True, vertical_alignment="center"):
                again = seen.plan is not None and bool(seen.plan.counts)
                go = st.button("Make a new preview" if again else "Preview changes", key="sync_preview",
                               type="secondary" if again else "primary")  # fmt: skip
                full = st.checkbox("Compare everything (slower)", key="sync_full",
                                   help="Also what carries no stamp of change: addresses, "
                                        "deletions in Accelo.")  # fmt: skip
            if go:
                with opened() as workspace:
                    if do(Deed.PLAN, lambda: sync.preview(workspace, me.name, full=full)):
                        st.rerun()

st.subheader("Recent runs", anchor=False)
if rows:
    st.dataframe(
        [{"Run": r["what"], "State": r["state"], "Started": r["when"], "Took": r["took"], "Writes": r["written"],
          "Failed": r["failed"], "Wait": r["waiting"]} for r in rows],
        hide_index=True, alt="The last runs of the sync, newest first", placeholder="–",
    )  # fmt: skip
    st.page_link("runs_page.py", label="All runs and their evidence", icon=":material/fact_check:")
else:
    st.caption("No runs yet. The first preview shows what would be paired, created and updated.")
