"""After the writes: read back what they left, move the bases that waited for it, and see that the ledger closes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from toolkit.mapping.rules import Rules
from toolkit.model import Finding, Kind, Record, Side
from toolkit.runs.read import CROWD, Reader
from toolkit.runs.records import Observed
from toolkit.runs.setting import Setting
from toolkit.runs.settle import settle_intents
from toolkit.runs.streams import Shape
from toolkit.runs.targets import Targets
from toolkit.store.journal import Intent

PAUSE = 2.0
"""Seconds after many writes before the closing read, so that it may go on from a second in which we wrote nothing."""


@dataclass
class Checked:
    """``settled``: writes whose target was read back; ``findings``: what does not hold."""

    settled: int = 0
    findings: list[Finding] = field(default_factory=list)
    ledger: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "blocker" for finding in self.findings)

    def table(self) -> Any:
        import pandas as pd

        return pd.DataFrame(sorted(self.ledger.items()), columns=["state", "records"])


def read_back(
    setting: Setting,
    run: str,
    rules: Rules,
    shape: Shape,
    observed: Observed,
    targets: Targets,
    reader: Reader | None,
    writes: int,
    beat: Callable[..., None],
) -> int:
    """Read what was written and not shown by the answers, and settle it. Few writes: the records themselves; many: the
    changes since the run's own reading, which also spares the next run all these rows.
    Returns how many were settled."""
    state = setting.state
    waiting = state.journal.unsettled()
    by_side: dict[Side, dict[Kind, set[str]]] = {"salesforce": defaultdict(set), "accelo": defaultdict(set)}
    for intent in waiting:
        link = state.links.get(intent.pair)
        id = (link.accelo_id if intent.side == "accelo" else link.salesforce_id) if link else None
        if id:
            by_side[intent.side][intent.kind].add(id)
    if by_side["salesforce"]:
        targets.salesforce({kind: sorted(ids) for kind, ids in by_side["salesforce"].items()})
    if writes > CROWD and reader is not None:
        setting.sleep(PAUSE)
        beat("check", reading="changes")
        reader.closing()
    elif by_side["accelo"]:
        _read_records(waiting, by_side["accelo"], rules, shape, targets)
    records: dict[tuple[Side, Kind, str], Record] = {}
    for side, kinds in by_side.items():
        for kind, ids in kinds.items():
            records |= {(side, kind, id): record for id, record in observed.records(side, kind, sorted(ids)).items()}
    return settle_intents(state, rules, waiting, records, run)


def _read_records(
    waiting: list[Intent], wanted: dict[Kind, set[str]], rules: Rules, shape: Shape, targets: Targets
) -> None:
    """The parts of these records that the answers did not show: affiliations of new contacts, profile values."""
    for kind, ids in wanted.items():
        places = {
            rules.of(kind).fields[item["field"]].place[0]
            for intent in waiting
            if intent.side == "accelo" and intent.kind == kind
            for item in intent.body.get("changes", ())
            if item["field"] in rules.of(kind).fields
        }
        made = any(intent.op == "create" and intent.side == "accelo" and intent.kind == kind for intent in waiting)
        if "affiliation" in places:
            targets.affiliations_of(sorted(ids))
        if kind in shape.values and ("profile" in places or made):
            targets.values(kind, sorted(ids))
        if "column" in places and not made:
            targets.accelo_rows(rules.of(kind).accelo, sorted(ids))


def journal_findings(setting: Setting, run: str) -> list[Finding]:
    """The journal must hold an outcome for every attempt of this run."""
    state = setting.state
    open_ = [intent for intent in state.journal.unresolved() if intent.run == run]
    if not open_:
        return []
    return [
        Finding(
            "lost-answers",
            "warning",
            "Writes whose answer was lost wait to be looked up",
            len(open_),
            "The next run looks them up before anything else.",
            tuple(intent.id for intent in open_[:5]),
        )
    ]
