"""The worlds: the demo and its dirt, the empty one, sized ones, and folders of CSV with and without columns.toml."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.accelo.deployment import AcceloDeployment
from sandbox.core import Core
from sandbox.salesforce.org import SalesforceOrg
from sandbox.server import Options
from sandbox.world import WorldError, parse
from sandbox.world.ids import id_of_text, record_id
from tests.sandbox.conftest import Running, start

Rows = dict[str, list[dict[str, Any]]]
EXAMPLE = Path(__file__).parents[2] / "sandbox" / "world" / "examples" / "maven-crm" / "columns.toml"


def loaded(spec: str, seed: int = 7, **switches: Any) -> tuple[Rows, Rows]:
    """A world in both systems, without a server."""
    core = Core.memory(seed, **switches)
    salesforce, accelo = SalesforceOrg(core), AcceloDeployment(core)
    salesforce.create()
    accelo.create()
    parse(spec).load(salesforce, accelo, seed)
    return salesforce.world(), accelo.world()


@pytest.fixture(scope="module")
def demo() -> tuple[Rows, Rows]:
    return loaded("demo")


def texts(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from (value for value in row.values() if isinstance(value, str))


# The demo


def test_the_demo_has_the_size_of_a_small_firm(demo: tuple[Rows, Rows]) -> None:
    salesforce, accelo = demo
    sizes = {name: len(salesforce[name]) for name in ("Account", "Contact", "Opportunity", "Case")}
    assert sizes == {"Account": 60, "Contact": 180, "Opportunity": 120, "Case": 150}
    assert 15 < len(accelo["companies"]) < 60
    assert 30 < len(accelo["contacts"]) == len(accelo["affiliations"]) < 120
    for name in (
        "staff",
        "prospect_statuses",
        "issue_statuses",
        "prospect_types",
        "issue_types",
        "prospects",
        "issues",
    ):
        assert len(accelo[name]) > 3, name


def test_the_same_seed_is_the_same_world_and_another_is_another(demo: tuple[Rows, Rows]) -> None:
    again, other = loaded("demo"), loaded("demo", 8)
    for system in (0, 1):
        for name, rows in demo[system].items():
            assert rows == again[system][name], name
    assert demo[0]["Contact"] != other[0]["Contact"]
    assert demo[1]["contacts"] != other[1]["contacts"]


def test_every_reference_of_the_demo_leads_somewhere(demo: tuple[Rows, Rows]) -> None:
    salesforce, accelo = demo
    ids = {row["Id"] for rows in salesforce.values() for row in rows}
    names = ("AccountId", "ContactId", "OpportunityId", "OwnerId", "WhoId", "WhatId", "CreatedById", "ParentId")
    for object_name, rows in salesforce.items():
        for row in rows:
            for name in names:
                assert row.get(name) is None or row[name] in ids, (object_name, name, row[name])
    companies, contacts = ({row["id"] for row in accelo[name]} for name in ("companies", "contacts"))
    for row in accelo["affiliations"]:
        assert row["company"] in companies
        assert row["contact"] in contacts
    affiliations = {row["id"] for row in accelo["affiliations"]}
    assert all(row["affiliation"] in affiliations for row in accelo["prospects"] + accelo["issues"])
    owners = {"company": companies, "contact": contacts}
    assert all(row["against_id"] in owners[row["against_type"]] for row in accelo["addresses"])


def test_nothing_of_the_demo_lies_in_the_future_and_stamps_are_in_order(demo: tuple[Rows, Rows]) -> None:
    for name in ("Account", "Contact", "Opportunity", "Case"):
        for row in demo[0][name]:
            assert row["CreatedDate"] <= row["LastModifiedDate"] <= row["SystemModstamp"] <= "2026-11-20T06:30:01"


def test_the_demo_has_the_dirt_of_real_life(demo: tuple[Rows, Rows]) -> None:
    salesforce, _ = demo
    accounts, contacts = salesforce["Account"], salesforce["Contact"]
    sales, cases, users = salesforce["Opportunity"], salesforce["Case"], salesforce["User"]
    names = Counter(row["Name"] for row in accounts)
    assert names["Northgate Brewing Co."] == 2, "an exact duplicate"
    assert {"Harbourview Dental", "Harbour View Dental Pty Ltd"} <= set(names), "a near duplicate"
    assert max(map(len, names)) == 255, "the longest name that fits"
    inactive = {row["Id"] for row in users if not row["IsActive"]}
    assert {row["OwnerId"] for row in accounts} & inactive
    assert {row["OwnerId"] for row in sales} & inactive
    queues = {row["Id"] for row in salesforce["Group"] if row["Type"] == "Queue"}
    assert sum(row["OwnerId"] in queues for row in cases) > 30
    with_role = {row["OpportunityId"] for row in salesforce["OpportunityContactRole"]}
    assert len({row["Id"] for row in sales} - with_role) > 15, "opportunities without contact"
    assert sum(row["AccountId"] is None for row in contacts) > 5
    assert sum(row["AccountId"] is None for row in sales) > 4
    assert sum(row["Amount"] is None for row in sales) > 4
    assert {row["CurrencyIsoCode"] for row in sales} == {"AUD", "USD"}
    assert {"Closed Won", "Closed Lost", "verbal (don't use!)", "On Hold – Budget FY27"} <= {
        row["StageName"] for row in sales
    }
    assert all(row["IsWon"] == (row["StageName"] in ("Closed Won", "Closed - Renewed Automatically")) for row in sales)
    assert {"Parts ordered 🔧", "re-opened", "Waiting on Customer"} <= {row["Status"] for row in cases}
    assert all((row["ClosedDate"] is not None) == row["IsClosed"] for row in cases)
    stamps = Counter(row["SystemModstamp"] for row in accounts + contacts)
    assert max(stamps.values()) > 20, "many records of the same second"
    assert sum(row["Email"] is None for row in contacts) > 8
    assert sum(row["FirstName"] is None for row in contacts) >= 3
    emails = Counter(str(row["Email"]).lower() for row in contacts if row["Email"])
    assert max(emails.values()) > 1, "one person twice"
    everything = "\n".join(texts(accounts + contacts + sales + cases))
    for piece in (
        "東京",
        "Балтприбор",
        "مختبرات",
        "Αιγαίου",
        "🚐",
        "<script>",
        "=HYPERLINK(",
        "@SUM(",
        "\n",
        "Łódź",
        "DROP TABLE",
    ):
        assert piece in everything, piece
    assert {"Australia", "United States", "USA", "U.S.A.", "日本", "Deutschland"} <= {
        row["BillingCountry"] for row in accounts
    }
    assert all(len(row["Name"]) <= 120 for row in sales)


def test_the_accelo_side_knows_some_of_them_spelt_differently(demo: tuple[Rows, Rows]) -> None:
    salesforce, accelo = demo
    ours, theirs = (
        {row["name" if n else "Name"] for row in rows}
        for n, rows in enumerate((salesforce["Account"], accelo["companies"]))
    )
    assert len(ours & theirs) >= 3, "some are spelt alike"
    assert {
        "Northgate Brewing",
        "Iron Bark Timber",
        "Mueller Prüftechnik GmbH",
        "Yarra Bend Observatory",
    } <= theirs - ours
    people = {str(row["Email"]).lower() for row in salesforce["Contact"] if row["Email"]}
    known = {str(row["email"]).lower() for row in accelo["affiliations"] if row["email"]}
    assert len(people & known) > 20
    staff = {row["email"].lower() for row in accelo["staff"]}
    users = {row["Email"].lower() for row in salesforce["User"]}
    assert 3 <= len(staff & users) < len(staff), "some owners match staff by e-mail, some do not"
    assert {"active", "inactive"} == {row["standing"] for row in accelo["staff"]}
    assert {"Billing", "Head Office", "Shipping", "Mailing", "Warehouse", "Home"} <= {
        row["title"] for row in accelo["addresses"]
    }


# Empty and sized


def test_the_empty_world_has_lists_and_no_records() -> None:
    salesforce, accelo = loaded("empty")
    assert all(not salesforce[name] for name in ("Account", "Contact", "Opportunity", "Case"))
    assert all(not accelo[name] for name in ("companies", "contacts", "affiliations", "prospects", "issues"))
    assert accelo["staff"]
    assert accelo["prospect_statuses"]
    assert salesforce["OpportunityStage"]


def test_a_sized_world_has_that_size_and_every_reference() -> None:
    salesforce, _ = loaded("accounts=20,contacts=300,opportunities=40,cases=50")
    assert [len(salesforce[name]) for name in ("Account", "Contact", "Opportunity", "Case")] == [20, 300, 40, 50]
    accounts = {row["Id"] for row in salesforce["Account"]}
    assert {row["AccountId"] for row in salesforce["Contact"]} == accounts
    assert len({row["Email"] for row in salesforce["Contact"]}) == 300
    assert loaded("contacts=30")[0]["Account"], "contacts need accounts"


def test_ids_have_their_checksum() -> None:
    assert record_id("001", 1) == "0015g0000000001AAA"
    assert id_of_text("001", "Acme") == id_of_text("001", "Acme") != id_of_text("001", "acme")
    assert len(id_of_text("003", "x")) == 18


@pytest.mark.parametrize("spec", ["nowhere", "accounts=", "people=3", "accounts=1,contacts=-1"])
def test_a_world_that_cannot_be_is_refused(spec: str) -> None:
    with pytest.raises(WorldError, match=r"accounts=N|no world"):
        parse(spec)


# Folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small export in Salesforce's own column names."""
    files = {
        "Account.csv": "\ufeffId,Name,Phone,BillingStreet,Region__c,SystemModstamp,NumberOfEmployees\n"
        '0015g00000AAAAA,"Smith, Jones & Co","","1 High St\nFlat 2",North,2025-02-03T04:05:06.000Z,12\n'
        ",Späte GmbH,+49 1,,,,\n",
        "Contact.csv": "Id,AccountId,FirstName,LastName,Email,HasOptedOutOfEverything__c\n"
        "003000000000001AAA,0015g00000AAAAA,Ann,Smith,ann@smith.example,true\n",
        "Opportunity.csv": "Name,AccountId,StageName,CloseDate,Amount\nBig,0015g00000AAAAA,Signed,2026-01-31,1000.5\n",
        "OpportunityStage.csv": "MasterLabel,ApiName,IsClosed,IsWon,DefaultProbability,SortOrder,IsActive\n"
        "Signed,Signed,true,true,100,1,true\n",
        "Case.csv": "Subject,Status,ContactId\nHelp,Closed,003000000000001AAA\n",
        "User.csv": "Id,Username,LastName,Email,IsActive\n"
        "005000000000001AAA,old@firm.example,Old,old@firm.example,false\n",
        "Group.csv": "Id,Name,Type\n00G000000000001EAA,Desk,Queue\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_in_salesforce_s_own_words(folder: Path) -> None:
    salesforce, accelo = loaded(str(folder))
    smith, late = salesforce["Account"]
    assert smith["Id"] == "0015g00000AAAAAAA5", "a 15-character id gets its checksum"
    assert (smith["Name"], smith["Phone"], smith["BillingStreet"]) == ("Smith, Jones & Co", None, "1 High St\nFlat 2")
    assert (smith["Region__c"], smith["NumberOfEmployees"]) == ("North", 12)
    assert smith["SystemModstamp"] == "2025-02-03T04:05:06.000+0000"
    assert late["Id"].startswith("001")
    assert late["Name"] == "Späte GmbH"
    assert salesforce["Contact"][0]["AccountId"] == smith["Id"]
    assert salesforce["Contact"][0]["Name"] == "Ann Smith"
    (sale,) = salesforce["Opportunity"]
    assert (sale["IsWon"], sale["Probability"], sale["Amount"]) == (True, 100, 1000.5)
    assert [row["MasterLabel"] for row in salesforce["OpportunityStage"]] == ["Signed"]
    assert salesforce["Case"][0]["IsClosed"] is True
    assert {"old@firm.example"} <= {row["Username"] for row in salesforce["User"]}
    assert accelo["staff"], "Accelo starts with its own lists"


def test_accelo_files_replace_its_lists(folder: Path) -> None:
    (folder / "accelo").mkdir()
    (folder / "accelo" / "staff.csv").write_text(
        "id,firstname,surname,email,username\n9,Only,One,o@firm.example,only.one\n"
    )
    (folder / "accelo" / "companies.csv").write_text("id,name,status\n5,Typed in CSV,1\n")
    _, accelo = loaded(str(folder))
    assert [row["username"] for row in accelo["staff"]] == ["only.one"]
    assert [(row["id"], row["name"], row["standing"]) for row in accelo["companies"]] == [
        ("5", "Typed in CSV", "active")
    ]
    assert accelo["prospect_types"]


def test_a_folder_is_served_and_reset(folder: Path) -> None:
    for sandbox in start(Options(world=str(folder))):
        assert isinstance(sandbox, Running)
        fields = {field["name"] for field in sandbox.sf("GET", "/sobjects/Account/describe").json()["fields"]}
        assert "Region__c" in fields
        stages = sandbox.query("SELECT Id FROM Opportunity WHERE StageName = 'Signed' AND IsWon = true")
        assert len(stages) == 1
        sandbox.sf("DELETE", "/sobjects/Contact/003000000000001AAA")
        sandbox.reset()
        assert sandbox.query("SELECT Region__c FROM Account WHERE Region__c != null")[0]["Region__c"] == "North"
        assert len(sandbox.query("SELECT Id FROM Contact")) == 1


def test_a_new_record_never_takes_the_id_of_one_that_the_world_brought(tmp_path: Path) -> None:
    """A world may hold what another sandbox made, with the very ids that this one would give next."""
    (tmp_path / "Account.csv").write_text("Id,Name\n001gK0000000001,One\n001gK0000000002,Two\n")
    for sandbox in start(Options(world=str(tmp_path))):
        assert isinstance(sandbox, Running)
        made = {sandbox.sf("POST", "/sobjects/Account", json={"Name": f"New {n}"}).json()["id"] for n in range(3)}
        assert len(made) == 3 and len(sandbox.query("SELECT Id FROM Account")) == 5


MAVEN = {
    "accounts.csv": "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
    "Acme Corporation,technolgy,1996,1100.04,2822,United States,\n"
    "Bluth Company,technolgy,1993,1242.32,3027,United States,Acme Corporation\n",
    "products.csv": "product,series,sales_price\nGTX Basic,GTX,550\nGTX Pro,GTX,4821\n",
    "sales_teams.csv": "sales_agent,manager,regional_office\n"
    "Anna Snelling,Dustin Brinkmann,Central\n"
    "Moses Frase,Dustin Brinkmann,Central\n",
    "sales_pipeline.csv": "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    "1C1I7A6R,Moses Frase,GTX Basic,Bluth Company,Won,20-10-2016,01-03-2017,1054\n"
    "Z063OYW0,Moses Frase,GTXPro,Acme Corporation,Lost,25-10-2016,11-03-2017,0\n"
    "EC4QE1BX,Anna Snelling,GTX Pro,,Engaging,05-11-2016,,\n"
    "MV1LWRNH,Anna Snelling,GTX Pro,,Prospecting,,,\n",
}
"""Four opportunities in the shape of the public data set."""


@pytest.mark.parametrize("beside", [True, False])
def test_columns_toml_makes_an_org_of_foreign_files(tmp_path: Path, beside: bool) -> None:
    for name, text in MAVEN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    if beside:
        shutil.copy(EXAMPLE, tmp_path / "columns.toml")
        spec = str(tmp_path)
    else:
        recipe = tmp_path / "elsewhere" / "maven.toml"
        recipe.parent.mkdir()
        recipe.write_text('folder = ".."\n' + EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
        spec = str(recipe)
    salesforce, _ = loaded(spec)
    acme, bluth = sorted(salesforce["Account"], key=lambda row: row["Name"])
    assert (acme["Industry"], acme["AnnualRevenue"], bluth["ParentId"]) == ("technolgy", 1_100_040_000, acme["Id"])
    agents = {row["Email"]: row["Id"] for row in salesforce["User"]}
    sales = {row["Opportunity_Key__c"]: row for row in salesforce["Opportunity"]}
    won, lost, engaging, prospecting = (sales[key] for key in ("1C1I7A6R", "Z063OYW0", "EC4QE1BX", "MV1LWRNH"))
    assert won["OwnerId"] == agents["moses.frase@maven.example"]
    assert (won["AccountId"], won["CloseDate"], won["Amount"]) == (bluth["Id"], "2017-03-01", 1054)
    assert (won["IsWon"], won["List_Price__c"], won["CreatedDate"][:10]) == (True, 550, "2016-10-20")
    assert (lost["Product__c"], lost["List_Price__c"]) == ("GTXPro", None), "a spelling that no product has"
    assert (engaging["AccountId"], engaging["CloseDate"], engaging["Amount"]) == (None, None, None)
    assert prospecting["CreatedDate"][:10] == "2016-10-20"
    assert {row["AccountId"] for row in salesforce["Contact"]} == {acme["Id"], bluth["Id"]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Name,AnnualRevenue\nA,5\nB,abc\n", r"Account.csv, row 3: Account.AnnualRevenue: abc is no currency"),
        (
            "Id,Name\n001xx0000000001AAB,A\n",
            r"Account.csv, row 2: Account.Id: '001xx0000000001AAB' is no Salesforce id",
        ),
        ("Name\nA,5\n", r"Account.csv, line 2: more cells than columns"),
        (None, "no CSV file and no columns.toml"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_row(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "Account.csv").write_text(text)
    with pytest.raises(WorldError, match=says):
        loaded(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[Nonsense]\n", "no object"),
        ("[Account]\ncolour = 1\n", "unknown colour"),
        ('[Account]\nfile = "x.csv"\ncolumns.Name = "nmae"\n', "no column 'nmae'"),
        ('[Account]\nfile = "gone.csv"\n', "no such file"),
        ('[Account]\nfile = "x.csv"\ncolumns.Name = { colum = "name" }\n', "a source column"),
        ('[Account]\nfile = "x.csv"\ncolumns.CreatedDate = { column = "name", date = "%d-%m-%Y" }\n', "is no date"),
        ('[Account]\nfile = "x.csv"\ncolumns.AnnualRevenue = { column = "name", times = 2 }\n', "is no number"),
        ("[Account\n", "columns.toml"),
        ('folder = "gone"\n', "no such folder"),
    ],
)
def test_a_mistake_in_columns_toml_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "x.csv").write_text("name\nAcme\n")
    (tmp_path / "columns.toml").write_text(text)
    with pytest.raises(WorldError, match=says):
        loaded(str(tmp_path))


def test_values_parts_and_uniques_of_columns_toml(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "who;firm;state\nAnn Lee Smith;Acme;hot\nBob;Acme;warm\nCid Jones;;cold\n", encoding="utf-8"
    )
    (tmp_path / "columns.toml").write_text(
        """
[Account]
file = "people.csv"
delimiter = ";"
unique = "firm"
columns.Id = { column = "firm", id_of = "Account" }
columns.Name = "firm"

[[Contact]]
file = "people.csv"
delimiter = ";"
only.state = ["hot", "warm"]
columns.FirstName = { column = "who", part = "first" }
columns.LastName = { column = "who", part = "rest", default = "({who})" }
columns.AccountId = { column = "firm", id_of = "Account" }
columns.LeadSource = { column = "state", values = { hot = "Web", "*" = "Other" } }

[[Contact]]
rows = [{ LastName = "Given" }]
constants = { Title = "Boss" }
"""
    )
    salesforce, _ = loaded(str(tmp_path))
    assert [row["Name"] for row in salesforce["Account"]] == ["Acme"]
    found = {(row["FirstName"], row["LastName"], row["LeadSource"], row["Title"]) for row in salesforce["Contact"]}
    assert found == {("Ann", "Lee Smith", "Web", None), ("Bob", "(Bob)", "Other", None), (None, "Given", None, "Boss")}
