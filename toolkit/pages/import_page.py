"""Import of sales or tickets: read, people, statuses, scope, preview, import. Steps can be left and found again."""

import streamlit as st

from toolkit.errors import ToolkitError
from toolkit.pages import import_result
from toolkit.pages import import_steps as steps
from toolkit.pages.front import connect_first, header, opened, person, progress, show_error
from toolkit.screens import sync, wizard
from toolkit.screens.wizard_lists import KINDS

person()
header(
    "Sales and tickets", "Opportunities become sales, cases become tickets. Everything is shown before it is written."
)
names = {"sales": "Sales (opportunities)", "tickets": "Tickets (cases)"}
what = st.segmented_control("What to import", list(KINDS), default=st.query_params.get("what", "sales"), required=True,
                            format_func=lambda name: names[name], key="import_what") or "sales"  # fmt: skip
st.query_params["what"] = what
with opened() as workspace:
    try:
        now, missing = wizard.standing(workspace, what), sync.missing(workspace)
    except ToolkitError as error:
        show_error(error)
        st.stop()
if missing and now.lists is None:
    connect_first(missing)
    st.stop()


def choose() -> None:
    with opened() as workspace:
        wizard.go(workspace, what, st.session_state[f"import_step_{what}"])


key = f"import_step_{what}"
if st.session_state.get(key) != now.step:
    st.session_state[key] = now.step
st.segmented_control("Step", list(wizard.STEPS), key=key, required=True, on_change=choose,
                     format_func=lambda step: f"{wizard.STEPS.index(step) + 1}  {step}")  # fmt: skip
if now.going is not None:
    with st.container(border=True):
        st.subheader("The import is under way" if now.going.mode != "plan" else "Reading and planning", anchor=False)
        progress(now.going.id)
        if now.going.mode != "plan":
            import_result.pausing(now)
        st.caption("This goes on in a process of its own. You may leave, reload or close this page.")
    st.stop()
if now.lists is None and now.step != "Read":
    st.info("First both systems are read; then the owners and statuses are here.")
{"Read": steps.read, "People": steps.people, "Statuses": steps.statuses, "Scope": steps.scope,
 "Preview": steps.preview, "Import": import_result.result}[now.step if now.lists else "Read"](now)  # fmt: skip
