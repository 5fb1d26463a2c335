"""Every page draws, says what to do next where it is empty, and does what its buttons say."""

import pytest

from tests.app.conftest import CONSULTANT, PAGES, typed_in_accelo, words
from toolkit.screens import words as said


def press_in_dialog(test, opener: str, button: str) -> None:
    """A dialog is a fragment; AppTest always runs the whole page, so its opener is pressed along."""
    test.button(key=opener).click()
    test.button(key=button).click().run()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_draws_without_an_error(page, name):
    test = page(name)
    assert not test.exception and not test.error
    assert test.title[0].value


def test_a_tab_for_nobody_shows_the_way_to_sign_in(page, as_):
    as_(None)
    test = page("sync")
    assert "Please sign in" in words(test) and not test.button


def test_the_preview_button_starts_a_run_that_any_tab_finds(page, workspace, started):
    test = page("sync")
    test.button(key="sync_preview").click().run()
    assert len(started) == 1 and workspace.state.runs.get(started[0]).state == "queued"
    assert workspace.state.get(f"by:{started[0]}") == "local administrator"
    again = page("sync")  # another tab: it sees the run, and offers no second one
    assert "sync_preview" not in [button.key for button in again.button]
    assert "Preview of a sync" in words(again)


def test_p1_the_toggle_needs_a_second_yes_and_refuses_previews(page, workspace):
    test = page("sync")
    test.button(key="sync_turn").click().run()
    assert not workspace.state.read_only
    press_in_dialog(test, "sync_turn", "sync_turn_yes")
    assert workspace.state.read_only
    assert "Read-only is on" in words(test)


def test_the_inbox_decides_one_and_leaves_the_rest(page, workspace):
    before = workspace.state.inbox.items()
    test = page("inbox")
    key = next(frame.key for frame in test.dataframe if frame.key and frame.key.startswith("inbox_"))
    test.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    test.run()
    answer = next(radio for radio in test.radio if str(radio.key).startswith("inbox_answer"))
    answer.set_value("leave").run()
    test.button(key="inbox_decide").click().run()
    assert workspace.state.inbox.decisions() == {before[0].question.key: "leave"}
    assert len(workspace.state.inbox.items()) == len(before) - 1


def test_why_answers_by_id_and_by_name_and_says_when_there_is_nothing(page, workspace):
    link = next(link for link in workspace.state.links.all("company") if link.salesforce_id and link.accelo_id)
    for text in (link.salesforce_id, link.salesforce_id[:15], link.accelo_id):
        assert "are the same record and kept in step" in words(page("why", id=text))
    assert "Nothing that was read so far" in words(page("why", id="nobody knows this name"))


def test_a_field_rule_shows_its_effect_and_is_saved_as_a_version(page, workspace):
    test = page("rules")
    test.session_state["rules_company_0"] = {
        "edited_rows": {1: {"Direction": "→ Salesforce to Accelo"}}, "added_rows": [], "deleted_rows": []}  # fmt: skip
    test.run()
    assert "only changes in Salesforce are carried over" in words(test)
    assert "No value would go otherwise in the next sync" in words(test)  # both sides are in step
    assert workspace.rules.companies.fields["phone"].direction == "both"  # not before it is saved
    test.button(key="rules_save").click().run()
    assert workspace.rules.companies.fields["phone"].direction == "salesforce-to-accelo"
    assert "⇄ both ways became → Salesforce to Accelo" in words(test)


def test_a_change_of_a_rule_shows_each_value_that_would_go_otherwise(page, workspace):
    link = typed_in_accelo(workspace, "phone", "03 9999 0001")
    test = page("rules")
    test.session_state["rules_company_0"] = {
        "edited_rows": {1: {"Direction": "→ Salesforce to Accelo"}}, "added_rows": [], "deleted_rows": []}  # fmt: skip
    test.run()
    assert "1 value of 1 record would go otherwise" in words(test)
    shown = next(each.value for each in test.dataframe if "With this change" in each.value.columns)
    row = shown.iloc[0].to_dict()
    today = row["With today's rules"]
    assert row["Field"] == "Phone" and today.startswith("Salesforce: ") and "9999 0001" in today
    assert row["With this change"] == "nothing is written"
    assert workspace.state.links.get(link.pair) == link


def test_type_and_industry_never_go_to_salesforce(page, workspace):
    names = list(workspace.rules.companies.fields)
    test = page("rules")
    test.session_state["rules_company_0"] = {
        "edited_rows": {names.index("type"): {"Direction": "⇄ both ways"}}, "added_rows": [],
        "deleted_rows": []}  # fmt: skip
    test.run()
    assert "may only go from Salesforce to Accelo" in words(test)
    assert "rules_save" not in [button.key for button in test.button]


def test_settings_are_saved_by_section_and_a_wrong_one_saves_nothing(page, workspace):
    test = page("settings")
    test.text_input(key="set_schedule.every").set_value("10m")
    next(b for b in test.button if b.label == "Save").click().run()
    assert workspace.settings.schedule.every == "10m"
    test.text_input(key="set_schedule.every").set_value("now and then")
    next(b for b in test.button if b.label == "Save").click().run()
    assert test.error and workspace.settings.schedule.every == "10m"


def test_the_wizard_is_found_where_it_was_left(page, workspace):
    test = page("import")
    test.button(key="import_next").click().run()
    assert "Who in Accelo stands for each owner" in words(test)
    assert "Who in Accelo stands for each owner" in words(page("import"))  # another tab, another day
    test.button(key="import_hints_users").click().run()
    from toolkit.mapping.people import load_users

    users = load_users(workspace.folder / "mappings" / "users.csv")
    assert any(row.accelo_staff_id for row in users.rows)


def test_a_scope_says_at_once_how_many_records_are_in_it(page, workspace):
    """From what was read: nothing is asked of either system."""
    from toolkit.screens import wizard, wizard_lists

    workspace.state.put("wizard:sales", {"step": "Scope"})
    seen = wizard_lists.lists(workspace, "sales")
    status, owner = seen.source.statuses[0], seen.source.owners[0]
    test = page("import")
    assert f"{seen.items} of {seen.items} records are in this scope." in words(test)
    test.multiselect(key="import_only_statuses").set_value([status.name]).run()
    assert f"{status.records} of {seen.items} records are in this scope." in words(test)
    test.multiselect(key="import_only_statuses").set_value([]).run()
    test.multiselect(key="import_only_owners").set_value([owner.id]).run()
    assert f"{owner.records} of {seen.items} records are in this scope." in words(test)
    test.button(key="import_keep").click().run()
    now = wizard.standing(workspace, "sales")
    assert (now.step, now.given["owners"]) == ("Preview", owner.id)


def test_unmapped_owners_block_the_import(page, workspace):
    from toolkit.screens import wizard

    planned = next(row for row in workspace.state.runs.all() if row.kind == "sales")
    workspace.state.put("wizard:sales", {"step": "Preview", "plan": planned.id})
    test = page("import")
    assert "mapped to nobody" in words(test) and "blocked until this is mended" in words(test)
    with pytest.raises(Exception, match="mapped to nobody"):
        wizard.confirm(workspace, "sales", planned.id, ["all"], CONSULTANT.name)


def test_a_run_page_shows_numbers_report_and_seal(page, workspace):
    row = next(row for row in workspace.state.runs.all() if row.mode == "apply")
    test = page("run", run=row.id)
    assert not test.exception and said.run_name("sync", "apply") in words(test)
    test.button(key="run_verify").click().run()
    assert "Everything holds" in words(test)
    path = workspace.run_folder(row.id) / "report.html"
    path.write_bytes(path.read_bytes() + b" ")
    test.button(key="run_verify").click().run()
    assert "report.html" in test.error[0].value.replace("\\", "")


@pytest.mark.parametrize(("name", "query"), [("run", {"run": "no-such-run"}), ("plan", {"run": "../../etc"})])
def test_an_unknown_run_is_told_with_the_next_step(page, name, query):
    test = page(name, **query)
    assert test.error and "Next" in test.error[0].value and not test.exception
