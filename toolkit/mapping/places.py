"""Countries and states by their ISO codes, so that "USA", "United States" and "US" are one country.

Source: ISO 3166 through pycountry; the few everyday names that it lacks are listed here.
"""

from __future__ import annotations

import functools

import pycountry

EVERYDAY = {
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "deutschland": "DE",
    "south korea": "KR",
    "russia": "RU",
    "vietnam": "VN",
    "taiwan": "TW",
    "turkey": "TR",
    "czech republic": "CZ",
    "ivory coast": "CI",
    "iran": "IR",
    "uae": "AE",
}


@functools.lru_cache(maxsize=4096)
def country_code(name: str) -> str:
    """The ISO 3166-1 code of two letters; "" when the name is not that of a country."""
    wanted = " ".join(name.casefold().split())
    if not wanted:
        return ""
    if wanted in EVERYDAY:
        return EVERYDAY[wanted]
    try:
        return str(pycountry.countries.lookup(wanted).alpha_2)
    except LookupError:
        return ""


@functools.lru_cache(maxsize=256)
def _states(country: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for state in sorted(pycountry.subdivisions.get(country_code=country) or [], key=lambda state: str(state.code)):
        found.setdefault(state.name.casefold(), state.code.partition("-")[2])
    codes = {code.casefold(): code for code in found.values()}
    return found | codes  # a code goes before a name that reads the same


def state_code(name: str, country: str) -> str:
    """The state's part of its ISO 3166-2 code ("CA", "NSW") in the country of that code; "" when it is not known."""
    return _states(country).get(" ".join(name.casefold().split()), "") if country else ""


def country_name(code: str) -> str:
    """The usual English name of an ISO code, as Salesforce's own picklist spells it; "" for an unknown code."""
    country = pycountry.countries.get(alpha_2=code)
    return str(getattr(country, "common_name", country.name)) if country else ""
