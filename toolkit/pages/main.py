"""The entry script: who is here, which pages there are. Each page is a file of its own beside this one."""

from pathlib import Path

import streamlit as st

from toolkit.pages.front import opened, person, plain, workspace_folder
from toolkit.pages.sessions import LOCAL
from toolkit.settings import FILE as SETTINGS

HERE = Path(__file__).parent
st.set_page_config("Salesforce and Accelo", page_icon=str(HERE / "icon.png"), layout="wide")
st.logo(HERE / "logo.svg", size="large", icon_image=HERE / "icon.png")
st.html(HERE / "look.css")

if not (workspace_folder() / SETTINGS).is_file():
    st.navigation([st.Page(HERE / "welcome.py", title="Welcome")], position="hidden").run()
    st.stop()

somebody = person()
with opened() as workspace:
    waiting = sum(workspace.state.inbox.counts().values())
    read_only = workspace.state.read_only

pages = {
    "Every day": [
        st.Page(HERE / "sync_page.py", title="Sync", icon=":material/sync:", url_path="sync", default=True),
        st.Page(HERE / "plan_page.py", title="Preview", url_path="plan", visibility="hidden"),
        st.Page(HERE / "inbox_page.py", title=f"Inbox ({waiting})" if waiting else "Inbox", icon=":material/inbox:",
                url_path="inbox"),
        st.Page(HERE / "why_page.py", title="Why?", icon=":material/help:", url_path="why"),
    ],
    "Import": [
        st.Page(HERE / "import_page.py", title="Sales and tickets", icon=":material/move_to_inbox:", url_path="import"),
    ],
    "Evidence": [
        st.Page(HERE / "runs_page.py", title="Runs & evidence", icon=":material/fact_check:", url_path="runs"),
        st.Page(HERE / "run_page.py", title="Run", url_path="run", visibility="hidden"),
    ],
    "Set up": [
        st.Page(HERE / "connections_page.py", title="Connections", icon=":material/link:", url_path="connections"),
        st.Page(HERE / "rules_page.py", title="Field rules", icon=":material/rule:", url_path="rules"),
        st.Page(HERE / "settings_page.py", title="Settings", icon=":material/settings:", url_path="settings"),
    ],
}  # fmt: skip
page = st.navigation(pages)
with st.sidebar:
    st.caption("Read-only: nothing goes to Salesforce" if read_only else "Two-way: changes go both ways")
    st.caption(
        "On this machine, as administrator" if somebody == LOCAL else plain(f"{somebody.name} · {somebody.role}")
    )
    if somebody != LOCAL:
        st.link_button("Sign out", "/sign-out", type="tertiary", icon=":material/logout:")
page.run()
