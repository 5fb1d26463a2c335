"""Sign-in through an identity provider: what is set up, and what Streamlit's ``st.login`` needs of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

SYSTEM, COOKIES = "identity", "cookie_secret"
CALLBACK = "/oauth2callback"


def for_login(workspace: Workspace) -> dict[str, Any]:
    """The ``auth`` section of Streamlit's secrets; {} where something is missing. Raises CredentialsUnreadable.

    The key that signs the cookies is made once and kept encrypted, so a restart of the app signs nobody out.
    """
    said, secret = workspace.settings.identity, workspace.credentials.secret(SYSTEM)
    if not (said.metadata_url and said.client_id and said.address and secret):
        return {}
    if (key := workspace.credentials.secret(SYSTEM, COOKIES)) is None:
        key = secrets.token_urlsafe(48)
        workspace.credentials.put_secret(SYSTEM, key, COOKIES)
    return {
        "redirect_uri": said.address.rstrip("/") + CALLBACK,
        "cookie_secret": key,
        "client_id": said.client_id,
        "client_secret": secret,
        "server_metadata_url": said.metadata_url,
    }


def keep_secret(workspace: Workspace, secret: str) -> None:
    """The client secret; blank leaves the one that is kept."""
    if secret.strip():
        workspace.credentials.put_secret(SYSTEM, secret.strip())
