"""The brakes and the ledger."""

import pytest
from situations import table

from toolkit.model import Action, ActionType, Change, LedgerRow, Plan, RecordState
from toolkit.sync.brakes import Counts, Limit, Limits, check_brakes
from toolkit.sync.ledger import after_apply, close, totals

LOW = Limits(
    creations=Limit(2, 0.1), updates=Limit(2, 0.1), blankings=Limit(2, 0.1), retirements=Limit(2, 0.1), same_value=2
)
COUNTS = Counts({"salesforce.company": 10, "accelo.company": 10}, {"company": 10}, "m1")


def action(number, type, side="accelo", field="website", before="x", after="y"):
    return Action(
        f"{type}{number}",
        type,
        "company",
        side,
        f"P{number}",
        "1",
        "2",
        "Acme",
        (Change(field, before, after, "", ""),),
    )


def actions(n, *rest, **more):
    return Plan("sync", tuple(action(number, *rest, **more) for number in range(n)), (), ())


SITUATIONS = {
    "creations": (lambda n: actions(n, ActionType.CREATE), COUNTS, None),
    "updates": (lambda n: actions(n, ActionType.UPDATE), COUNTS, None),
    "blankings": (lambda n: actions(n, ActionType.LINK, after=None), COUNTS, None),
    "retirements": (lambda n: actions(n, ActionType.RETIRE, side=None), COUNTS, None),
    "same-value": (lambda n: actions(n, ActionType.LINK, field="email"), COUNTS, None),
    "small-side": (lambda n: actions(0), Counts({"salesforce.company": 10}, {}, "m1"), COUNTS),
    "mapping-changed": (lambda n: actions(0), Counts(COUNTS.records, {}, "m2"), COUNTS),
}


@pytest.mark.promise
@pytest.mark.parametrize("row", table(check_brakes), ids=lambda row: row[0])
def test_p14_each_brake_of_the_table_stops_the_run(row):
    make, counts, last = SITUATIONS[row[0]]
    (brake,) = check_brakes(make(3), counts, LOW, last)
    assert brake.code.startswith(row[0]) and brake.reason
    assert not check_brakes(make(2), COUNTS, LOW, COUNTS)


def test_p14_a_share_of_a_large_side_is_fine():
    assert not check_brakes(actions(90, ActionType.CREATE), Counts({"accelo.company": 1000}, {}, "m"), LOW)
    assert check_brakes(
        actions(101, ActionType.CREATE), Counts({"accelo.company": 1000, "salesforce.company": 9000}, {}, "m"), LOW
    )


@pytest.mark.parametrize(("now", "stops"), [(90, False), (89, True), (0, True)])
def test_p14_an_empty_or_suddenly_small_side_stops_the_run(now, stops):
    last = Counts({"accelo.company": 100, "accelo.contact": 0}, {}, "m")
    found = check_brakes(actions(0), Counts({"accelo.company": now}, {}, "m"), last=last)
    assert bool(found) is stops
    if stops:
        assert found[0].reason == f"Accelo shows {now} records of kind company; it showed 100 last time."


def test_creating_many_contacts_with_one_telephone_number_is_what_firms_do():
    assert not check_brakes(actions(3, ActionType.CREATE, field="phone"), COUNTS, Limits())


def row(id, state=RecordState.UNCHANGED, action=None):
    return LedgerRow("salesforce", "company", id, "Acme", state, "planned", action)


def test_p7_the_ledger_names_what_is_missing_doubled_or_unknown():
    gaps = close([row("1"), row("1"), row("9")], [("salesforce", "company", "1"), ("salesforce", "company", "2")])
    assert gaps and gaps.missing == (("salesforce", "company", "2"),)
    assert gaps.doubled == (("salesforce", "company", "1"),) and gaps.unknown == (("salesforce", "company", "9"),)
    assert not close([row("1")], [("salesforce", "company", "1")])


def test_p7_after_apply_every_planned_row_has_its_outcome():
    rows = after_apply(
        [
            row("1"),
            row("2", RecordState.CREATED, "a"),
            row("3", RecordState.UPDATED, "b"),
            row("4", RecordState.UPDATED, "c"),
            row("5", RecordState.CREATED, "d"),
        ],
        {"a": (RecordState.UPDATED, ""), "b": (RecordState.FAILED, "refused"), "d": (RecordState.CREATED, "adopted")},
    )
    assert [(each.state, each.reason) for each in rows] == [
        (RecordState.UNCHANGED, "planned"),
        (RecordState.CREATED, "planned"),
        (RecordState.FAILED, "refused"),
        (RecordState.WAITING, "The run ended before this action."),
        (RecordState.CREATED, "adopted"),
    ]
    assert totals(rows) == {"created": 2, "updated": 0, "unchanged": 1, "waiting": 1, "skipped": 0, "failed": 1}
