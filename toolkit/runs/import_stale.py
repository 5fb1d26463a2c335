"""What moved between the plan of an import and its writing: seen just before, for many records at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from toolkit.mapping.item_wire import READS, RESOURCES, item_values, same
from toolkit.model import Action, ActionType, ImportKind
from toolkit.runs.import_read import read_again
from toolkit.runs.setting import Setting
from toolkit.sync.seen import moved


def stale(setting: Setting, kind: ImportKind, zone: ZoneInfo, chunk: Sequence[Action]) -> dict[str, str]:
    """Salesforce id -> why its action is stale, for those whose source or target is not as the plan saw it."""
    # first: Accelo's quota may let it wait, and Salesforce must be fresh
    found = _worked_on(setting, kind, zone, chunk)
    before = {action.salesforce_id or "": action.refs.get("seen", "") for action in chunk}
    items = read_again(setting.salesforce_reader, kind, list(before))
    for id_, was in before.items():
        item = items.get(id_)
        if item is None or item.deleted:
            found[id_] = "It was deleted in Salesforce since the plan was made; nothing is written."
        elif id_ not in found and (names := moved(was, item)):
            found[id_] = f"It changed in Salesforce since the plan was made ({', '.join(names)}); plan again."
    return found


def _worked_on(setting: Setting, kind: ImportKind, zone: ZoneInfo, chunk: Sequence[Action]) -> dict[str, str]:
    """The same for updates whose target somebody worked on in Accelo."""
    targets = {action.accelo_id or "": action for action in chunk if action.type is ActionType.UPDATE}
    if not targets:
        return {}
    fields = tuple(sorted({"id", *READS[kind].values()}))
    setting.accelo_reader.reserve(math.ceil(len(targets) / 100) + 1)
    rows = setting.accelo_reader.get_many(RESOURCES[kind], list(targets), fields)
    found: dict[str, str] = {}
    for id_, action in targets.items():
        now = item_values(kind, rows[id_], zone) if id_ in rows else None
        if now is None:
            found[action.salesforce_id or ""] = "It was deleted in Accelo since the plan was made; nothing is written."
        elif any(name in now and not same(name, value, now[name]) for name, value in action.expected.items()):
            found[action.salesforce_id or ""] = "Somebody worked on it in Accelo since the plan was made; plan again."
    return found
