"""The front end: ``make app``, or ``streamlit run app.py``. The pages are scripts under toolkit/pages.

Without a workspace of your own (TOOLKIT_WORKSPACE, or var) it opens the demo's, on a sandbox that it starts itself.
"""

import streamlit as st

from toolkit.pages.front import prepare_demo, workspace_folder
from toolkit.pages.server import check_address, server

folder = workspace_folder()
prepare_demo(folder)
check_address(st.get_option("server.address") or "127.0.0.1", folder)
routes, middleware = server(folder)
app = st.App("toolkit/pages/main.py", routes=routes, middleware=middleware)
