"""OAuth of the Salesforce org from outside: the pages a person clicks through, every grant, and every error body."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sandbox.conftest import Running

BACK = "http://127.0.0.1:1717/OauthRedirect"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def org(empty_sandbox: Running) -> Running:
    return empty_sandbox


def token(org: Running, **form: str) -> requests.Response:
    """A call of the token endpoint."""
    return requests.post(f"{org.salesforce['url']}/services/oauth2/token", data=form, timeout=10)


def refused(answer: requests.Response, error: str, description: str) -> None:
    assert answer.status_code == 400, answer.text
    assert answer.json() == {"error": error, "error_description": description}


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def log_in(org: Running, decision: str = "Allow", username: str | None = None, **params: str) -> dict[str, str]:
    """Through the pages as a person; the parameters of the way back."""
    base, session = org.salesforce["url"], requests.Session()
    asked = {
        "response_type": "code",
        "client_id": org.salesforce["client_id"],
        "redirect_uri": BACK,
        "scope": "api refresh_token",
        "state": "s t&a=te",
        **params,
    }
    page = session.get(f"{base}/services/oauth2/authorize", params=asked, timeout=10)
    assert page.status_code == 200 and "Log In" in page.text
    form = {
        "request": field(page.text, "request"),
        "username": username or org.salesforce["username"],
        "password": org.salesforce["password"],
    }
    wrong = session.post(f"{base}/services/oauth2/login", data={**form, "password": "wrong"}, timeout=10)
    assert "check your username and password" in wrong.text
    page = session.post(f"{base}/services/oauth2/login", data=form, timeout=10)
    assert ">Allow<" in page.text and ">Deny<" in page.text
    chosen = {"request": field(page.text, "request"), "decision": decision}
    back = session.post(f"{base}/services/oauth2/approve", data=chosen, timeout=10, allow_redirects=False)
    assert back.status_code == 302 and back.headers["Location"].startswith(BACK)
    found = {k: v[0] for k, v in parse_qs(urlsplit(back.headers["Location"]).query).items()}
    assert found.pop("state") == "s t&a=te"
    return found


def grant(org: Running, code: str, **more: str) -> requests.Response:
    form = {"client_id": org.salesforce["client_id"], "redirect_uri": BACK, "code": code, **more}
    return token(org, grant_type="authorization_code", **form)


def works(org: Running, access: str) -> bool:
    answer = org.sf("GET", "/limits", headers={"Authorization": f"Bearer {access}"})
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def test_the_web_server_flow_with_pkce_gives_working_tokens(org: Running) -> None:
    code = log_in(org, code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    answer = grant(org, code, code_verifier=VERIFIER, client_secret=org.salesforce["client_secret"])
    body = answer.json()
    assert answer.status_code == 200
    assert body["scope"] == "api refresh_token"
    assert body["instance_url"] == org.salesforce["url"]
    assert body["id"] == f"{org.salesforce['url']}/id/{org.salesforce['org_id']}/{org.salesforce['user_id']}"
    assert re.fullmatch(r"00D\w{12}![\w.]+", body["access_token"])
    assert body["issued_at"].isdigit() and "expires_in" not in body
    assert works(org, body["access_token"])
    refused(grant(org, code, code_verifier=VERIFIER), "invalid_grant", "expired authorization code")


def test_pkce_mismatch_and_absence_have_their_own_errors(org: Running) -> None:
    code = log_in(org, code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    refused(grant(org, code, code_verifier="wrong"), "invalid_request", "invalid code verifier")
    code = log_in(org, code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    refused(grant(org, code), "invalid_grant", "code verifier is required")


def test_denying_goes_back_with_access_denied(org: Running) -> None:
    assert log_in(org, "Deny") == {"error": "access_denied", "error_description": "end-user denied authorization"}


def test_without_the_refresh_scope_there_is_no_refresh_token(org: Running) -> None:
    assert "refresh_token" not in grant(org, log_in(org, scope="api")["code"]).json()
    assert "id_token" in grant(org, log_in(org, scope="api openid")["code"]).json()


def test_only_loopback_addresses_are_registered(org: Running) -> None:
    url = f"{org.salesforce['url']}/services/oauth2/authorize"
    good = {"response_type": "code", "client_id": org.salesforce["client_id"], "redirect_uri": BACK}
    for wrong in ({"redirect_uri": "https://evil.example/cb"}, {"client_id": "nobody"}):
        answer = requests.get(url, params={**good, **wrong}, timeout=10, allow_redirects=False)
        assert answer.status_code == 400 and "OAuth error" in answer.text
    for port in ("http://localhost:9/x", "http://127.0.0.1:12345/cb", "http://[::1]:8/"):
        assert requests.get(url, params={**good, "redirect_uri": port}, timeout=10).status_code == 200
    answer = requests.get(url, params={**good, "response_type": "token"}, timeout=10, allow_redirects=False)
    assert "unsupported_response_type" in answer.headers["Location"]


def test_refreshing_gives_no_refresh_token_unless_rotation_is_on(org: Running) -> None:
    client = {"client_id": org.salesforce["client_id"], "client_secret": org.salesforce["client_secret"]}
    body = token(org, grant_type="refresh_token", refresh_token=org.salesforce["refresh_token"], **client).json()
    assert "refresh_token" not in body and works(org, body["access_token"])


def test_a_rotated_token_used_again_kills_everything(org: Running) -> None:
    org.switch(salesforce_refresh_rotation="on")
    client = {"client_id": org.salesforce["client_id"]}
    first = grant(org, log_in(org)["code"]).json()
    second = token(org, grant_type="refresh_token", refresh_token=first["refresh_token"], **client).json()
    assert second["refresh_token"] != first["refresh_token"] and works(org, second["access_token"])
    again = token(org, grant_type="refresh_token", refresh_token=first["refresh_token"], **client)
    refused(again, "invalid_grant", "expired access/refresh token")
    assert not works(org, second["access_token"]) and not works(org, first["access_token"])
    last = token(org, grant_type="refresh_token", refresh_token=second["refresh_token"], **client)
    refused(last, "invalid_grant", "expired access/refresh token")


def test_a_sixth_grant_revokes_the_oldest(org: Running) -> None:
    grants = [grant(org, log_in(org, username="alex.admin@sandbox.example")["code"]).json() for _ in range(6)]
    assert [works(org, g["access_token"]) for g in grants] == [False, True, True, True, True, True]


def assertion(org: Running, key: rsa.RSAPrivateKey, **claims: Any) -> str:
    body = {
        "iss": org.salesforce["client_id"],
        "sub": org.salesforce["username"],
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 120,
        **claims,
    }
    return jwt.encode(body, key, algorithm="RS256")


def test_jwt_bearer_needs_a_certificate_and_an_approved_user(org: Running) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    org.edit("salesforce", "ConnectedApplication", "update", org.salesforce["client_id"], Certificate=pem)
    good = token(org, grant_type=JWT_GRANT, assertion=assertion(org, key)).json()
    assert works(org, good["access_token"]) and "refresh_token" not in good
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    cases = [
        (assertion(org, other), "invalid_grant", "invalid assertion"),
        (assertion(org, key, aud="https://elsewhere.example"), "invalid_grant", "audience is invalid"),
        (assertion(org, key, exp=int(time.time()) - 9), "invalid_grant", "token validity expired"),
        (assertion(org, key, iss="nobody"), "invalid_client_id", "client identifier invalid"),
        (assertion(org, key, sub="nora.noapi@sandbox.example"), "invalid_grant", "user hasn't approved this consumer"),
    ]
    for text, error, description in cases:
        refused(token(org, grant_type=JWT_GRANT, assertion=text), error, description)


def test_client_credentials_run_as_the_chosen_user(org: Running) -> None:
    client = {"client_id": org.salesforce["client_id"], "client_secret": org.salesforce["client_secret"]}
    body = token(org, grant_type="client_credentials", **client).json()
    assert works(org, body["access_token"]) and "refresh_token" not in body
    assert body["api_instance_url"] == org.salesforce["url"], "no address leads off this machine"
    wrong = token(org, grant_type="client_credentials", **{**client, "client_secret": "no"})
    refused(wrong, "invalid_client", "invalid client credentials")
    org.edit("salesforce", "ConnectedApplication", "update", RunAsUserId=None)
    try:
        answer = token(org, grant_type="client_credentials", **client)
        refused(answer, "invalid_grant", "no client credentials user enabled")
    finally:
        org.edit("salesforce", "ConnectedApplication", "update", RunAsUserId=org.salesforce["user_id"])


def test_the_password_flow_is_refused(org: Running) -> None:
    answer = token(org, grant_type="password", username=org.salesforce["username"], password=org.salesforce["password"])
    refused(answer, "unsupported_grant_type", "grant type not supported")


def test_revoking_a_refresh_token_kills_its_access_tokens(org: Running) -> None:
    body = grant(org, log_in(org, username="alex.admin@sandbox.example")["code"]).json()
    url = f"{org.salesforce['url']}/services/oauth2/revoke"
    answer = requests.post(url, data={"token": body["refresh_token"]}, timeout=10)
    assert (answer.status_code, answer.text) == (200, "")
    assert not works(org, body["access_token"])
    refused(requests.post(url, data={"token": "unknown"}, timeout=10), "invalid_token", "invalid token")


def test_introspection_userinfo_identity_and_discovery(org: Running) -> None:
    base, access = org.salesforce["url"], org.salesforce["access_token"]
    client = {"client_id": org.salesforce["client_id"], "client_secret": org.salesforce["client_secret"]}
    seen = requests.post(f"{base}/services/oauth2/introspect", data={"token": access, **client}, timeout=10).json()
    assert seen["active"] and seen["username"] == org.salesforce["username"]
    unknown = requests.post(f"{base}/services/oauth2/introspect", data={"token": "x", **client}, timeout=10)
    assert unknown.json() == {"active": False}
    info = org.sf("GET", "/services/oauth2/userinfo").json()
    wanted = (
        "sub user_id organization_id preferred_username nickname name email email_verified given_name family_name "
        "zoneinfo photos profile picture address urls active user_type language locale utcOffset updated_at"
    )
    assert set(wanted.split()) <= info.keys() and set(info["photos"]) == {"picture", "thumbnail"}
    identity = requests.get(info["sub"], headers={"Authorization": f"Bearer {access}"}, timeout=10).json()
    assert identity["username"] == org.salesforce["username"]
    bad = requests.get(info["sub"], headers={"Authorization": "Bearer bad"}, timeout=10)
    assert (bad.status_code, bad.text) == (403, "Bad_OAuth_Token")
    found = requests.get(f"{base}/.well-known/openid-configuration", timeout=10).json()
    assert found["token_endpoint"] == f"{base}/services/oauth2/token"


def test_a_user_without_the_api_permission_can_log_in_but_not_call(org: Running) -> None:
    body = grant(org, log_in(org, username="nora.noapi@sandbox.example")["code"]).json()
    answer = org.sf("GET", "/limits", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "API_DISABLED_FOR_ORG")


def test_the_ready_tokens_outlive_a_reset(org: Running) -> None:
    org.reset()
    assert works(org, org.salesforce["access_token"])
