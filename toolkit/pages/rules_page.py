"""Field rules: which field is which, which way it goes, who wins; a change shows its effect before it is saved."""

import streamlit as st

from toolkit.accounts import Deed
from toolkit.errors import ToolkitError
from toolkit.pages.front import do, header, may, opened, person, plain, show_error, zone
from toolkit.screens import rule_effect, rule_versions, rules, words

me = person()
header("Field rules", "Which field is which in the other system, which way it goes, and who wins when both changed.")
turn = st.session_state.get("rules_turn", 0)
if said := st.session_state.pop("rules_said", ""):
    st.success(plain(said))
with opened() as workspace:
    try:
        now, kept = workspace.rules, rule_versions.versions(workspace)
    except ToolkitError as error:
        show_error(error)
        st.stop()


def finish(said: str) -> None:
    st.session_state["rules_turn"], st.session_state["rules_said"] = turn + 1, said
    st.rerun()


changed: list[rules.Edit] = []
for kind, tab in zip(rules.KINDS, st.tabs(["Companies", "Contacts"]), strict=True):
    with tab:
        key = f"rules_{kind}_{turn}"
        st.data_editor(
            rules.table(now.of(kind)), key=key, hide_index=True, num_rows="fixed",
            disabled=["Field", "In Salesforce", "In Accelo", "Compared as", "Longest"] if may(Deed.MAP) else True,
            column_config={
                "Direction": st.column_config.SelectboxColumn(options=list(rules.DIRECTIONS.values()), required=True),
                "Longest": st.column_config.TextColumn(help="Characters in Salesforce / in Accelo"),
                "When both changed": st.column_config.SelectboxColumn(options=list(rules.POLICIES.values()),
                                                                      required=True),
            },
        )  # fmt: skip
        try:
            changed += rules.edits(now.of(kind), st.session_state.get(key, {}).get("edited_rows", {}))
        except ToolkitError as error:
            show_error(error)
st.caption("The account owner is never synced: Salesforce has one, Accelo has many managers. "
           "Fields, names and lengths are changed in the files of the mappings folder.")  # fmt: skip

if changed:
    with st.container(border=True):
        st.subheader("What this would change", anchor=False)
        with opened() as workspace:
            seen = do(Deed.VIEW, lambda: rule_effect.effect(workspace, changed))
        if seen is not None:
            for line in seen.meaning:
                st.markdown(f"- {plain(line)}")
            st.write(plain(seen.sum))
            if seen.rows:
                st.dataframe(list(seen.rows), hide_index=True, alt="Values that would go otherwise, before and after",
                             height="auto" if len(seen.rows) < 12 else 420)  # fmt: skip
            if seen.total > len(seen.rows):
                st.caption(f"The first {len(seen.rows):,} of {seen.total:,} are shown.")
            st.caption("Nothing is written by saving. Previews made so far can no longer be confirmed.")
        with st.container(horizontal=True):
            if st.button(f"Save {words.many(len(changed), 'change')}", type="primary", key="rules_save"):
                with opened() as workspace:
                    if do(Deed.MAP, lambda: rule_versions.save(workspace, changed, now.digest, me.name)):
                        finish("Saved as a new version. The next preview shows what follows from it.")
            if st.button("Discard", key="rules_discard"):
                finish("Nothing was changed.")
elif not may(Deed.MAP):
    st.caption("You may look at the rules; an administrator or consultant changes them.")

st.subheader("Versions", anchor=False)
if not kept:
    st.caption("The rules are as they were at first. Every change that is saved becomes a version here.")
for version in kept[:20]:
    current = version.digest == now.digest
    label = f"Version {version.number}{' (now)' if current else ''}: {words.moment(version.at, zone())}, {version.by}"
    with st.expander(plain(label)):
        for line in version.words or ("Nothing that matters was changed.",):
            st.markdown(f"- {plain(line)}")
        if not current and may(Deed.MAP):
            with opened() as workspace:
                back = rule_versions.compared(workspace, version.number)
            st.caption(plain("Going back would change: " + " ".join(back)))
            if st.button("Go back to this version", key=f"rules_restore_{version.number}"):
                with opened() as workspace:
                    if do(Deed.MAP, lambda: rule_versions.restore(workspace, version.number, me.name)):  # noqa: B023  called at once
                        finish(f"The rules are as in version {version.number} again.")
