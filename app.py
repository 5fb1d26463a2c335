"""The front end: ``make app``, or ``streamlit run app.py``. The pages are scripts under toolkit/pages.

Without a workspace of your own (TOOLKIT_WORKSPACE, or var) it opens the demo's, on a sandbox that it starts itself.
"""

import importlib
import sys
import threading

import streamlit as st

from toolkit.errors import ToolkitError
from toolkit.pages.front import prepare_demo, workspace_folder
from toolkit.pages.guard import check_address
from toolkit.pages.server import login_secrets, server

folder = workspace_folder()
try:
    prepare_demo(folder)
    check_address(st.get_option("server.address") or "", folder)
    secrets = login_secrets(folder)
except ToolkitError as error:
    sys.exit(f"{error.message}\nNext:  {error.next_step}")
routes, middleware = server(folder)
# What the first visit of a page would otherwise wait for is imported while the browser still loads.
LATER = (
    "toolkit.charts",
    "toolkit.screens.rule_effect",
    "toolkit.screens.wizard",
    "toolkit.screens.why",
    "toolkit.screens.settings",
)
threading.Thread(target=lambda: [importlib.import_module(name) for name in LATER], daemon=True).start()
app = st.App("toolkit/pages/main.py", routes=routes, middleware=middleware, secrets=secrets)
