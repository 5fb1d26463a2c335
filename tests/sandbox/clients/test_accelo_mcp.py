"""accelo-mcp, an MCP server for Accelo by others: its log-in, client and tools against the sandbox over loopback."""

from __future__ import annotations

from tests.sandbox.clients.conftest import Drive
from tests.sandbox.conftest import Running


def test_accelo_mcp_lists_gets_creates_and_updates(sandbox: Running, drive: Drive) -> None:
    found = drive("accelo-mcp", "drive_accelo_mcp.py", sandbox.ready)
    assert found["missing"] == 400  # Accelo answers a missing object with 400 invalid_request
    world = sandbox.world()["accelo"]
    names = {int(c["id"]): c["name"] for c in world["companies"]}
    assert names[found["company"]] == "Brøndby & Sønner"
    titles = {int(p["id"]): p["title"] for p in world["prospects"]}
    assert titles[found["prospect"]] == "Twelve pumps"
    titles = {int(i["id"]): i["title"] for i in world["issues"]}
    assert titles[found["issue"]] == "Leak in hall 3"
