"""Renewal with rotation, once and by one process; revocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clients.conftest import KEY, Connection, World
from toolkit.clients import oauth
from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Endpoint, Tokens
from toolkit.clients.transport import Transport
from toolkit.errors import AuthFailed, NotConnected, Unavailable

Connect = Callable[..., Connection]
BOTH = ("salesforce", "accelo")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("system", BOTH)
def test_client_credentials_are_minted_again_when_they_end(system: str, world: World, connect: Connect) -> None:
    side = connect(system)
    secret = world.ready[system]["client_secret"]
    tokens = oauth.client_credentials(side.endpoint, secret, now=now())
    assert tokens.refresh_token is None
    side.credentials.put(system, replace(tokens, api_version="68.0"))
    world.fault(system, "token_expired", r"^(?!.*/oauth2/)")
    side.read()
    assert side.credentials.get(system).access_token != tokens.access_token


def test_a_token_that_is_known_to_end_is_renewed_before(world: World, connect: Connect) -> None:
    side = connect("accelo")
    side.credentials.put("accelo", replace(side.credentials.get("accelo"), expires_at=now().timestamp() + 30))
    side.read()
    assert [line["path"].endswith("token") for line in world.requests()] == [True, False]


@pytest.mark.parametrize("rotation", ["off", "on"])
@pytest.mark.parametrize("system", BOTH)
def test_p9_a_rotated_refresh_token_is_kept_before_it_is_used(
    system: str, rotation: str, world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order on disk and on the wire: answer of the token endpoint, file, then the request with the new token."""
    side = connect(system)
    world.switch(**{f"{system}_refresh_rotation": rotation})
    order: list[str] = []
    put = side.credentials.put
    monkeypatch.setattr(side.credentials, "put", lambda name, tokens: (order.append("kept"), put(name, tokens)))
    send = side.transport._line.send
    monkeypatch.setattr(side.transport._line, "send", lambda *a, **k: (order.append("sent"), send(*a, **k))[1])
    for _ in range(3):
        order.clear()
        world.fault(system, "token_expired", r"^(?!.*/oauth2/)")
        side.read()
        assert order == ["sent", "kept", "sent"]
    if rotation == "on":
        assert side.credentials.get(system).refresh_token != world.ready[system]["refresh_token"]


def test_two_processes_renew_once(world: World, connect: Connect) -> None:
    """With rotation a second renewal with the old token would revoke everything: the second one takes the first's."""
    world.switch(salesforce_refresh_rotation="on")
    one, two = connect("salesforce"), connect("salesforce")
    one.read()
    two.read()
    world.fault("salesforce", "token_expired", r"^(?!.*/oauth2/)")
    one.read()
    two.read()
    assert sum(line["path"].endswith("/token") for line in world.requests()) == 1


def test_a_dead_refresh_token_asks_for_a_person(world: World, connect: Connect) -> None:
    side = connect("salesforce")
    world.fault("salesforce", "token_expired", r"^(?!.*/oauth2/)")
    world.fault("salesforce", "refresh_rotated")
    with pytest.raises(AuthFailed, match=r"invalid_grant.*Connect again: toolkit connect salesforce"):
        side.read()


@pytest.mark.parametrize("kind", ["reset_before", "reset_after_commit", "truncated", "html", "server_error_500"])
def test_a_renewal_without_an_answer_is_not_repeated(kind: str, world: World, connect: Connect) -> None:
    side = connect("salesforce")
    world.fault("salesforce", "token_expired", r"^(?!.*/oauth2/)")
    world.fault("salesforce", kind, "/oauth2/token")
    with pytest.raises(Unavailable):
        side.read()
    assert sum(line["path"].endswith("/token") for line in world.requests()) == 1
    side.read()


@pytest.mark.parametrize("system", BOTH)
def test_disconnecting_revokes_and_forgets(system: str, world: World, connect: Connect) -> None:
    side = connect(system)
    tokens = oauth.client_credentials(side.endpoint, world.ready[system]["client_secret"], now=now())
    side.credentials.put(system, replace(tokens, api_version="68.0"))
    side.read()
    assert oauth.revoke(side.endpoint, side.credentials, now=now())
    with pytest.raises(AuthFailed):  # the transport still holds the token in memory; it is dead
        side.credentials.put(system, replace(tokens, grant="token"))
        side.read()
    side.credentials.forget(system)
    with pytest.raises(NotConnected, match=f"toolkit connect {system}"):
        Transport(side.endpoint, side.credentials).tokens


def test_disconnecting_without_the_network_still_forgets(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "credentials", key=KEY)
    credentials.put("accelo", Tokens("a", refresh_token="r"))
    assert not oauth.revoke(Endpoint("accelo", "http://127.0.0.1:9", "id"), credentials, now=now())
    assert credentials.get("accelo") is None
