"""The last step of the import wizard: what came of it; and pausing an import under way."""

import streamlit as st

from toolkit.accounts import Deed
from toolkit.pages.front import did, may, opened, plain
from toolkit.pages.import_steps import RIGHT, SMALL
from toolkit.screens import wizard, words
from toolkit.screens.wizard import Standing


def result(now: Standing) -> None:
    if now.result is None:
        st.info("Nothing was imported yet. Make a preview and confirm it.")
        return
    row = now.result
    made = (row.counts.get("ledger") or {}).get("created", 0)
    said = f"{words.STATES[row.state]}. {words.many(made, now.kind)} in Accelo made by this import. {row.message}"
    (st.success if row.state == "done" else st.warning)(plain(said.strip()))
    counts = {name: n for name, n in (row.counts.get("ledger") or {}).items() if n}
    with st.container(horizontal=True):
        for name, n in counts.items():
            st.metric(name.capitalize(), n, border=True, format="localized")
    if money := row.counts.get("money"):
        st.subheader("Money in, money out", anchor=False)
        st.dataframe(wizard.money(money, both=True), hide_index=True, column_config=RIGHT,
                     alt="Amounts in both systems by status and currency")  # fmt: skip
    if reasons := row.counts.get("reasons"):
        st.dataframe([{"Records": n, "Why they wait or were left out": why} for why, n in reasons.items()],
                     hide_index=True, alt="Why records wait or were left out",
                     column_config={"Records": SMALL})  # fmt: skip
    st.page_link("run_page.py", label="The run, its report and its seal", icon=":material/fact_check:",
                 query_params={"run": row.id})  # fmt: skip


def pausing(now: Standing) -> None:
    """Pause and go on, for an import under way."""
    if now.going is None or not may(Deed.STEER):
        return
    run = now.going.id
    with opened() as workspace:
        paused = bool(workspace.state.get(f"pause:{run}", False))
        if st.button("Go on" if paused else "Pause", key="import_pause") and did(
                Deed.STEER, lambda: wizard.pause(workspace, run, not paused)):  # fmt: skip
            st.rerun()
