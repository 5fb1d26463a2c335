"""The pages of the authorization endpoint: log in, allow or deny, and back to the application with a code.

Source: Salesforce help, OAuth web server flow; any loopback address is registered, the user-agent flow is refused.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.salesforce import clients, pages, seeds
from sandbox.salesforce.clients import Client
from sandbox.salesforce.tokens import CODE_SECONDS, Code

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg


@dataclass(frozen=True)
class Asked:
    """An authorization request on its way through the pages."""

    client: Client
    redirect_uri: str
    scope: str
    state: str | None
    challenge: str | None
    nonce: str | None
    user_id: str | None = None

    def back(self, **params: str) -> Response:
        if self.state is not None:
            params["state"] = self.state
        joiner = "&" if urlsplit(self.redirect_uri).query else "?"
        return RedirectResponse(self.redirect_uri + joiner + urlencode(params), 302)


class Consent:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org, self.tokens = org, org.tokens
        self.asked: dict[str, Asked] = {}

    def routes(self) -> list[Route]:
        base = "/services/oauth2"
        return [
            Route(f"{base}/authorize", self.authorize, methods=["GET", "POST"]),
            Route(f"{base}/login", self.login, methods=["POST"]),
            Route(f"{base}/approve", self.approve, methods=["POST"]),
            Route(f"{base}/success", self.success, methods=["GET"]),
        ]

    async def authorize(self, request: Request) -> Response:
        params = dict(request.query_params)
        if request.method == "POST":
            params.update(await form_of(request))
        client = clients.find(self.org.core, params.get("client_id"))
        if client is None:
            return HTMLResponse(pages.refused("invalid_client_id", "client identifier invalid"), 400)
        redirect_uri = params.get("redirect_uri", "")
        if not clients.is_registered(redirect_uri):
            text = (
                "redirect_uri must match configuration" if redirect_uri else "missing required parameter: redirect_uri"
            )
            return HTMLResponse(pages.refused("redirect_uri_mismatch", text), 400)
        asked = Asked(
            client,
            redirect_uri,
            params.get("scope") or "api refresh_token id",
            params.get("state"),
            params.get("code_challenge") or None,
            params.get("nonce"),
        )
        if params.get("response_type") != "code":
            return asked.back(error="unsupported_response_type", error_description="response type not supported")
        if asked.challenge and params.get("code_challenge_method", "S256") != "S256":
            return asked.back(error="invalid_request", error_description="unsupported code challenge method")
        if params.get("immediate") == "true":
            return asked.back(error="immediate_unsuccessful")
        request_id = secrets.token_urlsafe(24)
        self.asked[request_id] = asked
        return HTMLResponse(pages.login(request_id, params.get("login_hint", "")))

    async def login(self, request: Request) -> Response:
        form = await form_of(request)
        asked = self.asked.get(form.get("request", ""))
        if asked is None:
            return _gone()
        username = form.get("username", "").strip()
        user_id = active_user(self.org, username)
        if user_id is None or not hmac.compare_digest(form.get("password", "").encode(), seeds.PASSWORD.encode()):
            return HTMLResponse(pages.login(form["request"], username, failed=True))
        self.asked[form["request"]] = replace(asked, user_id=user_id)
        return HTMLResponse(pages.approve(form["request"], asked.client.name, username, asked.scope.split()))

    async def approve(self, request: Request) -> Response:
        form = await form_of(request)
        asked = self.asked.get(form.get("request", ""))
        if asked is None or asked.user_id is None:
            return _gone()
        del self.asked[form["request"]]
        if form.get("decision") != "Allow":
            return asked.back(error="access_denied", error_description="end-user denied authorization")
        self.tokens.approve(asked.client.client_id, asked.user_id)
        code = Code(
            asked.user_id,
            asked.client.client_id,
            asked.scope,
            asked.redirect_uri,
            asked.challenge,
            time.time() + CODE_SECONDS,
            asked.nonce,
        )
        return asked.back(code=self.tokens.new_code(code))

    async def success(self, request: Request) -> Response:
        return HTMLResponse(pages.done())


def active_user(org: SalesforceOrg, username: str) -> str | None:
    """The id of the active user of that name."""
    found = org.db.execute("SELECT Id FROM sf_User WHERE Username = ? AND IsActive = 1 LIMIT 1", (username,)).fetchone()
    return found[0] if found else None


async def form_of(request: Request) -> dict[str, str]:
    if request.method == "GET":
        return {}
    return {k: v for k, v in (await request.form()).items() if isinstance(v, str)}


def _gone() -> Response:
    return HTMLResponse(
        pages.refused("invalid_request", "this log-in has expired; start again from the application"), 400
    )
