"""Signing in to both systems with OAuth 2.0, renewing, revoking. Ours, since no library at hand does it safely.

    interactive   start() -> a browser -> finish()          authorization code, PKCE (S256), state
    machines      client_credentials(), jwt_bearer(), given_token()
    later         renew(), revoke()

A refresh token may be good once only (rotation): renew() holds the credentials' lock, keeps the new token before
anything uses it, and never sends the same refresh token twice. Source: Salesforce help, "OAuth 2.0 refresh token
flow"; Accelo API docs, _authentication.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jwt

from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Endpoint, Exchange, Timeouts, Tokens, checked_address
from toolkit.clients.oauth_post import form
from toolkit.errors import AuthFailed, NotConnected, ToolkitError, UsageError

Told = Callable[[Exchange], None]
JWT_SECONDS = 180


@dataclass(frozen=True)
class Pending:
    """A sign-in that waits for the browser to come back. Holds the verifier: keep it on the server, never in a page."""

    endpoint: Endpoint
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def start(endpoint: Endpoint, redirect_uri: str, scope: str = "") -> tuple[str, Pending]:
    """The address to open in a browser, and what finish() needs."""
    if not endpoint.client_id:
        raise UsageError(f"{endpoint.system}.client_id is not set.",
                         next_step=f"Set it with: toolkit config {endpoint.system}.client_id ID")
    pending = Pending(endpoint, redirect_uri, secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"response_type": "code", "client_id": endpoint.client_id, "redirect_uri": redirect_uri,
             "scope": scope or endpoint.scope, "state": pending.state,
             "code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{endpoint.authorize_url}?{urlencode(asked)}", pending


def finish(pending: Pending, callback_params: Mapping[str, str], *, secret: str | None = None, now: datetime,
           on_exchange: Told = lambda exchange: None, timeouts: Timeouts = Timeouts()) -> Tokens:
    """Tokens for the code that came back. Raises AuthFailed when it was denied or is not the answer to our question."""
    endpoint, name = pending.endpoint, pending.endpoint.system.capitalize()
    again = f"Connect again: toolkit connect {endpoint.system}"
    if not hmac.compare_digest(str(callback_params.get("state", "")).encode(), pending.state.encode()):
        raise AuthFailed(name, "the browser came back from another sign-in than the one started.", next_step=again)
    if callback_params.get("error"):
        denied = callback_params["error"] == "access_denied"
        raise AuthFailed(name, "access was denied." if denied else "the sign-in failed.", next_step=again)
    if not callback_params.get("code"):
        raise AuthFailed(name, "the browser came back without a code.", next_step=again)
    said = form(endpoint, endpoint.token_url, {
        "grant_type": "authorization_code", "code": callback_params["code"], "redirect_uri": pending.redirect_uri,
        "code_verifier": pending.verifier}, secret=secret, now=now, on_exchange=on_exchange, timeouts=timeouts)
    return _tokens(endpoint, said, now, Tokens("", grant="authorization_code"))


def client_credentials(endpoint: Endpoint, secret: str, *, scope: str = "", now: datetime,
                       on_exchange: Told = lambda exchange: None, timeouts: Timeouts = Timeouts()) -> Tokens:
    """Server to server, as the user that the application is set to run as (Salesforce: on the My Domain host only)."""
    fields, url = {"grant_type": "client_credentials"}, endpoint.token_url
    if endpoint.system == "accelo":
        fields["scope"] = scope or endpoint.scope
    else:
        url = endpoint.base_url + "/services/oauth2/token"
    said = form(endpoint, url, fields, secret=secret, now=now, on_exchange=on_exchange, timeouts=timeouts)
    return _tokens(endpoint, said, now, Tokens("", grant="client_credentials"))


def jwt_bearer(endpoint: Endpoint, username: str, private_key: str, *, audience: str = "", now: datetime,
               on_exchange: Told = lambda exchange: None, timeouts: Timeouts = Timeouts()) -> Tokens:
    """Server to server with a certificate (Salesforce only). ``audience``: where the user signs in, if unusual."""
    if endpoint.system != "salesforce":
        raise UsageError("Accelo has no sign-in with a certificate.",
                         next_step="Use: toolkit connect accelo --client-credentials")
    claims = {"iss": endpoint.client_id, "sub": username, "aud": audience or _audience(endpoint),
              "exp": int(now.timestamp()) + JWT_SECONDS}
    try:
        assertion = jwt.encode(claims, private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise UsageError("The key file holds no RSA private key in PEM form.",
                         next_step="Give the .key file that belongs to the certificate of the app.") from None
    said = form(endpoint, endpoint.token_url, {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion},
        identify=False, now=now, on_exchange=on_exchange, timeouts=timeouts)
    return _tokens(endpoint, said, now, Tokens("", grant="jwt_bearer", username=username))


def _audience(endpoint: Endpoint) -> str:
    """login.salesforce.com, or test.salesforce.com for a sandbox org (Salesforce help, "OAuth 2.0 JWT bearer flow")."""
    if endpoint.is_local or endpoint.login_url != endpoint.base_url:
        return endpoint.login_url
    return "https://test.salesforce.com" if ".sandbox." in endpoint.base_url else "https://login.salesforce.com"


def given_token(endpoint: Endpoint, access_token: str, *, now: datetime, refresh_token: str | None = None) -> Tokens:
    """A token that somebody has already (``sf org auth show-access-token``). Without a refresh token it just ends."""
    token = access_token.strip()
    if not token or any(char.isspace() for char in token) or not token.isascii():
        raise UsageError("That is no access token.", next_step="Give the token alone, on one line.")
    return Tokens(token, refresh_token=refresh_token, grant="authorization_code" if refresh_token else "token",
                  issued_at=now.timestamp(), scope=endpoint.scope)


def renew(endpoint: Endpoint, credentials: Credentials, stale: Tokens, *, now: datetime,
          on_exchange: Told = lambda exchange: None, timeouts: Timeouts = Timeouts()) -> Tokens:
    """A fresh access token in place of ``stale``, persisted. Another process may have fetched one already.

    Raises AuthFailed when only a person can help, Unavailable when the answer was lost (the next call tries again:
    nobody holds a newer refresh token then, so nothing is lost by it).
    """
    system, name = endpoint.system, endpoint.system.capitalize()
    again = f"Connect again: toolkit connect {system}"
    with credentials.locked():
        kept = credentials.get(system)
        if kept is None:
            raise NotConnected(name, "disconnected meanwhile.", next_step=again)
        if kept.access_token != stale.access_token:
            return kept
        secret = credentials.secret(system)
        told: dict[str, Any] = {"now": now, "on_exchange": on_exchange, "timeouts": timeouts}
        if kept.grant == "client_credentials" and secret:
            fresh = client_credentials(endpoint, secret, **told)
        elif kept.grant == "jwt_bearer" and (key := credentials.secret(system, "jwt_key")) and kept.username:
            fresh = jwt_bearer(endpoint, kept.username, key,
                               audience=credentials.secret(system, "jwt_audience") or "", **told)
        elif kept.refresh_token:
            said = form(endpoint, endpoint.token_url, {
                "grant_type": "refresh_token", "refresh_token": kept.refresh_token}, secret=secret, **told)
            fresh = _tokens(endpoint, said, now, kept)
        else:
            raise AuthFailed(name, "the access token has ended, and it cannot be renewed.", next_step=again)
        fresh = replace(fresh, refreshed_at=now.timestamp(), api_version=kept.api_version,
                        instance_url=fresh.instance_url or kept.instance_url)
        credentials.put(system, fresh)  # before anybody uses it: a rotated token that is lost cannot be had again
        return fresh


def revoke(endpoint: Endpoint, credentials: Credentials, *, now: datetime, on_exchange: Told = lambda exchange: None,
           timeouts: Timeouts = Timeouts()) -> bool:
    """Revoke what we hold and forget it, in any case; False when the system did not confirm the revocation."""
    with credentials.locked():
        tokens = credentials.get(endpoint.system)
        confirmed = tokens is not None
        if tokens is not None:
            for token in filter(None, (tokens.refresh_token, tokens.access_token)):
                try:
                    form(endpoint, endpoint.revoke_url, {"token": token}, secret=credentials.secret(endpoint.system),
                         now=now, on_exchange=on_exchange, timeouts=timeouts)
                except ToolkitError:
                    # Salesforce: a refresh token takes its access tokens along, so the second may be unknown already.
                    confirmed = confirmed and token is tokens.access_token and tokens.refresh_token is not None
        credentials.forget(endpoint.system)
        return confirmed


def _tokens(endpoint: Endpoint, said: Mapping[str, Any], now: datetime, before: Tokens) -> Tokens:
    """The tokens of an answer; what it does not say stays as it was ``before`` (a refresh token without rotation)."""
    name = endpoint.system.capitalize()
    access = said.get("access_token")
    if not isinstance(access, str) or not access:
        raise AuthFailed(name, "the sign-in gave no access token.")
    if str(said.get("token_type") or "Bearer").lower() != "bearer":
        raise AuthFailed(name, "this application gives tokens that are bound to one program (DPoP).",
                         next_step="Turn DPoP off for the application.")
    instance = said.get("instance_url") if endpoint.system == "salesforce" else None
    details = said.get("account_details")
    ends = _number(said.get("expires_in"))
    return replace(
        before, access_token=access, refresh_token=said.get("refresh_token") or before.refresh_token,
        instance_url=checked_address(str(instance), "The address that the sign-in gave") if instance else None,
        scope=str(said.get("scope") or before.scope or endpoint.scope), identity=said.get("id") or before.identity,
        username=(details.get("username") if isinstance(details, Mapping) else None) or before.username,
        issued_at=now.timestamp(), expires_at=now.timestamp() + ends if ends else None)


def _number(value: Any) -> float | None:
    """``expires_in`` comes as a number or as text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
