"""State and country picklists: text and code kept in step, with the errors of an org that has them on.

Source: Salesforce help, "State and Country/Territory Picklist Field-Syncing Logic" and its error table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.geography import geography
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.shape import Shape

PREFIXES = ("Billing", "Shipping", "Mailing", "Other", "PersonMailing", "PersonOther")


def synchronise(obj: SObject, row: dict[str, Any], given: Collection[str], creating: bool) -> None:
    """Fill codes from texts and texts from codes; raises FIELD_INTEGRITY_EXCEPTION."""
    for prefix in PREFIXES:
        country, country_code = f"{prefix}Country", f"{prefix}CountryCode"
        state, state_code = f"{prefix}State", f"{prefix}StateCode"
        if country_code not in obj.fields or not {country, country_code, state, state_code} & set(given):
            continue
        _country(obj, row, given, creating, country, country_code)
        _state(obj, row, given, creating, state, state_code, country_code)


def convert(org: Shape) -> None:
    """What turning the picklists on does to the texts that are there: codes for those that name a place of the list.

    Texts that name none (USA, Deutschland) stay without a code, as after a conversion that skipped them.
    """
    by_name = {place["name"].lower(): place for place in geography().values()}
    for obj in (org.base_schema.object("Account"), org.base_schema.object("Contact")):
        for prefix in (p for p in PREFIXES if f"{p}CountryCode" in obj.fields):
            country, state, code, state_code = (
                f"{prefix}{part}" for part in ("Country", "State", "CountryCode", "StateCode")
            )
            texts = (
                f"SELECT DISTINCT {country}, {state} FROM {obj.table} WHERE {country} IS NOT NULL AND {code} IS NULL"
            )
            for named, part in org.db.execute(texts).fetchall():
                place = by_name.get(named.lower())
                if place is None:
                    continue
                found: dict[str, str] = next(
                    (s for s in place["states"] if part is not None and s["name"].lower() == part.lower()), {}
                )
                org.db.execute(
                    f"UPDATE {obj.table} SET {code} = ?, {state_code} = ? "
                    f"WHERE {country} = ? AND {state} IS ? AND {code} IS NULL",
                    (place["code"], found.get("code"), named, part),
                )


def _country(obj: SObject, row: dict[str, Any], given: Collection[str], creating: bool, text: str, code: str) -> None:
    places = geography()
    by_code = row.get(code) is not None and code in given
    if by_code:
        place = places.get(row[code])
        if place is None:
            raise _not_available(code, row[code], "country/territory")
        if text in given and row.get(text) not in (None, place["name"]) and not creating:
            raise _mismatch(obj, text)
        row[text] = place["name"]
    elif text in given:
        named = row.get(text)
        match = next((c for c in places.values() if named is not None and c["name"].lower() == named.lower()), None)
        if named is not None and match is None:
            raise _problem(obj, text, "country/territory")
        row[code], row[text] = (None, None) if match is None else (match["code"], match["name"])
    elif code in given:
        row[text] = None


def _state(
    obj: SObject,
    row: dict[str, Any],
    given: Collection[str],
    creating: bool,
    text: str,
    code: str,
    country_code: str,
) -> None:
    place: Mapping[str, Any] = geography().get(row.get(country_code) or "", {"states": []})
    if row.get(code) is not None and code in given:
        match = next((s for s in place["states"] if s["code"] == row[code]), None)
        if match is None:
            raise _not_available(code, row[code], "state")
        if text in given and row.get(text) not in (None, match["name"]) and not creating:
            raise _mismatch(obj, text)
        row[text] = match["name"]
        return
    named = row.get(text)
    if code in given and text not in given:
        row[text] = None
    elif named is None:
        row[code] = None
    else:
        if row.get(country_code) is None:
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION",
                f"A country/territory must be specified before specifying a state value for field: "
                f"{obj.fields[text].label}",
                [text],
            )
        match = next((s for s in place["states"] if s["name"].lower() == named.lower()), None)
        if match is None:
            raise _problem(obj, text, "state")
        row[code], row[text] = match["code"], match["name"]


def _problem(obj: SObject, text: str, what: str) -> ApiError:
    return ApiError(
        "FIELD_INTEGRITY_EXCEPTION",
        f"There's a problem with this {what}, even though it may appear correct. Please select a {what} from the list "
        f"of valid {'states' if what == 'state' else 'countries'}.: {obj.fields[text].label}",
        [text],
    )


def _not_available(code: str, value: str, what: str) -> ApiError:
    kept = "state code" if what == "state" else "country code"
    return ApiError(
        "FIELD_INTEGRITY_EXCEPTION",
        f"The {code} field contains {value}, which isn't an available {what}. Select an available {what}, "
        f"or ask your administrator to add this {kept}.",
        [code],
    )


def _mismatch(obj: SObject, text: str) -> ApiError:
    return ApiError(
        "FIELD_INTEGRITY_EXCEPTION",
        f"The existing {obj.fields[text].label} doesn't match its code. Change the one or the other.",
        [text],
    )
