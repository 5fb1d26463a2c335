"""A public data set that nobody cleaned: 85 accounts become 85 companies, and its slips are kept and told."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from tests.cli.conftest import REPOSITORY, Cli, Sandbox, World

DATA = REPOSITORY / "tests" / "data" / "maven-crm"
COLUMNS = REPOSITORY / "sandbox" / "world" / "examples" / "maven-crm" / "columns.toml"


@pytest.fixture
def maven(tmp_path):
    shutil.copytree(DATA, tmp_path / "world")
    pipeline = tmp_path / "world" / "sales_pipeline.csv"  # some copies of the data set write GTXPro
    pipeline.write_text(pipeline.read_text().replace(",GTX Pro,", ",GTXPro,", 5))
    shutil.copy(COLUMNS, tmp_path / "world" / "columns.toml")
    process = Sandbox(tmp_path / "sandbox", world=str(tmp_path / "world"))
    process.start()
    yield World(process.ready)
    process.stop()


def test_85_accounts_become_companies_and_the_misspelt_sector_is_kept_and_reported(maven, tmp_path):
    cli = Cli(tmp_path / "workspace").connect(maven)
    findings = cli.ok("profile")["findings"]
    told = [
        finding
        for finding in findings
        if finding["code"] == "off-list-account-industry" and "'technolgy'" in finding["title"]
    ]
    assert [finding["count"] for finding in told] == [12]
    assert told[0]["title"].endswith("'Technology' was probably meant.")

    spelt = {f["title"]: f["count"] for f in findings if f["code"].startswith("spelling-")}
    assert spelt == {"Opportunity.Product__c holds 'GTXPro'; 'GTX Pro' was probably meant.": 5}

    plan = cli.ok("plan", "sync")
    assert plan["counts"]["create company in accelo"] == 85
    cli.ok("apply", plan["plan_hash"])
    world = maven.get("/world")
    assert Counter(row["name"] for row in world["accelo"]["companies"]) == Counter(
        row["Name"] for row in world["salesforce"]["Account"]
    )
    assert Counter(row["value"] for row in world["accelo"]["profile_values"])["technolgy"] == 12
