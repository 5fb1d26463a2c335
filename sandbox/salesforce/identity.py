"""Who the user is: the identity URL, userinfo, id tokens and OpenID discovery.

Sources: the stored discovery document of login.salesforce.com, and the fields that official clients read.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.salesforce import ids

if TYPE_CHECKING:
    from sandbox.salesforce.clients import Client
    from sandbox.salesforce.org import SalesforceOrg

_KEYS: dict[str, rsa.RSAPrivateKey] = {}
KEY_ID = "246"


def _key() -> rsa.RSAPrivateKey:
    """One signing key a process."""
    if "" not in _KEYS:
        _KEYS[""] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return _KEYS[""]


def person(org: SalesforceOrg, user_id: str, base: str) -> dict[str, Any]:
    """What userinfo and the identity URL have in common."""
    user = org.records.row(org.base_schema.object("User"), user_id) or {}
    rest = f"{base}/services/data/v{{version}}"
    urls = {
        "enterprise": f"{base}/services/Soap/c/{{version}}/{ids.to15(org.org_id)}",
        "metadata": f"{base}/services/Soap/m/{{version}}/{ids.to15(org.org_id)}",
        "partner": f"{base}/services/Soap/u/{{version}}/{ids.to15(org.org_id)}",
        "rest": f"{rest}/",
        "sobjects": f"{rest}/sobjects/",
        "search": f"{rest}/search/",
        "query": f"{rest}/query/",
        "recent": f"{rest}/recent/",
        "tooling_soap": f"{base}/services/Soap/T/{{version}}/{ids.to15(org.org_id)}",
        "tooling_rest": f"{rest}/tooling/",
        "profile": f"{base}/{user_id}",
        "feeds": f"{rest}/chatter/feeds",
        "groups": f"{rest}/chatter/groups",
        "users": f"{rest}/chatter/users",
        "feed_items": f"{rest}/chatter/feed-items",
        "feed_elements": f"{rest}/chatter/feed-elements",
        "custom_domain": base,
    }
    return {"user": user, "urls": urls}


def userinfo(org: SalesforceOrg, user_id: str, base: str) -> dict[str, Any]:
    found = person(org, user_id, base)
    user = found["user"]
    return {
        "sub": f"{base}/id/{org.org_id}/{user_id}",
        "user_id": user_id,
        "organization_id": org.org_id,
        "preferred_username": user.get("Username"),
        "nickname": user.get("CommunityNickname") or user.get("Alias") or "",
        "name": user.get("Name"),
        "email": user.get("Email"),
        "email_verified": True,
        "given_name": user.get("FirstName") or "",
        "family_name": user.get("LastName"),
        "zoneinfo": user.get("TimeZoneSidKey"),
        "photos": {"picture": f"{base}/profilephoto/005/F", "thumbnail": f"{base}/profilephoto/005/T"},
        "profile": f"{base}/{user_id}",
        "picture": f"{base}/profilephoto/005/F",
        "address": {},
        "urls": found["urls"],
        "active": bool(user.get("IsActive")),
        "user_type": "STANDARD",
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "utcOffset": -28800000,
        "updated_at": user.get("LastModifiedDate"),
        "is_app_installed": True,
    }


def id_token(org: SalesforceOrg, user_id: str, client: Client, base: str, nonce: str | None) -> str:
    """A signed id token, whose key is at /id/keys."""
    now = int(org.unix())
    claims = {
        "iss": base,
        "sub": f"{base}/id/{org.org_id}/{user_id}",
        "aud": client.client_id,
        "iat": now,
        "exp": now + 120,
        "at_hash": secrets.token_urlsafe(16),
    }
    if nonce:
        claims["nonce"] = nonce
    return jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": KEY_ID})


class Identity:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org

    def routes(self) -> list[Route]:
        return [
            Route("/services/oauth2/userinfo", self.userinfo, methods=["GET", "POST"]),
            Route("/id/keys", self.keys, methods=["GET"]),
            Route("/id/{org_id}/{user_id}", self.identity, methods=["GET", "POST"]),
            Route("/.well-known/openid-configuration", self.discovery, methods=["GET"]),
        ]

    def _user(self, request: Request) -> str | None:
        token = token_of(request)
        held = self.org.tokens.access.get(token)
        return None if held is None or token in self.org.core.faults.dead_tokens else held.user_id

    async def userinfo(self, request: Request) -> Response:
        user_id = self._user(request)
        if user_id is None:
            return PlainTextResponse("Bad_OAuth_Token", 403)
        return JSONResponse(userinfo(self.org, user_id, _base(request)))

    async def identity(self, request: Request) -> Response:
        user_id, params = self._user(request), request.path_params
        if user_id is None:
            return PlainTextResponse("Bad_OAuth_Token", 403)
        if ids.to18(params["org_id"]) != self.org.org_id:
            return PlainTextResponse("Wrong_Org", 403)
        if ids.to18(params["user_id"]) != user_id:
            return PlainTextResponse("Wrong_User", 403)
        info = userinfo(self.org, user_id, _base(request))
        return JSONResponse(
            {
                "id": info["sub"],
                "asserted_user": True,
                "user_id": user_id,
                "organization_id": self.org.org_id,
                "username": info["preferred_username"],
                "nick_name": info["nickname"],
                "display_name": info["name"],
                "email": info["email"],
                "email_verified": True,
                "first_name": info["given_name"],
                "last_name": info["family_name"],
                "timezone": info["zoneinfo"],
                "photos": info["photos"],
                "addr_street": None,
                "addr_city": None,
                "addr_state": None,
                "addr_country": None,
                "addr_zip": None,
                "mobile_phone": None,
                "mobile_phone_verified": False,
                "is_lightning_login_user": False,
                "status": {"created_date": None, "body": None},
                "urls": info["urls"],
                "active": info["active"],
                "user_type": "STANDARD",
                "language": info["language"],
                "locale": info["locale"],
                "utcOffset": info["utcOffset"],
                "last_modified_date": info["updated_at"],
                "is_app_installed": True,
            }
        )

    async def keys(self, request: Request) -> Response:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
        return JSONResponse({"keys": [{**jwk, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]})

    async def discovery(self, request: Request) -> Response:
        base = _base(request)
        oauth = f"{base}/services/oauth2"
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{oauth}/authorize",
                "token_endpoint": f"{oauth}/token",
                "revocation_endpoint": f"{oauth}/revoke",
                "userinfo_endpoint": f"{oauth}/userinfo",
                "jwks_uri": f"{base}/id/keys",
                "introspection_endpoint": f"{oauth}/introspect",
                "scopes_supported": ["api", "id", "profile", "email", "openid", "refresh_token", "web", "full"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "display_values_supported": ["page", "popup", "touch"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                    "private_key_jwt",
                ],
                "code_challenge_methods_supported": ["S256"],
                "claims_supported": ["active", "email", "email_verified", "family_name", "given_name", "name", "sub"],
            }
        )


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def token_of(request: Request) -> str:
    """The access token of a header, or of the parameters that the identity services also take."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "oauth"):
        return token.strip()
    return request.query_params.get("oauth_token") or request.query_params.get("access_token") or ""
