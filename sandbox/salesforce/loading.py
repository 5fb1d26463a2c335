"""The trusted load of worlds into the org's tables: ids, defaults and derived fields of many rows at once.

No validation and no request log; a column or value that cannot be held raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import derived, seeds, tables
from sandbox.salesforce.ids import to18
from sandbox.salesforce.schema import SObject

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

Columns = dict[str, list[Any]]
CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "AUD", "CAD")


def currency_field(given: Mapping[str, Any]) -> dict[str, Any]:
    """CurrencyIsoCode as an org with several currencies has it."""
    return {
        "type": "picklist",
        "label": "Currency ISO Code",
        "length": 3,
        "restricted": True,
        "values": list(CURRENCIES),
        "default": "USD",
        "defaulted": True,
        "custom": False,
        **given,
    }


def load(org: SalesforceOrg, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    obj = org.base_schema.object(object_name)
    with org.core.store.transaction():
        stock = org.core.store.get("sf:stock", [])
        if obj.name in stock:
            # A world that brings its own stages or statuses brings all of them.
            org.db.execute(f"DELETE FROM {obj.table}")
            org.core.store.set("sf:stock", [name for name in stock if name != obj.name])
        _insert(org, obj, rows)
    if obj.name == "Case":
        _contact_details(org)
    if obj.name in ("OpportunityStage", "CaseStatus"):
        org.lists_changed()


def _insert(org: SalesforceOrg, obj: SObject, rows: Iterable[Mapping[str, Any]]) -> None:
    count, unindexed = 0, False

    def missing(name: str, cells: list[Any]) -> SObject:
        if not (name.endswith("__c") or name == "CurrencyIsoCode"):
            raise ValueError(f"{obj.name} has no field {name}; custom fields end in __c")
        longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
        org.add_field(obj.name, {"name": name} if longest <= 255 else {"name": name, "type": "textarea"})
        return org.base_schema.object(obj.name)

    def complete(grown: SObject, columns: Columns, n: int) -> None:
        _complete(org, grown, columns, n)

    for grown, columns in tables.loaded(obj, rows, missing, complete):
        tables.insert_rows(org.db, grown, columns)
        obj = grown
        count += len(columns["Id"])
        if count > tables.REINDEX_FROM and not unindexed:
            tables.unindex(org.db, obj)
            unindexed = True
    if unindexed:
        tables.index(org.db, obj)


def _complete(org: SalesforceOrg, obj: SObject, columns: Columns, n: int) -> None:
    """Fill ids, defaults, stamps and derived columns of n rows in place."""
    _ids(org, obj, columns, n)
    for name, default in obj.defaults.items():
        _fill(columns, name, [default] * n)
    if "CreatedDate" in obj.fields:
        now = org.clock_iso()
        created, modified, stamped = (columns.get(k) for k in ("CreatedDate", "LastModifiedDate", "SystemModstamp"))
        created = created or [None] * n
        modified = modified or [None] * n
        stamped = stamped or [None] * n
        columns["CreatedDate"] = [c or m or s or now for c, m, s in zip(created, modified, stamped, strict=True)]
        columns["LastModifiedDate"] = [
            m or s or c for m, s, c in zip(modified, stamped, columns["CreatedDate"], strict=True)
        ]
        columns["SystemModstamp"] = [s or m for s, m in zip(stamped, columns["LastModifiedDate"], strict=True)]
    owner = org.org_id if obj.name == "Group" else seeds.ADMIN
    for name in ("OwnerId", "CreatedById", "LastModifiedById"):
        if name in obj.fields:
            _fill(columns, name, [owner] * n)
    if obj.name == "Case":
        numbers = columns.setdefault("CaseNumber", [None] * n)
        columns["CaseNumber"] = [number or org.case_number() for number in numbers]
        _fill(columns, "Status", [org.default_status()] * n)
    _derive(org, obj, columns, n)


def _ids(org: SalesforceOrg, obj: SObject, columns: Columns, n: int) -> None:
    mint, prefix = org.mint, obj.key_prefix or "000"
    given = columns.pop("Id", None)
    if given is None:
        made = [mint(prefix) for _ in range(n)]
    else:
        made = [mint(prefix) if value is None else _known_id(obj, value) for value in given]
    rest = dict(columns)
    columns.clear()
    columns["Id"] = made
    columns.update(rest)


def _known_id(obj: SObject, value: str) -> str:
    found = to18(value)
    if found is None:
        raise tables.BadCell(f"{obj.name}.Id: {value!r} is no Salesforce id", "Id", value)
    return found


def _fill(columns: Columns, name: str, defaults: list[Any]) -> None:
    held = columns.get(name)
    if held is None:
        columns[name] = defaults
    elif None in held:
        columns[name] = [d if h is None else h for h, d in zip(held, defaults, strict=True)]


def _derive(org: SalesforceOrg, obj: SObject, columns: Columns, n: int) -> None:
    if obj.name in ("Contact", "User"):
        firsts, lasts = columns.get("FirstName") or [None] * n, columns.get("LastName") or [None] * n
        columns["Name"] = [f"{f} {s}" if f and s else s or f for f, s in zip(firsts, lasts, strict=True)]
        return
    rule = derived.RULES.get(obj.name)
    if rule is None or (obj.name == "Account" and not any(columns.get("IsPersonAccount", ()))):
        return
    lists, names = org.lists(), list(columns)
    rows = [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    for row in rows:
        rule(row, None, (), lists, row["LastModifiedDate"])
    for name in dict.fromkeys(k for row in rows for k in row):
        columns[name] = [row.get(name) for row in rows]


def _contact_details(org: SalesforceOrg) -> None:
    """The read-only copies of the contact's details in cases (also for an import without contacts: nothing)."""
    org.db.execute(
        "UPDATE sf_Case SET ContactEmail = c.Email, ContactPhone = c.Phone, ContactMobile = c.MobilePhone, "
        "ContactFax = c.Fax FROM sf_Contact c WHERE c.Id = sf_Case.ContactId AND sf_Case.ContactEmail IS NULL"
    )
