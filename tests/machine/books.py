"""P7 and P8: the ledger of each run against the world, and the journal against the sandbox's own log, one to one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.machine.town import OBJECTS
from tests.runs.oracles import live
from toolkit.model import RecordState

if TYPE_CHECKING:
    from tests.machine.history import History
    from toolkit.runs.engine import Run
    from toolkit.runs.result import RunResult

WRITING = ("POST", "PUT", "PATCH", "DELETE")
BELOW = {"address": "addresses", "profile": "profiles"}
BLIND = ("late_commit", "short_page")
"""Faults under which a reading may miss a record without knowing it; it is found by a later one."""

Signature = tuple[str, str, str, str]


def signature(path: str) -> Signature:
    """(system, collection, record, what below it) of a wire path."""
    system = "accelo" if "/api/v0/" in path else "salesforce"
    parts = re.split(r"/sobjects/|/api/v0/", path)[-1].strip("/").split("/")
    return system, parts[0], parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""


def writes(method: str, path: str) -> bool:
    """Could this request change a record."""
    return method in WRITING and "/oauth2/" not in path and not path.endswith("/composite") and "/jobs/" not in path


def grouped(path: str) -> bool:
    """Does this request write many records of Salesforce."""
    return path.endswith("/composite/sobjects")


def fits(row: Mapping[str, Any], meant: list[tuple[str, Signature]]) -> bool:
    """Did this request write what its attempts say, and nothing else."""
    if not grouped(row["path"]):
        return len(meant) == 1 and meant[0][1] == signature(row["path"])
    targets = {record for _, (_, _, record, _) in meant if record}
    made = sum(write["op"] == "create" for write in row["writes"])
    return made <= len(meant) - len(targets) and all(
        write["op"] == "create" or write["id"] in targets for write in row["writes"]
    )


def wrote(row: Mapping[str, Any], attempt: Mapping[str, Any]) -> bool:
    """Did this request carry out that attempt.
    Of a creation in a group that is not applied nothing says which it was."""
    id = attempt["target"] or attempt["result"]
    return any(not grouped(row["path"]) or write["id"] == id for write in row["writes"])


class Books:
    """What is noted about one history while it goes on."""

    def __init__(self, history: History) -> None:
        self.history = history
        # number of a request -> (attempt, what it wrote to) each
        self.left: dict[int, list[tuple[str, Signature]]] = {}
        self.checked = 0  # the last request whose attempt was looked for
        self.died: set[str] = set()  # runs without an end
        self.hidden: set[tuple[str, str]] = set()
        """What a late commit hid from a poll, and may hide from the next ones: the whole reading finds it."""

    # P8

    def leaving(self, method: str, path: str) -> None:
        """A request is about to leave: if it can write, its intent and attempt are committed,
        and have no outcome yet."""
        if not writes(method, path):
            return
        database = self.history.desk.state.database
        assert not database._depth, f"P8: {method} {path} leaves in the middle of a transaction"
        gone = {attempt for meant in self.left.values() for attempt, _ in meant}
        rows = database.rows(
            "SELECT a.id, a.outcome, i.side, i.op, i.resource, i.target FROM attempts a "
            "JOIN intents i ON i.id = a.intent ORDER BY a.rowid DESC LIMIT 200"
        )
        unsent = [row for row in rows if row["outcome"] == "open" and row["id"] not in gone]
        found = unsent or [row for row in rows if row["outcome"] == "open"]  # the same once more, after a new sign-in
        found = found if grouped(path) else list(rows)[:1]
        assert found, f"P8: {method} {path} leaves without an attempt"
        meant = [
            (row["id"], (row["side"], row["resource"], row["target"] or "", BELOW.get(row["op"], ""))) for row in found
        ]
        assert all(row["outcome"] == "open" for row in found), (
            f"P8: {method} {path} leaves, and its attempt has an outcome"
        )
        assert grouped(path) or meant[0][1] == signature(path), f"P8: {method} {path} leaves; its attempt says {meant}"
        self.left[self.history.lab.last + 1] = meant

    def state_is_lost(self) -> None:
        """The attempts of the lost state are not there any more; what they wrote was compared after each run."""
        self.left.clear()

    def _journal(self, run: str, over: bool) -> None:
        rows = [row for row in self.history.lab.requests(self.checked) if writes(row["method"], row["path"])]
        self.checked = self.history.lab.last
        logged: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            meant = self.left.get(row["n"], [])
            assert meant and fits(row, meant), f"P8: in the log and not in the journal: {row}, {meant}"
            for attempt, _ in meant:
                logged.setdefault(attempt, []).append(row)
        for attempt in self.history.desk.state.journal.attempts(run):
            sent = logged.pop(attempt["id"], [])
            answered = [row for row in sent if 200 <= (row["status"] or 0) < 300]
            assert len(answered) <= 1, f"P8: {attempt['id']} was sent {len(answered)} times"
            if attempt["outcome"] == "applied":
                done = [row for row in answered if not grouped(row["path"]) or wrote(row, attempt)]
                assert done, f"P8: applied in the journal, and the log says {sent}: {attempt}"
            elif attempt["outcome"] == "not_applied":
                assert not any(wrote(row, attempt) for row in sent), (
                    f"P8: not applied in the journal, the log says {sent}"
                )
            else:
                assert attempt["outcome"] != "open" or not over, f"P8: the run is over, no receipt: {attempt}"
        assert not logged, f"P8: the log has writes of other runs: {logged}"
        self._audited()

    def _audited(self) -> None:
        """Each value of each write that was applied stands in the audit once, also where its answer was lost."""
        database = self.history.desk.state.database
        stood = Counter((row["intent"], row["field"]) for row in database.rows("SELECT intent, field FROM audit"))
        applied = database.rows("SELECT id, body FROM intents WHERE state = 'applied'")
        meant = Counter(
            (row["id"], change["field"]) for row in applied for change in json.loads(row["body"]).get("changes", ())
        )
        assert stood == meant, f"P8: the audit is not what was applied: {(stood - meant) + (meant - stood)}"

    # P7

    def after_run(self, run: Run, result: RunResult | None, before: int) -> None:
        self._journal(run.run, over=result is not None)
        rows: list[Any] = [row for row in run.evidence.ledger if row["side"] == "salesforce"]  # type: ignore[attr-defined]  # on paper
        if result is None:  # it ended half-way: what it said, or did, of those that it came to is said
            self.died.add(run.run)
            if run.planned is not None:
                # it died between its last check and its ledger: what needs nothing more is done
                dirty = self.history.desk.state.seen.dirty()
                for each in run.planned.plan.ledger:
                    if (each.side, each.kind, each.id) not in dirty:
                        self.history.town.changed.pop((each.kind, each.id), None)
            for row in rows:
                if row["state"] in ("created", "updated", "unchanged"):
                    self.history.town.changed.pop((row["kind"], row["id"]), None)
            return
        keys = Counter((row["kind"], row["id"]) for row in rows)
        assert max(keys.values(), default=1) == 1, f"P7: two states for {[key for key, n in keys.items() if n > 1]}"
        states = {state.value for state in RecordState}
        assert all(row["state"] in states and (row["reason"] or row["state"] in ("created", "updated")) for row in rows)
        summed = Counter(row["state"] for row in run.evidence.ledger)  # type: ignore[attr-defined]  # on paper
        assert summed == +Counter(result.counts["ledger"]), f"P7: the sums are {result.counts['ledger']}"
        self._scope(run, set(keys), before)
        if run.mode != "plan":  # a plan says what would be
            self._as_journalled(run, rows)

    def _scope(self, run: Run, keys: set[tuple[str, str]], before: int) -> None:
        """In a full run all that is there; in a poll what people touched since it was last accounted for."""
        changed = self.history.town.changed
        log = self.history.lab.requests(before)
        struck = any(row["fault"] in BLIND for row in log)
        ours = {write["id"] for row in log for write in row["writes"] if write["op"] == "create"}
        world = self.history.lab.world()["salesforce"]
        there = {
            (kind, row["Id"]) for kind, table in OBJECTS.items() for row in live(world[table]) if row["Id"] not in ours
        }
        amid = {key for key, run_number in changed.items() if run_number == self.history.runs}
        full = bool(run.reading and run.reading.full)
        wanted = (there if full else (there & changed.keys()) - self.hidden) - amid
        if self.died and not full:  # what a run wrote before it died was made good, and no later poll need name it
            wanted -= self._written_by_the_dead()
        turned = self.history.skewed and not full  # stamps went back behind the cursor: the full compare finds those
        if not (struck or turned or run.mode == "apply"):
            assert wanted <= keys, f"P7: in no state: {sorted(wanted - keys)}; full: {full}"
        self.hidden = (set() if full else self.hidden) | (wanted - keys if struck else set())
        for key in keys:  # one that was edited amid may have been read before or after: it counts as named
            changed.pop(key, None)

    def _written_by_the_dead(self) -> set[tuple[str, str]]:
        """Records of Salesforce that a run without an end created or changed, and that are linked and agree since."""
        state = self.history.desk.state
        rows = state.database.rows("SELECT DISTINCT run, pair FROM intents WHERE state = 'applied'")
        links = [state.links.get(row["pair"]) for row in rows if row["run"] in self.died]
        dirty = state.seen.dirty()
        return {
            (link.kind, link.salesforce_id)
            for link in links
            if link and link.state == "linked" and ("salesforce", link.kind, link.salesforce_id) not in dirty
        }

    def _as_journalled(self, run: Run, rows: list[Any]) -> None:
        """What the ledger says of a record is what the journal holds of its pair in this run."""
        state = self.history.desk.state
        done: dict[str, set[str]] = {}
        for row in state.database.rows("SELECT pair, op, state FROM intents WHERE run = ?", (run.run,)):
            if row["state"] == "applied":
                done.setdefault(row["pair"], set()).add(row["op"])
        for row in rows:
            link = state.links.of(row["kind"], "salesforce", row["id"])
            ops = done.get(link.pair, set()) if link else set()
            if row["state"] == "created":
                assert "create" in ops, f"P7: {row} was created, and the journal has {ops}"
            elif row["state"] == "unchanged" and not row["action"]:
                assert not ops, f"P7: {row} is unchanged, and the journal has {ops}"
