"""Who comes from an identity provider (OpenID Connect): which providers are offered, and whom they vouch for.

``st.login`` of Streamlit does the dance and checks the ID token; what it found stays in a signed HttpOnly cookie. Pages
read it through ``st.user``; the routes of the server, which Streamlit does not serve, read the same cookie here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from streamlit import auth_util
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from toolkit.errors import UsageError

DEFAULT = "default"
"""Streamlit's name of the provider whose keys stand in the section ``auth`` itself."""


@dataclass(frozen=True)
class Visitor:
    """Somebody for whom a provider vouches. ``key`` is this one sign-in;
    ``refused`` says why the address does not count."""

    address: str
    key: str
    refused: str = ""


def offered(name: str = "") -> dict[str, str]:
    """Provider -> what people call it. ``name`` is the workspace's own word for the default one."""
    section = auth_util.get_secrets_auth_section()
    found = {}
    if "server_metadata_url" in section:
        found[DEFAULT] = name or urlsplit(str(section["server_metadata_url"])).hostname or DEFAULT
    found |= {
        key: key.capitalize() for key, value in section.items() if isinstance(value, Mapping) and "client_id" in value
    }
    return found


def way_in(provider: str) -> str:
    """The address on this server that leads to the provider; good for two minutes.
    Raises UsageError where it does not answer."""
    section = auth_util.get_secrets_auth_section()
    url = str((section if provider == DEFAULT else section[provider])["server_metadata_url"])
    try:
        requests.get(url, timeout=5).raise_for_status()
    except requests.RequestException:
        raise UsageError(
            "The identity provider does not answer.", next_step="Try again, or sign in with a password."
        ) from None
    return generate_login_redirect_url(provider)


def claims(cookies: Mapping[str, str]) -> dict[str, Any]:
    """What the provider said of this browser's person, from Streamlit's cookie; {} without one,
    or where it was forged."""
    secret = get_cookie_secret()

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(secret, name, value.encode("latin-1", "replace")) if value else None

    found = auth_util.get_cookie_with_chunks(one, USER_COOKIE_NAME)
    said = json.loads(found) if found else {}
    return said if said.get("origin") == auth_util.get_origin_from_redirect_uri() else {}


def visitor(said: Mapping[str, Any], lasts: float, *, trust_unverified: bool = False) -> Visitor | None:
    """Who that is; None for nobody, and for a sign-in that is older than ``lasts`` seconds."""
    signed_in = said.get("iat")
    if not said.get("is_logged_in") or not isinstance(signed_in, (int, float)) or time.time() - signed_in > lasts:
        return None
    address, verified = str(said.get("email") or ""), said.get("email_verified")
    key = f"{said.get('iss')} {said.get('sub')} {signed_in}"
    if not address:
        return Visitor("", key, "it told no e-mail address")
    if verified is not True and not (verified is None and trust_unverified):
        return Visitor(address, key, "it does not vouch for that address")
    return Visitor(address, key)
