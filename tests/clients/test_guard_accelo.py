"""What may be sent to Accelo: reads, a short list of writes, no delete, no override."""

from __future__ import annotations

import pytest

from toolkit.clients.guard import ACCELO_WRITES, check
from toolkit.errors import ReadOnlyRefused

DEPLOYMENT = "https://fernleigh.api.accelo.com"


def accelo(method: str, path: str, body: object = None, kind: str = "application/x-www-form-urlencoded") -> None:
    headers = {"Content-Type": kind} if body else {}
    check("accelo", method, f"{DEPLOYMENT}/api/v0{path}", headers, body, base_url=DEPLOYMENT, read_only=False)


def test_what_accelo_may_be_sent() -> None:
    for method, path, body in (
        ("GET", "/companies?_filters=id(1)", None),
        ("POST", "/companies", "name=x&profile.12=y"),
        ("PUT", "/companies/12", "phone=1"),
        ("POST", "/companies/12/addresses", "title=Billing"),
        ("POST", "/contacts/12/profiles/fields/4", "value=x"),
        ("PUT", "/contacts/12/profiles/values/9", "value=x"),
        ("POST", "/companies/12/progressions/3/auto", None),
    ):
        accelo(method, path, body)
    accelo("POST", "/contacts", '{"_method": "get", "_filters": {"email": ["a@b.example"]}}', "application/json")


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("DELETE", "/companies/12", None, ""),
        ("GET", "/companies/12?_method=delete", None, ""),
        ("POST", "/companies/12?_method=delete", "x=1", "application/x-www-form-urlencoded"),
        ("POST", "/companies/12", "_method=delete", "application/x-www-form-urlencoded"),
        ("POST", "/companies", "name=x&_METHOD=delete", "application/x-www-form-urlencoded"),
        ("POST", "/companies/12", '{"_method": "delete"}', "application/json"),
        ("POST", "/companies", '{"_method": "get", "_method": "delete"}', "application/json"),
        ("POST", "/companies", '{"_method": "GET "}', "application/json"),
        ("POST", "/companies", "{}", "text/xml"),
        ("GET", "/companies", '{"_method": "delete"}', "application/json"),
        ("PUT", "/staff/1", "title=x", "text/plain"),
        ("POST", "/webhooks/subscriptions/5f/trigger", "object_id=1", "application/x-www-form-urlencoded"),
        ("POST", "/companies/../staff", "x=1", "application/x-www-form-urlencoded"),
    ],
)
def test_accelo_is_never_asked_to_delete_and_never_by_an_override(method: str, path: str, body: str, kind: str) -> None:
    with pytest.raises(ReadOnlyRefused):
        accelo(method, path, body, kind)


def test_no_write_on_the_list_for_accelo_is_a_delete() -> None:
    assert {method for method, _ in ACCELO_WRITES} == {"POST", "PUT"}
