"""One POST to a sign-in endpoint, once: its answer as an object, or an error without a secret in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from toolkit.clients.endpoint import Endpoint, Exchange, Timeouts, is_loopback
from toolkit.clients.line import never_sent
from toolkit.clients.verdict import json_or_none, masked
from toolkit.errors import AuthFailed, LimitReached, NoApiAccess, NotConnected, ToolkitError, Unavailable

_REMEDIES = {
    "invalid_client": "Check the client id and the client secret.",
    "invalid_client_id": "Check the client id.",
    "invalid_scope": "Ask for another scope, or allow this one to the application.",
    "unauthorized_client": "Allow this way of signing in to the application.",
    "unsupported_grant_type": "Allow this way of signing in to the application.",
    "redirect_uri_mismatch": "Register the callback address with the application.",
    "invalid_request": "Check the address: client credentials work on the org's My Domain only.",
    "inactive_user": "Connect with a user that is active.",
    "inactive_org": "The org is locked or has expired.",
}
_NO_CREDENTIALS_USER = "no client credentials user"


def form(endpoint: Endpoint, url: str, fields: Mapping[str, str], *, secret: str | None = None, identify: bool = True,
         now: datetime, on_exchange: Callable[[Exchange], None] = lambda exchange: None,
         timeouts: Timeouts = Timeouts()) -> Mapping[str, Any]:
    """The answer's object (empty for an empty answer). Never repeated: a refresh token may be good once.

    Accelo takes client id and secret as Basic, Salesforce as fields; ``identify=False`` leaves both out (an assertion
    speaks for itself).
    """
    system, name = endpoint.system, endpoint.system.capitalize()
    data, basic = dict(fields), None
    if identify and system == "accelo" and secret is not None:
        basic = requests.auth.HTTPBasicAuth(endpoint.client_id.encode(), secret.encode())
    elif identify:
        data["client_id"] = endpoint.client_id
        if secret is not None:
            data["client_secret"] = secret
    started = time.perf_counter()
    response: requests.Response | None = None
    error: ToolkitError | None = None
    try:
        with requests.Session() as session:
            session.trust_env = not is_loopback(url)
            response = session.post(url, data=data, auth=basic or _nobody, allow_redirects=False,
                                    headers={"Accept": "application/json", "User-Agent": "salesforce-accelo-toolkit"},
                                    timeout=(timeouts.connect, timeouts.read))
    except requests.RequestException as failure:
        lost = not (isinstance(failure, requests.ConnectionError) and never_sent(failure))
        error = Unavailable(name, "the sign-in got no answer." if lost else "no connection for the sign-in.",
                            next_step="Try again in a moment.")
    body = json_or_none(response) if response is not None else None
    if response is not None and response.status_code != 200:
        error = _refusal(endpoint, response, body, [data, secret])
    elif response is not None and not isinstance(body, Mapping):
        if response.content and fields.get("grant_type"):
            error = Unavailable(name, "the sign-in gave an answer that cannot be read.", next_step="Try again.")
        body = {}
    code = body.get("error") if isinstance(body, Mapping) else None
    on_exchange(Exchange(
        at=now, system=system, method="POST", path=urlsplit(url).path, bytes=len(response.content) if response else 0,
        status=response.status_code if response is not None else None,
        ms=round((time.perf_counter() - started) * 1000, 1),
        error_code=(masked(code, data, 60) if code else "NO_ANSWER" if response is None else type(error).__name__)
        if error else None))
    if error is not None:
        raise error
    return body if isinstance(body, Mapping) else {}


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No Authorization at all, not even one from .netrc."""
    return request


def _refusal(endpoint: Endpoint, response: requests.Response, body: Any, sent: Any) -> ToolkitError:
    name, status = endpoint.system.capitalize(), response.status_code
    again = f"Connect again: toolkit connect {endpoint.system}"
    if status == 429 or (isinstance(body, Mapping) and "too_many" in str(body)):
        return LimitReached(name, "too many sign-ins; it is locked for some minutes.",
                            next_step="Wait before trying again.")
    if not isinstance(body, Mapping) or not body.get("error"):
        meta = body.get("meta") if isinstance(body, Mapping) else None
        if isinstance(meta, Mapping) and "Deployment" in str(meta.get("message")):
            return NotConnected(name, "there is no such deployment.", next_step="Check accelo.url in the settings.")
        if status in (404, 405, 301, 302):
            return NotConnected(name, "there is no sign-in at this address.", next_step=f"Check {endpoint.system}.url.")
        return Unavailable(name, f"the sign-in is not served now ({status}).", next_step="Try again in a moment.")
    code, text = str(body["error"]), masked(body.get("error_description") or "", sent, 120)
    if status >= 500:
        return Unavailable(name, f"the sign-in is not served now ({status}).", next_step="Try again in a moment.")
    lower = text.lower()
    if "api" in lower and ("not enabled" in lower or "disabled" in lower):
        return NoApiAccess(name, "the user has no access to the API.",
                           next_step="Give the user the permission API Enabled.")
    remedy = _REMEDIES.get(code, again)
    if _NO_CREDENTIALS_USER in lower:
        remedy = "Set the Run As user in the client credentials flow of the External Client App."
    elif code == "invalid_grant" and ("approved" in lower or "consumer" in lower):
        remedy = "Let an administrator pre-authorise the user for this application."
    said = f"{code}: {text}" if text else code
    return AuthFailed(name, f"the sign-in was refused ({said}).", next_step=remedy)
