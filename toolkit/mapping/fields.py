"""One field rule and the rules of one kind of record: typed values that the core asks and that wire.py writes by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from toolkit.mapping.likeness import bare, domains, postcode
from toolkit.mapping.places import country_code
from toolkit.mapping.transforms import ADDRESS, email, normal, phone, text
from toolkit.model import Address, CannotCarry, Kind, MatchKeys, Record, Side, Value, digest

Direction = Literal["both", "salesforce-to-accelo", "accelo-to-salesforce"]
ConflictPolicy = Literal["ask", "salesforce", "accelo", "newest"]

PARTS = {"street": "Street", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}
PART_LENGTHS = {"street": 255, "city": 40, "state": 80, "postal_code": 20, "country": 80}
"""Of Salesforce's address fields, in characters (describe of Account and Contact)."""
_EMAIL = re.compile(r"[^\s@,;<>()\[\]\\]+@[^\s@,;<>()\[\]\\]+\.[^\s@,;<>()\[\]\\.]+")


@dataclass(frozen=True)
class FieldRule:
    """One field of both sides. ``salesforce`` is an API name, or a prefix and * for an address ("Billing*");
    ``accelo`` is a column ("phone"), a column of the affiliation ("affiliation.phone"), an address by its exact title
    ("address:Billing") or a profile field by its name ("profile:Type"). Lengths in characters; None: not known."""

    name: str
    label: str
    salesforce: str
    accelo: str
    direction: Direction = "both"
    transform: str = "text"
    salesforce_length: int | None = None
    accelo_length: int | None = None
    policy: ConflictPolicy | None = None
    required: tuple[Side, ...] = ()
    """The sides that take no record without it."""
    options: tuple[str, ...] | None = None
    """What Accelo's profile field lets one choose; None: anything, or not known."""
    line: int = field(default=0, compare=False)

    @property
    def place(self) -> tuple[str, str]:
        """Where Accelo keeps it: ("column" | "affiliation" | "address" | "profile", name)."""
        for where, mark in (("affiliation", "affiliation."), ("address", "address:"), ("profile", "profile:")):
            if self.accelo.startswith(mark):
                return where, self.accelo.removeprefix(mark)
        return "column", self.accelo

    @property
    def row(self) -> str | None:
        """The name in Record.refs of Accelo's own row for this field."""
        return f"address.{self.name}" if self.transform == ADDRESS else None

    @property
    def moves(self) -> bool:
        """Is it kept with a contact's place in a company, so that each company has its own."""
        return self.place[0] == "affiliation"

    @property
    def columns(self) -> tuple[str, ...]:
        """Salesforce's API names: one, or the five of an address."""
        if self.transform != ADDRESS:
            return (self.salesforce,)
        return tuple(self.salesforce.rstrip("*") + part for part in PARTS.values())

    def needs(self, side: Side) -> bool:
        return side in self.required

    def normal(self, value: Value, country: str) -> str:
        return normal(self.transform, value, country)

    def problem(self, to: Side, value: Value) -> CannotCarry | None:
        """Why the value cannot be written to that side: blank, too long, no such choice, not an e-mail address."""
        system = "Salesforce" if to == "salesforce" else "Accelo"
        if not self.normal(value, ""):
            if self.needs(to):
                return CannotCarry(to, f"{self.label} cannot be blank in {system}.")
            if self.row and to == "accelo":
                return CannotCarry(to, "An address cannot be deleted through Accelo's API.")
            return None
        for part, length, limit in self._lengths(to, value):
            if limit is not None and length > limit:
                return CannotCarry(
                    to, f"{part} has {length} characters; {system} holds at most {limit}.", length, limit
                )
        if self.transform == "email" and isinstance(value, str) and not _EMAIL.fullmatch(value.strip()):
            return CannotCarry(to, f"This is not an e-mail address that {system} takes.")
        if to == "accelo" and self.options is not None and value not in self.options:
            return CannotCarry(to, f"Accelo's {self.label} does not offer this choice.")
        return None

    def _lengths(self, to: Side, value: Value) -> list[tuple[str, int, int | None]]:
        if isinstance(value, Address):
            return [
                (
                    f"{self.label}, {part.replace('_', ' ')},",
                    len(getattr(value, part)),
                    PART_LENGTHS[part] if to == "salesforce" else self.accelo_length,
                )
                for part in PARTS
            ]
        return [(self.label, len(value or ""), self.salesforce_length if to == "salesforce" else self.accelo_length)]


@dataclass(frozen=True)
class ObjectRules:
    """The rules of companies or of contacts. ``salesforce_marker`` is the external-id field that holds the Accelo id,
    ``accelo_marker`` the profile field ("profile:Salesforce ID") or "custom_id" that holds the Salesforce id."""

    kind: Kind
    file: str
    salesforce: str
    accelo: str
    fields: Mapping[str, FieldRule]
    salesforce_marker: str | None = None
    accelo_marker: str | None = None
    default_country: str = ""

    def country(self, records: Sequence[Record | None]) -> str:
        """The ISO code of the first address that names a country that ISO knows; else the default."""
        for record in records:
            for name, rule in self.fields.items():
                value = record.fields.get(name) if record and rule.row else None
                if isinstance(value, Address) and (code := country_code(value.country)):
                    return code
        return self.default_country

    def title(self, record: Record) -> str:
        """What a person calls the record."""
        words = ("first_name", "last_name") if self.kind == "contact" else ("name",)
        return (
            " ".join(text(str(record.fields.get(word) or "")) for word in words).strip()
            or f"({self.kind} without a name)"
        )

    def keys(self, record: Record) -> MatchKeys:
        """What the record is compared by before it is linked."""
        country, fields = self.country([record]), record.fields
        mail = fields.get("email")
        return MatchKeys(
            name=bare("" if self.title(record).startswith("(") else self.title(record)),
            domains=domains(fields.get("website")),
            phones=tuple(
                sorted(
                    {
                        phone(value, country)
                        for name in ("phone", "fax")
                        if isinstance(value := fields.get(name), str) and any(char.isdigit() for char in value)
                    }
                )
            ),
            postcodes=tuple(
                sorted(
                    {
                        code
                        for name, rule in self.fields.items()
                        if rule.row and isinstance(value := fields.get(name), Address) and (code := postcode(value))
                    }
                )
            ),
            email=email(mail).casefold() if isinstance(mail, str) and _EMAIL.fullmatch(mail.strip()) else "",
        )


@dataclass(frozen=True)
class Rules:
    """All field rules of a workspace."""

    companies: ObjectRules
    contacts: ObjectRules

    @cached_property
    def digest(self) -> str:
        """Changes when the meaning of the rules does; comments and order of the files do not matter."""
        return digest(
            [
                {
                    **vars(rules),
                    "file": "",
                    "fields": {name: {**vars(rule), "line": 0} for name, rule in rules.fields.items()},
                }
                for rules in (self.companies, self.contacts)
            ]
        )

    def of(self, kind: Kind) -> ObjectRules:
        return self.companies if kind == "company" else self.contacts

    def with_options(self, options: Mapping[Kind, Mapping[str, tuple[str, ...]]]) -> Rules:
        """The same rules, knowing what Accelo's choice fields offer: kind -> name of the profile field -> choices."""

        def known(rules: ObjectRules) -> ObjectRules:
            offered = options.get(rules.kind, {})
            fields = {
                name: replace(rule, options=offered[rule.place[1]])
                if rule.place[0] == "profile" and rule.place[1] in offered
                else rule
                for name, rule in rules.fields.items()
            }
            return replace(rules, fields=fields)

        return replace(self, companies=known(self.companies), contacts=known(self.contacts))
