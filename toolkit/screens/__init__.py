"""What the pages show and do, without a page: plain rows from the state and the evidence, checked actions on them.

Nothing here knows Streamlit; a page opens the workspace, asks one of these, and draws the answer.
"""
