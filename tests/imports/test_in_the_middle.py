"""What a person or the world does while an import runs: cancel, pause, a used-up hour;
and what stops one before it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.imports.desk import Desk, Stage, carry_out
from toolkit.errors import Unconfirmed, Unmapped
from toolkit.mapping.people import UserMap, load_users, save_users
from toolkit.mapping.statuses import load_statuses, save_statuses
from toolkit.runs.import_build import Asked, build, differences, load_capture, tables_of
from toolkit.runs.result import RunResult


def at_record(desk: Desk, number: int, what: object) -> None:
    """Calls ``what(run)`` when so many records were written."""
    beat = desk.state.runs.beat

    def listening(run: str, now: str, **progress: object) -> bool:
        nonlocal what
        if what and len(desk.writes()) >= number:
            (doing, what) = (what, None)
            doing(run)  # type: ignore[operator]  # a function
        return bool(beat(run, now, **progress))

    desk.state.runs.beat = listening


def in_stage(desk: Desk, stage: str) -> int:
    return sum(row["StageName"] == stage for row in desk.source().values())


def often(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    monkeypatch.setattr("toolkit.runs.import_write.TOLD_EVERY", timedelta(0))


@pytest.mark.promise
def test_p7_cancelled_what_is_written_stays_and_everyone_is_accounted_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    often(monkeypatch)
    at_record(desk, 20, desk.state.runs.ask_cancel)
    result = desk.go()
    made = len(desk.made())
    assert result.state == "cancelled" and 20 <= made < 60
    assert result.counts["ledger"] | {"created": made, "waiting": 60 - made} == result.counts["ledger"]
    assert desk.state.runs.get(result.run).digest
    rest = desk.go()
    assert rest.counts["ledger"] | {"created": 60 - made, "unchanged": made} == rest.counts["ledger"]
    assert set(desk.marked().values()) == {1}


def test_a_cancelled_plan_goes_on_by_its_hash(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    often(monkeypatch)
    planned = desk.plan()
    at_record(desk, 10, desk.state.runs.ask_cancel)
    assert desk.apply(planned).state == "cancelled"
    assert desk.apply(planned).counts["ledger"]["created"] + 10 <= 60
    assert desk.marked() == dict.fromkeys(desk.source(), 1)


def test_paused_it_waits_and_resumed_it_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    often(monkeypatch)
    waited: list[int] = []
    at_record(desk, 15, lambda run: desk.state.put(f"pause:{run}", True))

    def meanwhile(seconds: float) -> None:
        waited.append(len(desk.writes()))
        (going,) = desk.state.runs.going()
        if len(waited) == 5:
            assert going.progress["paused"] is True
            desk.state.put(f"pause:{going.id}", False)

    desk.clock.told = meanwhile
    result = desk.go()
    assert len(waited) == 5 and set(waited) == {waited[0]} and waited[0] < 60
    assert result.counts["ledger"]["created"] == 60 and not desk.state.runs.get(result.run).progress["paused"]


@pytest.mark.promise
def test_p2_what_changed_during_a_pause_is_left_for_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records were looked at before the pause, all at once; after it they are looked at again."""
    often(monkeypatch)
    at_record(desk, 15, lambda run: desk.state.put(f"pause:{run}", True))
    left: list[str] = []

    def meanwhile(seconds: float) -> None:
        (going,) = desk.state.runs.going()
        left.append(sorted(set(desk.source()) - set(desk.marked()))[0])  # the very next one
        desk.served.edit("salesforce", "Opportunity", left[0], {"Name": "Another name", "Amount": 5})
        desk.state.put(f"pause:{going.id}", False)

    desk.clock.told = meanwhile
    result = desk.go()
    assert result.counts["ledger"]["created"] == 59 and left[0] not in desk.marked()
    assert (
        result.counts["reasons"]["It changed in Salesforce since the plan was made (title, amount); plan again."] == 1
    )


def test_a_paused_import_can_be_cancelled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    often(monkeypatch)
    at_record(desk, 5, lambda run: desk.state.put(f"pause:{run}", True))
    desk.clock.told = lambda seconds: [desk.state.runs.ask_cancel(row.id) for row in desk.state.runs.going()]
    assert desk.go().state == "cancelled"


def with_quota(desk: Desk, limit: int, during: Callable[[], None] = lambda: None) -> tuple[RunResult, set[str]]:
    """An import with so many calls an hour, and the times until which it said that it waits.
    Accelo's clock goes with ours."""
    desk.served.post("/switches", {"accelo_hourly_limit": str(limit)})
    told: set[str] = set()

    def meanwhile(seconds: float) -> None:
        told.update(str(row.progress.get("waiting_until")) for row in desk.state.runs.going())
        if told - {"None"}:
            during()
        desk.served.post("/clock", {"system": "accelo", "skew_seconds": round(desk.clock.ahead.total_seconds())})

    desk.clock.told = meanwhile
    desk.clock.sleep(3700)  # what other tests used of this hour is forgotten
    try:
        result = desk.go()
    finally:
        desk.served.post("/switches", {"accelo_hourly_limit": "off"})
    assert not [row for row in desk.served.requests() if row["status"] == 429], "nobody had to refuse us"
    budget = desk.workspace.transport("accelo").budget
    assert budget.kept_back() == limit // 5 and (budget.remaining or 0) >= limit // 5, "a fifth is left for people"
    desk.journal_is_the_world()
    return result, told - {"None"}


@pytest.mark.promise
def test_p13_an_hour_that_is_used_up_is_waited_for_and_the_reserve_is_left(desk: Desk) -> None:
    """Sixty calls an hour, a fifth of them for people: the import waits, says until when, and goes on by itself. What
    somebody changes during the wait is seen after it."""
    changed: list[str] = []

    def during() -> None:
        if not changed:
            changed.extend(sorted(set(desk.source()) - set(desk.marked()))[:2])
            for id_ in changed:
                desk.served.edit("salesforce", "Opportunity", id_, {"Amount": 6})

    result, told = with_quota(desk, 60, during)
    assert told, "it waited, and said until when"
    assert result.counts["ledger"]["created"] == 58 and not set(changed) & set(desk.marked())
    assert result.counts["reasons"]["It changed in Salesforce since the plan was made (amount); plan again."] == 2


@pytest.mark.promise
def test_p13_five_hundred_calls_an_hour_are_enough_for_nine_hundred_sales(tmp_path: Path) -> None:
    """In three of Accelo's hours: it waits twice."""
    stage = Stage(tmp_path, "accounts=10,contacts=20,opportunities=900")
    try:
        with stage.desk(tmp_path / "workspace") as desk:
            result, told = with_quota(desk, 500)
            waited = desk.clock.ahead.total_seconds() - 3700
            forecast = result.counts["forecast"]["seconds"]
            assert abs(forecast - waited) < 0.1 * waited, "the forecast of the time knows the deployment's quota"
            assert result.counts["ledger"]["created"] == 900 and desk.marked() == dict.fromkeys(desk.source(), 1)
            assert len(told) == 2 and 7200 < desk.clock.ahead.total_seconds() < 3 * 3600 + 3700
            assert desk.go().quiet
    finally:
        stage.served.stop()


def test_whoever_is_mapped_to_nobody_blocks_the_confirmation_and_says_how_many_hang_on_it(desk: Desk) -> None:
    users, statuses = desk.folder / "mappings" / "users.csv", desk.folder / "mappings" / "sale_statuses.csv"
    save_users(users, UserMap())
    save_statuses(statuses, load_statuses(statuses).choosing({"Prospecting": ""}))
    run = desk.open()
    with pytest.raises(Unmapped) as error:
        carry_out(run)
    assert error.value.exit_code == 3 and not desk.writes()
    hang = in_stage(desk, "Prospecting")
    assert error.value.message == (
        f"1 owner is mapped to nobody; 60 records hang on it. 1 status is not mapped; {hang} records have it."
    )
    assert error.value.next_step == (
        "Fill in accelo_staff_id in mappings/users.csv, or in its row * as the default (toolkit users lists them). "
        "Fill in accelo_status_id in mappings/sale_statuses.csv (toolkit statuses lists them)."
    )
    assert desk.state.runs.get(run.run).state == "waiting"


@pytest.mark.parametrize(
    ("table", "choice", "message"),
    [
        (
            "users.csv",
            {"OWNER": "Jane", "*": "999"},
            "The user mapping names staff who are not in Accelo, or inactive there: "
            "users.csv, line 2: “Jane” for {owner}; users.csv, line 3: “999” for everyone else.",
        ),
        (
            "users.csv",
            {"*": "6"},
            "The user mapping names staff who are not in Accelo, or inactive there: "
            "users.csv, line 3: “6”, inactive, for everyone else.",
        ),
        (
            "sale_statuses.csv",
            {"Prospecting": "999", "Closed Won": "won"},
            "The status mapping names statuses that Accelo does not have: sale_statuses.csv, line {Prospecting}: “999” "
            "for Prospecting; sale_statuses.csv, line {Closed Won}: “won” for Closed Won.",
        ),
    ],
)
def test_staff_and_statuses_that_are_not_there_block_it_line_by_line(
    desk: Desk, table: str, choice: dict[str, str], message: str
) -> None:
    path = desk.folder / "mappings" / table
    if table == "users.csv":
        users = load_users(path)
        owner = next(row for row in users.rows if row.salesforce_id != "*")
        words = {"owner": owner.salesforce_name}
        chosen = {owner.salesforce_id if id_ == "OWNER" else id_: staff for id_, staff in choice.items()}
        save_users(path, users.choosing(chosen))
    else:
        save_statuses(path, load_statuses(path).choosing(choice))
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        words = {name: str(number) for name in choice for number, line in enumerate(lines, 1) if line.startswith(name)}
    with pytest.raises(Unmapped) as error:
        carry_out(desk.open())
    assert error.value.message == message.format_map(words) and not desk.writes()
    assert f"mappings/{table}" in error.value.next_step


def test_what_cannot_be_carried_is_accepted_by_name(desk: Desk) -> None:
    planned = desk.plan(sample=4)
    names = sorted(carry.name for carry in planned.import_planned.checks.accept)
    with pytest.raises(Unconfirmed) as error:
        desk.apply(planned, accepted=(names[0],))
    assert error.value.message == f"Not accepted yet: {', '.join(names[1:])}."
    assert error.value.next_step == f"Accept them by name: toolkit apply {planned.import_planned.hash} --accept NAME"
    assert not desk.writes()
    assert desk.apply(planned, accepted=names).counts["ledger"]["created"] == 4


def test_what_accelo_refuses_is_said_with_the_next_step_and_the_others_come(desk: Desk) -> None:
    desk.fault("duplicate", nth=3, path="/api/v0/prospects$", method="POST")
    result = desk.go(sample=5)
    (failed,) = [reason for reason in result.counts["reasons"] if reason.startswith("Accelo: ")]
    assert failed.endswith("Correct the record in Salesforce, or its mapping, then import again."), failed
    assert result.counts["ledger"]["failed"] == 1 and result.counts["ledger"]["created"] == 4
    assert desk.go(sample=5).counts["ledger"]["failed"] == 0


def test_fields_that_the_user_cannot_see_are_accepted_by_name_for_they_would_come_over_blank(desk: Desk) -> None:
    desk.fault(
        "field_hidden", times=0, path="/services/data/", fields=["Opportunity.Amount", "Opportunity.Description"]
    )
    desk.again()
    planned = desk.plan(sample=4)
    (asked,) = [carry for carry in planned.import_planned.checks.accept if carry.name == "hidden-fields"]
    assert (
        asked.title == "Fields that the connected user cannot see (Opportunity: Description, Amount)"
        and asked.count == 4
    )
    with pytest.raises(Unconfirmed, match=r"^Not accepted yet: hidden-fields\."):
        desk.apply(planned, accepted=("created-dates", "closed-dates", "history"))
    assert not desk.writes()
    desk.served.no_faults()


def test_a_connection_to_accelo_that_may_only_read_blocks_the_plan(desk: Desk) -> None:
    desk.workspace.accelo_reader.token_info = lambda: {"scope": "read(all)"}  # what Accelo says of such a token
    planned = desk.plan(sample=1)
    (blocker,) = planned.import_planned.blocked
    assert (blocker.title, blocker.remedy) == (
        "Accelo's connection may only read",
        "Connect again with the scope write(all): toolkit connect accelo")  # fmt: skip


def test_another_hash_confirms_nothing(desk: Desk) -> None:
    run = desk.open(mode="plan")
    run.read()
    run.plan()
    with pytest.raises(Unconfirmed, match=r"^That is not the hash of this plan\."):
        run.confirm("0" * 64)
    assert not desk.writes()


def test_a_mapping_that_opens_closed_ones_again_is_asked_about(desk: Desk) -> None:
    path = desk.folder / "mappings" / "sale_statuses.csv"
    save_statuses(path, load_statuses(path).choosing({"Closed Won": "1"}))
    planned = desk.plan()
    (asked,) = [carry for carry in planned.import_planned.checks.accept if carry.name == "reopens"]
    assert asked.title == "Closed records that become open ones (Closed Won)" and asked.count == in_stage(
        desk, "Closed Won"
    )


def test_what_if_changes_nothing_and_asks_neither_system(desk: Desk) -> None:
    """From what the last plan read: which records another mapping would change."""
    planned = desk.plan()
    path = desk.folder / "mappings" / "sale_statuses.csv"
    other = desk.folder / "other.csv"
    save_statuses(other, load_statuses(path).choosing({"Prospecting": "4"}))
    asked = len(desk.served.requests())
    reading = load_capture(desk.workspace.run_folder(planned.run))
    assert reading is not None
    tables, said = planned.tables(), desk.workspace.settings.imports
    before, _ = build(desk.state, "sale", reading, tables, said, Asked())
    after, _ = build(desk.state, "sale", reading, tables_of(other, tables), said, Asked())
    assert before.hash == planned.import_planned.hash, "the same plan as was made from the wire"
    found = differences(before, after)
    assert len(found) == in_stage(desk, "Prospecting") and {(each.field, each.after) for each in found} == {
        ("status", "4")
    }
    assert len(desk.served.requests()) == asked


@pytest.mark.parametrize(
    "switches",
    [{"accelo_unknown_filter": "reject"}, {"accelo_limit_over_100": "reject"}, {"accelo_duplicate_names": "on"}],
    ids=lambda said: next(iter(said)),
)
def test_deployments_differ_and_the_import_does_not(desk: Desk, switches: dict[str, str]) -> None:
    before = {row["name"]: row["value"] for row in _switches(desk) if row["name"] in switches}
    desk.served.post("/switches", switches)
    try:
        desk.fault("reset_after_commit", nth=4, path="/api/v0/prospects$", method="POST")
        assert desk.go(sample=8).counts["ledger"]["created"] == 8
        assert desk.go("ticket", sample=8).counts["ledger"]["created"] == 8
        assert set((desk.marked() + desk.marked("ticket")).values()) == {1}
    finally:
        desk.served.post("/switches", before)


def _switches(desk: Desk) -> list[dict[str, str]]:
    said = desk.served.get("/switches")
    rows = said["switches"] if isinstance(said, dict) and "switches" in said else said
    return rows if isinstance(rows, list) else [{"name": name, **each} for name, each in rows.items()]
