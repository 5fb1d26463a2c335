"""What every page shares: the workspace, the person, checked deeds, and errors shown as one clear message."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import streamlit as st

from toolkit.accounts import Deed, Person
from toolkit.errors import ToolkitError
from toolkit.model import Side
from toolkit.pages.provider import Visitor, offered
from toolkit.pages.sessions import person_of, visiting
from toolkit.screens.going import going, stop
from toolkit.screens.words import COLOURS, STATES, SYSTEMS
from toolkit.settings import FILE as SETTINGS
from toolkit.settings import load_settings
from toolkit.workspace import Workspace

Result = TypeVar("Result")
REPOSITORY = Path(__file__).resolve().parent.parent.parent
LONGEST, JOINER = 2_000, "\u2060"
DEMO = REPOSITORY / "var" / "demo"


def workspace_folder() -> Path:
    """TOOLKIT_WORKSPACE where it is set; else the workspace in var, where there is one; else the demo's."""
    if named := os.environ.get("TOOLKIT_WORKSPACE"):
        return Path(named)
    return REPOSITORY / "var" if (REPOSITORY / "var" / SETTINGS).is_file() else DEMO


def prepare_demo(folder: Path) -> None:
    """Start the sandbox and connect the demo's workspace to it, if that is the one to be shown. Raises ToolkitError."""
    if folder != DEMO:
        return
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "--workspace", str(folder), "demo", "--prepare"],
        cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise ToolkitError(f"The demo could not be prepared: {done.stdout.strip()}", next_step="Run: make demo-reset")


@contextmanager
def opened() -> Iterator[Workspace]:
    """The workspace for this run of the page. Nothing of it is kept between runs: a connection cached by a page
    would hold the state open."""
    with Workspace(workspace_folder()) as workspace:
        yield workspace


def person() -> Person:
    """Who looks at this page; a page for nobody ends here with the way to sign in."""
    visitor = visiting(workspace_folder(), st.user.to_dict())
    found = person_of(workspace_folder(), st.context.cookies, visitor)
    if found is None:
        _gate(visitor)
    return found


def _gate(visitor: Visitor | None) -> NoReturn:
    st.space("medium")
    with st.container(border=True, width=560):
        st.title("Please sign in", anchor=False)
        _ways_in(visitor)
    st.stop()


def _ways_in(visitor: Visitor | None) -> None:
    if visitor is None:
        st.write("This workspace has accounts. Sign in to go on.")
        with st.container(horizontal=True):
            for provider, name in offered(load_settings(workspace_folder()).identity.name).items():
                if st.button(plain(f"Sign in with {name}"), type="primary", key=f"sign_in_{provider}"):
                    st.login(provider)
            st.link_button("Sign in with a password", "/sign-in")
    else:
        who = visitor.address or "somebody without an address"
        but = visitor.refused or "nobody of that name may use this workspace"
        why = f"the identity provider says that you are {who}, but {but}."
        add = (
            f"Ask an administrator: Settings, People, or toolkit users add {visitor.address} --role ROLE --no-password"
        )
        verify = "Have the address verified at the provider, or sign in with another account."
        show_error_text(why[0].upper() + why[1:], verify if visitor.refused else add)
        st.link_button("Sign out, and use another account", "/sign-out")


def header(title: str, caption: str) -> None:
    """The same head on every page: what this is, in one sentence for whoever sees it the first time."""
    st.title(title, anchor=False)
    st.caption(plain(caption))


def zone() -> str | None:
    """The reader's time zone, as the browser says it."""
    return st.context.timezone


def connect_first(missing: Sequence[Side]) -> None:
    """What to do while a system is not connected: the steps, and the way to the first of them."""
    names = " and ".join(SYSTEMS[side] for side in missing)
    with st.container(border=True):
        st.subheader(f"First connect {names}", anchor=False)
        st.markdown("1. Connect both systems: you sign in there, and nothing is written.\n2. Make a first preview: "
                    "what would be paired, created and updated.\n"
                    "3. Confirm it, or change the rules and look again.")  # fmt: skip
        if st.button("Go to Connections", type="primary", icon=":material/link:", key="connect_first"):
            st.switch_page("connections_page.py")


def state_badge(state: str) -> None:
    st.badge(STATES.get(state, state), color=COLOURS.get(state, "gray"))  # type: ignore[arg-type]  # a colour's name


def progress(run: str) -> None:
    """Live progress of a run, from the state: any browser sees it, also after a reload. When it is over,
    the page is drawn anew."""

    @st.fragment(run_every=1.0)
    def live() -> None:
        with opened() as workspace:
            now = going(workspace, run)
        if now is None or now.over:
            st.rerun()
        if not now.alive:
            st.warning(plain(f"The process of this run is gone ({now.step.lower()}). Nothing is lost."))
            if may(Deed.STEER) and st.button("Finish what it left", type="primary", key=f"recover_{run}"):
                with opened() as workspace:
                    do(Deed.STEER, workspace.history.recover, "Everything whose answer was lost was looked up.")
                st.rerun()
            return
        st.progress(now.share or 0.0, plain(now.line + (" · stopping after this record" if now.cancelling else "")))
        if may(Deed.STEER) and not now.cancelling and st.button("Stop this run", key=f"stop_{run}"):
            with opened() as workspace:
                do(Deed.STEER, lambda: stop(workspace, run), "It stops after the record that it is at.")

    live()


def page_of(total: int, size: int, key: str) -> int:
    """The chosen page, from 1; a control is drawn where there is more than one."""
    pages = max(1, -(-total // size))
    return st.pagination(pages, key=key) if pages > 1 else 1


def may(deed: Deed) -> bool:
    """Whether to offer a control. The deed itself is checked again when it is done (``do``)."""
    return person().may(deed)


def do(deed: Deed, action: Callable[[], Result], done: str = "") -> Result | None:
    """Do something for the person: the deed is checked here, on the server, whatever the page offered.

    ``done`` is shown when it worked; an error is shown as one message with its next step, and None is returned.
    """
    try:
        person().check(deed)
        result = action()
    except ToolkitError as error:
        show_error(error)
        return None
    if done:
        st.toast(done)
    return result


def did(deed: Deed, action: Callable[[], object], done: str = "") -> bool:
    """The same for an action that has no answer: whether it was done."""
    return do(deed, lambda: (action(), True)[1], done) is True


def show_error(error: ToolkitError) -> None:
    """One clear message: what happened, then what to do. Never a traceback."""
    show_error_text(error.message, error.next_step)


def show_error_text(message: str, next_step: str) -> None:
    st.error(plain(message) + (f"  \n{plain(f'Next: {next_step}')}" if next_step else ""))


def plain(text: str) -> str:
    """Text as text: what Markdown, HTML, colour codes, icons or formulas of Streamlit would read is escaped, and an
    invisible joiner keeps addresses from becoming links. At most 2,000 characters."""
    text = text if len(text) <= LONGEST else text[:LONGEST] + " …"
    for start in ("://", "www.", "WWW.", "@"):
        text = text.replace(start, start[:-1] + JOINER + start[-1])
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>()#+-.!|$:~^=" else char for char in text)


def records(count: int, word: str = "record") -> str:
    """"1 record", "1,234 records"."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")
