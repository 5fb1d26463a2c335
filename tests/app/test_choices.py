"""What the pages ask of functions instead of deciding it themselves: badges, addresses, scopes, pages, saving."""

from dataclasses import replace

import pytest

from toolkit.errors import SettingsError, UsageError
from toolkit.model import Question, QuestionKind
from toolkit.screens import connections, inbox, settings, wizard, wizard_choices, wizard_lists
from toolkit.workspace import Workspace

NOW = "2026-11-25T10:00:00+00:00"


@pytest.fixture
def empty(tmp_path):
    with Workspace.create(tmp_path / "workspace") as opened:
        yield opened


def question(n: int, kind: QuestionKind, field: str | None) -> Question:
    return Question(f"q{n}", kind, "company", f"Company {n}", f"00{n}", str(n), field, choices=("leave",))


def test_a_connection_is_connected_needs_attention_or_is_not_there(empty):
    card = connections.card(empty, "accelo", ask=False)
    assert card.standing == ("Not connected", "gray")
    assert replace(card, connected=True).standing == ("Connected", "green")
    assert replace(card, connected=True, problem="The token was revoked.").standing == ("Needs attention", "red")


@pytest.mark.parametrize("address", ["https://sync.acme.example/connections?connected=accelo#x",
                                     "https://sync.acme.example/oauth/accelo/start"])  # fmt: skip
def test_the_address_to_register_is_the_one_that_a_sign_in_names(address):
    assert connections.callback(address, "accelo") == "https://sync.acme.example/oauth/accelo/callback"


def test_a_section_is_saved_with_its_secret_or_not_at_all(empty, monkeypatch):
    monkeypatch.setenv("TOOLKIT_KEY", "a long random text of this test")  # a machine without a keyring
    kept = {key: value for key, value in settings.values(empty).items() if key.startswith("email.")}
    assert settings.save_section(empty, settings.MAIL, kept, "") == "Nothing was changed."
    assert settings.save_section(empty, settings.MAIL, kept | {"email.host": "mail.acme.example"}, "") == "Saved."
    with pytest.raises(SettingsError):
        settings.save_section(empty, settings.MAIL, kept | {"email.port": "70000"}, "a word")
    assert empty.credentials.secret("email", "password") is None
    assert empty.settings.email.host == "mail.acme.example"
    assert settings.save_section(empty, settings.MAIL, {}, "a word") == "Saved."
    assert empty.credentials.secret("email", "password") == "a word"


def test_a_kind_with_fewer_pages_shows_its_last_one(empty):
    many = [question(n, QuestionKind.CONFLICT, "phone") for n in range(inbox.PAGE + 3)]
    empty.state.inbox.ask([*many, question(900, QuestionKind.NEW_IN_ACCELO, None)], "run", NOW)
    assert len(inbox.waiting(empty, "", 2).items) == 4
    assert len(inbox.waiting(empty, "conflict", 2).items) == 3
    (only,) = inbox.waiting(empty, QuestionKind.NEW_IN_ACCELO.value, 2).items
    assert only.question.key == "q900"
    assert inbox.waiting(empty, "poison", 2).items == []
    kinds = inbox.kinds(inbox.waiting(empty, "", 1).counts)
    assert next(iter(kinds.items())) == (f"All ({inbox.PAGE + 4})", "")
    assert sorted(kinds.values()) == sorted(["", "conflict", QuestionKind.NEW_IN_ACCELO.value])
    assert next(kinds[label] for label in kinds if label.endswith(f" ({inbox.PAGE + 3})")) == "conflict"


def test_a_scope_is_kept_as_lines_of_names_and_read_back_without_those_that_are_gone():
    from datetime import date

    kept = wizard_choices.scoped(date(2026, 1, 31), None, {"statuses": ["Won, not paid", "New"], "owners": []})
    assert kept == {"since": "2026-01-31", "until": "", "statuses": '"Won, not paid",New', "owners": ""}
    assert wizard_choices.still_there(kept["statuses"], {"Won, not paid": "", "Lost": ""}) == ["Won, not paid"]
    assert wizard_choices.still_there("", {"Lost": ""}) == []


def test_whoever_stands_for_everyone_is_shown_also_when_he_left():
    known = {"1": "Nora (1)", "2": "Jim (2)"}
    labels, now = wizard_choices.everyone([{"id": "*", "In Accelo": "Jim (2)"}], known)
    assert (labels, now) == ({wizard_lists.NOBODY: "", "Nora (1)": "1", "Jim (2)": "2"}, "Jim (2)")
    gone = "6: not active in Accelo"
    labels, now = wizard_choices.everyone([{"id": "*", "In Accelo": gone}], known)
    assert list(labels) == [wizard_lists.NOBODY, "Nora (1)", "Jim (2)", gone] and now == gone


def test_a_preview_tells_in_words_how_many_end_where(workspace):
    planned = next(row for row in workspace.state.runs.all() if row.kind == "sales")
    workspace.state.put("wizard:sales", {"step": "Preview", "plan": planned.id})
    now = wizard.standing(workspace, "sales")
    assert sum(now.will.values()) == sum(now.counts["ledger"].values()) and 0 not in now.will.values()
    assert "Wait" in now.will


def test_after_a_first_preview_come_the_people_and_after_another_its_result(workspace, started):
    assert wizard.preview(workspace, "tickets", "Ada") and wizard.standing(workspace, "tickets").step == "People"
    workspace.state.runs.end(started[-1], "done", workspace.clock().isoformat())
    assert wizard.preview(workspace, "sales", "Ada") and wizard.standing(workspace, "sales").step == "Preview"


def test_the_step_people_says_who_an_owner_goes_to_also_where_that_is_the_default(workspace):
    seen = wizard_lists.lists(workspace, "sales")
    first, second, *_ = seen.source.owners
    nora, jim = list(seen.staff)[:2]

    def shown():
        return {row["id"]: row["In Accelo"] for row in wizard_lists.users(workspace, seen)}

    assert set(shown().values()) == {"– nobody –"}
    wizard_lists.save_users(workspace, {first.id: jim, "*": nora})
    default = f"default: {seen.staff[nora]}"
    assert shown() == {owner.id: default for owner in seen.source.owners} | {
        first.id: seen.staff[jim], "*": seen.staff[nora]}  # fmt: skip
    rows = wizard_lists.users(workspace, seen)
    at = {row["id"]: number for number, row in enumerate(rows)}

    def chosen(id, label):
        return wizard_choices.chosen(rows, {at[id]: {"In Accelo": label}}, "In Accelo", seen.staff)

    assert chosen(first.id, default) == {first.id: ""}, "the default again, from now on"
    assert chosen(second.id, seen.staff[jim]) == {second.id: jim} and chosen("*", default) == {}
    with pytest.raises(UsageError, match="“– nobody –” is no choice"):
        chosen(second.id, "– nobody –")
    wizard_lists.save_users(workspace, {first.id: "999", "*": ""})
    assert shown() == {owner.id: "– nobody –" for owner in seen.source.owners} | {
        first.id: "999: not active in Accelo", "*": "– nobody –"}  # fmt: skip
    rows = wizard_lists.users(workspace, seen)
    choices, lost = wizard_choices.offered(rows, "In Accelo", seen.staff)
    assert (choices, lost) == (["– nobody –", *seen.staff.values()], ["999: not active in Accelo"])
    assert wizard_choices.in_the_way("users", wizard_lists.unmapped_users(workspace, seen), lost) == [
        f"{len(rows) - 2} owners not mapped; {seen.items - first.records} records hang on them. "
        "Unmapped blocks the import.",
        "1 owner mapped to somebody who is not active in Accelo. That blocks the import.",
    ]
    assert wizard_choices.in_the_way("statuses", (0, 0), ["77: not in Accelo"] * 2) == [
        "2 statuses mapped to one that Accelo does not have. That blocks the import."
    ]
    assert wizard_choices.in_the_way("users", (0, 0), []) == []


def test_a_status_that_accelo_does_not_have_is_shown_as_that(workspace):
    seen = wizard_lists.lists(workspace, "sales")
    name = seen.source.statuses[0].name
    wizard_lists.save_statuses(workspace, seen, {name: "999"})
    rows = wizard_lists.statuses(workspace, seen)
    assert next(row for row in rows if row["id"] == name)["Becomes"] == "999: not in Accelo"
    choices, lost = wizard_choices.offered(rows, "Becomes", seen.targets)
    assert (choices, lost) == (["– not mapped –", *seen.targets.values()], ["999: not in Accelo"])


def test_a_list_whose_entry_holds_a_comma_is_shown_and_saved_as_one_line(empty):
    line = '"Urgent, by phone=2", Low=4'
    assert [settings.save(empty, {"imports.priorities": line}) for _ in range(2)] == [1, 0]
    assert settings.values(empty)["imports.priorities"] == line
    assert empty.settings.imports.priorities == ("Urgent, by phone=2", "Low=4")
