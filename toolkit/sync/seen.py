"""What a plan of an import saw of each record, kept small enough to travel in the plan, to tell later what moved.

Stamps cannot tell it: they count whole seconds, and two edits within one second look like one. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.model import Item, digest

WORDS: Mapping[str, str] = {
    "title": "title", "text": "description", "status": "status", "nature": "status", "owner": "owner",
    "company": "account", "people": "contacts", "amount": "amount", "currency": "currency", "due": "close date",
    "probability": "probability", "priority": "priority", "type": "type", "record_type": "record type",
    "created": "day of creation", "closed": "closing date", "number": "number",
}  # fmt: skip
"""Field of an item -> what a person calls it. Everything that a plan depends on;
whether it is deleted is asked apart."""
DIGITS = 12


def seen(item: Item) -> str:
    """One short text: a digest of each filled field. Equal for equal items, however they were read."""
    parts = ((name, _plain(getattr(item, name))) for name in WORDS)
    return " ".join(f"{name}:{digest(value)[:DIGITS]}" for name, value in parts if value)


def moved(before: str, now: Item) -> tuple[str, ...]:
    """The fields, in a person's words, that are not as ``before`` saw them; empty when nothing moved."""
    was, is_ = _fields(before), _fields(seen(now))
    return tuple(dict.fromkeys(word for name, word in WORDS.items() if was.get(name) != is_.get(name)))


def _fields(text: str) -> dict[str, str]:
    return dict(part.split(":", 1) for part in text.split(" ") if part)


def _plain(value: object) -> object:
    """Text without its kind of line ends: they differ between the ways of reading."""
    return "\n".join(value.splitlines()).strip() if isinstance(value, str) else value
