"""Signing in to both systems: PKCE and state, machines, renewal with rotation, revocation."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.clients.conftest import KEY, Connection, World
from toolkit.clients import oauth
from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Endpoint
from toolkit.clients.oauth_callback import LoopbackCallback
from toolkit.clients.transport import Transport
from toolkit.errors import AuthFailed, NoApiAccess, SettingsError, UsageError

Connect = Callable[..., Connection]
BOTH = ("salesforce", "accelo")


def now() -> datetime:
    return datetime.now(UTC)


def endpoint(world: World, system: str) -> Endpoint:
    return Endpoint(system, world.ready[system]["url"], world.ready[system]["client_id"])  # type: ignore[arg-type]  # one of BOTH


def browse(world: World, system: str, url: str, decision: str = "allow") -> requests.Response:
    """What a person does in the browser: sign in, then allow or deny; the callback is fetched as well."""
    browser = requests.Session()
    browser.trust_env = False
    page = browser.get(url, timeout=10)
    base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    for _ in range(2):
        found = re.search(r'action="([^"]+)".*?name="request" value="([^"]+)"', page.text, re.DOTALL)
        if not found:
            break
        word = decision.capitalize() if system == "salesforce" else decision
        page = browser.post(
            base + found[1],
            timeout=10,
            data={
                "request": found[2],
                "username": world.ready[system]["username"],
                "password": world.ready[system]["password"],
                **({"decision": word} if "decision" in page.text else {}),
            },
        )
    return page


@pytest.mark.parametrize("system", BOTH)
def test_a_person_signs_in_with_the_browser(system: str, world: World, tmp_path: Path) -> None:
    with LoopbackCallback(system) as callback:
        url, pending = oauth.start(endpoint(world, system), callback.redirect_uri)
        asked = parse_qs(urlsplit(url).query)
        assert asked["code_challenge_method"] == ["S256"] and pending.verifier not in url
        page = browse(world, system, url)
        assert "Signed in" in page.text
        tokens = oauth.finish(pending, callback.wait(5), secret=world.ready[system]["client_secret"], now=now())
    assert tokens.refresh_token and tokens.grant == "authorization_code"
    credentials = Credentials(tmp_path / "credentials", key=KEY)
    credentials.put(system, tokens)
    transport = Transport(endpoint(world, system), credentials)
    transport.request("GET", "/services/data/v68.0/limits" if system == "salesforce" else "/api/v0/tokeninfo")


@pytest.mark.parametrize("system", BOTH)
def test_denied_is_said_plainly(system: str, world: World) -> None:
    with LoopbackCallback(system) as callback:
        url, pending = oauth.start(endpoint(world, system), callback.redirect_uri)
        assert "Not connected" in browse(world, system, url, "deny").text
        with pytest.raises(AuthFailed, match="access was denied"):
            oauth.finish(pending, callback.wait(5), now=now())


def test_an_answer_to_another_question_is_refused(world: World) -> None:
    _, pending = oauth.start(endpoint(world, "salesforce"), "http://127.0.0.1:1/callback")
    for params in ({"code": "x", "state": "other"}, {"code": "x"}, {"code": "x", "state": ""}):
        with pytest.raises(AuthFailed, match="than the one started"):
            oauth.finish(pending, params, now=now())
    assert not world.requests()


def test_a_code_without_its_verifier_is_worth_nothing(world: World) -> None:
    with LoopbackCallback("salesforce") as callback:
        url, pending = oauth.start(endpoint(world, "salesforce"), callback.redirect_uri)
        browse(world, "salesforce", url)
        with pytest.raises(AuthFailed) as refused:
            oauth.finish(replace(pending, verifier="v" * 64), callback.wait(5), now=now())
    assert "v" * 64 not in str(refused.value)


def test_the_callback_takes_one_answer_and_ignores_the_rest() -> None:
    with LoopbackCallback("accelo") as callback:
        assert requests.get(callback.redirect_uri.replace("/callback", "/favicon.ico"), timeout=5).status_code == 404
        assert requests.get(callback.redirect_uri, timeout=5).status_code == 400
        threading.Timer(0.1, lambda: requests.get(callback.redirect_uri + "?code=first&state=s", timeout=5)).start()
        assert callback.wait(5) == {"code": "first", "state": "s"}
        requests.get(callback.redirect_uri + "?code=second", timeout=5)
        assert callback.wait(5)["code"] == "first"
    with LoopbackCallback("accelo") as callback, pytest.raises(AuthFailed, match="nobody finished"):
        callback.wait(0.01)


@pytest.mark.parametrize("system", BOTH)
def test_a_wrong_client_secret(system: str, world: World) -> None:
    with pytest.raises(AuthFailed, match="Check the client id and the client secret") as refused:
        oauth.client_credentials(endpoint(world, system), "wrong-canary-secret", now=now())
    assert "wrong-canary-secret" not in str(refused.value)
    assert "invalid_client" in str(refused.value)


def test_jwt_needs_a_key_and_salesforce(world: World) -> None:
    with pytest.raises(UsageError, match="no RSA private key"):
        oauth.jwt_bearer(endpoint(world, "salesforce"), "u", "-----BEGIN PRIVATE KEY-----\nno", now=now())
    with pytest.raises(UsageError, match="no sign-in with a certificate"):
        oauth.jwt_bearer(endpoint(world, "accelo"), "u", "k", now=now())


@pytest.mark.parametrize(
    ("login", "audience"),
    [
        ("https://x.my.salesforce.com", "https://login.salesforce.com"),
        ("https://x--y.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_the_audience_of_an_assertion_is_where_users_sign_in(login: str, audience: str) -> None:
    assert oauth._audience(Endpoint("salesforce", login, "id")) == audience


@pytest.mark.parametrize("url", ["http://example.com", "ftp://x", "https://", "https://a@b.example", "https://x?y=1"])
def test_addresses_that_would_send_a_token_in_clear_are_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        Endpoint("accelo", url, "id")


@pytest.mark.parametrize("token", ["", "two words", "zwölf", "a\nb"])
def test_what_is_no_token_is_not_taken(token: str) -> None:
    with pytest.raises(UsageError):
        oauth.given_token(Endpoint("accelo", "https://x.api.accelo.com", "id"), token, now=now())


def test_a_machine_signs_in_with_a_certificate(world: World, connect: Connect) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    said = world.ready["salesforce"]
    world.edit("salesforce", "ConnectedApplication", "update", said["client_id"], Certificate=public.decode())
    side = connect("salesforce")
    tokens = oauth.jwt_bearer(side.endpoint, said["username"], private, now=now())
    side.credentials.put_secret("salesforce", private, "jwt_key")
    side.credentials.put("salesforce", replace(tokens, api_version="68.0"))
    world.fault("salesforce", "token_expired", r"^(?!.*/oauth2/)")
    side.read()
    assert side.credentials.get("salesforce").access_token != tokens.access_token
    with pytest.raises(AuthFailed) as refused:
        oauth.jwt_bearer(side.endpoint, "nobody@example.com", private, now=now())
    assert "nobody" not in str(refused.value) and "eyJ" not in str(refused.value)


def test_a_user_without_the_api_is_told_what_to_ask_for(world: World, connect: Connect) -> None:
    side = connect("salesforce")
    said = world.ready["salesforce"]
    barred = next(row["Id"] for row in world.records("salesforce", "User") if "api" in row["Username"].split("@")[0])
    world.edit("salesforce", "ConnectedApplication", "update", said["client_id"], RunAsUserId=barred)
    try:
        tokens = oauth.client_credentials(side.endpoint, said["client_secret"], now=now())
        side.credentials.put("salesforce", replace(tokens, api_version="68.0"))
        with pytest.raises(NoApiAccess, match="API Enabled"):
            side.read()
    finally:
        world.edit("salesforce", "ConnectedApplication", "update", said["client_id"], RunAsUserId=said["user_id"])
