"""An address of a scenario as one text, and as the columns of both systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SLOTS = ("billing", "shipping", "mailing", "other")
PARTS = ("Street", "City", "State", "PostalCode", "Country")


def parts(text: str) -> list[str]:
    """ "1 Main St | Boston | MA | 02110 | United States": street, city, state, post code, country."""
    said = [part.strip() for part in text.split("|")] if text else [""] * 5
    assert len(said) == 5, f"an address has five parts: {text!r}"
    return said


def joined(values: list[Any]) -> str:
    said = [str(value or "") for value in values]
    return " | ".join(said) if any(said) else ""


def places(world: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Countries and states of the deployment by name and by id."""
    found: dict[str, dict[str, str]] = {}
    for what, table in (("state", "states"), ("country", "countries")):
        rows = world["accelo"][table]
        found[what] = {
            str(row[name]): str(row["id"]) for row in rows for name in ("title", "abbreviation") if row.get(name)
        }
        found[f"{what} name"] = {str(row["id"]): str(row["title"]) for row in rows}
    return found


def columns(text: str, places: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The text as a person's form in Accelo sends it: states and countries are chosen from lists."""
    street, city, state, code, country = parts(text)
    first, _, second = street.partition("\n")
    ids = {"state_id": places["state"].get(state, ""), "country_id": places["country"].get(country, "")}
    return {"street1": first, "street2": second, "city": city, "zipcode": code} | ids
