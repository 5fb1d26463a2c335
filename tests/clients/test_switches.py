"""The whole client under both settings of every switch of the sandbox: what is unknown of the real systems."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.accelo.switches import SWITCHES as ACCELO
from sandbox.salesforce.switches import SWITCHES as SALESFORCE
from tests.clients.conftest import Connection, World
from toolkit.errors import AuthFailed, LimitReached, NoApiAccess, RecordRejected, ToolkitError

Connect = Callable[..., Connection]
CASES = [
    (switch.name, setting)
    for switch in (*ACCELO, *SALESFORCE)
    for setting in (s if s != "N" else "3000" for s in switch.settings)
]


@pytest.fixture(scope="module")
def _all_together() -> None:
    """The names exist in the sandbox; this module is the place that fails when one is added without a case."""
    assert len(CASES) > 60


def _accelo(side: Connection) -> None:
    reader, writer = side.reader, side.writer
    for resource in ("companies", "contacts", "affiliations", "prospects", "issues"):
        rows = list(reader.list(resource, ("_ALL",)))
        assert len(rows) == reader.count(resource)
        assert {row["id"] for row in reader.changed(resource, 0, ()).rows} == {row["id"] for row in rows}
    for number in range(101):
        company = writer.create("companies", {"name": f"Switch Mill {number}", "phone": "1"}, ("_ALL",)).id
    ids = [row["id"] for row in reader.list("companies", ())]
    assert set(reader.get_many("companies", ids)) == set(ids)
    made = writer.create(
        "contacts",
        {
            "firstname": "Ana",
            "surname": "Ng",
            "company_id": company,
            "mobile": "5",
            "email": "ana@mill.example",
            "position": "CEO",
        },
        ("default_affiliation",),
    )
    affiliation = writer.update(
        "affiliations", made.row["default_affiliation"], {"mobile": "0400"}, ("mobile", "email")
    )
    assert affiliation.row["mobile"] == "0400"
    assert [row["id"] for row in reader.list("affiliations", (), {"email": ["ana@mill.example"]})] == [affiliation.id]
    address = writer.create_under(
        "companies", company, "addresses", {"title": "Billing", "street1": "1 High St", "country": "Australia"}
    )
    assert [
        (row["id"], row["against_id"])
        for row in reader.addresses("company", ids)
        if row["title"] == "Billing" and row["street1"] == "1 High St"
    ] == [(address.id, company)]
    field = reader.profile_fields("contacts")[0]["id"]
    value = writer.set_profile("contacts", made.id, field, "003")
    assert [row["id"] for row in reader.profile_values("contacts", [field], [made.id])] == [value.id]
    assert value.id in {row["id"] for row in reader.profile_values("contacts", since=int(value.row["date_modified"]))}
    writer.update("companies", company, {"name": "Switch Mill"}, ("name",))
    assert reader.get("companies", "999999") is None
    assert reader.staff() and reader.statuses("companies") and reader.types("prospects") and reader.probabilities()


def _salesforce(side: Connection, external_ids: bool, states: bool) -> None:
    reader, writer = side.reader, side.writer
    marker = {"Accelo_Id__c": "s1"} if external_ids else {}
    place = {"BillingCountryCode": "AU", "BillingStateCode": "VIC"} if states else {"BillingCountry": "Australia"}
    account = writer.create("Account", {"Name": "Switch Mill", **marker, **place})
    contact = writer.create("Contact", {"LastName": "Ng", "AccountId": account.id})
    writer.update("Contact", contact.id, {"Title": "CEO"}, unmodified_since=reader.server_now())
    assert {row["Id"] for row in reader.changed("Contact", ["Id"], reader.server_now()).rows} <= {contact.id}
    assert (
        reader.retrieve("Contact", [contact.id], ["Title", "Account.Name"])[contact.id]["Account.Name"] == "Switch Mill"
    )
    assert len(list(reader.rows("Account", ["Id"]))) == reader.count("Account")
    names = {field["name"] for field in reader.describe("Account")["fields"]}
    assert ("Accelo_Id__c" in names) == external_ids and ("BillingCountryCode" in names) == states
    if not external_ids:
        with pytest.raises(RecordRejected, match="INVALID_FIELD"):
            reader.find("Account", "Accelo_Id__c", "s1", [])


@pytest.mark.parametrize(("name", "setting"), CASES, ids=[f"{name}={setting}" for name, setting in CASES])
def test_the_client_works_under_every_setting(
    name: str, setting: str, world: World, connect: Connect, _all_together: None
) -> None:
    world.switch(**{name: setting})
    try:
        if name.startswith("accelo"):
            _accelo(connect("accelo"))
        else:
            _salesforce(
                connect("salesforce"),
                (name, setting) != ("salesforce_external_ids", "off"),
                (name, setting) == ("salesforce_state_country_picklists", "on"),
            )
    finally:
        world.reset()


@pytest.mark.parametrize("body", ["bare", "wrapped"])
@pytest.mark.parametrize("window", ["fixed", "rolling"])
@pytest.mark.parametrize("retry_after", ["on", "off"])
def test_p13_at_the_hourly_limit_it_waits_and_goes_on(
    body: str, window: str, retry_after: str, world: World, connect: Connect
) -> None:
    world.switch(
        accelo_hourly_limit="12", accelo_429_body=body, accelo_rate_window=window, accelo_retry_after=retry_after
    )
    side = connect("accelo")

    def pass_time(seconds: float) -> None:
        world.control("POST", "/clock", {"system": "accelo", "skew_seconds": sum(side.time.sleeps)})

    side.time.on_sleep = pass_time
    for _ in range(30):
        side.read()
    assert side.waits and side.waits[0] is not None and side.waits[1] is None
    assert {line["status"] for line in world.requests()} <= {200, 429}
    assert sum(line["status"] == 429 for line in world.requests()) <= 2


@pytest.mark.parametrize("reserve", [5, 0.5])
def test_p13_the_reserve_of_the_deployment_is_never_touched(reserve: float, world: World, connect: Connect) -> None:
    world.switch(accelo_hourly_limit="10")
    side = connect("accelo", reserve=reserve)

    def pass_time(seconds: float) -> None:
        world.control("POST", "/clock", {"system": "accelo", "skew_seconds": sum(side.time.sleeps)})
        assert sum(line["status"] == 200 for line in world.requests()) % 5 == 0

    side.time.on_sleep = pass_time
    for _ in range(12):
        side.read()
    assert len(side.waits) == 4
    assert all(line["status"] == 200 for line in world.requests())


def test_p13_the_reserve_of_the_org_is_never_touched(world: World, connect: Connect) -> None:
    world.switch(salesforce_daily_limit="20")
    side = connect("salesforce", reserve=0.25)
    with pytest.raises(LimitReached, match="5 calls are kept for people"):
        for _ in range(30):
            side.read()
    assert len(world.requests()) == 15


@pytest.mark.parametrize("status", ["403", "401"])
def test_a_call_outside_the_scope(status: str, world: World, connect: Connect) -> None:
    """Whichever way Accelo says it, it ends in one clear error and no loop."""
    from datetime import UTC, datetime

    from toolkit.clients import oauth

    world.switch(accelo_scope_violation=status)
    side = connect("accelo")
    secret = world.ready["accelo"]["client_secret"]
    side.credentials.put(
        "accelo", oauth.client_credentials(side.endpoint, secret, scope="read(staff)", now=datetime.now(UTC))
    )
    object.__setattr__(side.endpoint, "scope", "read(staff)")
    with pytest.raises(ToolkitError) as refused:
        side.read()
    assert isinstance(refused.value, NoApiAccess if status == "403" else AuthFailed)
    assert len(world.requests()) <= 4


@pytest.mark.parametrize("status", ["429", "401"])
def test_a_lockout_is_not_made_longer_by_trying(status: str, world: World, connect: Connect) -> None:
    world.switch(accelo_lockout_status=status)
    side = connect("accelo", refresh=False)
    side.credentials.put("accelo", side.credentials.get("accelo").__class__("wrong-token", grant="token"))
    seen = None
    for _ in range(105):
        side.transport._tokens = None
        before = len(side.log)
        with pytest.raises(ToolkitError) as refused:
            side.read()
        seen = refused.value
        assert len(side.log) == before + 1
    assert isinstance(seen, AuthFailed) and "locked out" in str(seen)
