"""The two mapping tables that a person fills in a spreadsheet: what blocks, what is suggested, what stays."""

import csv

import pytest

from toolkit.errors import MappingError
from toolkit.mapping.people import Owner, Staff, UserMap, load_users, save_users, suggest_staff
from toolkit.mapping.statuses import (
    SourceStatus,
    StatusMap,
    TargetStatus,
    load_statuses,
    save_statuses,
    suggest_status,
)

ANNA = Owner("005A", "Anna Snelling", "anna@example.com", records=12)
GONE = Owner("005G", "Gus Gone", active=False, records=3)
DESK = Owner("00GQ", "Service Desk", queue=True, records=40)
STAFF = [Staff("2", "Anna Snelling-Brown", "ANNA@example.com"), Staff("3", "Gus Gone", active=False), Staff("4", "Kim")]

QUALIFY = SourceStatus("Qualification", "open", 5)
WON = SourceStatus("Closed Won", "won", 9)
TARGETS = [
    TargetStatus("1", "Qualified", "active"), TargetStatus("2", "New", "active"), TargetStatus("3", "Won", "won"),
    TargetStatus("4", "Lost", "lost", start=False)]  # fmt: skip


def test_unmapped_owners_are_named_with_their_records_most_first():
    assert [o.id for o in UserMap().unmapped([ANNA, GONE, DESK])] == ["00GQ", "005A", "005G"]


def test_the_default_row_stands_for_everyone_without_a_person():
    users = UserMap().choosing({"005A": "2", "*": "4"})
    assert (users.staff_for("005A"), users.staff_for("005G"), users.staff_for(None)) == ("2", "4", "4")
    assert not users.unmapped([ANNA, GONE, DESK])


def test_a_refresh_keeps_choices_and_brings_todays_counts(tmp_path):
    users = UserMap().choosing({"005A": "2", "005X": "4", "005E": ""}).refreshed([DESK, ANNA, GONE], STAFF)
    path = tmp_path / "users.csv"
    save_users(path, users)
    again = load_users(path)
    assert again == users and again.digest == users.digest
    assert [(r.salesforce_id, r.active, r.records, r.accelo_staff_id) for r in again.rows] == [
        ("00GQ", "queue", 40, ""), ("005A", "yes", 12, "2"), ("005G", "no", 3, ""),
        ("005X", "", 0, "4"), ("*", "", 0, "")]  # fmt: skip


def test_the_digest_moves_with_a_choice_and_not_with_a_count():
    users = UserMap().choosing({"005A": "2"})
    assert users.refreshed([ANNA], STAFF).choosing({"*": ""}).digest == users.choosing({"*": ""}).digest
    assert users.choosing({"005A": "4"}).digest != users.digest


def test_staff_that_is_unknown_or_inactive_is_reported():
    users = UserMap().choosing({"005A": "2", "005G": "3", "00GQ": "99"})
    assert [row.salesforce_id for row in users.unknown_staff(STAFF)] == ["005G", "00GQ"]


def test_a_mapping_knows_the_line_of_each_row_also_below_a_cell_of_two_lines(tmp_path):
    people, stages = tmp_path / "users.csv", tmp_path / "copy.csv"
    save_users(people, UserMap().refreshed([ANNA, Owner("005T", "Two\nLines", records=5)], STAFF))
    users = load_users(people).choosing({"005NEW": "2"})
    assert users.places == {"005A": "users.csv, line 2", "005T": "users.csv, line 4", "*": "users.csv, line 5"}
    save_statuses(stages, StatusMap().choosing({"A": "1", "B": "2"}))
    assert load_statuses(stages).choosing({"C": "1"}).places == {"A": "copy.csv, line 2", "B": "copy.csv, line 3"}


@pytest.mark.parametrize(
    ("owner", "staff", "expected"),
    [
        (ANNA, STAFF, ("2", "same e-mail")),
        (Owner("005K", "KIM"), STAFF, ("4", "same name")),
        (Owner("005B", "Brown Anna Snellin"), STAFF, ("2", "similar name (97 of 100)")),
        (GONE, STAFF, None),
        (Owner("005K", "Kim"), [Staff("4", "Kim"), Staff("5", "Kim")], None),
    ],
)
def test_suggestions_go_by_mail_then_by_name_and_never_guess_between_two(owner, staff, expected):
    found = suggest_staff(owner, staff)
    assert (found and (found.staff_id, found.reason)) == expected


def test_formulas_are_disarmed_in_the_file_and_read_back_as_typed(tmp_path):
    path = tmp_path / "users.csv"
    save_users(path, UserMap().refreshed([Owner("005F", "=HYPERLINK(1)", "+61")], STAFF))
    assert "'=HYPERLINK" in path.read_text(encoding="utf-8-sig")
    assert load_users(path).rows[0].salesforce_name == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"salesforce_id,records\n", "users.csv, line 1: has no column salesforce_name, salesforce_email, active, "
         "accelo_staff_id, accelo_name."),
        (b"salesforce_id,salesforce_name,salesforce_email,active,records,accelo_staff_id,accelo_name\n005A,x\n",
         "users.csv, line 2: has 2 cells where the header has 7."),
        (b"salesforce_id;salesforce_name;salesforce_email;active;records;accelo_staff_id;accelo_name\n"
         b"005A;;;;;2;\n\n005A;;;;;3;\n", "users.csv, line 4: names salesforce_id “005A” again (first in line 2)."),
        (b"salesforce_id\n\xff", "users.csv, line 2: is not UTF-8 text."),
        (b"", "users.csv, line 1: has no column"),
    ],
)  # fmt: skip
def test_a_bad_file_names_line_and_remedy(tmp_path, text, message):
    path = tmp_path / "users.csv"
    path.write_bytes(text)
    with pytest.raises(MappingError) as error:
        load_users(path)
    assert message in str(error.value) and error.value.next_step


HEAD = "salesforce_id;salesforce_name;salesforce_email;active;records;accelo_staff_id;accelo_name\r\n"


def test_an_owner_by_the_fifteen_characters_of_a_report_is_that_owner(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text(HEAD + "005gK0000000001;A;;yes;1;3;\r\n*;;;;;2;\r\n")
    assert load_users(path).staff_for("005gK0000000001QAA") == "3"
    path.write_text(HEAD + "005gK0000000001;A;;yes;1;3;\r\n005gK0000000001QAA;A;;yes;1;4;\r\n")
    with pytest.raises(MappingError, match="line 3: names salesforce_id “005gK0000000001QAA” again"):
        load_users(path)


def test_a_number_of_records_that_is_none_counts_as_zero(tmp_path):
    (path := tmp_path / "users.csv").write_text(HEAD + "005gK0000000001QAA;A;;yes;\u00b2;3;\r\n")
    assert load_users(path).rows[0].records == 0


def test_a_quote_that_is_never_closed_in_a_large_file_is_a_clear_error(tmp_path):
    (path := tmp_path / "users.csv").write_text(HEAD + '005gK0000000001QAA;"A;;yes;1;3;\r\n' + "x" * 500)
    before = csv.field_size_limit(100)
    try:
        with pytest.raises(MappingError, match="Look for a double quote that is not closed"):
            load_users(path)
    finally:
        csv.field_size_limit(before)


def test_an_absent_file_is_an_empty_mapping(tmp_path):
    assert load_users(tmp_path / "users.csv") == UserMap()
    assert load_statuses(tmp_path / "sale_statuses.csv") == StatusMap()


def test_statuses_keep_their_choice_over_a_refresh_and_the_file(tmp_path):
    statuses = StatusMap().choosing({"Closed Won": "3", "Old": "1", "Odd": ""}).refreshed([QUALIFY, WON], TARGETS)
    path = tmp_path / "sale_statuses.csv"
    save_statuses(path, statuses)
    assert load_statuses(path) == statuses and load_statuses(path).digest == statuses.digest
    assert statuses.status_for("Closed Won") == "3" and statuses.status_for("Qualification") is None
    assert [s.name for s in statuses.unmapped([QUALIFY, WON])] == ["Qualification"]
    assert [row.salesforce_status for row in statuses.rows] == ["Qualification", "Closed Won", "Old"]


def test_a_closed_thing_mapped_to_an_open_status_is_asked_about():
    reopened = StatusMap().choosing({"Closed Won": "1", "Qualification": "2"})
    assert reopened.reopening([QUALIFY, WON], TARGETS) == (WON,)
    assert StatusMap().choosing({"Closed Won": "3"}).reopening([WON], TARGETS) == ()


def test_status_ids_that_do_not_exist_are_reported():
    assert [r.salesforce_status for r in StatusMap().choosing({"A": "77", "B": "1"}).unknown_targets(TARGETS)] == ["A"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (QUALIFY, ("1", "similar title")),
        (WON, ("3", "same title")),
        (SourceStatus("Perdu", "lost"), ("4", "the first status that is lost")),
        (SourceStatus("Closed", "closed"), None),
        (SourceStatus("?", "odd"), None),
    ],
)
def test_suggested_statuses_have_the_same_nature(source, expected):
    found = suggest_status(source, TARGETS)
    assert (found and (found.status_id, found.reason)) == expected
