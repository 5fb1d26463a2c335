"""The streams of rows that are read from the two systems: what each is called, whose row it is, when it changed.

Phone and e-mail of a contact live on its affiliation and addresses carry no stamp, so a record is made of rows of
several streams (Accelo API documentation, affiliations and addresses).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.mapping.reading import id18, link
from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import Site, accelo_fields, salesforce_fields
from toolkit.model import Kind, Side
from toolkit.runs.setting import unix
from toolkit.store.seen import SeenRow
from toolkit.store.state import State


@dataclass(frozen=True)
class Stream:
    """One kind of row. ``stamped``: the system can be asked for what changed."""

    name: str
    side: Side
    resource: str
    kind: Kind | None  # of the record that a row belongs to; None: the row's owner tells
    stamped: bool = True


ACCOUNTS = Stream("salesforce.Account", "salesforce", "Account", "company")
PERSONS = Stream("salesforce.Contact", "salesforce", "Contact", "contact")
COMPANIES = Stream("accelo.companies", "accelo", "companies", "company")
CONTACTS = Stream("accelo.contacts", "accelo", "contacts", "contact")
AFFILIATIONS = Stream("accelo.affiliations", "accelo", "affiliations", "contact")
COMPANY_VALUES = Stream("accelo.companies.values", "accelo", "companies", "company")
CONTACT_VALUES = Stream("accelo.contacts.values", "accelo", "contacts", "contact")
ADDRESSES = Stream("accelo.addresses", "accelo", "addresses", None, stamped=False)

OWN: dict[tuple[Side, Kind], Stream] = {
    ("salesforce", "company"): ACCOUNTS,
    ("salesforce", "contact"): PERSONS,
    ("accelo", "company"): COMPANIES,
    ("accelo", "contact"): CONTACTS,
}
VALUES: dict[Kind, Stream] = {"company": COMPANY_VALUES, "contact": CONTACT_VALUES}
SALESFORCE = (ACCOUNTS, PERSONS)
ROWS = (COMPANIES, CONTACTS, AFFILIATIONS)
ALL = (*SALESFORCE, *ROWS, COMPANY_VALUES, CONTACT_VALUES, ADDRESSES)
BY_NAME = {stream.name: stream for stream in ALL}

VALUE_FIELDS = ("id", "field_id", "field_name", "value", "link_id", "link_type", "date_modified")


def seen_row(stream: Stream, row: Mapping[str, Any], owner: str | None = None) -> SeenRow:
    """A row as the state keeps it. ``owner`` is needed for addresses only ("company:39")."""
    if stream.side == "salesforce":
        parent = row.get("AccountId") if stream is PERSONS else None
        return SeenRow(
            stream.name,
            id18(str(row["Id"])),
            id18(parent) if parent else None,
            unix(row.get("SystemModstamp")),
            dict(row),
        )
    if stream is AFFILIATIONS:
        owner = link(row.get("contact")) or owner
    elif stream in (COMPANY_VALUES, CONTACT_VALUES):
        owner = link(row.get("link_id")) or owner
        row = {name: row[name] for name in VALUE_FIELDS if name in row}
    return SeenRow(stream.name, str(row["id"]), owner, unix(row.get("date_modified")), dict(row))


def record_of(stream: Stream, row: SeenRow) -> tuple[Side, Kind, str] | None:
    """The record that a row belongs to; None while that is not known."""
    if stream is ADDRESSES:
        kind, _, id = (row.owner or "").partition(":")
        return ("accelo", "company" if kind == "company" else "contact", id) if id else None
    id_ = row.id if stream in OWN.values() else row.owner
    return (stream.side, stream.kind or "company", id_) if id_ else None


@dataclass(frozen=True)
class Shape:
    """What to ask of each stream, and what the two systems can hold: learnt on a full reading, kept in the state."""

    salesforce_fields: Mapping[Kind, tuple[str, ...]]
    accelo_fields: Mapping[str, tuple[str, ...]]
    site: Site
    values: tuple[Kind, ...]
    """Kinds whose profile values are read: where a rule or the marker is one."""

    def polled(self) -> Iterator[Stream]:
        """The streams that a quiet run asks for changes, in order."""
        yield from SALESFORCE
        yield from ROWS
        for kind in self.values:
            if kind == "company":
                yield VALUES[kind]


def learn(facts: Mapping[str, Any], rules: Rules) -> Shape:
    """``facts``: what ``ask_shape`` kept: Salesforce's field names by object, Accelo's profile field rows by kind."""
    named = set(facts["Account"])
    site = Site.from_rows(
        facts["profile_fields"],
        contact_post_profile=facts.get("contact_post_profile"),
        contact_post_mobile=facts.get("contact_post_mobile"),
        salesforce_external_ids=not rules.companies.salesforce_marker or rules.companies.salesforce_marker in named,
        state_country_picklists="BillingStateCode" in named,
    )
    kinds: tuple[Kind, Kind] = ("company", "contact")
    values = tuple(
        kind
        for kind in kinds
        if (rules.of(kind).accelo_marker or "").startswith("profile:")
        or any(rule.place[0] == "profile" for rule in rules.of(kind).fields.values())
    )
    asked = accelo_fields(rules.companies) | accelo_fields(rules.contacts)
    return Shape(
        {
            kind: salesforce_fields(rules.of(kind), facts[stream.resource])
            for (side, kind), stream in OWN.items()
            if side == "salesforce"
        },
        asked,
        site,
        values,
    )


def ask_shape(salesforce: Any, accelo: Any, state: State) -> dict[str, Any]:
    """Ask both systems what they can hold (4 requests) and keep it."""
    before = state.get("shape", {})
    facts: dict[str, Any] = {
        name: sorted(field["name"] for field in salesforce.describe(name, fresh=True)["fields"])
        for name in ("Account", "Contact")
    }
    facts["profile_fields"] = {
        "company": accelo.profile_fields("companies"),
        "contact": accelo.profile_fields("contacts"),
    }
    facts |= {name: before[name] for name in ("contact_post_profile", "contact_post_mobile") if name in before}
    state.put("shape", facts)
    return facts
