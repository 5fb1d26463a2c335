"""The steps of the import wizard, one function each. What they show and do is in toolkit.screens.wizard."""

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from toolkit.accounts import Deed
from toolkit.pages.front import did, do, may, opened, person, plain, show_error_text
from toolkit.screens import wizard, wizard_choices, wizard_lists, words
from toolkit.screens.wizard import Standing
from toolkit.screens.wizard_lists import Lists

SMALL = st.column_config.NumberColumn(width="small")
RIGHT = {name: st.column_config.TextColumn(alignment="right") for name in ("Amount", "Salesforce", "Accelo")}


def _on(now: Standing, step: str) -> None:
    with opened() as workspace:
        wizard.go(workspace, now.what, step)
    st.rerun()


def _next(now: Standing, *, done: bool = True) -> None:
    """``done``: whether going on is what one does next, or something is missing here."""
    follows = wizard.STEPS[wizard.STEPS.index(now.step) + 1]
    if st.button(f"Next: {follows.lower()}", key="import_next", type="primary" if done else "secondary"):
        _on(now, follows)


def _start(now: Standing, label: str) -> None:
    if may(Deed.PLAN) and st.button(label, type="primary", key="import_preview"):
        with opened() as workspace:
            if do(Deed.PLAN, lambda: wizard.preview(workspace, now.what, person().name)):
                st.rerun()


def read(now: Standing) -> None:
    records = {"sales": "opportunities", "tickets": "cases"}[now.what]
    if now.lists is None:
        st.write(f"Read all {records} of Salesforce, and people, statuses and types of Accelo. Nothing is written.")
        _start(now, "Read both systems")
        return
    seen = now.lists
    with st.container(horizontal=True):
        for name, n in ((records.capitalize(), seen.items), ("Owners", len(seen.source.owners)),
                        ("Statuses in use", len(seen.source.statuses)),
                        ("Staff in Accelo", len(seen.staff))):  # fmt: skip
            st.metric(name, n, border=True, format="localized")
    st.caption("Both systems were read. A new preview reads them again.")
    _next(now)


def _table(now: Standing, of: str, rows: list[dict[str, Any]], column: str, known: dict[str, str],
           missing: tuple[int, int], save: Callable[[Any, dict[str, str]], int]) -> None:  # fmt: skip
    """The editor of one mapping: what is unmapped, suggestions, what a change would change, saving."""
    choices, lost = wizard_choices.offered(rows, column, known)
    blocks = wizard_choices.in_the_way(of, missing, lost)
    for text in blocks:
        st.warning(plain(text))
    if not blocks:
        st.success("Everything that occurs is mapped.")
    turn = st.session_state.get("import_turn", 0)
    key = f"import_{of}_{now.what}_{turn}"
    st.data_editor(
        rows, key=key, hide_index=True, num_rows="fixed",
        column_order=[name for name in (rows[0] if rows else {}) if name != "id"],
        disabled=[name for name in (rows[0] if rows else {}) if name != column] if may(Deed.MAP) else True,
        column_config={column: st.column_config.SelectboxColumn(options=[*choices, *lost], required=True)},
    )  # fmt: skip
    changed = st.session_state.get(key, {}).get("edited_rows", {})
    chosen = do(Deed.VIEW, lambda: wizard_choices.chosen(rows, changed, column, known)) or {}

    def keep(choices: dict[str, str], said: str) -> None:
        with opened() as workspace:
            if do(Deed.MAP, lambda: wizard.mapped(workspace, save(workspace, choices)), said) is not None:
                st.session_state["import_turn"] = turn + 1
                st.rerun()

    with opened() as workspace:
        hints = wizard_lists.suggestions(workspace, now.lists, of) if now.lists else {}
    with st.container(horizontal=True):
        if chosen and may(Deed.MAP):
            if st.button(f"Save {words.many(len(chosen), 'choice')}", type="primary", key=f"import_save_{of}"):
                keep(chosen, "Saved.")
            if st.button("What would this change?", key=f"import_effect_{of}"):
                pair = (chosen, {}) if of == "users" else ({}, chosen)
                with opened() as workspace:
                    found = do(Deed.VIEW, lambda: wizard.effect(workspace, now.what, *pair))
                st.session_state["import_effect"] = found
        elif hints and may(Deed.MAP) and st.button(f"Take {words.many(len(hints), 'suggestion')}",
                                                   key=f"import_hints_{of}",
                                                   type="primary" if missing[0] else "secondary"):  # fmt: skip
            keep(hints, "Suggestions taken. Look at them, and change what is not right.")
    if chosen and (found := st.session_state.pop("import_effect", None)) is not None:
        st.caption(f"{words.many(len(found), 'planned value')} would change.")
        if found:
            st.dataframe(found[:50], hide_index=True, alt="What would change, before and after")
    if not chosen:
        _next(now, done=not blocks)


def people(now: Standing) -> None:
    seen = _lists(now)
    st.write("Who in Accelo stands for each owner in Salesforce. The last row is for everyone who is not named.")
    with opened() as workspace:
        rows, missing = wizard_lists.users(workspace, seen), wizard_lists.unmapped_users(workspace, seen)
    if may(Deed.MAP):
        _default(rows, seen)
    _table(now, "users", rows, "In Accelo", seen.staff, missing, wizard_lists.save_users)


def _default(rows: list[dict[str, Any]], seen: Lists) -> None:
    """The same choice as in the last row of the table, where the keyboard reaches it at once."""
    known, now = wizard_choices.everyone(rows, seen.staff)
    chosen = st.selectbox("Everyone who is not named goes to", list(known), index=list(known).index(now),
                          key=f"import_default_{st.session_state.get('import_turn', 0)}")  # fmt: skip
    if chosen and chosen != now:
        with opened() as workspace:
            choices = {wizard_lists.EVERYONE: known[chosen]}
            if do(Deed.MAP, lambda: wizard.mapped(workspace, wizard_lists.save_users(workspace, choices)), "Saved."):
                st.session_state["import_turn"] = st.session_state.get("import_turn", 0) + 1
                st.rerun()


def statuses(now: Standing) -> None:
    seen = _lists(now)
    st.write("Which status of Accelo each status of Salesforce becomes. It is set when the record is made, so no "
             "progression, trigger or e-mail in Accelo fires.")  # fmt: skip
    with opened() as workspace:
        rows, missing = wizard_lists.statuses(workspace, seen), wizard_lists.unmapped_statuses(workspace, seen)
    _table(now, "statuses", rows, "Becomes", seen.targets, missing,
           lambda workspace, choices: wizard_lists.save_statuses(workspace, seen, choices))  # fmt: skip


def scope(now: Standing) -> None:
    seen, given = _lists(now), now.given
    allowed = may(Deed.PLAN)
    day = "close date" if now.kind == "sale" else "day of creation"
    with opened() as workspace:
        said = workspace.settings.imports.model_dump()[f"{now.kind}_type"]
        occurring = wizard_lists.types_of(workspace, seen)
    left, right = st.columns(2)
    since = left.date_input(f"From this {day} on", _date(given["since"]), disabled=not allowed, key="import_since")
    until = right.date_input(f"Up to this {day}", _date(given["until"]), disabled=not allowed, key="import_until")
    owners = {owner.id: owner.name for owner in seen.source.owners}
    lists = {"statuses": {status.name: status.name for status in seen.source.statuses}, "owners": owners,
             "types": {name: name for name in occurring}}  # fmt: skip
    only = {name: st.multiselect(f"Only these {name} (none: all)", list(known),
                                 wizard_choices.still_there(given[name], known), disabled=not allowed,
                                 key=f"import_only_{name}", format_func=known.__getitem__)
            for name, known in lists.items() if known}  # fmt: skip
    types = dict(seen.destination.types)
    kind = st.selectbox(f"Type of the new {now.what}", list(types), disabled=not allowed, key="import_type",
                        index=list(types).index(said) if said in types else 0,
                        format_func=lambda id: types[id])  # fmt: skip
    sample = st.number_input("Only a sample of so many, spread over what there is (0: everything)", 0, None,
                             int(given["sample"]), disabled=not allowed, key="import_sample")  # fmt: skip
    updates = st.checkbox("Also update what was imported before and nobody touched in Accelo", given["updates"],
                          disabled=not allowed, key="import_updates")  # fmt: skip
    wanted = wizard_choices.scoped(since, until, only) | {"sample": int(sample), "updates": updates}
    with opened() as workspace:
        inside = do(Deed.VIEW, lambda: wizard_lists.in_scope(workspace, seen, wanted))
    if inside is not None:  # else what is wrong with the scope was shown
        st.info(f"{inside:,} of {words.many(seen.items, 'record')} are in this scope.")
    usable = allowed and inside is not None
    if st.button("Keep this, and go to the preview", type="primary", disabled=not usable, key="import_keep"):
        with opened() as workspace:
            if did(Deed.PLAN, lambda: wizard.ask(workspace, now.what, wanted, kind or "")):
                _on(now, "Preview")


def preview(now: Standing) -> None:
    if now.plan is None:
        st.write("The preview reads both systems again and plans every record with your mappings. It writes nothing.")
        _start(now, "Preview the import")
        return
    left, right = st.columns([3, 2])
    with left:
        with st.container(horizontal=True):
            for name, n in now.will.items():
                st.metric(name, n, border=True, format="localized")
        st.page_link("plan_page.py", label="Every record and value", icon=":material/difference:",
                     query_params={"run": now.plan.id})  # fmt: skip
        if money := now.counts.get("money"):
            st.subheader("Money", anchor=False)
            st.dataframe(wizard.money(money), hide_index=True, alt="Money by status", column_config=RIGHT)
    with right, st.container(border=True):
        _confirm(now)
    if notes := wizard.notes(now):
        st.subheader("Worth knowing", anchor=False)
        st.dataframe(notes, hide_index=True, alt="What waits or comes over otherwise, and what one can do",
                     column_config={"Records": SMALL})  # fmt: skip
    _start(now, "Make the preview again")


def _confirm(now: Standing) -> None:
    for blocker in now.blockers:
        step, remedy = wizard.MENDING.get(blocker["code"], ("", blocker["remedy"]))
        show_error_text(f"{blocker['title']}.", remedy)
        if step and st.button(f"Go to {step.lower()}", key=f"import_mend_{blocker['code']}"):
            _on(now, step)
    if now.blockers or not now.creates:
        st.write("It is blocked until this is mended." if now.blockers else "There is nothing to write.")
        return
    accepted = []
    if now.accept:
        st.write("Accelo cannot hold the following. Accept each to go on:")
    for carry in now.accept:
        said = f"{carry['title']} ({carry['count']:,}): {carry['instead']}"
        if st.checkbox(plain(said), key=f"import_accept_{carry['name']}", disabled=not may(Deed.CONFIRM)):
            accepted.append(carry["name"])
    if not may(Deed.CONFIRM):
        st.caption("You may look at this; an administrator or consultant confirms it.")
        return
    missing = len(now.accept) - len(accepted)
    if st.button(plain(now.button), type="primary", disabled=missing > 0, key="import_confirm"):
        with opened() as workspace:
            plan = now.plan.id if now.plan else ""
            if do(Deed.CONFIRM, lambda: wizard.confirm(workspace, now.what, plan, accepted, person().name)):
                st.rerun()


def _lists(now: Standing) -> Lists:
    if now.lists is None:
        st.stop()
    return now.lists


def _date(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
