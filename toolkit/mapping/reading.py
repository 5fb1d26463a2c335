"""Rows of either system as records in the product's words. A field that the row does not show is absent, never blank.

Salesforce rows are flat, by API name; Accelo rows are as on the wire, with country and state of an address expanded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from toolkit.mapping.fields import PARTS, FieldRule, ObjectRules, Rules
from toolkit.mapping.transforms import ADDRESS, get_lines
from toolkit.model import Address, Record, Value

Row = Mapping[str, Any]
ABSENT = object()
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ALWAYS = ("Id", "IsDeleted", "MasterRecordId", "SystemModstamp", "CreatedDate", "LastModifiedBy.Name")


def salesforce_fields(rules: ObjectRules, available: Collection[str] | None = None) -> tuple[str, ...]:
    """The API names to read of Account or Contact. ``available``: the names of the describe; what is not there is left
    out (a hidden field is absent from the records, and its rule rests)."""
    wanted = [
        *_ALWAYS,
        *(["AccountId"] if rules.kind == "contact" else []),
        *([rules.salesforce_marker] if rules.salesforce_marker else []),
    ]
    wanted += [column for rule in rules.fields.values() for column in rule.columns]
    if available is None:
        return tuple(dict.fromkeys(wanted))
    if "IsPersonAccount" in available:
        wanted.append("IsPersonAccount")
    return tuple(name for name in dict.fromkeys(wanted) if name in available or "." in name)


def accelo_fields(rules: ObjectRules) -> dict[str, tuple[str, ...]]:
    """The columns to ask of each Accelo resource."""

    def columns(where: str) -> tuple[str, ...]:
        return tuple(rule.place[1] for rule in rules.fields.values() if rule.place[0] == where)

    own = ("id", "date_modified", "date_created", "standing", "default_affiliation")
    custom = ("custom_id",) if rules.accelo_marker == "custom_id" else ()
    addresses = {"addresses": ("id", "title", "street1", "street2", "city", "zipcode", "state(_ALL)", "country(_ALL)")}
    if rules.kind == "company":
        return {"companies": (*own, *custom, *columns("column")), **addresses}
    affiliation = ("id", "contact", "company", "standing", "date_modified", *columns("affiliation"))
    return {"contacts": (*own, *columns("column")), "affiliations": affiliation, **addresses}


def company_from_salesforce(row: Row, rules: Rules) -> Record:
    """An Account (or a trace of one: IsDeleted, MasterRecordId) as a record."""
    return _from_salesforce(row, rules.companies)


def contact_from_salesforce(row: Row, rules: Rules) -> Record:
    """A Contact as a record; its parent is the Account."""
    return _from_salesforce(row, rules.contacts)


def _from_salesforce(row: Row, rules: ObjectRules) -> Record:
    fields = {
        name: value for name, rule in rules.fields.items() if (value := _salesforce_value(row, rule)) is not ABSENT
    }
    person = _true(row.get("IsPersonAccount"))
    return Record(
        side="salesforce",
        kind=rules.kind,
        id=id18(str(row["Id"])),
        fields=fields,
        modified=moment(row.get("SystemModstamp")),
        modified_by=_text(row.get("LastModifiedBy.Name")),
        created=moment(row.get("CreatedDate")),
        parent=id18(row["AccountId"]) if rules.kind == "contact" and row.get("AccountId") else None,
        marker=_text(row.get(rules.salesforce_marker or "")),
        deleted=_true(row.get("IsDeleted")),
        merged_into=id18(row["MasterRecordId"]) if row.get("MasterRecordId") else None,
        skip="It is a person account: a person and a company in one, which Accelo does not have." if person else None,
    )


def _salesforce_value(row: Row, rule: FieldRule) -> Any:
    if any(column not in row for column in rule.columns):
        return ABSENT
    if rule.transform != ADDRESS:
        return _text(row[rule.salesforce])
    address = Address(**{part: _text(row[column]) or "" for part, column in zip(PARTS, rule.columns, strict=True)})
    return address or None


def company_from_accelo(
    row: Row, addresses: Iterable[Row] | None, profile_values: Iterable[Row] | None, rules: Rules
) -> Record:
    """A company with its addresses and profile values; None for what was not read, which leaves those fields absent."""
    return _from_accelo(row, None, addresses, profile_values, rules.companies)


def contact_from_accelo(
    row: Row,
    affiliations: Iterable[Row],
    addresses: Iterable[Row] | None,
    profile_values: Iterable[Row] | None,
    rules: Rules,
    affiliation_id: str | None = None,
) -> Record:
    """A contact with one of its affiliations: the linked one (``affiliation_id``), else the default one if it is active
    (else the contact left it), else one that is, else any; but none that is inactive stands in for a linked one that
    is gone. The others are in refs, by their company's id: "affiliation@ID", of active ones "active@ID", of those that
    hold just what the chosen one holds "twin@ID"."""
    own = sorted(affiliations, key=lambda each: int(each["id"]))
    linked, default = (
        next((each for each in own if id and str(each["id"]) == id), None)
        for id in (affiliation_id, link(row.get("default_affiliation")))
    )
    active_ones = [each for each in own if each.get("standing") != "inactive"]
    if default not in active_ones and (active_ones or affiliation_id):
        default = next(iter(active_ones), None)
    chosen = linked or default or (own[0] if own and not affiliation_id else None)
    record = _from_accelo(row, chosen, addresses, profile_values, rules.contacts)
    told = [rule.place[1] for rule in rules.contacts.fields.values() if rule.place[0] == "affiliation"]
    others: dict[str, str] = {}
    for each in reversed(own):
        if each is not chosen and (company := link(each.get("company"))):
            active = each in active_ones
            twin = active and all(_text(each.get(column)) == _text((chosen or {}).get(column)) for column in told)
            names = ("affiliation", *(["active"] if active else []), *(["twin"] if twin else []))
            others |= {f"{name}@{company}": str(each["id"]) for name in names}
    return replace(record, refs={**others, **record.refs})


def _from_accelo(
    row: Row,
    affiliation: Row | None,
    addresses: Iterable[Row] | None,
    profile_values: Iterable[Row] | None,
    rules: ObjectRules,
) -> Record:
    fields: dict[str, Value] = {}
    refs: dict[str, str] = {}
    held = None if addresses is None else list(addresses)
    profiles = (
        None
        if profile_values is None
        else {str(each["field_name"]): each for each in sorted(profile_values, key=lambda each: -int(each["id"]))}
    )
    for name, rule in rules.fields.items():
        where, column = rule.place
        value: Any = ABSENT
        if where == "column" or (where == "affiliation" and affiliation is not None):
            source = row if where == "column" else affiliation or {}
            value = _text(source[column]) if column in source else ABSENT
        elif where == "address" and held is not None:
            value = _titled(name, column, held, refs)
        elif where == "profile" and profiles is not None:
            value = _text(profiles[column].get("value")) if column in profiles else None
            if column in profiles:
                refs[f"profile.{name}"] = str(profiles[column]["id"])
        if value is not ABSENT:
            fields[name] = value
    if affiliation is not None:
        refs["affiliation"] = str(affiliation["id"])
    if row.get("standing"):
        refs["standing"] = str(row["standing"])
    marker = _text(row.get("custom_id")) if rules.accelo_marker == "custom_id" else None
    named = (rules.accelo_marker or "").removeprefix("profile:")
    if profiles and named in profiles:
        marker, refs["marker"] = _text(profiles[named].get("value")), str(profiles[named]["id"])
    stamps = [stamp for each in (row, affiliation or {}) if (stamp := moment(each.get("date_modified")))]
    return Record(
        side="accelo",
        kind=rules.kind,
        id=str(row["id"]),
        fields=fields,
        modified=max(stamps, default=None),
        created=moment(row.get("date_created")),
        parent=link(affiliation.get("company")) if affiliation else None,
        marker=id18(marker) if marker else None,
        refs=refs,
    )


def _titled(name: str, title: str, addresses: Iterable[Row], refs: dict[str, str]) -> Any:
    """The one address with exactly this title. Two of them: absent, and their number is said in refs."""
    found = [row for row in addresses if row.get("title") == title]
    if len(found) > 1:
        refs[f"ambiguous.{name}"] = str(len(found))
        return ABSENT
    if not found:
        return None
    row = found[0]
    refs[f"address.{name}"] = str(row["id"])
    places = {part: _place_name(row.get(part)) for part in ("state", "country")}
    if None in places.values():
        return ABSENT  # ids that were not expanded say nothing
    address = Address(
        street=get_lines(_text(row.get("street1")) or "", _text(row.get("street2")) or ""),
        city=_text(row.get("city")) or "",
        state=places["state"] or "",
        postal_code=_text(row.get("zipcode")) or "",
        country=places["country"] or "",
    )
    return address or None


def _place_name(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return _text(value.get("title")) or ""
    return None if link(value) else ""


def id18(id: str) -> str:
    """A Salesforce id with its three check characters; anything else as it is.

    For each five characters, bit k is set when character k is a capital (salesforce-api, IDs).
    """
    if len(id) != 15 or not id.isalnum():
        return id
    chunks = (id[start : start + 5] for start in (0, 5, 10))
    return id + "".join(
        _ALPHABET[sum(1 << k for k, char in enumerate(chunk) if "A" <= char <= "Z")] for chunk in chunks
    )


def moment(value: Any) -> datetime | None:
    """A time in UTC from Salesforce's ISO text or Accelo's unix seconds; None when there is none."""
    text = str(value or "").strip()
    if not text or text == "0":
        return None
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def link(value: Any) -> str | None:
    """The id in a link, expanded or not; null, "" and "0" are no link (Accelo API, 2.2)."""
    id = str((value.get("id") if isinstance(value, Mapping) else value) or "").strip()
    return id if id not in ("", "0") else None


def _text(value: Any) -> str | None:
    """Text as it was typed; blank is None."""
    text = "" if value is None else str(value)
    return text if text.strip() else None


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
