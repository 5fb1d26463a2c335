"""What outlives the process: tokens, and a bulk job that was under way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from sandbox.core import Core
from sandbox.salesforce.org import SalesforceOrg
from tests.sandbox.conftest import VERSION


def opened(folder: Path) -> tuple[SalesforceOrg, httpx.AsyncClient]:
    """An org on a file, and a client with its ready token."""
    org = SalesforceOrg(Core.build(folder / "org.sqlite", 7, {}))
    org.create()
    headers = {"Authorization": f"Bearer {org.ready()['access_token']}"}
    transport = httpx.ASGITransport(app=org.app())
    return org, httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1", headers=headers)


def test_an_id_is_never_given_twice_even_after_a_rollback_and_a_restart(tmp_path: Path) -> None:
    good, bad = {"attributes": {"type": "Contact"}, "LastName": "A"}, {"attributes": {"type": "Contact"}}

    async def write(all_or_none: bool) -> list[dict[str, object]]:
        _, client = opened(tmp_path)
        body = {"allOrNone": all_or_none, "records": [good, bad]}
        await client.post(f"{VERSION}/composite/sobjects", json=body)
        answer = await client.post(f"{VERSION}/composite/sobjects", json={"records": [good]})
        results: list[dict[str, object]] = answer.json()
        return results

    found = [asyncio.run(write(all_or_none))[0] for all_or_none in (True, False, True)]
    assert all(result["success"] for result in found)
    assert len({result["id"] for result in found}) == 3


def test_a_bulk_job_cut_in_the_middle_goes_on_and_makes_nothing_twice(tmp_path: Path) -> None:
    async def begin() -> tuple[str, str, int]:
        org, client = opened(tmp_path)
        made = (await client.post(f"{VERSION}/jobs/ingest", json={"object": "Account", "operation": "insert"})).json()
        data = "Name\n" + "".join(f"N{n}\n" for n in range(1000))
        await client.put(f"/{made['contentUrl']}", content=data, headers={"Content-Type": "text/csv"})
        await client.patch(f"{VERSION}/jobs/ingest/{made['id']}", json={"state": "UploadComplete"})
        count = 0
        while count < 400:
            await asyncio.sleep(0)
            (count,) = org.db.execute("SELECT count(*) FROM sf_Account").fetchone()
        return made["id"], org.ready()["access_token"], count  # the loop ends here, and the job with it

    async def go_on(job_id: str) -> tuple[str, list[str], dict[str, object]]:
        org, client = opened(tmp_path)
        job: dict[str, object] = {"state": ""}
        while job["state"] not in ("JobComplete", "Failed"):
            job = (await client.get(f"{VERSION}/jobs/ingest/{job_id}")).json()
            await asyncio.sleep(0.001)
        names = [row[0] for row in org.db.execute("SELECT Name FROM sf_Account")]
        good = (await client.get(f"{VERSION}/jobs/ingest/{job_id}/successfulResults")).text
        assert len(good.splitlines()) == 1001
        return org.ready()["access_token"], names, job

    job_id, token, count = asyncio.run(begin())
    assert count < 1000
    same, names, job = asyncio.run(go_on(job_id))
    assert same == token
    assert (job["state"], job["numberRecordsProcessed"]) == ("JobComplete", 1000)
    assert len(names) == len(set(names)) == 1000
