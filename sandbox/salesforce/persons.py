"""Person accounts: an Account that is a person, and the Contact behind it that mirrors it.

Source: the recorded describe of an org with person accounts; everything is written through the Account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import seeds
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.incoming import Actor
    from sandbox.salesforce.org import SalesforceOrg

SHARED = ("FirstName", "LastName", "Salutation", "Phone", "Fax", "OwnerId", "Description")
"""Fields of the same name on both; all `PersonX` fields mirror the Contact's `X`."""


def entitle(org: SalesforceOrg, row: dict[str, Any], given: Mapping[str, Any]) -> None:
    """A new account is a person when its record type says so; without one, when it has a last name and no name."""
    if not org.core.switches.on("salesforce_person_accounts"):
        return
    person_type = org.person_record_type()
    kind = row.get("RecordTypeId") or (person_type if row.get("LastName") and not row.get("Name") else None)
    if kind == person_type:
        if row.get("Name") is not None:
            raise _bad_names(["Name"])
        row["RecordTypeId"] = person_type
        row["IsPersonAccount"] = 1
        return
    wrong = sorted(n for n, v in given.items() if v is not None and _of_person(n))
    if wrong:
        raise _bad_names(wrong)


def guard(obj: SObject, old: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse writes to the contact behind a person account, and fields that the kind of account does not have."""
    if obj.name == "Contact" and old.get("IsPersonAccount"):
        raise ApiError(
            "INVALID_PERSON_ACCOUNT_OPERATION",
            "Cannot modify the contact of a person account; change its account instead.",
            [],
        )
    if obj.name != "Account" or "IsPersonAccount" not in obj.fields:
        return
    kind = given.get("RecordTypeId")
    if kind is not None and (kind == seeds.PERSON_TYPE) != bool(old.get("IsPersonAccount")):
        # A firm becomes no person by an API write, nor a person a firm.
        raise ApiError(
            "INVALID_CROSS_REFERENCE_KEY",
            f"Record Type ID: this ID value isn't valid for the user: {kind}",
            ["RecordTypeId"],
        )
    wrong = ["Name"] if old.get("IsPersonAccount") and "Name" in given else []
    if not old.get("IsPersonAccount"):
        wrong = sorted(n for n, v in given.items() if v is not None and _of_person(n))
    if wrong:
        raise _bad_names(wrong)


def shadow(org: SalesforceOrg, row: Mapping[str, Any], old: Mapping[str, Any] | None, actor: Actor) -> None:
    """Create or change the contact behind the person account."""
    contact = org.base_schema.object("Contact")
    account = org.base_schema.object("Account")
    mirrored = {name: row.get(name) for name in SHARED}
    for name in account.fields:
        target = name.removeprefix("Person")
        if name.startswith("Person") and target in contact.fields and not account.fields[name].is_compound:
            mirrored[target] = row.get(name)
    mirrored["Name"] = row.get("Name")
    stamps = {n: row.get(n) for n in ("LastModifiedDate", "LastModifiedById", "SystemModstamp")}
    if old is not None and row.get("PersonContactId"):
        org.records.change(contact, row["PersonContactId"], {**mirrored, **stamps})
        org.changed("Contact", row["PersonContactId"], "update", {})
        return
    contact_id = org.records.new_id(org.base_schema.object("Contact"))
    fresh = {**contact.defaults, **mirrored, **stamps, "Id": contact_id, "AccountId": row["Id"], "IsPersonAccount": 1}
    fresh["CreatedDate"], fresh["CreatedById"] = row["CreatedDate"], row["CreatedById"]
    org.records.put(contact, {n: v for n, v in fresh.items() if v is not None})
    org.db.execute("UPDATE sf_Account SET PersonContactId = ? WHERE Id = ?", (contact_id, row["Id"]))
    org.changed("Contact", contact_id, "create", {})


def _of_person(name: str) -> bool:
    return name in ("FirstName", "LastName", "Salutation") or (
        name.startswith("Person") and name not in ("PersonContactId",)
    )


def _bad_names(names: list[str]) -> ApiError:
    return ApiError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Account: bad field names on insert/update call: {', '.join(names)}",
        names,
    )
