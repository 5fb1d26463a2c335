"""One run: live while it goes on, then its numbers, report, notebook, records and seal."""

import streamlit as st

from toolkit import charts
from toolkit.errors import ToolkitError
from toolkit.pages.front import header, opened, page_of, person, plain, progress, show_error, state_badge, zone
from toolkit.screens import runs, words

run = st.query_params.get("run", "")
person()
with opened() as workspace:
    try:
        seen = runs.one(workspace, run)
    except ToolkitError as error:
        header("Run", "One run and its evidence.")
        show_error(error)
        st.page_link("runs_page.py", label="All runs", icon=":material/fact_check:")
        st.stop()
row = seen.row
header(seen.name, f"{run} · {words.moment(row.started_at, zone())}" + (f" · started by {seen.by}" if seen.by else ""))
if not seen.over:
    with st.container(border=True):
        progress(run)
        st.caption("This run belongs to a process of its own. You may close or reload this page; it goes on.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    state_badge(row.state)
    if row.message:
        st.markdown(plain(row.message), width="stretch")
if row.mode == "plan" and row.state == "done" and row.plan_hash:
    st.page_link("plan_page.py", label="Look at the changes", icon=":material/difference:", query_params={"run": run})
with st.container(horizontal=True):
    st.metric("Writes", sum((row.counts.get("writes") or {}).values()), border=True, format="localized",
              help="Requests that changed something; a new record can take more than one.")  # fmt: skip
    st.metric("Failed", row.counts.get("failed") or 0, border=True, format="localized")
    st.metric("Took", seen.took, border=True)
    st.metric("Calls", sum(seen.calls.values()), border=True, format="localized",
              help=" · ".join(f"{name}: {n:,}" for name, n in seen.calls.items()))  # fmt: skip
overview, report, notebook, records, seal = st.tabs(["Overview", "Report", "Notebook", "Records", "Seal"])
with overview:
    left, right = st.columns(2)
    if done := runs.counts_table(row):
        left.dataframe(done, hide_index=True, alt="What the run did, or planned to do")
    if ledger := runs.ledger_table(row):
        right.altair_chart(charts.states(ledger), alt="Records by where they ended up")
    for title, table in (("Why records wait or failed", runs.reasons(seen.pages)), ("Findings", seen.pages.findings()),
                         ("Money", seen.pages.money())):  # fmt: skip
        if table:
            st.subheader(title, anchor=False)
            st.dataframe(table, hide_index=True, alt=title,
                         column_config={"Reason": st.column_config.TextColumn(width="large")})  # fmt: skip
    if asked := seen.pages.exchanges():
        with st.expander("Calls to both systems"):
            st.dataframe(asked, hide_index=True, alt="Requests by system and address")
for tab, name in ((report, "report"), (notebook, "notebook")):
    with tab:
        if seen.files[name]:
            st.iframe(f"/runs/{run}/{name}.html", height=900, alt=f"The {name} of this run")
        else:
            st.caption(f"This run left no {name}.")
with records:
    states = runs.ledger_table(row)
    by_state, by_name = st.columns([1, 2])
    chosen = by_state.selectbox("State", ["Any state", *states], key="run_state")
    text = by_name.text_input("Name or id", key="run_text", placeholder="e.g. Acme").strip()
    wanted = "" if chosen == "Any state" else chosen
    total = seen.pages.ledger_total(wanted, text) if seen.pages.exists else 0
    number = page_of(total, runs.RECORDS, "run_records")
    st.caption(f"{words.many(total, 'record')} of {row.kind}")
    if total:
        st.dataframe(runs.records(seen.pages, number, wanted, text), hide_index=True, alt="Records of this run")
with seal:
    if row.digest:
        st.write("The digest of this run stands for every byte of its notebook, report and database.")
        st.code(row.digest, language=None)
        with st.container(horizontal=True):
            verify = st.button("Verify now", key="run_verify", icon=":material/verified:")
            st.link_button("Download the pack (zip)", f"/runs/{run}/pack.zip", icon=":material/download:")
        if verify:
            with opened() as workspace:
                problems = runs.check(workspace, run)
            if problems:
                count = words.many(len(problems), "thing does", "things do")
                st.error(plain(f"{count} not hold: {'; '.join(problems)}"))
            else:
                st.success("Everything holds: no byte changed, nothing is missing, nothing was added.")
    else:
        st.caption("This run is not sealed yet." if row.state != "died" else "This run broke off and is not sealed.")
