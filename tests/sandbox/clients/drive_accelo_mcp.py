"""Drives accelo-mcp's configuration, log-in, client and tools against the sandbox; the findings go to stdout as JSON.

The package builds https://<deployment>.api.accelo.com itself: only those two addresses are turned to the sandbox.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from typing import Any

TOLD = json.load(sys.stdin)
HERE = TOLD["accelo"]
os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()

from accelo_mcp.auth import AuthManager  # noqa: E402 -- HOME first: the package keeps its tokens there
from accelo_mcp.client import AcceloAPIError, AcceloClient  # noqa: E402
from accelo_mcp.config import AcceloConfig  # noqa: E402
from accelo_mcp.tools import affiliations, companies, contacts, issues, prospects  # noqa: E402

AcceloConfig.base_url = property(lambda self: f"{HERE['url']}/api/v0")  # type: ignore[assignment,method-assign]
AcceloConfig.oauth2_url = property(lambda self: f"{HERE['url']}/oauth2/v0")  # type: ignore[assignment,method-assign]


class Tools:
    """Takes the place of the MCP server: keeps the functions that the package registers."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}

    def tool(self) -> Any:
        def keep(function: Any) -> Any:
            self.named[function.__name__] = function
            return function

        return keep

    async def __call__(self, tool: str, /, **arguments: Any) -> Any:
        answer = await self.named[f"accelo_{tool}"](**arguments)
        assert answer["meta"]["status"] == "ok", answer
        return answer["response"]


async def main() -> dict[str, Any]:
    config = AcceloConfig(
        deployment=HERE["deployment"],
        client_id=HERE["client_id"],
        client_secret=HERE["client_secret"],
        auth_type="service",
        scope="read(all),write(all)",
    )
    client = AcceloClient(AuthManager(config), config)
    call = Tools()
    for part in (companies, contacts, prospects, issues, affiliations):
        part.register(call, client)

    # companies
    before = int((await call("count_companies"))["count"])
    made = await call(
        "create_company", name="Brøndby & Sønner", website="https://brondby.example", phone="+45 1", fields="phone"
    )
    assert made["name"] == "Brøndby & Sønner" and made["phone"] == "+45 1", made
    company = int(made["id"])
    changed = await call("update_company", id=company, phone="+45 2", fields="phone,website,standing")
    assert (changed["phone"], changed["website"]) == ("+45 2", "https://brondby.example"), changed
    got = await call("get_company", id=company, fields="_ALL")
    assert got["standing"] == "active" or got["standing"], got
    listed = await call("list_companies", filters={"id": company}, fields="phone")
    assert [c["phone"] for c in listed] == ["+45 2"], listed
    found = await call("list_companies", search="Brøndby")
    assert str(company) in [c["id"] for c in found], found
    page = await call("list_companies", filters={"order_by_desc": "id"}, limit=5)
    assert int(page[0]["id"]) == company and len(page) <= 5, page
    assert int((await call("count_companies"))["count"]) == before + 1

    # contacts, with the affiliation that comes with them
    contact = await call(
        "create_contact", firstname="Åse", surname="Ødegård", company_id=company, email="ase@brondby.example",
        position="Director", fields="email,default_affiliation()",
    )  # fmt: skip
    person = int(contact["id"])
    joined = await call("list_affiliations", filters={"contact": person}, fields="company,contact,position,email")
    assert len(joined) == 1 and int(joined[0]["company"]) == company, joined
    assert (joined[0]["position"], joined[0]["email"]) == ("Director", "ase@brondby.example"), joined
    affiliation = int(joined[0]["id"])
    renamed = await call("update_contact", id=person, firstname="Aase", comments="Prefers calls", fields="comments")
    assert (renamed["firstname"], renamed["comments"]) == ("Aase", "Prefers calls"), renamed
    assert (await call("get_contact", id=person))["surname"] == "Ødegård"
    several = await call("list_contacts", filters={"id": [person]}, limit=100)
    assert [int(c["id"]) for c in several] == [person], several

    # sales
    kinds = (await client.get("/prospects/types"))["response"]
    kinds = kinds if isinstance(kinds, list) else kinds["prospect_types"]
    sale = await call(
        "create_prospect", title="Ten pumps", affiliation_id=affiliation, type_id=int(kinds[0]["id"]), value=1250.5,
        fields="value,affiliation,status()",
    )  # fmt: skip
    prospect = int(sale["id"])
    assert sale["title"] == "Ten pumps" and float(sale["value"]) == 1250.5, sale
    sale = await call(
        "update_prospect", id=prospect, title="Twelve pumps", value=1500, weighting=2, fields="value,weighting"
    )
    assert (sale["title"], float(sale["value"]), int(sale["weighting"])) == ("Twelve pumps", 1500.0, 2), sale
    assert (await call("get_prospect", id=prospect))["title"] == "Twelve pumps"
    assert prospect in [int(p["id"]) for p in await call("list_prospects", search="pumps")]
    assert int((await call("count_prospects", filters={"id": prospect}))["count"]) == 1

    # tickets
    kinds = (await client.get("/issues/types"))["response"]
    kinds = kinds if isinstance(kinds, list) else kinds["issue_types"]
    ticket = await call(
        "create_issue", title="Leak in hall 2", type_id=int(kinds[0]["id"]), against_type="company", against_id=company,
        description="Drips\nat night", affiliation_id=affiliation, fields="description,against_id,against_type",
    )  # fmt: skip
    issue = int(ticket["id"])
    # Accelo keeps the line breaks of a text as CR LF.
    assert (ticket["description"].splitlines(), int(ticket["against_id"])) == (["Drips", "at night"], company), ticket
    ticket = await call("update_issue", id=issue, title="Leak in hall 3")
    assert ticket["title"] == "Leak in hall 3", ticket
    assert (await call("get_issue", id=issue, fields="description"))["description"].splitlines()[1] == "at night"
    assert issue in [int(i["id"]) for i in await call("list_issues", filters={"against": {"company": company}})]

    # what is not there
    try:
        await call("get_company", id=99999999)
    except AcceloAPIError as error:
        missing = error.http_code
    assert client.rate_limit == 5000 and client.rate_remaining < 5000, (client.rate_limit, client.rate_remaining)
    await client.close()
    return {"company": company, "contact": person, "prospect": prospect, "issue": issue, "missing": missing}


print(json.dumps(asyncio.run(main())))
