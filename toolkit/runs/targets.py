"""The targets of the next writes, read again just before: one request a stream for up to a hundred records.

Only what the writes touch is read. Accelo has no conditional write, so this keeps the window in which a person's edit
could be overwritten as short as the API allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import Step
from toolkit.model import Action, Address, Kind, Record, Side
from toolkit.runs.setting import Setting
from toolkit.runs.streams import ADDRESSES, AFFILIATIONS, COMPANIES, CONTACTS, OWN, VALUES, Shape, Stream, seen_row
from toolkit.sync.settle import PLACEHOLDER

SALESFORCE_CHUNK = 200
STREAMS: dict[str, Stream] = {"companies": COMPANIES, "contacts": CONTACTS, "affiliations": AFFILIATIONS}


class Targets:
    """Reads rows into what was last seen. ``run`` is noted with each row."""

    def __init__(self, setting: Setting, run: str, shape: Shape) -> None:
        self._setting, self._run, self._shape = setting, run, shape
        self._seen = setting.state.seen

    def refresh(self, plan: Iterable[tuple[Action, Sequence[Step]]]) -> None:
        """Read again what these steps are about to change (creations have nothing to read)."""
        salesforce: dict[Kind, list[str]] = defaultdict(list)
        rows: dict[str, list[str]] = defaultdict(list)
        owned: dict[tuple[str, Kind], list[str]] = defaultdict(list)
        for action, steps in plan:
            for step in steps:
                if step.target is None or step.target.startswith("@"):
                    continue
                if step.system == "salesforce":
                    salesforce[action.kind].append(step.target)
                elif step.op == "update":
                    rows[step.resource].append(step.target)
                else:
                    owned[step.op, action.kind].append(step.target)
        self.salesforce(salesforce)
        for resource, ids in rows.items():
            self.accelo_rows(resource, ids)
        for (op, kind), ids in owned.items():
            if op == "profile":
                self.values(kind, ids)
            else:
                self.addresses(kind, ids)

    def salesforce(self, wanted: Mapping[Kind, Sequence[str]]) -> None:
        """Accounts and contacts by id, both in one request. An id that is not answered is taken as deleted only when
        the system says so (IsDeleted)."""
        queries: list[tuple[Kind, str]] = []
        for kind, ids in wanted.items():
            unique = sorted(set(ids))
            for start in range(0, len(unique), SALESFORCE_CHUNK):
                listed = ",".join(f"'{id}'" for id in unique[start : start + SALESFORCE_CHUNK] if id.isalnum())
                fields = ", ".join(self._shape.salesforce_fields[kind])
                source = OWN["salesforce", kind].resource
                queries.append((kind, f"SELECT {fields} FROM {source} WHERE Id IN ({listed})"))
        for start in range(0, len(queries), 5):
            part = queries[start : start + 5]
            answers = self._setting.salesforce_reader.batch([soql for _, soql in part], all_rows=True)
            for (kind, _), rows in zip(part, answers, strict=True):
                self._keep(OWN["salesforce", kind], rows)

    def accelo_rows(self, resource: str, ids: Sequence[str]) -> set[str]:
        """Rows by id; returns the ids that were not answered."""
        wanted = list(dict.fromkeys(ids))
        rows = self._setting.accelo_reader.get_many(resource, wanted, self._shape.accelo_fields[resource])
        stream = STREAMS.get(resource)
        if stream is not None:
            self._keep(stream, rows.values())
        else:
            known = self._seen.get(ADDRESSES.name, rows)
            self._seen.put(
                [seen_row(ADDRESSES, row, known[id].owner if id in known else None) for id, row in rows.items()],
                self._run,
            )
        return set(wanted) - set(rows)

    def affiliations_of(self, contacts: Sequence[str]) -> None:
        """All affiliations of these contacts."""
        rows = self._setting.accelo_reader.list(
            "affiliations", self._shape.accelo_fields["affiliations"], {"contact": list(dict.fromkeys(contacts))}
        )
        self._keep(AFFILIATIONS, rows)

    def values(self, kind: Kind, ids: Sequence[str]) -> None:
        """Profile values of these records."""
        stream = VALUES[kind]
        rows = self._setting.accelo_reader.profile_values(stream.resource, link_ids=list(dict.fromkeys(ids)))
        self._keep(stream, rows)

    def holds_value(self, kind: Kind, id: str, field_id: str, value: str) -> bool:
        """Read the profile values of one record again: does it hold this one."""
        self.values(kind, [id])
        rows = self._seen.owned(VALUES[kind].name, [id]).get(id, [])
        return any(str(row.row.get("field_id")) == field_id and row.row.get("value") == value for row in rows)

    def addresses(self, kind: Kind, ids: Sequence[str]) -> None:
        """Addresses of these records; those that were not known are assigned among these records only."""
        wanted = list(dict.fromkeys(ids))
        rows = list(
            self._setting.accelo_reader.list(
                "addresses", self._shape.accelo_fields["addresses"], {"against_type": [kind], "against_id": wanted}
            )
        )
        known = {id: row.owner for id, row in self._seen.get(ADDRESSES.name, [str(row["id"]) for row in rows]).items()}
        new = [str(row["id"]) for row in rows if not known.get(str(row["id"]))]
        whose: dict[str, str | None] = dict(known)
        if new and len(wanted) == 1:
            whose |= dict.fromkeys(new, f"{kind}:{wanted[0]}")
        elif new:
            found = self._setting.accelo_reader.owners(kind, new, wanted)
            whose |= {id: f"{kind}:{owner}" for id, owner in found.items()}
        self._seen.put([seen_row(ADDRESSES, row, whose.get(str(row["id"]))) for row in rows], self._run)

    def _keep(self, stream: Stream, rows: Iterable[Mapping[str, Any]]) -> None:
        self._seen.put([seen_row(stream, row) for row in rows], self._run)


def moved(
    action: Action, target: Record | None, rules: Rules, side: Side, names: Collection[str] | None = None
) -> str:
    """What changed in the target since the plan was made; "" when it is still what was confirmed.

    ``names``: the fields that an action which has begun is still to write; they may hold what it will write, and those
    that it expects nothing of (it created the record) may be blank."""
    if target is None or target.deleted:
        return f"The record is not in {side.title()} any more."
    own = rules.of(action.kind)
    country = own.country([target])
    wanted = action.expected if names is None else {name: action.expected.get(name) for name in sorted(names)}
    after = {} if names is None else {change.field: change.after for change in action.changes}
    for name, expected in wanted.items():
        rule = own.fields.get(name)
        if rule is None or name not in target.fields:
            continue
        fine = {rule.normal(value, country) for value in (expected, after.get(name, expected))}
        if rule.normal(target.fields[name], country) not in fine:
            return f"{rule.label} changed in {side.title()} since the plan was made."
    return ""


def holds_already(action: Action, target: Record | None, rules: Rules) -> bool:
    """Does the target hold everything that the action would write; then an earlier try was not in vain."""
    if target is None or target.deleted or not action.changes:
        return False
    own = rules.of(action.kind)
    country = own.country([target])
    return all(
        change.field in own.fields
        and change.field in target.fields
        and own.fields[change.field].normal(target.fields[change.field], country)
        == own.fields[change.field].normal(change.after, country)
        for change in action.changes
    )


def source_moved(action: Action, source: Record | None, rules: Rules) -> str:
    """What changed in the record that an action carries over since the plan was made; "" when nothing did."""
    if source is None or source.deleted:
        return "The record that it comes from is not there any more."
    own = rules.of(action.kind)
    country = own.country([source])
    for change in action.changes:
        rule = own.fields.get(change.field)
        if rule is None or change.field not in source.fields or change.rule == PLACEHOLDER:
            continue
        now, then = source.fields[change.field], change.after
        if isinstance(now, Address) and isinstance(then, Address):  # state and country may be the target's own spelling
            now, then = replace(now, state="", country=""), replace(then, state="", country="")
        if rule.normal(now, country) != rule.normal(then, country):
            return f"{rule.label} changed in {source.side.title()} since the plan was made."
    return ""
