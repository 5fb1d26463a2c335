"""sf-toolkit, a typed Salesforce client on httpx, against the sandbox over loopback."""

from __future__ import annotations

from tests.sandbox.clients.conftest import Drive
from tests.sandbox.conftest import Running


def test_sf_toolkit_saves_queries_and_loads(empty_sandbox: Running, drive: Drive) -> None:
    found = drive("sf-toolkit", "drive_sf_toolkit.py", empty_sandbox.ready)
    assert found["user"] == empty_sandbox.salesforce["username"]
    assert found["version"] == 68.0
    assert found["bulk"] == ["Bulk 0", "Bulk 1", "Bulk 2"]
    assert found["cascade"] is True
    assert found["usage"] > 10
    assert "No such column 'Naem' on entity 'Account'" in found["error"]
