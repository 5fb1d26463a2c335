"""A preview: every value that would be written, before and after, with its reason; and the button that confirms it."""

from dataclasses import replace

import streamlit as st

from toolkit.accounts import Deed
from toolkit.errors import ToolkitError
from toolkit.pages.front import do, header, may, opened, page_of, person, plain, show_error, zone
from toolkit.screens import plan, sync, words
from toolkit.store.run_pages import Wanted

run, me = st.query_params.get("run", ""), person()
with opened() as workspace:
    try:
        seen = plan.preview(workspace, run)
    except ToolkitError as error:
        header("Preview", "What would be written, before anything is.")
        show_error(error)
        st.page_link("sync_page.py", label="Go to Sync", icon=":material/sync:")
        st.stop()
made = words.moment(seen.plan.made_at, zone())
about = f"Made {made}. Nothing of it has been written by this preview. Plan {seen.plan.hash[:12]}."
header(words.run_name(seen.run.kind, seen.run.mode), about)

with st.container(horizontal=True):
    st.metric("Records written in Accelo", seen.writes.get("accelo", 0), border=True, format="localized")
    st.metric("Records written in Salesforce", seen.writes.get("salesforce", 0), border=True, format="localized")
    st.metric("Wait for a person", seen.waiting, border=True, format="localized")
if seen.brakes:
    brakes = plain(" ".join(seen.brakes))
    st.warning(f"{brakes} A sync by itself would stop here; you decide.", icon=":material/front_hand:")

left, right = st.columns([3, 2])
with left:
    if seen.plan.counts:
        st.dataframe(plan.summary(seen.pages), hide_index=True, placeholder="–",
                     alt="What would be done, and to how many records")  # fmt: skip
with right, st.container(border=True):
    if seen.refused:
        st.write(plain(seen.refused))
        st.caption(plain(seen.refused_next))
        st.page_link("sync_page.py", label="Go to Sync", icon=":material/sync:")
    elif not seen.plan.counts:
        st.write("Nothing to do: both sides agree.")
    elif seen.run.kind != "sync":
        st.write("An import is confirmed in the wizard, where what Accelo cannot hold is accepted by name.")
        st.page_link("import_page.py", label="Go to the import", icon=":material/move_to_inbox:")
    elif may(Deed.CONFIRM):
        st.write("Exactly what is listed below is written, and nothing else. A record that somebody changes in the "
                 "meantime is left alone and comes back in the next preview.")  # fmt: skip
        if st.button(plain(seen.button), type="primary", key="plan_confirm"):
            with opened() as workspace:
                if started := do(Deed.CONFIRM, lambda: sync.confirm(workspace, seen.plan.hash, me.name)):
                    st.switch_page("run_page.py", query_params={"run": started})
        st.caption(plain(plan.cost(seen.forecast)))
    else:
        st.write(plain(f"{seen.button}: you may look at this preview, and somebody else confirms it."))

if not seen.plan.counts:
    st.stop()
groups = plan.groups(seen.pages)
what, field, text = st.columns([2, 1, 1])
chosen = what.selectbox("Show", ["Everything", *groups], key="plan_what")
by_field = field.selectbox("Field", ["Any field", *seen.pages.fields()], key="plan_field")
name = text.text_input("Name or id", key="plan_text", placeholder="e.g. Acme")
blanks = st.toggle("Only values that become blank", key="plan_blanks")
wanted = replace(groups.get(chosen, Wanted()), field="" if by_field == "Any field" else by_field, text=name.strip(),
                 only_blanks=blanks)  # fmt: skip
total = seen.pages.total(wanted)
table = st.container()
page = page_of(total, plan.PAGE, "plan_page")
with table:
    if rows := plan.changes(seen.pages, wanted, page):
        first = (page - 1) * plan.PAGE + 1
        st.caption(f"Records {first:,} to {min(first + plan.PAGE - 1, total):,} of {total:,}, one line for each value")
        st.dataframe(rows, hide_index=True, height=560, alt="Values before and after, with the reason",
                     column_config={"Will be": st.column_config.TextColumn(width="medium"),
                                    "Why": st.column_config.TextColumn(width="medium")})  # fmt: skip
    else:
        st.info("No record fits this filter.")
