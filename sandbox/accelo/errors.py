"""The deployment's refusals, with the texts of the documentation where it gives them.

    AcceloError          an answer in the envelope, from a status of the documented list
        OAuthError       the flat RFC 6749 body that /oauth2 answers with
    EditError            a person's edit that the product's own screens would not take

Source: Accelo API docs, _status_codes and _introduction.
"""

from __future__ import annotations

MORE_INFO = "https://affinitylive.jira.com/wiki/display/APIS/Status+Codes#"
OK_MESSAGE = "Everything executed as expected."
CREATED_MESSAGE = "A resource was successfully created."
MISSING = (
    "The request could not be interpreted. This can be caused by missing or invalid data."
    " Please ensure that the resource you are requesting actually exists."
)
LOCKED = (
    "User is locked out by their IP due to too many failed authentication attempts."
    " Please use the 'Retry-After' header for accessing the locked delay in seconds."
)
HTTP = {
    "ok": 200,
    "ok_created": 201,
    "invalid_client": 401,
    "unauthorized_client": 401,
    "invalid_grant": 400,
    "unsupported_grant_type": 400,
    "invalid_scope": 400,
    "invalid_request": 400,
    "duplicate": 400,
    "invalid_permission": 403,
    "too_many_requests": 429,
    "too_many_failed_logins": 429,
    "server_error": 500,
}


class AcceloError(Exception):
    """A documented status with a message; `http` may differ from the documented code by a switch."""

    def __init__(
        self, status: str, message: str = MISSING, http: int | None = None, headers: dict[str, str] | None = None
    ):
        super().__init__(message)
        self.status = status
        self.message = message
        self.http = http or HTTP[status]
        self.headers = headers or {}


class OAuthError(AcceloError):
    """An error of the token and authorize endpoints."""


class EditError(Exception):
    """What a person asked for in the product's screens cannot be done; the text says why."""


def invalid(message: str = MISSING) -> AcceloError:
    """400 invalid_request; without a text, the documented one for an object that does not exist."""
    return AcceloError("invalid_request", message)


def no_token(detail: str = "B: No token found") -> AcceloError:
    """401 for an absent, unknown or expired access token."""
    return AcceloError("invalid_client", f"Could not authorize your access ({detail})")
