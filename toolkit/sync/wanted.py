"""What an item would be in Accelo: its place, its fields, or why it cannot go over yet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from toolkit.model import Base, Change, Item, Value
from toolkit.sync.carry import text_of

TITLE_WORDS = 12
TITLE_LENGTH = 120
"""A case without subject takes so many words of its description as title, and no more characters: what is no word, as
an address of the web, may be longer than any title."""
OWN, STAND_IN = "contact of the record", "the first contact of its company stands in"


@dataclass(frozen=True)
class Place:
    """What is linked already: where an item can hang in Accelo.

    ``companies``: Salesforce account id -> company id. ``affiliations``: Salesforce contact id -> (affiliation id,
    company id). ``fallbacks``: company id -> affiliation id of the contact chosen for items without one.
    ``found``: Salesforce id -> id of the sale or ticket that carries its marker. ``linked``: the same, from our links.
    ``bases``: Salesforce id -> what each field held when it was imported. ``current``: what Accelo holds now; an
    imported record that is absent there is gone.
    """

    companies: Mapping[str, str]
    affiliations: Mapping[str, tuple[str, str]]
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str] = field(default_factory=dict)
    linked: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, Mapping[str, Base]] = field(default_factory=dict)
    current: Mapping[str, Mapping[str, Value]] | None = None


@dataclass(frozen=True)
class Choices:
    """What the person chose in the wizard: every answer is an id of the deployment."""

    type_id: str
    staff: Mapping[str, str | None]
    statuses: Mapping[str, str | None]
    probabilities: tuple[tuple[str, str], ...] = ()  # (id, percent)
    priorities: Mapping[str, str] = field(default_factory=dict)
    class_id: str | None = None
    title_limit: int = 255
    text_limit: int = 32_000
    deployment_currency: str | None = None
    updates: bool = False
    """Whether what changed in Salesforce since its import is written again, where nobody touched it in Accelo."""


Same = Callable[[str, Value, Value], bool]
"""Whether two values of a field are one: money by amount, text but for line ends."""
FIXED = frozenset({"type", "company"})
"""Fields that Accelo takes at creation only."""


@dataclass(frozen=True)
class Wanted:
    """The fields that the new record shall have (name -> change), or why it waits."""

    changes: tuple[Change, ...] = ()
    waits: str = ""

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(change.field for change in self.changes)


def wanted(item: Item, place: Place, choices: Choices) -> Wanted:
    """What Accelo shall hold of an item."""
    staff, status = choices.staff.get(item.owner or ""), choices.statuses.get(item.status)
    if staff is None or status is None:
        which = "owner" if staff is None else f"status “{item.status}”"
        return Wanted(waits=f"its {which} is not mapped")
    company, affiliation, reason = _attach(item, place)
    reason = reason or _too_long(item, title_of(item), choices)
    if reason:
        return Wanted(waits=reason)
    own = {place.affiliations[person][0] for person in item.people if person in place.affiliations}
    who = affiliation or None, OWN if affiliation in own else STAND_IN
    return Wanted(_changes(item, staff, status, company, who, choices))


def _attach(item: Item, place: Place) -> tuple[str, str, str | None]:
    """(company id, affiliation id, None) or ("", "", why it waits). A ticket may hang on a company alone."""
    company = place.companies.get(item.company or "")
    if item.company and company is None:
        return "", "", "its company is not in Accelo yet"
    own = [place.affiliations[person] for person in item.people if person in place.affiliations]
    here = [affiliation for affiliation, at in own if company is None or at == company]
    if here:
        return company or next(at for a, at in own if a == here[0]), here[0], None
    if company is None:
        return "", "", "it has neither a company nor a contact in Accelo"
    if item.kind == "ticket":
        return company, "", None
    fallback = place.fallbacks.get(company)
    return (company, fallback, None) if fallback else ("", "", "no contact of its company is in Accelo")


def title_of(item: Item) -> str:
    return (
        item.title.strip()
        or " ".join(item.text.split()[:TITLE_WORDS])[:TITLE_LENGTH].strip()
        or f"{item.kind.title()} {item.number or item.id}"
    )


def _too_long(item: Item, title: str, choices: Choices) -> str | None:
    """Never cut silently: the field and both lengths are named."""
    if len(title) > choices.title_limit:
        return f"cannot carry: title has {len(title)} characters, Accelo takes {choices.title_limit}"
    length = len(text_of(item, choices.deployment_currency))
    if length > choices.text_limit:
        return f"cannot carry: text has {length} characters, Accelo takes {choices.text_limit}"
    return None


def _changes(
    item: Item, staff: str, status: str, company: str, affiliation: tuple[str | None, str], choices: Choices
) -> tuple[Change, ...]:
    common: dict[str, tuple[Value, str]] = {
        "title": (title_of(item), "Name or Subject" if item.title.strip() else "the first words of the description"),
        "staff": (staff, "owner mapping"),
        "status": (status, f"status mapping of “{item.status}”"),
        "type": (choices.type_id, "chosen type"),
        "affiliation": affiliation,
    }
    if item.kind == "sale":
        common |= {
            "comments": (text_of(item, choices.deployment_currency), "Description and what has no field of its own"),
            "value": (money(item.amount), "Amount"),
            "due": (item.due, "CloseDate, the day in the deployment's time zone"),
            "probability": (nearest(item.probability, choices.probabilities), "nearest listed probability"),
            "success": ("yes" if item.nature == "won" else "no", "IsWon"),
        }
    else:
        common |= {
            "description": (text_of(item, None), "Description and what has no field of its own"),
            "company": (company, "account, else the contact's company"),
            "priority": (choices.priorities.get(item.priority or ""), "priority mapping"),
            "class": (choices.class_id, "chosen class"),
        }
    return tuple(
        Change(name, None, value, "import", why) for name, (value, why) in sorted(common.items()) if value is not None
    )


def money(amount: str | None) -> str | None:
    """Decimal text with two places; None for no amount or for text that is no number."""
    if amount is None or not amount.strip():
        return None
    try:
        return str(Decimal(amount).quantize(Decimal("0.01")))
    except InvalidOperation:
        return None


def nearest(percent: str | None, listed: Sequence[tuple[str, str]]) -> str | None:
    """The id of the listed probability nearest to a percentage; of two equally near the lower one."""
    if percent is None or not listed:
        return None
    ours = Decimal(percent)
    return min(listed, key=lambda pair: (abs(Decimal(pair[1]) - ours), Decimal(pair[1]), pair[0]))[0]
