"""What the org tells about itself: its objects and their fields.

The shape is that of recorded describes of API v52 to v60; the JSON of an object is built once and kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import struck
from sandbox.salesforce.conditional import since
from sandbox.salesforce.schema import NUMBER_TYPES, Field, PicklistValue, Schema, SObject
from sandbox.salesforce.wire import Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}


def every(org: SalesforceOrg, call: Call) -> Reply:
    """GET /sobjects."""
    found = [short(obj, call) for _, obj in sorted(org.schema.objects.items())]
    return Reply(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})


def one(org: SalesforceOrg, call: Call, obj: SObject) -> Reply:
    """GET /sobjects/X/describe, 304 when nothing changed since."""
    headers = {"Last-Modified": org.schema_changed.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    moment = since(call, "if-modified-since")
    hidden = any(struck.options(kind) is not None for kind in ("field_hidden", "field_read_only", "field_removed"))
    if moment is not None and not hidden and org.schema_changed.strftime("%Y-%m-%dT%H:%M:%S") <= moment[:19]:
        return Reply(304, None, headers)
    key = (obj.name, call.version, *(f.name for f in obj.fields.values() if f.when)) if not hidden else None
    body = org.describe_cache.get(key) if key else None
    if body is None:
        body = json.dumps(full(org.schema, obj, call), ensure_ascii=False, separators=(",", ":")).encode()
        if key:
            org.describe_cache[key] = body
    return Reply(200, None, headers, raw=body)


def short(obj: SObject, call: Call) -> dict[str, Any]:
    """An entry of the objects list."""
    base = call.url(f"/sobjects/{obj.name}")
    urls = {"rowTemplate": f"{base}/{{ID}}", "describe": f"{base}/describe", "sobject": base}
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": obj.createable,
        "custom": obj.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": obj.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": obj.key_prefix,
        "label": obj.label,
        "labelPlural": obj.label_plural,
        "layoutable": True,
        "mergeable": obj.mergeable,
        "mruEnabled": obj.searchable,
        "name": obj.name,
        "queryable": True,
        "replicateable": obj.replicateable,
        "retrieveable": True,
        "searchable": obj.searchable,
        "triggerable": obj.createable,
        "undeletable": obj.undeletable,
        "updateable": obj.updateable,
        "urls": urls,
    }


def full(schema: Schema, obj: SObject, call: Call) -> dict[str, Any]:
    """The whole description of an object."""
    relations = [
        {
            "cascadeDelete": _reference(schema, child, field).cascade_delete,
            "childSObject": child,
            "deprecatedAndHidden": False,
            "field": field,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": name,
            "restrictedDelete": child == "Case" and obj.name in ("Account", "Contact"),
        }
        for name, (child, field) in obj.children.items()
        if schema.has(child) and field in schema.object(child).fields
    ]
    first = short(obj, call)
    urls = first.pop("urls")
    url = f"{urls['sobject']}/{{ID}}"
    return {
        "actionOverrides": [],
        **first,
        "childRelationships": relations,
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [field_json(schema, obj, field) for field in obj.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(obj, call),
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {obj.label_plural.lower()}", "name": "everything"}],
        "urls": {
            **urls,
            "compactLayouts": f"{urls['describe']}/compactLayouts",
            "layouts": f"{urls['describe']}/layouts",
            "approvalLayouts": f"{urls['describe']}/approvalLayouts",
            "uiDetailTemplate": url,
            "uiEditTemplate": f"{url}/e",
            "uiNewRecord": f"/{obj.key_prefix}/e",
        },
    }


def _reference(schema: Schema, child: str, field: str) -> Field:
    return schema.object(child).fields[field]


def _record_types(obj: SObject, call: Call) -> list[dict[str, Any]]:
    return [
        {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": True,
            "developerName": "Master",
            "master": True,
            "name": "Master",
            "recordTypeId": "012000000000000AAA",
            "urls": {"layout": call.url(f"/sobjects/{obj.name}/describe/layouts/012000000000000AAA")},
        }
    ]


def field_json(schema: Schema, obj: SObject, field: Field) -> dict[str, Any]:
    kind = field.type
    number = kind in NUMBER_TYPES
    text = kind not in NUMBER_TYPES and kind not in ("int", "boolean", "date", "datetime", "address")
    length = field.length if text else 0
    default: Any = None
    if kind == "boolean":
        default = bool(field.default)
    elif field.default is not None:
        default = field.default
    return {
        "aggregatable": field.aggregatable and not field.is_compound,
        "aiPredictionField": False,
        "autoNumber": field.auto_number,
        "byteLength": length * (1 if kind in ("id", "reference") else 3),
        "calculated": field.calculated,
        "calculatedFormula": None,
        "cascadeDelete": field.cascade_delete,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "controllerName": field.controller,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": default,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": field.controller is not None,
        "deprecatedAndHidden": False,
        "digits": field.precision if kind == "int" else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": "plaintextarea" if kind == "textarea" else None,
        "filterable": field.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": field.groupable and not field.is_compound,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.id_lookup or field.external_id,
        "inlineHelpText": None,
        "label": field.label,
        "length": length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": len(field.reference_to) > 1,
        "nillable": field.nillable or (obj.name == "Account" and field.name == "Name" and "LastName" in obj.fields),
        "permissionable": field.custom or (field.nillable and field.createable),
        "picklistValues": [_picklist(field, value, schema, obj) for value in field.picklist],
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "precision": field.precision if number else 0,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": field.scale if number else 0,
        "searchPrefilterable": kind == "reference",
        "soapType": _SOAP.get(kind, "xsd:string"),
        "sortable": field.sortable and not field.is_compound,
        "type": kind,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": False,
    }


def _picklist(field: Field, value: PicklistValue, schema: Schema, obj: SObject) -> dict[str, Any]:
    valid_for = None
    if field.controller and field.controller in obj.fields:
        valid_for = valid_bits([v.value for v in obj.fields[field.controller].picklist], value.valid_for)
    return {
        "active": value.active,
        "defaultValue": value.default,
        "label": value.label,
        "validFor": valid_for,
        "value": value.value,
    }


def valid_bits(controlling: list[str], valid: tuple[str, ...]) -> str:
    """Base64 of a bit for each controlling value, the first one the highest bit."""
    from base64 import b64encode

    bits = bytearray((len(controlling) + 7) // 8)
    for n, value in enumerate(controlling):
        if value in valid:
            bits[n >> 3] |= 0x80 >> (n & 7)
    return b64encode(bytes(bits)).decode()
