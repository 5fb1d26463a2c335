"""Why?: paste an id or a name, and see the whole story of that record on one screen."""

import streamlit as st

from toolkit.pages.front import header, opened, person, plain, zone
from toolkit.screens import why

person()
header("Why?", "Paste a Salesforce id, an Accelo id or a name: what it is paired with, what was written, and why.")
given = st.query_params.get("id", "")
if given and st.session_state.get("why_given") != given:
    st.session_state["why_given"] = st.session_state["why_text"] = given
text = st.text_input("Id or name", key="why_text", placeholder="0015g000000000qAAA, 63 or Harbour Bridge")
if not text.strip():
    st.caption("Ids stand in the address line of both systems. A name may be a part: every word must occur.")
    st.stop()
with opened() as workspace:
    hits = why.find(workspace, text)
    if not hits:
        st.info("Nothing that was read so far has this id or name. The next preview reads what is new.")
        st.stop()
    hit = hits[0]
    if len(hits) > 1:
        names = {each.key: each for each in hits}
        key = st.selectbox(
            f"{len(hits)} records fit", list(names), format_func=lambda key: names[key].label, key="why_hit"
        )
        hit = names[key or hits[0].key]
    seen = why.story(workspace, hit, zone())

with st.container(border=True):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(hit.kind.capitalize(), color="blue")
        if seen.link is not None:
            st.badge(
                seen.link.state.value.capitalize(), color="green" if seen.link.state.value == "linked" else "orange"
            )
        st.text(hit.name)
    st.markdown(plain(seen.sentence))
if any(question["State"] == "waits" for question in seen.questions):
    st.page_link("inbox_page.py", label="Go to the inbox", icon=":material/inbox:")
st.subheader("Field by field", anchor=False)
if seen.fields:
    st.dataframe(seen.fields, hide_index=True, alt="What each side holds of each field, and what was agreed")
else:
    st.caption("No fields are known of it.")
st.subheader("What was written", anchor=False)
if seen.events:
    st.dataframe(seen.events, hide_index=True, alt="Writes to this pair, newest first",
                 column_config={"What": st.column_config.TextColumn(width="large"),
                                "Run": st.column_config.LinkColumn(display_text="Open", width="small")})  # fmt: skip
else:
    st.caption("Nothing was ever written to it.")
if seen.questions:
    st.subheader("What was asked", anchor=False)
    st.dataframe(seen.questions, hide_index=True, alt="Questions about this record and their decisions")
