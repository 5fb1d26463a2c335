"""Worlds from folders of CSV files in the systems' own words, served and reset, with mistakes named by their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.server import Options
from sandbox.world import WorldError
from tests.sandbox.conftest import Running, start
from tests.sandbox.worlds import loaded


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
