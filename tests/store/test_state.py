"""The living state: durable, shared by processes, migrated forwards only."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from toolkit.errors import LeaseHeld, WorkspaceError
from toolkit.model import Address, Base, Change, Flag, Link, LinkState, Question, QuestionKind
from toolkit.store.database import NEWEST
from toolkit.store.journal import AuditRow, Intent, IntentState
from toolkit.store.seen import SeenRow
from toolkit.store.state import State

NOW = "2026-11-24T10:00:00+00:00"
ACME = Link("company:001", "company", "001", "7")


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.sqlite")


def intent(id: str = "run/1", epoch: int = 1) -> Intent:
    return Intent(
        id,
        "run",
        "create:accelo:company:001",
        "company:001",
        "company",
        "accelo",
        "create",
        "companies",
        None,
        "001",
        epoch,
        NOW,
        {
            "payload": {"name": "Acme"},
            "changes": [{"field": "name", "before": None, "after": "Acme", "rule": "created"}],
        },
    )


def test_a_state_of_a_newer_version_is_refused_with_the_next_step(tmp_path: Path) -> None:
    State(tmp_path / "state.sqlite").close()
    with sqlite3.connect(tmp_path / "state.sqlite") as raw:
        raw.execute(f"PRAGMA user_version = {NEWEST + 1}")
    raw.close()
    with pytest.raises(WorkspaceError, match="newer version") as refused:
        State(tmp_path / "state.sqlite")
    assert "Install the newer version" in refused.value.next_step


def test_an_older_state_is_copied_and_then_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from toolkit.store import database

    with State(tmp_path / "state.sqlite") as before:
        before.links.put(ACME, "run")
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ("next", ("CREATE TABLE new (x INTEGER)",))))
    monkeypatch.setattr(database, "NEWEST", NEWEST + 1)
    with State(tmp_path / "state.sqlite") as after:
        assert after.links.all() == [ACME]
        assert after.database.rows("SELECT * FROM new") == []
    assert (tmp_path / f"state-before-{NEWEST + 1}.sqlite").exists()


def test_what_was_given_up_on_is_found_by_its_own_index_and_only_after_a_lost_answer(state: State) -> None:
    """Every plan asks for it: it must not grow with the journal. A write that was refused can land no more."""
    later = "2026-11-24T11:00:00+00:00"
    endings: tuple[tuple[str, tuple[IntentState, ...]], ...] = (
        ("lost", ("unknown", "not_applied")), ("overtaken", ("unknown", "superseded")),
        ("refused", ("not_applied",)), ("found", ("unknown", "applied")),
    )  # fmt: skip
    for id, states in endings:
        state.journal.intend(intent(id), f"{id}.1", "hash")
        state.journal.outcome(f"{id}.1", id, states[0], NOW)
        if len(states) > 1:
            state.journal.resolve(id, states[1], later)
    assert [each.id for each in state.journal.given_up(NOW)] == ["lost", "overtaken"]
    assert state.journal.given_up("2026-11-24T11:00:01+00:00") == []
    (plan, *_) = state.database.rows(
        "EXPLAIN QUERY PLAN SELECT * FROM intents WHERE state IN ('not_applied', 'superseded', 'ambiguous') "
        "AND ended_at >= '2'"
    )
    assert "intents_given_up" in plan["detail"]


def test_a_file_that_is_no_database_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        State(tmp_path / "state.sqlite")


def test_a_transaction_that_fails_leaves_nothing(state: State) -> None:
    with pytest.raises(RuntimeError), state.transaction():
        state.links.put(ACME, "run")
        raise RuntimeError
    assert state.links.all() == []
    state.links.put(ACME, "run")
    assert state.links.all() == [ACME]


def test_two_connections_write_at_the_same_time_and_lose_nothing(tmp_path: Path) -> None:
    def count(name: str) -> None:
        with State(tmp_path / "state.sqlite") as own:
            for _ in range(100):
                own.runs.add_calls(name, "2026-11-24T10", 1)

    State(tmp_path / "state.sqlite").close()
    threads = [threading.Thread(target=count, args=("accelo",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with State(tmp_path / "state.sqlite") as state:
        assert state.runs.calls("accelo", "2026-11-24T10") == 400


def test_a_record_is_in_one_pair_only(state: State) -> None:
    state.links.put(ACME, "run")
    with pytest.raises(sqlite3.IntegrityError):
        state.links.put(Link("company:002", "company", "002", "7"), "run")


def test_bases_keep_both_sides_with_addresses_and_flags(state: State) -> None:
    state.links.put(ACME, "run")
    bases = {"name": Base("Acme", "ACME"), "billing": Base(Address("1 Main St", "Troy"), None, Flag.LOSSY)}
    state.links.move_bases("company:001", bases, "run")
    state.links.move_bases("company:001", {"name": Base("Acme Inc", "Acme Inc")}, "run")
    assert state.links.bases("company:001") == bases | {"name": Base("Acme Inc", "Acme Inc")}


def test_moves_are_kept_until_a_sealed_run_holds_them_and_rebuild_the_same_digest(state: State, tmp_path: Path) -> None:
    state.links.put(ACME, "run")
    state.links.move_bases("company:001", {"name": Base("Acme", "Acme")}, "run")
    moves = state.links.moves()
    with State(tmp_path / "other.sqlite") as other:
        other.links.replace_all(moves)
        assert other.links.digest() == state.links.digest()
    state.links.sealed([str(row["pair"]) for row in moves])
    assert not state.links.has_moves()


def test_p17_an_intent_of_an_older_epoch_is_not_committed(state: State) -> None:
    old = state.next_epoch("first", NOW)
    state.next_epoch("second", NOW)
    with pytest.raises(LeaseHeld, match="second"), state.transaction():
        state.check_epoch(old)
        state.journal.intend(intent(epoch=old), "run/1.1", "hash")
    assert state.journal.of_run("run") == []


def test_p8_intent_and_attempt_stand_before_the_answer_and_the_outcome_after(state: State) -> None:
    state.journal.intend(intent(), "run/1.1", "hash")
    assert [item.id for item in state.journal.unresolved()] == ["run/1"]
    state.journal.outcome("run/1.1", "run/1", "applied", NOW, result="7", status=200)
    assert state.journal.unresolved() == []
    assert [item.id for item in state.journal.unsettled()] == ["run/1"]
    state.journal.settle(["run/1"])
    state.journal.audit([AuditRow("run", "run/1", "company:001", "name", "accelo", None, "Acme", "created", NOW)])
    rows = state.journal.unsealed()
    assert [len(rows[name]) for name in ("intents", "attempts", "audit")] == [1, 1, 1]
    state.journal.sealed(rows, "run")
    assert not any(state.journal.unsealed().values())


def test_a_row_that_is_the_same_as_before_is_no_change(state: State) -> None:
    row = SeenRow("accelo.companies", "7", None, 100, {"id": "7", "name": "Acme"})
    assert state.seen.put([row], "run") == [row]
    assert state.seen.put([row], "run") == []
    assert state.seen.count("accelo.companies", since=100) == 1
    assert state.seen.count("accelo.companies", since=101) == 0


def test_p1_turning_read_only_on_refuses_plans_that_write_to_salesforce(state: State) -> None:
    from toolkit.model import Action, ActionType, Plan

    change = (Change("name", "A", "B", "accelo-changed", ""),)
    plan = Plan(
        "sync",
        (Action("a", ActionType.UPDATE, "company", "salesforce", "company:001", "001", "7", "Acme", change),),
        (),
        (),
    )
    row = state.plans.put(plan, "run", read_only=False, now=NOW)
    assert state.plans.load(row.hash) == plan and state.plans.find(row.hash[:8]) == row
    assert state.set_read_only(True, NOW) == 1
    assert state.plans.find(row.hash).state == "refused"  # type: ignore[union-attr]  # it was put above


def test_a_question_keeps_its_decision_while_it_is_the_same_question(state: State) -> None:
    question = Question(
        "conflict:company:001:7:name", QuestionKind.CONFLICT, "company", "Acme", "001", "7", "name", choices=("keep",)
    )
    assert state.inbox.ask([question], "run", NOW) == 1
    state.inbox.decide(1, "keep", "me", NOW)
    assert state.inbox.ask([question], "next", NOW) == 0
    assert state.inbox.decisions() == {question.key: "keep"}
    changed = Question(**{**vars(question), "ours": "another"})
    state.inbox.ask([changed], "next", NOW)
    assert state.inbox.decisions() == {} and state.inbox.counts() == {"conflict": 1}


def test_p16_failures_are_counted_by_reason_and_content(state: State) -> None:
    for _ in range(2):
        poison = state.inbox.fail("salesforce", "company", "001", "REQUIRED", "print", NOW, NOW)
    assert poison.times == 2
    assert state.inbox.fail("salesforce", "company", "001", "OTHER", "print", NOW, NOW).times == 1
    state.inbox.heal("salesforce", "company", "001")
    assert state.inbox.poison() == []


def test_a_retired_link_stays_with_its_base(state: State) -> None:
    state.links.put(ACME, "run")
    state.links.move_bases("company:001", {"name": Base("Acme", "Acme")}, "run")
    state.links.put(Link("company:001", "company", "001", "7", LinkState.RETIRED), "run")
    assert state.links.bases("company:001")["name"] == Base("Acme", "Acme")
