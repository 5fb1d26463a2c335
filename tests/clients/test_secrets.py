"""P12: whatever happens, no token, secret, code or record value stands in an error, a log line or a repr."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.conftest import Connection, World
from toolkit.clients import oauth
from toolkit.clients.oauth_callback import LoopbackCallback
from toolkit.clients.salesforce_wire import refusal
from toolkit.clients.verdict import masked
from toolkit.errors import ToolkitError

Connect = Callable[..., Connection]
VALUE = "canary-of-a-record@fernleigh.example +61 400 123 456"
KINDS = [
    "reset_before",
    "truncated",
    "html",
    "unauthorized",
    "too_many_429",
    "server_error_500",
    "unavailable_503",
    "limit_403",
    "refresh_rotated",
    "validation_rule",
    "duplicate_rule",
    "restricted_picklist",
    "duplicate",
    "invalid_permission",
    "record_deleted",
    "row_lock",
    "required_custom_field",
]


def _secrets(world: World, system: str) -> list[str]:
    return [world.ready[system][name] for name in ("access_token", "refresh_token", "client_secret", "password")]


@pytest.mark.parametrize("system", ["salesforce", "accelo"])
def test_p12_no_secret_and_no_value_in_any_error_or_log(
    system: str,
    world: World,
    connect: Connect,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    known = {
        kind["kind"] if isinstance(kind, dict) else kind for kind in world.control("GET", "/faults").get("kinds", KINDS)
    }
    said: list[str] = []
    sides = []
    for kind in KINDS:
        if kind not in known:
            continue
        world.reset()
        side = connect(system)
        sides.append(side)
        try:
            world.fault(system, kind, times=0)
        except AssertionError:
            continue  # a fault of the other system
        obj, field = ("Account", "Name") if system == "salesforce" else ("companies", "name")
        for call in (
            lambda s=side, o=obj, f=field: s.writer.create(o, {f: VALUE}),
            lambda s=side, o=obj, f=field: s.writer.update(
                o, "001000000000001AAA" if s.system == "salesforce" else "1", {f: VALUE}
            ),
            lambda s=side: s.read(),
            lambda s=side: oauth.renew(
                s.endpoint, s.credentials, s.credentials.get(s.system), now=datetime.now(UTC), on_exchange=s.log.append
            ),
        ):
            try:
                call()
            except ToolkitError as error:
                said += [str(error), repr(error), error.next_step, "".join(traceback.format_exception(error))]
        said += [repr(exchange) for exchange in side.log] + [repr(side.transport.__dict__), repr(side.credentials)]
    captured = capfd.readouterr()
    everything = "\n".join([*said, caplog.text, captured.out, captured.err])
    assert len(said) > 50
    for secret in [*_secrets(world, system), *(value for side in sides for value in side.credentials.values())]:
        assert secret not in everything
    assert VALUE not in everything and "canary-of-a-record" not in everything and "400 123 456" not in everything
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in _secrets(world, system):
        assert secret.encode() not in stored


def test_p12_the_callback_writes_no_code_anywhere(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import requests

    caplog.set_level(logging.DEBUG)
    with LoopbackCallback("accelo") as callback:
        page = requests.get(
            callback.redirect_uri, params={"code": "canary-code", "state": "canary-state"}, timeout=5
        ).text
    captured = capfd.readouterr()
    assert "canary" not in page + captured.out + captured.err + caplog.text


def test_a_page_shows_no_text_of_the_browser_as_markup() -> None:
    import requests

    with LoopbackCallback("accelo") as callback:
        page = requests.get(
            callback.redirect_uri, params={"error": "<script>alert(1)</script>", "state": "s"}, timeout=5
        ).text
    assert "<script" not in page


@given(st.text(min_size=2, max_size=60).filter(lambda text: len(text.split()) > 0 and len(" ".join(text.split())) > 1))
def test_a_value_that_was_sent_is_masked_wherever_it_comes_back(value: str) -> None:
    plain = " ".join(value.split())
    if set(plain) & set("…"):
        return
    message = masked(f"The value {value} is bad", {"Name": value})
    assert plain.lower() not in message.removeprefix("The value ").removesuffix(" is bad").lower() or plain.lower() in (
        "the value  is bad".lower()
    )


@pytest.mark.parametrize(
    "code",
    [
        "STRING_TOO_LONG",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "SOMETHING_NEW",
        "INVALID_EMAIL_ADDRESS",
        "JSON_PARSER_ERROR",
        "DUPLICATE_VALUE",
    ],
)
def test_salesforce_messages_are_rewritten_not_repeated(code: str) -> None:
    """Real ones carry the value: "Account Name: data value too large: <value> (max length=255)"."""
    error = refusal(
        {
            "errorCode": code,
            "message": f"Account Name: data value too large: {VALUE} (max length=255)",
            "fields": ["Name"],
        }
    )
    assert "canary" not in str(error) and "Name" in str(error)
