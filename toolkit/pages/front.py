"""What every page shares: the workspace, the person, checked deeds, and errors shown as one clear message."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import streamlit as st

from toolkit.accounts import Deed, Person
from toolkit.errors import ToolkitError
from toolkit.pages.sessions import person_of
from toolkit.settings import FILE as SETTINGS
from toolkit.workspace import Workspace

Result = TypeVar("Result")
REPOSITORY = Path(__file__).resolve().parent.parent.parent
SYSTEM_NAMES = {"salesforce": "Salesforce", "accelo": "Accelo"}


def workspace_folder() -> Path:
    """TOOLKIT_WORKSPACE where it is set; else the workspace in var, where there is one; else the demo's."""
    if named := os.environ.get("TOOLKIT_WORKSPACE"):
        return Path(named)
    return REPOSITORY / ("var" if (REPOSITORY / "var" / SETTINGS).is_file() else "var/demo")


@contextmanager
def opened() -> Iterator[Workspace]:
    """The workspace for this run of the page. Nothing of it is kept between runs: a connection cached by a page
    would hold the state open."""
    with Workspace(workspace_folder()) as workspace:
        yield workspace


def person() -> Person:
    """Who looks at this page; a page for nobody ends here with the way to sign in."""
    mail = st.user.get("email") if getattr(st.user, "is_logged_in", False) else None
    found = person_of(workspace_folder(), st.context.cookies, str(mail) if mail else None)
    if found is None:
        st.title("Please sign in")
        st.write("This workspace has accounts. Sign in to go on.")
        st.link_button("Sign in", "/sign-in", type="primary")
        st.stop()
    return found


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


def show_error(error: ToolkitError) -> None:
    """One clear message: what happened, then what to do. Never a traceback."""
    st.error(plain(error.message))
    if error.next_step:
        st.caption(plain(f"Next: {error.next_step}"))


def plain(text: str) -> str:
    """Text as text: what Markdown, HTML, colour codes, icons or formulas of Streamlit would read is escaped."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>()#+-.!|$:~^=" else char for char in text)


def records(count: int, word: str = "record") -> str:
    """"1 record", "1,234 records"."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")
