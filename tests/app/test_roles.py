"""What a role may not do is refused on the server, whatever the page offered."""

import pytest

from tests.app.conftest import AUDITOR, CONSULTANT, PAGES, words
from tests.app.test_pages import press_in_dialog
from toolkit.accounts import Deed
from toolkit.errors import MappingError, UsageError
from toolkit.pages import front


@pytest.mark.parametrize("name", PAGES)
def test_an_auditor_sees_every_page_and_is_offered_nothing_that_changes(page, as_, name):
    as_(AUDITOR)
    test = page(name)
    assert not test.exception and not test.error
    harmless = {"conn_refresh", "run_verify", "import_next"}
    enabled = [b for b in test.button if not b.disabled and b.key not in harmless and b.label != "Save"]
    assert enabled == []


def test_an_auditor_who_forges_the_click_is_refused_and_nothing_happens(page, forced, workspace, started):
    """The page is made to offer every control; the deed itself is checked again."""
    refusals = 0
    for name, key in (("sync", "sync_preview"), ("connections", "conn_ask_salesforce")):
        test = page(name)
        test.button(key=key).click().run()
        if name == "connections":
            press_in_dialog(test, key, "conn_disconnect_salesforce")
        refusals += "may not" in words(test)
    assert refusals == 2 and started == []
    assert workspace.credentials.get("salesforce") is not None


def test_an_auditor_cannot_confirm_turn_decide_or_map(page, forced, workspace, started):
    test = page("sync")
    test.button(key="sync_turn").click().run()
    press_in_dialog(test, "sync_turn", "sync_turn_yes")
    assert "may not turn read-only on or off" in words(test) and not workspace.state.read_only
    test = page("rules")
    test.session_state["rules_company_0"] = {
        "edited_rows": {1: {"Direction": "→ Salesforce to Accelo"}}, "added_rows": [], "deleted_rows": []}  # fmt: skip
    test.run()
    test.button(key="rules_save").click().run()
    assert "may not change field rules" in words(test)
    assert workspace.rules.companies.fields["phone"].direction == "both"
    test = page("settings")
    test.text_input(key="set_schedule.every").set_value("10m")
    next(b for b in test.button if b.label == "Save").click().run()
    assert "may not change settings" in words(test) and workspace.settings.schedule.every == ""


def test_a_consultant_plans_but_neither_connects_nor_turns_the_toggle(page, as_, workspace):
    as_(CONSULTANT)
    assert "sync_preview" in [b.key for b in page("sync").button]
    assert "sync_turn" not in [b.key for b in page("sync").button]
    assert not [b for b in page("connections").button if str(b.key).startswith(("conn_ask", "conn_machine"))]


@pytest.mark.parametrize("deed", [deed for deed in Deed if deed is not Deed.VIEW])
def test_each_deed_is_refused_to_an_auditor_before_the_action_runs(deed, as_, monkeypatch, folder):
    """``do`` never calls the action of somebody who may not."""
    as_(AUDITOR)
    shown = []
    monkeypatch.setattr(front, "show_error", shown.append)
    assert front.do(deed, lambda: pytest.fail("it was done")) is None
    assert "may not" in str(shown[0])


def test_errors_are_shown_as_one_message_never_as_a_traceback(monkeypatch, folder, as_):
    from toolkit.pages.sessions import LOCAL

    as_(LOCAL)
    shown = []
    monkeypatch.setattr(front, "show_error_text", lambda *text: shown.append(text))
    error = MappingError("companies.toml", 4, "this line is not TOML.", next_step="Mend it.")
    front.show_error(error)
    assert shown == [("companies.toml, line 4: this line is not TOML.", "Mend it.")]
    assert isinstance(error, UsageError)
