"""Runs tap-salesforce as its command line does, twice: discover, then sync of the chosen streams; messages as JSON.

The tap asks https://login.salesforce.com for its token; the adapter below turns that one address to the sandbox.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests
import tap_salesforce
from requests.adapters import HTTPAdapter

TOLD = json.load(sys.stdin)
ORG = TOLD["salesforce"]
CHOSEN = TOLD["streams"]
FOLDER = Path(tempfile.mkdtemp())


class Loopback(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://login.salesforce.com", ORG["url"])
        return super().send(request, *args, **more)


class Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.mount("https://login.salesforce.com", Loopback())


requests.Session = Session  # type: ignore[misc]


def run(*arguments: str) -> str:
    sys.argv = ["tap-salesforce", "--config", str(FOLDER / "config.json"), *arguments]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tap_salesforce.main_impl()
    return out.getvalue()


def main() -> dict[str, Any]:
    config = {
        "client_id": ORG["client_id"],
        "client_secret": ORG["client_secret"],
        "refresh_token": TOLD.get("refresh_token", ORG["refresh_token"]),
        "start_date": "2000-01-01T00:00:00Z",
        "api_type": "REST",
        "select_fields_by_default": True,
    }
    (FOLDER / "config.json").write_text(json.dumps(config))
    catalog = json.loads(run("--discover"))
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["stream"] in CHOSEN
                for key in entry["metadata"].get("valid-replication-keys", []):
                    entry["metadata"] |= {"replication-method": "INCREMENTAL", "replication-key": key}
    (FOLDER / "catalog.json").write_text(json.dumps(catalog))
    (FOLDER / "state.json").write_text(json.dumps(TOLD.get("state", {})))
    lines = run("--properties", str(FOLDER / "catalog.json"), "--state", str(FOLDER / "state.json"))
    messages = [json.loads(line) for line in lines.splitlines()]
    records: dict[str, list[Any]] = {name: [] for name in CHOSEN}
    for message in messages:
        if message["type"] == "RECORD":
            records[message["stream"]].append(message["record"])
    states = [m["value"] for m in messages if m["type"] == "STATE"]
    kept = json.loads((FOLDER / "config.json").read_text())["refresh_token"]
    return {
        "streams": sorted(s["stream"] for s in catalog["streams"]),
        "records": records,
        "state": states[-1] if states else {},
        "refresh_token": kept,
    }


print(json.dumps(main()))
