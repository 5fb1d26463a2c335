"""From what a caller sends for a record to checked column values, with the API's own errors on the way.

It reads the database only to follow references; it writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import ids, values
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

SETUP = frozenset({"User", "Group", "RecordType", "Organization", "OpportunityStage", "CaseStatus"})
"""Objects that an administrator changes in setup screens, whatever the API allows."""
AUDIT = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "ClosedDate"})
NEVER = frozenset({"Id", "IsDeleted", "SystemModstamp"})


@dataclass(frozen=True)
class Actor:
    """Who writes, and how."""

    user_id: str
    bulk: bool = False
    """Through the Bulk API: type errors are worded per row."""
    screens: bool = False
    """A person in the product's own screens: no API faults, setup objects can be changed."""
    save_duplicates: bool = False
    row: int = 0
    """Position in the call, for faults that strike one row."""

    def at(self, row: int) -> Actor:
        return replace(self, row=row)


def no_column(name: str, obj: SObject) -> ApiError:
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {obj.name}")


def not_writable(names: list[str]) -> ApiError:
    return ApiError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set.",
        names,
    )


def checked(org: SalesforceOrg, obj: SObject, data: Mapping[str, Any], actor: Actor, creating: bool) -> dict[str, Any]:
    """Column values by field name. Raises ApiError."""
    out: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in data.items():
        if name.lower() == "attributes":
            continue
        field = obj.by_lower.get(name.lower())
        if field is None:
            field, value = _by_external_id(org, obj, name, value, actor)
        if field.name == "Id":
            if creating:
                raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
            raise ApiError("INVALID_FIELD", "The Id field should not be specified in the sobject data.", ["Id"])
        if not _writable(org, obj, field, actor, creating):
            refused.append(field.name)
            continue
        out[field.name] = values.accepted(field, value, actor.bulk, strict=not actor.screens)
    if refused:
        raise not_writable(refused)
    for name, held in out.items():
        field = obj.fields[name]
        if held is None:
            continue
        if field.restricted:
            _in_picklist(field, held)
        if field.reference_to:
            _refers(org, obj, field, held)
    _owner(org, obj, out)
    return out


def required(org: SalesforceOrg, obj: SObject, row: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> None:
    """Refuse a row whose required fields are empty; with `given`, look only at those fields."""
    missing = [f.name for f in obj.needed if row.get(f.name) is None and (given is None or f.name in given)]
    if obj.name in ("Contact", "User") and "Name" in missing:
        missing.remove("Name")
    if obj.name == "Account" and row.get("IsPersonAccount"):
        missing = ["LastName"] if row.get("LastName") is None and (given is None or "LastName" in given) else []
    if missing:
        raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)


def _writable(org: SalesforceOrg, obj: SObject, field: Field, actor: Actor, creating: bool) -> bool:
    if field.is_compound or field.name in NEVER:
        return False
    if actor.screens and obj.name in SETUP:
        return True
    if creating and field.name in AUDIT and org.core.switches.on("salesforce_audit_fields"):
        return True
    return field.createable if creating else field.updateable


def _in_picklist(field: Field, held: str) -> None:
    for part in held.split(";") if field.type == "multipicklist" else [held]:
        if part not in field.values:
            if field.controller:
                return  # state and country codes are checked together, with their own words
            raise ApiError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{field.label}: bad value for restricted picklist field: {part}",
                [field.name],
            )


def _refers(org: SalesforceOrg, obj: SObject, field: Field, held: str) -> None:
    """The id must be of a record of a right kind that exists."""
    target = org.prefixes.get(held[:3])
    if target is None or target not in field.reference_to:
        known = any(org.base_schema.has(name) for name in field.reference_to)
        if (known and target is not None) or (known and not _outside(org, field, held)):
            raise ApiError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {held}", [field.name])
        return
    found = org.db.execute(
        f"SELECT {'IsDeleted' if org.base_schema.object(target).soft_deletes else '0'} FROM sf_{target} WHERE Id = ?",
        (held,),
    ).fetchone()
    if found is None:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if found[0]:
        raise ApiError("ENTITY_IS_DELETED", "entity is deleted", [], status=400)


def _outside(org: SalesforceOrg, field: Field, held: str) -> bool:
    """A polymorphic reference may point to an object that this org does not imitate (a Lead, a role)."""
    return any(not org.base_schema.has(name) for name in field.reference_to)


def _owner(org: SalesforceOrg, obj: SObject, out: Mapping[str, Any]) -> None:
    owner = out.get("OwnerId")
    if owner is None or not owner.startswith("005") or org.core.switches.on("salesforce_inactive_owners"):
        return
    (active,) = org.db.execute("SELECT IsActive FROM sf_User WHERE Id = ?", (owner,)).fetchone()
    if not active:
        raise ApiError(
            "INACTIVE_OWNER_OR_USER",
            f"operation performed with inactive user [{ids.to15(owner)}] as owner of {obj.name.lower()}",
            [],
        )


def _by_external_id(org: SalesforceOrg, obj: SObject, name: str, value: Any, actor: Actor) -> tuple[Field, str | None]:
    """`"Account": {"Ext_Id__c": "x"}` (or Bulk's `Account.Ext_Id__c` column): the reference field and the id."""
    relation, dot, key = name.partition(".")
    relation, _, named = relation.partition(":")  # a polymorphic column names its object: Owner:User.Username
    reference = obj.relationships.get(relation.lower())
    if reference is None:
        raise no_column(name, obj)
    if dot:
        value = None if value is None else {key: value}
    if value is None:
        return reference, None
    if not isinstance(value, dict):
        raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize reference field {name} from {value}")
    wanted = {k: v for k, v in value.items() if k != "attributes"}
    if len(wanted) != 1:
        raise ApiError("INVALID_FIELD", f"Exactly one external ID field is wanted for {name}", [reference.name])
    [(key, sought)] = wanted.items()
    if sought is None or sought == "":
        return reference, None
    asked = named or (value.get("attributes") or {}).get("type")
    for target_name in reference.reference_to:
        if (asked and asked != target_name) or not org.base_schema.has(target_name):
            continue
        target = org.schema.object(target_name)
        key_field = target.by_lower.get(key.lower())
        if key_field is None or not (key_field.external_id or key_field.id_lookup):
            continue
        found = org.records.with_key(target, key_field, sought)
        if len(found) == 1:
            return reference, found[0]
        if len(found) > 1:
            raise ApiError(
                "INVALID_FIELD",
                f"More than one record found for external id field: {key_field.name}: [{', '.join(found)}]",
                [],
            )
        raise ApiError(
            "INVALID_FIELD",
            f"Foreign key external ID: {str(sought).lower()} not found for field {key_field.name} in entity "
            f"{target.name}",
            [],
        )
    raise no_column(f"{name}.{key}" if not dot else name, obj)
