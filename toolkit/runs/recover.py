"""Finishing what a dead run left: its lost answers are looked up, its journal goes into its evidence,
its row says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from toolkit.model import Finding
from toolkit.runs.check import read_back
from toolkit.runs.lease import Lease
from toolkit.runs.records import Observed
from toolkit.runs.resolve import Resolver
from toolkit.runs.setting import Setting, iso
from toolkit.runs.ship import finding_rows, has_something, ship_and_close
from toolkit.runs.streams import ask_shape, learn
from toolkit.runs.targets import Targets
from toolkit.runs.turns import wait_for_grace
from toolkit.store.evidence import Evidence


@dataclass(frozen=True)
class Recovered:
    """``runs``: those that had died; ``resolved``: how many lost answers ended in which state; ``bare``: those of the
    runs that left nothing, for they had written nothing."""

    runs: tuple[str, ...]
    resolved: dict[str, int]
    bare: frozenset[str] = frozenset()

    @property
    def lines(self) -> list[str]:
        """What a person reads."""
        words = {
            "applied": "had been applied",
            "not_applied": "had not been applied",
            "superseded": "were overtaken by an edit",
            "ambiguous": "wait for a person",
        }
        return [
            f"{run} had died before it wrote anything."
            if run in self.bare
            else f"{run} had died; its journal is in its evidence."
            for run in self.runs
        ] + [
            f"{number} write(s) without an answer {words.get(state, state)}."
            for state, number in sorted(self.resolved.items())
        ]


def recover(setting: Setting, *, sweeper: str = "recover") -> Recovered:
    """Take the lease and finish every run that died. Raises LeaseHeld while a run goes on."""
    lease = Lease(setting.folder, setting.state, sweeper)
    lease.take(iso(setting.clock()))
    try:
        return recover_under(setting, sweeper, lambda *_, **__: None, besides=None)
    finally:
        lease.give_back()


def needs_recovery(setting: Setting, besides: str | None) -> bool:
    """Is there anything to finish; the caller holds the lease, so no other run is alive."""
    state = setting.state
    return bool(
        state.journal.unresolved()
        or state.journal.unsettled()
        or any(row.id != besides and row.pid is not None for row in state.runs.going())
    )


def recover_under(setting: Setting, run: str, beat: Callable[..., None], *, besides: str | None) -> Recovered:
    """The same for a run that holds the lease and is about to write. ``besides`` is that run.

    Waits for the grace of the youngest lost answer. Only reads of the two systems; read-only mode may be on."""
    state = setting.state
    dead = [row for row in state.runs.going() if row.id != besides]
    resolved: dict[str, int] = {}
    intents = state.journal.unresolved()
    if intents or state.journal.unsettled():
        wait_for_grace(setting, beat)
        rules = setting.rules
        shape = learn(state.get("shape") or ask_shape(setting.salesforce_reader, setting.accelo_reader, state), rules)
        observed = Observed(state, rules, shape.values)
        targets = Targets(setting, run, shape)
        resolved = Resolver(setting, rules, shape, observed, targets).resolve(run)
        read_back(setting, run, rules, shape, observed, targets, None, 0, beat)
    bare = frozenset(row.id for row in dead if not _close(setting, row.id, resolved))
    return Recovered(tuple(row.id for row in dead), resolved, bare)


def _close(setting: Setting, run: str, resolved: dict[str, int]) -> bool:
    """The dead run's own evidence gets what the state still holds of it; then it is over. False: it left nothing."""
    state = setting.state
    path = setting.run_folder(run) / "run.duckdb"
    left = has_something(state) or path.exists()
    if left:
        evidence = Evidence(path)
        evidence.add(
            "findings",
            finding_rows(
                [
                    Finding(
                        "run-died",
                        "warning",
                        "The run's process died; it was finished from its journal",
                        1,
                        "Nothing to do: the next run goes on from what was done.",
                    )
                ]
            ),
        )
        evidence.meta(recovered_at=iso(setting.clock()), resolved=resolved)
        ship_and_close(evidence, state, run)
        state.runs.set_folder(run)
    state.runs.end(run, "died", iso(setting.clock()), message="Its process died; it was recovered.")
    return left
