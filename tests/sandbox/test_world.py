"""The empty world and sized ones, their ids, and worlds that cannot be."""

from __future__ import annotations

import pytest

from sandbox.world import WorldError, parse
from sandbox.world.ids import id_of_text, record_id
from tests.sandbox.worlds import loaded


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
