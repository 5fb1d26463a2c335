"""tap-salesforce, the Singer tap, against the sandbox over loopback: discovery, full and incremental replication."""

from __future__ import annotations

from tests.sandbox.clients.conftest import Drive
from tests.sandbox.conftest import Running

STREAMS = ["Account", "Contact", "Opportunity", "Case", "User"]


def test_tap_salesforce_discovers_and_replicates_every_row(sandbox: Running, drive: Drive) -> None:
    found = drive("tap-salesforce", "drive_tap_salesforce.py", sandbox.ready, streams=STREAMS)
    assert set(STREAMS) <= set(found["streams"])
    world = sandbox.world()["salesforce"]
    for stream in STREAMS:
        got = {r["Id"] for r in found["records"][stream]}
        assert got == {r["Id"] for r in world[stream]}, stream


def test_tap_salesforce_goes_on_from_its_bookmark_and_keeps_a_rotated_token(sandbox: Running, drive: Drive) -> None:
    sandbox.switch(salesforce_refresh_rotation="on")
    first = drive("tap-salesforce", "drive_tap_salesforce.py", sandbox.ready, streams=["Account"])
    assert first["refresh_token"] != sandbox.salesforce["refresh_token"]
    account = first["records"]["Account"][0]["Id"]
    sandbox.clock("salesforce", 60)
    sandbox.edit("salesforce", "Account", "update", account, Phone="+44 20 7946 0000")
    more = {"streams": ["Account"], "state": first["state"], "refresh_token": first["refresh_token"]}
    second = drive("tap-salesforce", "drive_tap_salesforce.py", sandbox.ready, **more)
    again = {r["Id"]: r["Phone"] for r in second["records"]["Account"]}
    assert again[account] == "+44 20 7946 0000"
    assert len(again) < len(first["records"]["Account"])
