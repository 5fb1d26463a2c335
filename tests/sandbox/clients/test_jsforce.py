"""jsforce, the JavaScript client of the Salesforce community, against the sandbox over loopback."""

from __future__ import annotations

from tests import npm
from tests.sandbox.clients.conftest import Drive
from tests.sandbox.conftest import Running


def test_jsforce_logs_in_writes_pages_loads_and_deletes(empty_sandbox: Running, drive: Drive) -> None:
    npm.needed()
    found = drive("jsforce", "drive_jsforce.js", empty_sandbox.ready)
    assert found["pages"] == [200, 200, 50]
    assert found["refreshed"] == 1
    assert found["bulk"] == 2
    world = empty_sandbox.world()["salesforce"]
    assert {"Upserted twice", "Jens' Søn & Co"} <= {a["Name"] for a in world["Account"]}
    assert [c["IsDeleted"] for c in world["Contact"] if c["Id"] == found["deleted"]] == [True]
