"""Worlds from foreign files: columns.toml says what each column is; a mistake in it is named with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandbox.world import WorldError
from tests.sandbox.worlds import loaded

EXAMPLE = Path(__file__).parents[2] / "sandbox" / "world" / "examples" / "maven-crm" / "columns.toml"
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
