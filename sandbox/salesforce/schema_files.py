"""The schema files beside this module, read into frozen values; and custom fields from the few words of a world.

Field tables follow recorded describes of developer orgs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.salesforce.geography import countries, states
from sandbox.salesforce.schema import NUMBER_TYPES, Field, PicklistValue, Schema, SObject

FOLDER = Path(__file__).parent / "schema"
ORDER = (
    "Organization",
    "User",
    "Group",
    "RecordType",
    "OpportunityStage",
    "CaseStatus",
    "Account",
    "Contact",
    "Opportunity",
    "OpportunityContactRole",
    "Case",
    "Task",
)
"""Parents before children: the order in which worlds are loaded."""


def spoken(name: str) -> str:
    """The label Salesforce would show for an API name: `BillingStreet` -> `Billing Street`."""
    base = re.sub(r"__(c|pc)$", "", name).replace("_", " ")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", base).replace(" Id", " ID")


def field_from(raw: Mapping[str, Any]) -> Field:
    """A Field from a schema file's entry, or from the few words of a world's custom field (`name` is enough)."""
    data = dict(raw)
    name = data["name"]
    kind = data.setdefault("type", "string")
    data.setdefault("label", spoken(name))
    data.setdefault("custom", name.endswith(("__c", "__pc")))
    if kind in ("string", "picklist", "multipicklist"):
        data.setdefault("length", 255)
    elif kind == "textarea":
        data.setdefault("length", 32000)
    elif kind in ("reference", "id"):
        data.setdefault("length", 18)
    elif kind in NUMBER_TYPES:
        data.setdefault("precision", 18)
        data.setdefault("scale", 2 if kind == "currency" else 0)
    long_text = kind == "textarea" and data["length"] > 255
    for flag in ("filterable", "sortable", "groupable"):
        data.setdefault(flag, not long_text and not (flag == "groupable" and kind in ("datetime", *NUMBER_TYPES)))
    data.setdefault("aggregatable", data["filterable"] and kind != "boolean")
    if kind == "boolean":
        data.setdefault("default", False)
        data.setdefault("nillable", False)
        data.setdefault("defaulted", True)
    default = data.get("default")
    source = data.pop("values_from", None)
    values = data.pop("values", ()) if source is None else (countries() if source == "countries" else states())
    data["picklist"] = tuple(_picklist_value(v, default) for v in values)
    data["reference_to"] = tuple(data.get("reference_to", ()))
    data["when"] = tuple(data.get("when", ()))
    if kind == "reference" and data["custom"]:
        data.setdefault("relationship_name", name.removesuffix("c") + "r")
    return Field(**data)


def _picklist_value(raw: str | Mapping[str, Any], default: Any) -> PicklistValue:
    if isinstance(raw, str):
        return PicklistValue(raw, raw, default=raw == default)
    value = raw["value"]
    return PicklistValue(
        value,
        raw.get("label", value),
        default=raw.get("default", value == default),
        active=raw.get("active", True),
        valid_for=tuple(raw.get("valid_for", ())),
    )


def read(path: Path) -> SObject:
    """One schema file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    fields = {entry["name"]: field_from(entry) for entry in raw.pop("fields")}
    raw["children"] = {name: tuple(pair) for name, pair in raw.get("children", {}).items()}
    raw.setdefault("label_plural", raw["label"] + "s")
    return SObject(fields=fields, **raw)


def load() -> Schema:
    """Every schema file, in the order of ORDER."""
    return Schema({name: read(FOLDER / f"{name}.json") for name in ORDER})
