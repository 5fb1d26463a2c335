"""The whole story of one record: what it is paired with, field by field, what was written and why, what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.mapping.reading import id18
from toolkit.model import Base, Flag, Kind, Link, Record, Side
from toolkit.runs.records import KINDS, Observed
from toolkit.runs.streams import BY_NAME, OWN
from toolkit.screens import words
from toolkit.store.browse import Browse

if TYPE_CHECKING:
    from toolkit.mapping.rules import Rules
    from toolkit.workspace import Workspace

ITEMS: tuple[Kind, Kind] = ("sale", "ticket")
FLAGS = {
    Flag.HELD: "held back by read-only",
    Flag.LOSSY: "each side keeps its own spelling",
    Flag.KEPT: "kept apart, as a person decided",
    Flag.UNDONE: "undone",
}


@dataclass(frozen=True)
class Hit:
    """A record that fits what somebody looked for."""

    side: Side
    kind: Kind
    id: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.side}:{self.kind}:{self.id}"

    @property
    def label(self) -> str:
        return f"{self.name or 'without a name'} ({self.kind} in {words.SYSTEMS[self.side]}, {self.id})"


@dataclass(frozen=True)
class Story:
    hit: Hit
    link: Link | None
    sentence: str
    fields: list[dict[str, str]]
    events: list[dict[str, str]]
    questions: list[dict[str, str]]


def find(workspace: Workspace, text: str) -> list[Hit]:
    """Records with this id (Salesforce's 15 or 18 characters, Accelo's number), else those whose name fits."""
    text = text.strip()
    return _by_id(workspace, text) or [
        Hit(BY_NAME[found.stream].side, BY_NAME[found.stream].kind or "company", found.id, found.name)
        for found in Browse(workspace.state.database).named(text)
    ]


def _by_id(workspace: Workspace, text: str) -> list[Hit]:
    side: Side
    if text.isdigit():
        side, id = "accelo", text
    elif len(text) in (15, 18) and text.isalnum():
        side, id = "salesforce", id18(text)
    else:
        return []
    hits = []
    for kind in KINDS:
        record = _observed(workspace).record(side, kind, id)
        if record is not None:
            hits.append(Hit(side, kind, id, workspace.rules.of(kind).title(record)))
    for kind in ITEMS:
        link = workspace.state.links.of(kind, side, id)
        if link is not None:
            hits.append(Hit(side, kind, id, f"imported {kind}"))
    return hits


def story(workspace: Workspace, hit: Hit, zone: str | None) -> Story:
    state, browse = workspace.state, Browse(workspace.state.database)
    link = state.links.of(hit.kind, hit.side, hit.id)
    ids: dict[Side, str | None] = {
        "salesforce": link.salesforce_id if link else (hit.id if hit.side == "salesforce" else None),
        "accelo": link.accelo_id if link else (hit.id if hit.side == "accelo" else None),
    }
    asked = browse.inbox_of(ids["salesforce"], ids["accelo"])
    questions = [
        {
            "Question": words.QUESTIONS.get(item.question.kind, item.question.kind.value),
            "Field": str(item.question.facts.get("label") or item.question.field or ""),
            "State": {"open": "waits", "decided": "decided", "settled": "settled"}[item.state],
            "Decided": words.choice(item.choice) if item.choice else "",
            "By": item.decided_by or "",
            "Reason": item.question.reason,
        }
        for item in asked
    ]
    bases = state.links.bases(link.pair) if link else {}
    waits = sum(item.state == "open" for item in asked)
    fields = _fields(workspace, hit.kind, ids, bases) if hit.kind in KINDS else _base_rows(bases)
    return Story(hit, link, _sentence(workspace, hit, link, waits), fields, _events(browse, link, zone), questions)


def _sentence(workspace: Workspace, hit: Hit, link: Link | None, waits: int) -> str:
    name = words.SYSTEMS[hit.side]
    more = (
        f" {words.many(waits, 'question')} about it {'waits' if waits == 1 else 'wait'} in the inbox." if waits else ""
    )
    if link is not None:
        state = {"linked": "are the same record and kept in step", "retired": "were linked; the link has ended",
                 "frozen": "are linked, and a person must decide before anything is written"}  # fmt: skip
        kind = hit.kind.capitalize()
        pair = f"{kind} {link.salesforce_id or '?'} in Salesforce and {hit.kind} {link.accelo_id or '?'} in Accelo"
        return f"{pair} {state[link.state.value]}.{more}"
    stream = OWN.get((hit.side, hit.kind))
    seen = stream is not None and hit.id in workspace.state.seen.get(stream.name, [hit.id])
    return f"It is in {name} only and linked with nothing." + (more or (" The next preview says why." if seen else ""))


def _fields(
    workspace: Workspace, kind: Kind, ids: dict[Side, str | None], bases: dict[str, Base]
) -> list[dict[str, str]]:
    observed, rules = _observed(workspace), workspace.rules
    records: dict[Side, Record | None] = {
        side: observed.record(side, kind, id) if id else None for side, id in ids.items()
    }
    s, a = records["salesforce"], records["accelo"]
    rows = []
    for name, rule in rules.of(kind).fields.items():
        base = bases.get(name)
        rows.append(
            {
                "Field": rule.label,
                "Salesforce": words.text(s.fields.get(name)) if s else "",
                "Accelo": words.text(a.fields.get(name)) if a else "",
                "Agreed": words.text(base.salesforce) if base else "",
                "State": _state(rules, kind, name, s, a, base),
            }
        )
    return rows


def _state(rules: Rules, kind: Kind, name: str, s: Record | None, a: Record | None, base: Base | None) -> str:
    """One field in words: in step, changed on which side, held back ..."""
    if s is None or a is None or base is None:
        return "not compared yet" if s is not None and a is not None else ""
    if base.flag in FLAGS:
        return FLAGS[base.flag]
    own = rules.of(kind)
    rule, country = own.fields[name], own.country((s, a))
    if name not in s.fields or name not in a.fields:
        return "cannot be read"
    moved = [
        words.SYSTEMS[side]
        for side, now, then in (
            ("salesforce", s.fields[name], base.salesforce),
            ("accelo", a.fields[name], base.accelo),
        )
        if rule.normal(now, country) != rule.normal(then, country)
    ]
    return f"changed in {' and '.join(moved)} since" if moved else "in step"


def _base_rows(bases: dict[str, Base]) -> list[dict[str, str]]:
    return [
        {"Field": name.replace("_", " "), "Salesforce": words.text(base.salesforce), "Accelo": words.text(base.accelo),
         "Agreed": words.text(base.salesforce), "State": FLAGS.get(base.flag, "as imported")}
        for name, base in bases.items()
    ]  # fmt: skip


def _events(browse: Browse, link: Link | None, zone: str | None) -> list[dict[str, str]]:
    """What was written, and what was tried, newest first."""
    if link is None:
        return []
    rows: list[tuple[str, dict[str, str]]] = []
    for row in browse.audit_of(link.pair):
        field, moved = (
            row["field"].replace("_", " ").capitalize(),
            f"{words.shown(row['before'])} → {words.shown(row['after'])}",
        )
        rows.append((row["made_at"], _event(row, zone, f"{field}: {moved}", row["rule"].replace("-", " "))))
    for row in browse.intents_of(link.pair):
        if row["state"] != "applied" or row["op"] == "create":
            what = {"create": "Created", "update": "Updated"}.get(row["op"], str(row["op"]).capitalize())
            said = what if row["state"] == "applied" else f"{what}: {row['state'].replace('_', ' ')}"
            rows.append((row["made_at"], _event(row, zone, said, row["note"] or "")))
    return [event for _, event in sorted(rows, key=lambda pair: pair[0], reverse=True)]


def _event(row: dict[str, Any], zone: str | None, what: str, why: str) -> dict[str, str]:
    return {
        "When": words.moment(row["made_at"], zone),
        "In": words.SYSTEMS.get(row["side"], row["side"]),
        "What": what,
        "Why": why,
        "Run": f"/run?run={row['run']}" if row["run"] else None,
    }


def _observed(workspace: Workspace) -> Observed:
    return Observed(workspace.state, workspace.rules, KINDS)
