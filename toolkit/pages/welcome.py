"""Welcome: the first visit where there is no workspace yet. Leads to the connections by one button."""

import streamlit as st

from toolkit.errors import ToolkitError
from toolkit.pages.front import header, show_error, workspace_folder
from toolkit.workspace import Workspace

header("Welcome", "Companies, contacts, sales and tickets, from Salesforce to Accelo and in step from then on.")
st.write("A workspace holds your settings, the field rules and the evidence of every run. There is none here yet.")
steps = ("Make a workspace", "Connect Salesforce and Accelo", "Preview: see everything that would be written",
         "Confirm, and get it done with proof")  # fmt: skip
for number, step in enumerate(steps, 1):
    st.markdown(f"{number}. {step}")
if st.button("Make a workspace here", type="primary", key="welcome_make"):
    try:
        Workspace.create(workspace_folder()).close()
    except ToolkitError as error:
        show_error(error)
    else:
        st.rerun()
st.caption("Nothing is sent anywhere. To try it without your own systems: make demo.")
