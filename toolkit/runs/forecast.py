"""What applying the plan of a sync will cost in calls: counted turn by turn as the run makes them, without making one.
A person confirms it; afterwards it stands beside what was used.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import Site, Step, steps
from toolkit.model import Action, Plan, Side
from toolkit.runs.read import CROWD
from toolkit.runs.together import goes_in_groups, together
from toolkit.runs.turns import groups

POLL: dict[Side, int] = {"salesforce": 1, "accelo": 5}
"""Requests of an incremental reading before the writes."""
CLOSING = 8
"""Requests of the reading after many writes to Accelo: four streams, each page and the second in which it ends."""
CLOSING_OF_ONE = 0.03
"""What each new record adds to it: a row in three streams of 100 a page."""
OWNED = 2
"""Requests that read what belongs to some records (addresses, profile values) again: a page, and the rest."""


def calls_of(plan: Plan, rules: Rules, site: Site, group_from: int) -> dict[Side, int]:
    """Calls to each system. ``group_from``: so many writes to Salesforce go 200 to a call."""
    calls: dict[Side, float] = {side: float(number) for side, number in POLL.items()}
    many = goes_in_groups(plan, group_from)
    written: dict[Side, int] = {"salesforce": 0, "accelo": 0}
    read_back: dict[str, int] = {}
    for turn in groups(plan.actions, contact_first=site.contact_post_profile is None):
        ready = [(action, steps(action, rules, {"parent": "0"}, site)) for action in turn if action.side]
        grouped = together(ready, many)
        ops = {planned[0].op for action, planned in ready if action.id in grouped}
        calls["salesforce"] += len(ops) + ("update" in ops)  # what is updated is read again before
        alone = [each for each in ready if each[0].id not in grouped]
        for step in _sent(alone):
            calls[step.system] += 1
            written[step.system] += 1
            if step.op == "create" and step.system == "accelo":
                calls["accelo"] += CLOSING_OF_ONE
        for system, number in _read_again(alone):
            calls[system] += number
        for action, planned in ready:
            if action.side == "salesforce" and planned and planned[0].fields:
                read_back[action.kind] = read_back.get(action.kind, 0) + 1
    calls["salesforce"] += ceil(sum(ceil(number / 200) for number in read_back.values()) / 5)
    calls["accelo"] += CLOSING if written["accelo"] > CROWD else 0
    return {side: round(number) for side, number in calls.items()}


def _sent(ready: list[tuple[Action, tuple[Step, ...]]]) -> Iterator[Step]:
    """The writes that go one by one. Whether one ``if_missing`` is needed, the first record teaches."""
    for _, planned in ready:
        yield from (step for step in planned if not step.if_missing)


def _read_again(ready: list[tuple[Action, tuple[Step, ...]]]) -> Iterator[tuple[Side, int]]:
    """Requests that read the targets of a turn again, just before they are written."""
    seen: set[tuple[str, ...]] = set()
    for action, planned in ready:
        for step in planned:
            if step.target is None or step.target.startswith("@"):
                continue
            what = step.resource if step.op == "update" else f"{step.op} {action.kind}"
            seen.add(("salesforce",) if step.system == "salesforce" else ("accelo", step.op, what))
    for key in seen:
        system: Side = "salesforce" if key[0] == "salesforce" else "accelo"
        yield system, OWNED if system == "accelo" and key[1] != "update" else 1
