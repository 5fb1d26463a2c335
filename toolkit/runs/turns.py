"""The turns in which a plan is carried out: groups of actions, what came of them, the wait for lost answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from toolkit.errors import OutcomeUnknown
from toolkit.mapping.site import Step
from toolkit.model import Action, RecordState
from toolkit.runs.setting import Setting

AT_ONCE = {"salesforce": 200, "accelo": 100}
"""Records of one request that reads them again."""
SILENCE = 5
"""Lost answers in a row that mean an outage: nothing more is sent until they were looked up."""
FRESH = timedelta(seconds=10)
"""How old a reading may be that stands between an edit in Accelo and our write (some 20 writes at most)."""

Outcome = tuple[RecordState, str]


@dataclass
class Applied:
    """What came of each action (by its id), and how many requests that write went out and were applied."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    cancelled: bool = False

    def table(self) -> Any:
        import pandas as pd

        counts: dict[tuple[str, str], int] = {}
        for state, reason in self.outcomes.values():
            counts[state.value, reason] = counts.get((state.value, reason), 0) + 1
        return pd.DataFrame(
            [{"state": state, "reason": reason, "actions": n} for (state, reason), n in sorted(counts.items())],
            columns=["state", "reason", "actions"],
        )


def groups(actions: Sequence[Action], *, contact_first: bool) -> list[list[Action]]:
    """As many as are read again in one request of each system. Companies and contacts apart, for a contact's company
    must be there when its steps are made; with ``contact_first`` the first contact for Accelo alone, for it teaches
    what POST /contacts honours."""
    found: list[list[Action]] = []
    for kind in ("company", "contact"):
        room: dict[str, int] = {}
        alone = kind == "contact" and contact_first
        for action in actions:
            if action.kind != kind:
                continue
            where = "salesforce" if action.side == "salesforce" else "accelo"
            if not room.get(where):
                room = dict(AT_ONCE)
                found.append([])
            found[-1].append(action)
            room[where] -= 1
            if alone and where == "accelo":
                alone, room = False, {}
    return found


def wait_for_grace(setting: Setting, beat: Callable[..., None], cancelled: Callable[[], bool] = lambda: False) -> None:
    """Until no request without an answer can arrive any more ."""
    intents = setting.state.journal.unresolved()
    if not intents:
        return
    until = max(datetime.fromisoformat(intent.made_at) for intent in intents) + timedelta(
        seconds=setting.settings.sync.grace_seconds
    )
    while (left := (until - setting.clock()).total_seconds()) > 0:
        if cancelled():
            raise OutcomeUnknown(intents[0].side, "the run was cancelled before a lost answer could be looked up.")
        beat("apply", waiting_for="lost answers")
        setting.sleep(min(left, 5.0))


def reserve(setting: Setting, ready: Sequence[tuple[Action, Sequence[Step]]]) -> None:
    """Wait, before anything is read ahead, until the writes of this group fit into what is left of the limits."""
    for side, reader in (("salesforce", setting.salesforce_reader), ("accelo", setting.accelo_reader)):
        calls = sum(len(planned) for action, planned in ready if action.side == side)
        if calls:
            reader.reserve(calls + 5)
