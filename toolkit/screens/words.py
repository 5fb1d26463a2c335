"""The words of the screens: actions, questions, choices, states and times as a person says them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from toolkit.model import value_from_json
from toolkit.tables import text

SYSTEMS: Mapping[str, str] = {"salesforce": "Salesforce", "accelo": "Accelo", "ours": "links only"}
PLURALS: Mapping[str, str] = {"company": "companies", "contact": "contacts", "sale": "sales", "ticket": "tickets"}
VERBS: Mapping[str, str] = {
    "create": "Create",
    "update": "Update",
    "link": "Link",
    "move": "Move",
    "retire": "End the link of",
    "revive": "Revive the link of",
    "repoint": "Re-point the link of",
    "deactivate": "Deactivate",
}
DID: Mapping[str, str] = {
    "create": "Created",
    "update": "Updated",
    "link": "Linked",
    "move": "Moved",
    "retire": "Link ended",
    "revive": "Link revived",
    "repoint": "Link re-pointed",
    "deactivate": "Deactivated",
}
QUESTIONS: Mapping[str, str] = {
    "conflict": "Both sides changed",
    "ambiguous": "Which record is it?",
    "new-in-accelo": "New in Accelo",
    "deleted-in-salesforce": "Deleted in Salesforce",
    "gone-in-accelo": "Gone in Accelo",
    "merged": "Merged in Salesforce",
    "cannot-carry": "Does not fit",
    "held-back": "Held back by read-only",
    "incomplete": "Something is missing",
    "poison": "Fails again and again",
}
CHOICES: Mapping[str, str] = {
    "salesforce": "Take Salesforce's value",
    "accelo": "Take Accelo's value",
    "keep": "Keep both as they are",
    "new": "None of these: create a new record",
    "leave": "Leave it as it is",
    "create": "Create it in Salesforce",
    "never": "Never bring it over",
    "deactivate": "Deactivate it in Accelo",
    "create-again": "Create it in Accelo again",
    "push": "Send Accelo's value to Salesforce",
    "revert": "Put Salesforce's value back into Accelo",
    "placeholder": "Use a placeholder",
    "skip": "Leave it out",
    "repoint": "Move the link to the winner",
    "retry": "Try again",
}
STATES: Mapping[str, str] = {
    "queued": "Starting",
    "running": "Running",
    "done": "Done",
    "waiting": "Waits for you",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "died": "Broke off",
}
COLOURS: Mapping[str, str] = {
    "queued": "blue",
    "running": "blue",
    "done": "green",
    "waiting": "orange",
    "failed": "red",
    "cancelled": "gray",
    "died": "red",
}
RUNS: Mapping[tuple[str, str], str] = {
    ("sync", "plan"): "Preview of a sync",
    ("sync", "apply"): "Sync, confirmed",
    ("sync", "sync"): "Sync",
    ("profile", "profile"): "Health check",
    ("sales", "plan"): "Preview of a sales import",
    ("sales", "apply"): "Sales import",
    ("tickets", "plan"): "Preview of a tickets import",
    ("tickets", "apply"): "Tickets import",
}
STEPS: Mapping[str, str] = {
    "read": "Reading both systems",
    "match": "Pairing records",
    "plan": "Working out what would change",
    "apply": "Writing",
    "check": "Reading back what was written",
}


def run_name(kind: str, mode: str) -> str:
    return RUNS.get((kind, mode), f"{kind} {mode}".strip().capitalize())


def action(type: str, kind: str, side: str, many: bool = True) -> str:
    """ "Create companies in Accelo"; with ``many`` false, "Create company in Accelo"."""
    name = f"{VERBS.get(type, type.capitalize())} {PLURALS.get(kind, kind) if many else kind}"
    return name if side in ("", "ours") or type in ("retire", "revive") else f"{name} in {SYSTEMS.get(side, side)}"


def count_name(name: str) -> str:
    """A key of a plan's counts ("create company in accelo") as the screens say it."""
    words = name.split(" ")
    side = words[3] if len(words) > 3 and words[2] == "in" else "ours"
    return action(words[0], words[1], side) if len(words) > 1 else name


def choice(name: str) -> str:
    if name.isdigit():
        return f"Accelo record {name}"
    if name.startswith("link:"):
        return f"Link with Salesforce record {name.removeprefix('link:')}"
    return CHOICES.get(name, name.replace("-", " ").capitalize())


def many(count: int, word: str, plural: str = "") -> str:
    """ "1 record", "1,234 records"."""
    return f"{count:,} {word if count == 1 else plural or word + 's'}"


def moment(iso: str | None, zone: str | None = None) -> str:
    """ "25 Nov 2026, 02:57" in the reader's time zone; UTC (and said so) where none is known."""
    if not iso:
        return ""
    then = datetime.fromisoformat(iso.replace("Z", "+00:00"))
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    try:
        return (
            f"{then.astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M}"
            if zone
            else f"{then.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
        )
    except (ZoneInfoNotFoundError, ValueError):
        return f"{then.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def seconds_between(start: str | None, end: str | None) -> float | None:
    if not start or not end:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def duration(seconds: float | None) -> str:
    """ "7 s", "2 min 5 s", "1 h 3 min"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def from_json(value: str | None) -> str:
    """A value of the evidence (JSON text) as a person reads it."""
    return "" if value is None else text(value_from_json(json.loads(value)))


def shown(value: Any) -> str:
    """A value as a person reads it, a blank as such; an address in the order of its lines, also from JSON."""
    return text(value_from_json(value)) or "(blank)"


def ago(iso: str | None, now: datetime | None = None) -> str:
    """ "just now", "5 min ago", "3 h ago", "2 days ago"; blank where there is no moment."""
    if not iso:
        return ""
    passed = ((now or datetime.now(UTC)) - datetime.fromisoformat(iso)).total_seconds()
    if passed < 90:
        return "just now"
    if passed < 5400:
        return f"{round(passed / 60)} min ago"
    return f"{round(passed / 3600)} h ago" if passed < 129600 else f"{round(passed / 86400)} days ago"
