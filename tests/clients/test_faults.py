"""Every fault of the two systems, over HTTP: what a write is said to be afterwards, and what reads make of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.clients.conftest import Connection, World
from toolkit.clients.endpoint import Receipt
from toolkit.clients.transport import TRIES
from toolkit.errors import (
    AuthFailed,
    DuplicateRecord,
    LimitReached,
    NoApiAccess,
    OutcomeUnknown,
    RecordGone,
    RecordRejected,
    RowLocked,
    ToolkitError,
    Unavailable,
)

Connect = Callable[..., Connection]
BOTH = ("salesforce", "accelo")
API = r"^(?!.*/oauth2/)"

# kind, options -> what the caller of a write gets, and how many records there are then
WRITES: list[tuple[str, str, dict[str, object], type[object], int]] = [
    (system, kind, options, outcome, made)
    for system in BOTH
    for kind, options, outcome, made in (
        ("refused", {}, OutcomeUnknown, 0),
        ("reset_before", {}, OutcomeUnknown, 0),
        ("reset_after_commit", {}, OutcomeUnknown, 1),
        ("timeout", {"seconds": 4}, OutcomeUnknown, 0),
        ("timeout_after_commit", {"seconds": 4}, OutcomeUnknown, 1),
        ("applied_late", {"seconds": 30}, OutcomeUnknown, 0),
        ("delivered_twice", {}, Receipt, 2),
        ("slow", {"seconds": 0.3}, Receipt, 1),
        ("truncated", {}, OutcomeUnknown, 1),
        ("html", {}, OutcomeUnknown, 0),
        ("html", {"status": 200}, OutcomeUnknown, 0),
        ("unauthorized_once", {}, Receipt, 1),
        ("unauthorized", {}, AuthFailed, 0),
        ("token_expired", {}, Receipt, 1),
        ("too_many_429", {}, LimitReached, 0),
        ("server_error_500", {}, OutcomeUnknown, 0),
        ("server_error_after_commit", {}, OutcomeUnknown, 1),
    )
] + [
    ("salesforce", "limit_403", {}, LimitReached, 0),
    ("salesforce", "unavailable_503", {}, Unavailable, 0),
    ("salesforce", "row_lock", {}, RowLocked, 0),
    ("salesforce", "validation_rule", {}, RecordRejected, 0),
    ("salesforce", "required_custom_field", {}, RecordRejected, 0),
    ("salesforce", "duplicate_rule", {}, RecordRejected, 0),
    ("salesforce", "restricted_picklist", {"fields": ["Name"]}, RecordRejected, 0),
    ("accelo", "limit_403", {}, RecordRejected, 0),
    ("accelo", "unavailable_503", {}, OutcomeUnknown, 0),
    ("accelo", "duplicate", {}, DuplicateRecord, 0),
    ("accelo", "invalid_permission", {}, RecordRejected, 0),
]


@pytest.mark.parametrize(
    ("system", "kind", "options", "outcome", "made"), WRITES, ids=[f"{row[0]}-{row[1]}-{row[4]}" for row in WRITES]
)
def test_p3_a_write_is_sent_once_and_its_outcome_is_told(
    system: str, kind: str, options: dict[str, object], outcome: type[object], made: int, world: World, connect: Connect
) -> None:
    side = connect(system)
    world.fault(system, kind, API, "POST", **options)
    try:
        result: object = side.write()
    except ToolkitError as error:
        result = error
    assert type(result) is outcome, result
    assert side.made() == made
    sent = [line for line in side.log if line.write]
    assert len(sent) == (2 if kind in ("unauthorized_once", "unauthorized", "token_expired") else 1)
    assert not side.time.sleeps, "a write never waits: what was read before it would be old"
    assert "Quarry Lane Studio" not in str(result) if isinstance(result, ToolkitError) else True


READS: list[tuple[str, str, dict[str, object], type[Exception] | None]] = [
    (system, kind, options, error)
    for system in BOTH
    for kind, options, error in (
        ("refused", {}, Unavailable),
        ("reset_before", {}, Unavailable),
        ("timeout", {"seconds": 4}, Unavailable),
        ("reset_after_commit", {}, Unavailable),
        ("truncated", {}, Unavailable),
        ("html", {}, Unavailable),
        ("html", {"status": 200}, Unavailable),
        ("server_error_500", {}, Unavailable),
        ("unavailable_503", {}, Unavailable),
        ("too_many_429", {}, LimitReached),
        ("slow", {"seconds": 0.2}, None),
    )
] + [
    ("salesforce", "limit_403", {}, LimitReached),
    ("accelo", "limit_403", {}, NoApiAccess),
    ("accelo", "invalid_permission", {}, NoApiAccess),
]


@pytest.mark.parametrize(("system", "kind", "options", "error"), READS, ids=[f"{row[0]}-{row[1]}" for row in READS])
def test_reads_are_repeated_a_few_times_and_then_say_what_is_wrong(
    system: str, kind: str, options: dict[str, object], error: type[Exception] | None, world: World, connect: Connect
) -> None:
    side = connect(system)
    passing = kind not in ("limit_403", "invalid_permission")
    if passing:
        world.fault(system, kind, API, times=1 if kind == "timeout" else 2, **options)
        side.read()
        world.control("DELETE", "/faults")
    if error is None or kind == "timeout":
        return
    side.log.clear()
    world.fault(system, kind, API, times=0, **options)
    with pytest.raises(error):
        side.read()
    assert len(side.log) == (TRIES if passing else 1)


@pytest.mark.parametrize("system", BOTH)
def test_a_closed_door_is_definite_for_a_write(system: str, world: World, connect: Connect) -> None:
    """Nothing listens: nothing was sent, and no grace needs to be waited for."""
    side = connect(system)
    side.read()
    world.fault(system, "refused", API, seconds=3)
    with pytest.raises(OutcomeUnknown):
        side.write()
    side.transport.close()
    time.sleep(0.3)
    with pytest.raises(Unavailable, match="no connection"):
        side.write()
    time.sleep(3)
    assert isinstance(side.write(), Receipt) and side.made() == 1


@pytest.mark.parametrize("system", BOTH)
def test_401_for_ever_is_one_renewal_and_no_loop(system: str, world: World, connect: Connect) -> None:
    side = connect(system)
    world.fault(system, "unauthorized", API)
    with pytest.raises(AuthFailed, match=f"toolkit connect {system}"):
        side.read()
    lines = [(line["method"], "oauth2" in line["path"]) for line in world.requests()]
    assert [oauth for _, oauth in lines] == [False, True, False]


@pytest.mark.parametrize("system", BOTH)
def test_a_token_without_a_way_to_renew_it_just_ends(system: str, world: World, connect: Connect) -> None:
    side = connect(system, refresh=False)
    world.fault(system, "unauthorized", API)
    with pytest.raises(AuthFailed, match="cannot be renewed"):
        side.write()
    assert len(world.requests()) == 1


def test_a_record_that_was_deleted_is_gone(world: World, connect: Connect) -> None:
    org, deployment = connect("salesforce"), connect("accelo")
    account, company = org.write().id, deployment.write().id
    world.fault("salesforce", "record_deleted", method="PATCH")
    with pytest.raises(RecordGone):
        org.writer.update("Account", account, {"Phone": "1"})
    world.fault("accelo", "record_deleted", "/companies/", "PUT")
    with pytest.raises(RecordGone):
        deployment.writer.update("companies", company, {"phone": "1"})
    assert deployment.reader.get("companies", company) is None


def test_one_locked_row_of_a_group_stays_alone(world: World, connect: Connect) -> None:
    org = connect("salesforce")
    world.fault("salesforce", "row_lock", rows=[1])
    first, second, third = org.writer.create_many("Account", [{"Name": f"Mill {n}"} for n in range(3)])
    assert isinstance(first, Receipt) and isinstance(third, Receipt) and isinstance(second, RowLocked)


@pytest.mark.parametrize("kind", ["reset_after_commit", "truncated", "server_error_after_commit"])
def test_p3_a_group_without_an_answer_is_unknown_as_a_whole(kind: str, world: World, connect: Connect) -> None:
    org = connect("salesforce")
    world.fault("salesforce", kind, "composite/sobjects")
    with pytest.raises(OutcomeUnknown):
        org.writer.create_many("Account", [{"Name": f"Mill {n}"} for n in range(200)])
    assert sum(1 for row in world.records("salesforce", "Account") if row["Name"].startswith("Mill ")) == 200


def test_a_group_that_the_limit_refuses_is_sent_once_and_nothing_of_it_is_applied(
    world: World, connect: Connect
) -> None:
    org = connect("salesforce")
    world.fault("salesforce", "limit_403", "composite/sobjects")
    with pytest.raises(LimitReached):
        org.writer.create_many("Account", [{"Name": f"Mill {n}"} for n in range(200)])
    assert len([line for line in org.log if line.write]) == 1 and org.made("Mill 1") == 0


def test_server_clock_skew_is_measured(world: World, connect: Connect) -> None:
    for system, skew in (("salesforce", 7200), ("accelo", -5400)):
        side = connect(system)
        world.control("POST", "/clock", {"system": system, "skew_seconds": skew})
        side.read()
        assert abs((side.reader.server_now() - side.time.now()).total_seconds() - skew) < 2
