"""Inbox: what only a person may decide. One, many at once, or a rule for all that will come."""

from functools import partial

import streamlit as st

from toolkit.accounts import Deed
from toolkit.pages.front import did, do, header, may, opened, page_of, person, plain, zone
from toolkit.runs import inbox as deeds
from toolkit.screens import inbox, words

me = person()
header("Inbox", "What only a person may decide. A decision writes nothing by itself: the next preview shows it.")
decided = st.segmented_control("Show", ["Waiting", "Decided"], default="Waiting", required=True, key="inbox_show",
                               label_visibility="collapsed") == "Decided"  # fmt: skip
number = int(st.session_state.get("inbox_number", 1))
with opened() as workspace:
    first = inbox.waiting(workspace, "", 1, decided=decided)
    rules = workspace.state.inbox.rules()
if first.total:
    kinds = inbox.kinds(first.counts)
    chosen = next(iter(kinds))
    if len(first.counts) > 1:
        chosen = st.selectbox("Kind of question", list(kinds), key=f"inbox_kind_{decided}", width=420)
    with opened() as workspace:
        seen = inbox.waiting(workspace, kinds.get(chosen, ""), number, decided=decided)
    picked = st.dataframe(
        inbox.table(seen.items), hide_index=True, on_select="rerun", selection_mode="multi-row",
        key=f"inbox_{decided}_{chosen}_{number}_{st.session_state.get('inbox_turn', 0)}",
        alt="Questions. Choose one to see both sides, or several to decide them alike (by keyboard: Shift and Space).",
    )  # fmt: skip
    page_of(seen.total, inbox.PAGE, "inbox_number")
    items = [seen.items[at] for at in picked.selection.rows if at < len(seen.items)]
else:
    items = []
    if decided:
        st.info("Nothing is decided and still to be done.")
    else:
        st.success("Nothing waits for a person.")
        st.page_link("sync_page.py", label="Go to Sync", icon=":material/sync:")


def finish(said: str) -> None:
    st.session_state["inbox_turn"] = st.session_state.get("inbox_turn", 0) + 1
    st.session_state["inbox_said"] = said
    st.rerun()


if said := st.session_state.pop("inbox_said", ""):
    st.success(plain(said))
if len(items) == 1:
    item = items[0]
    with st.container(border=True):
        st.subheader(words.QUESTIONS.get(item.question.kind, "Question"), anchor=False)
        st.text(item.question.title)
        st.caption(plain(item.question.reason))
        if compared := inbox.sides(item, zone()):
            st.dataframe(compared, hide_index=True, alt="What was agreed, and what each side holds now",
                         column_config={"Value": st.column_config.TextColumn(width="large")})  # fmt: skip
        if among := inbox.candidates(item):
            st.dataframe(among, hide_index=True, alt="Records that it may be")
        record = item.question.salesforce_id or item.question.accelo_id or ""
        st.page_link("why_page.py", label="The whole story of this record", icon=":material/help:",
                     query_params={"id": record})  # fmt: skip
elif first.total:
    st.caption(f"{words.many(len(items), 'question')} chosen." if items else
               "Tick a question to see both sides, or several to decide them alike.")  # fmt: skip

ids, now = [item.id for item in items], ""
if items and not may(Deed.DECIDE):
    st.caption("You may look at these; an administrator or consultant decides them.")
elif items and decided:
    if st.button("Take the decision back" if len(ids) == 1 else f"Take {len(ids)} decisions back", key="inbox_reopen"):
        with opened() as workspace:
            if do(Deed.DECIDE, lambda: deeds.reopen(workspace.state, ids)):
                finish("It waits again.")
elif items and (answers := inbox.choices(items)):
    answer = st.radio("Decide", list(answers), format_func=lambda name: plain(answers[name]), index=None,
                      key=f"inbox_answer_{ids}")  # fmt: skip
    covers = inbox.rule_of(items)
    with st.container(horizontal=True):
        label = "Decide this one" if len(ids) == 1 else f"Decide these {len(ids)} alike"
        if st.button(label, type="primary", disabled=answer is None, key="inbox_decide"):
            with opened() as workspace:
                now = workspace.clock().isoformat()
                if n := do(Deed.DECIDE, lambda: deeds.decide(workspace.state, ids, answer or "", me.name, now)):
                    finish(f"{words.many(n, 'question')} decided. The next preview shows what follows from it.")
        if covers and answer and inbox.may_be_rule(covers[0], answer) and st.button(
                "Make it a rule", key="inbox_rule", help=plain(inbox.rule_words(*covers, answer))):  # fmt: skip
            with opened() as workspace:
                rule = (*covers, answer, me.name, workspace.clock().isoformat())
                n = do(Deed.DECIDE, lambda: deeds.make_rule(workspace.state, *rule))
                if n is not None:
                    finish(f"The rule holds from now on. {words.many(n, 'open question')} decided by it.")
elif items:
    st.caption("These questions have no answer in common; choose fewer.")

if rules:
    st.subheader("Standing rules", anchor=False)
    for each in rules:
        with st.container(horizontal=True, vertical_alignment="center"):
            said = f"{inbox.rule_words(each.kind, each.field, each.choice)} (by {each.decided_by})"
            st.markdown(plain(said), width="stretch")
            if may(Deed.DECIDE) and st.button("End this rule", key=f"inbox_drop_{each.kind}_{each.field}"):
                with opened() as workspace:
                    did(Deed.DECIDE, partial(deeds.drop_rule, workspace.state, each.kind, each.field))
                st.rerun()
