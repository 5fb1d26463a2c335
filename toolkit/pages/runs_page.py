"""Runs & evidence: what moved when, the calls of the day, why writes were refused, and every run."""

import pandas as pd
import streamlit as st

from toolkit import charts
from toolkit.pages.front import header, opened, page_of, person, plain, zone
from toolkit.screens import runs

KINDS = {"All": "", "Sync": "sync", "Sales": "sales", "Tickets": "tickets", "Health checks": "profile"}

person()
header("Runs & evidence", "Every run leaves a notebook, a report and a sealed database that anybody can check.")
kind = KINDS[st.segmented_control("Kind of run", list(KINDS), default="All", required=True, key="runs_kind") or "All"]
with opened() as workspace:
    total = runs.total(workspace, kind)
    if not total:
        st.info("No runs yet. Make a first preview: it writes nothing and shows what would be paired and created.")
        st.page_link("sync_page.py", label="Go to Sync", icon=":material/sync:")
        st.stop()
    number = int(st.session_state.get("runs_number", 1))
    rows = runs.page(workspace, number, zone(), kind)
    moved, calls, refused = runs.moved(workspace, zone()), runs.calls_by_hour(workspace), runs.errors(workspace)
    budgets, workspace_now = runs.budgets(workspace, zone()), workspace.clock()

picked = st.dataframe(
    [{"Run": r["what"], "State": r["state"], "Started": r["when"], "Took": r["took"], "Planned": r["planned"],
      "Writes": r["written"], "Failed": r["failed"], "Wait": r["waiting"], "Calls": r["calls"],
      "Sealed": "yes" if r["sealed"] else ""} for r in rows],
    hide_index=True, on_select="rerun", selection_mode="single-row", key=f"runs_table_{kind}_{number}",
    alt="Runs, newest first. Choose one to open it (by keyboard: Shift and Space).", placeholder="–",
)  # fmt: skip
st.caption("Choose a row to open that run: its report, its records, its seal.")
page_of(total, runs.PAGE, "runs_number")
if chosen := picked.selection.rows:
    st.switch_page("run_page.py", query_params={"run": rows[chosen[0]]["run"]})

left, right = st.columns(2, gap="large")
with left:
    st.subheader("What moved when", anchor=False)
    if moved:
        st.altair_chart(charts.moved(pd.DataFrame(moved)), alt="Records written in each run, by kind of action")
    else:
        st.caption("Nothing was written yet.")
with right:
    st.subheader("API budget over the day", anchor=False)
    if calls:
        st.altair_chart(charts.calls(pd.DataFrame(calls), workspace_now), alt="API calls of each hour, by system")
    else:
        st.caption("No calls in the last 24 hours.")
    for each in budgets:
        st.progress(each.share, plain(each.words))
st.subheader("Why writes were refused", anchor=False)
if refused:
    st.altair_chart(charts.reasons(refused), alt="Refused writes by reason")
else:
    st.caption("No write was refused.")
