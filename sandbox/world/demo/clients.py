"""The demo's accounts and contacts: 60 companies written by hand, 180 people put together from names.

The dirt is deliberate and named where it is made.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path
from typing import Any

from sandbox.world.demo.dice import Dice
from sandbox.world.demo.org import GORDON, HANNAH, owner
from sandbox.world.ids import record_id

Row = dict[str, Any]
HERE = Path(__file__).parent
CONTACTS = 180
_LARGE = (0, 2, 6, 8, 10, 23, 27, 33, 35, 39)
"""Places in accounts.csv of the companies that we know many people of."""
_REGIONS = {
    "Australia": "AU",
    "AU": "AU",
    "United States": "US",
    "USA": "US",
    "U.S.A.": "US",
    "Canada": "US",
    "New Zealand": "NZ",
    "NZ": "NZ",
    "United Kingdom": "GB",
    "": "AU",
    "日本": "ASIA",
    "中国": "ASIA",
    "Greece": "EU",
    "الإمارات": "ASIA",
    "Россия": "ASIA",
    "Greece ": "EU",
}
_TITLES = (
    "Quality Manager",
    "Laboratory Manager",
    "Head Brewer",
    "Maintenance Planner",
    "Accounts Payable",
    "Practice Manager",
    "Procurement Officer",
    "Metrology Technician",
    "CEO",
    "Director of Nursing",
    "Site Engineer",
    "Owner",
    "Biomedical Engineer",
    "Plant Manager",
    "Warehouse Supervisor",
    "HSE Advisor",
    "Research Fellow",
    "Office Manager",
)
_LONG_TITLE = (
    "Acting Deputy Regional Quality, Compliance, Environment and Continuous Improvement Coordinator (Dairy & Beverages)"
)
_NOTES = (
    "Prefers a call before 9.",
    "Do not ring on Fridays",
    "Met at the Melbourne trade fair.\nAsked about the rental fleet.",
    "Signs for anything under 5k\r\nabove that: the board",
    "=1+1",
    "<i>VIP</i> &amp; a friend of Nora",
    "☎️ only",
    "+ mobile changed",
    "-",
    "Speaks <français> and English",
)


def accounts(dice: Dice) -> list[Row]:
    """The companies of accounts.csv with owners and stamps."""
    with (HERE / "accounts.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        street = line["Street"].replace("\\n", "\n")
        row: Row = {
            "Id": record_id("001", number),
            "Name": line["Name"],
            "Type": line["Type"],
            "Industry": line["Industry"],
            "Phone": line["Phone"],
            "Website": line["Website"],
            "Description": line["Description"],
            "BillingStreet": street,
            "BillingCity": line["City"],
            "BillingState": line["State"],
            "BillingPostalCode": line["PostalCode"],
            "BillingCountry": line["Country"],
            "CurrencyIsoCode": line["Currency"],
            "OwnerId": owner(dice),
            **dice.stamps(),
        }
        if number % 3 == 0 and street:
            # A delivery address of its own; every ninth is a copy of the other one.
            row["ShippingStreet"] = street if number % 9 == 0 else "Goods inwards\n" + street.split("\n")[-1]
            row.update(
                {f"Shipping{part}": row[f"Billing{part}"] for part in ("City", "State", "PostalCode", "Country")}
            )
        if number % 4 == 0:
            row["Fax"] = line["Phone"][:-1] + str(number % 10) if line["Phone"] else None
        if row["Type"] == "Customer - Direct":
            row["NumberOfEmployees"] = dice.choice((4, 12, 35, 80, 240, 1100))
            row["AnnualRevenue"] = float(dice.choice((450_000, 1_200_000, 8_500_000, 64_000_000)))
        rows.append(row)
    rows[4]["ParentId"] = rows[2]["Id"]  # Northgate's branch in Tasmania
    rows[58]["OwnerId"], rows[54]["OwnerId"] = HANNAH, GORDON
    return rows


def region(account: Row | None) -> str:
    """Where the people of an account have their names from."""
    return _REGIONS.get(account["BillingCountry"] if account else "", "EU")


def slug(text: str) -> str:
    """Letters for an e-mail address; empty when the script has no Latin form here."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return re.sub(r"[^a-z]", "", plain.encode("ascii", "ignore").decode().lower())


def _domain(account: Row | None, number: int) -> str:
    found = re.search(r"([\w-]+\.example)", str(account["Website"] or "")) if account else None
    return found.group(1) if found else ("gmail.example", "bigpond.example", "outlook.example")[number % 3]


def _phone(dice: Dice, place: str) -> str:
    """The same kind of number, written in the ways that people write it."""
    last = f"{dice.randrange(1000):03d}"
    ways = {
        "AU": (
            f"(03) 9555 0{last}",
            f"+61 3 9555 0{last}",
            f"03-95550{last}",
            f"03 9555 0{last} ext. 4",
            f"0061395550{last}",
        ),
        "US": (f"(503) 555-0{last}", f"+1 503 555 0{last}", f"503.555.0{last}", f"5035550{last} x12"),
        "NZ": (f"+64 9 555 0{last}", f"09 5550{last}"),
        "GB": (f"+44 20 7946 0{last}", f"020 7946 0{last}"),
    }
    return dice.choice(ways.get(place, (f"+49 711 5550 {last}", f"0049 711 5550{last}")))


def contacts(dice: Dice, companies: list[Row]) -> list[Row]:
    """The people: most at a company, some at none, some twice."""
    with (HERE / "people.csv").open(newline="", encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    pool = {key: [p for p in people if p["Region"] == key] for key in {p["Region"] for p in people}}
    rows: list[Row] = []
    for number in range(1, CONTACTS - 5):
        # Two for most companies and more for ten large ones; every nineteenth person belongs to none.
        place_of_work = number % 58 if number <= 116 else _LARGE[number % len(_LARGE)]
        account = None if number % 19 == 0 else companies[place_of_work]
        place = region(account)
        first = dice.choice(pool[place])["First"]
        last = dice.choice(pool[place])["Last"]
        left, right = slug(first), slug(last)
        address = f"{left}.{right}" if left and right else f"info{number}"
        email: str | None = f"{address}@{_domain(account, number)}"
        if number % 11 == 0:
            email = None
        elif number % 13 == 0:
            email = str(email).upper()
        row: Row = {
            "Id": record_id("003", number),
            "AccountId": account["Id"] if account else None,
            "FirstName": first,
            "LastName": last,
            "Salutation": dice.weighted(((None, 6), ("Mr.", 2), ("Ms.", 2), ("Dr.", 1))),
            "Email": email,
            "Title": dice.choice(_TITLES),
            "Phone": None if number % 5 == 0 else _phone(dice, place),
            "MobilePhone": f"04{dice.randrange(10**8):08d}" if number % 2 and place == "AU" else None,
            "OwnerId": account["OwnerId"] if account and number % 6 else owner(dice),
            **dice.stamps(1200),
        }
        if account and number % 3 == 0:
            row.update(
                {
                    f"Mailing{part}": account[f"Billing{part}"]
                    for part in ("Street", "City", "State", "PostalCode", "Country")
                }
            )
        if number % 17 == 0:
            row["OtherStreet"], row["OtherCity"], row["OtherCountry"] = (
                "Holiday house\n3 Dune Road",
                "Inverloch",
                "Australia",
            )
        if number % 7 == 0:
            row["Description"] = _NOTES[number // 7 % len(_NOTES)]
        if number in (23, 71, 116):
            row["FirstName"] = None  # known by the surname only
        if number == 44:
            row["Title"] = _LONG_TITLE
        rows.append(row)
    return rows + _twins(dice, rows)


def _twins(dice: Dice, rows: list[Row]) -> list[Row]:
    """Six more people who are there already: same e-mail, another spelling, or another company."""

    def twin(number: int, of: int, **changes: Any) -> Row:
        return {**rows[of], **dice.stamps(300), **changes, "Id": record_id("003", number)}

    first = CONTACTS - 5
    return [
        twin(first, 1, FirstName=str(rows[1]["FirstName"]).upper(), LastName=str(rows[1]["LastName"]).upper()),
        twin(first + 1, 2, FirstName=str(rows[2]["FirstName"])[:1] + "."),
        twin(first + 2, 4, AccountId=rows[20]["AccountId"], Title="Consultant"),
        twin(first + 3, 6, Email=None, Phone=rows[6]["Phone"]),
        twin(first + 4, 8, LastName=f"{rows[8]['LastName']} "),
        twin(first + 5, 9, FirstName="Reception", LastName="Front Desk", Salutation=None, Email=None, Title=None),
    ]
