"""Credentials at rest: encrypted, for the owner alone, changed whole, opened by the right key only."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from toolkit.clients.credentials import VARIABLE, Credentials
from toolkit.clients.endpoint import Tokens
from toolkit.errors import SettingsError, WorkspaceError

CANARY = "canary-0f6e-refresh"


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory; ``broken`` makes it one that is not there."""

    priority = 1  # type: ignore[assignment]  # the base class has a property here

    def __init__(self, broken: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def _check(self) -> None:
        if self.broken:
            raise keyring.errors.NoKeyringError("none")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    monkeypatch.delenv(VARIABLE, raising=False)
    made = Ring()
    before = keyring.get_keyring()
    keyring.set_keyring(made)
    monkeypatch.setattr("keyring.core._keyring_backend", made)
    yield made
    keyring.set_keyring(before)


def test_what_was_put_is_there_again_and_nowhere_in_clear(tmp_path: Path) -> None:
    kept = Credentials(tmp_path / "credentials", key="k")
    tokens = Tokens("access-" + CANARY, refresh_token=CANARY, scope="api", expires_at=5.0, grant="client_credentials")
    kept.put("salesforce", tokens)
    kept.put_secret("salesforce", "secret-" + CANARY)
    again = Credentials(tmp_path / "credentials", key="k")
    assert again.get("salesforce") == tokens and again.secret("salesforce") == "secret-" + CANARY
    assert again.get("accelo") is None and again.secret("accelo") is None
    assert CANARY.encode() not in (tmp_path / "credentials").read_bytes()
    assert stat.S_IMODE((tmp_path / "credentials").stat().st_mode) == 0o600
    assert CANARY not in repr(tokens) + repr(kept)
    assert set(again.values()) == {"access-" + CANARY, CANARY, "secret-" + CANARY}


def test_another_key_does_not_open_it_and_says_what_to_do(tmp_path: Path) -> None:
    Credentials(tmp_path / "credentials", key="one").put_secret("accelo", CANARY)
    with pytest.raises(WorkspaceError, match="TOOLKIT_KEY") as refused:
        Credentials(tmp_path / "credentials", key="two").secret("accelo")
    assert CANARY not in str(refused.value)


def test_the_key_of_a_new_file_is_in_the_keyring(tmp_path: Path, ring: Ring) -> None:
    Credentials(tmp_path / "credentials").put_secret("accelo", CANARY)
    assert len(ring.kept) == 1
    assert Credentials(tmp_path / "credentials").secret("accelo") == CANARY
    ring.kept.clear()
    with pytest.raises(SettingsError, match="keyring"):
        Credentials(tmp_path / "credentials").secret("accelo")


def test_without_keyring_and_variable_it_says_so(tmp_path: Path, ring: Ring) -> None:
    ring.broken = True
    with pytest.raises(SettingsError, match="Set TOOLKIT_KEY"):
        Credentials(tmp_path / "credentials").put_secret("accelo", CANARY)
    assert not (tmp_path / "credentials").exists()


def test_a_sandbox_workspace_may_keep_its_key_in_a_file(tmp_path: Path, ring: Ring) -> None:
    ring.broken = True
    Credentials(tmp_path / "credentials", allow_key_file=True).put_secret("accelo", CANARY)
    assert Credentials(tmp_path / "credentials").secret("accelo") == CANARY
    assert stat.S_IMODE((tmp_path / "credentials.key").stat().st_mode) == 0o600


def test_the_variable_opens_what_it_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "any text will do")
    Credentials(tmp_path / "credentials").put_secret("accelo", CANARY)
    assert Credentials(tmp_path / "credentials").secret("accelo") == CANARY
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SettingsError, match="TOOLKIT_KEY is not set"):
        Credentials(tmp_path / "credentials").secret("accelo")


def test_forgetting_a_system_leaves_the_other(tmp_path: Path) -> None:
    kept = Credentials(tmp_path / "credentials", key="k")
    for system in ("salesforce", "accelo"):
        kept.put_secret(system, system)
        kept.put(system, Tokens("a"))
    kept.forget("salesforce")
    assert kept.get("salesforce") is None and kept.secret("salesforce") is None and kept.secret("accelo") == "accelo"
    kept.forget_tokens("accelo")
    assert kept.get("accelo") is None and kept.secret("accelo") == "accelo"


@pytest.mark.parametrize("content", ["", "[]", "not json", '{"version": 1}'])
def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "credentials").write_text(content)
    with pytest.raises(WorkspaceError, match="cannot be read"):
        Credentials(tmp_path / "credentials", key="k").get("accelo")


def _put(path: str, name: str) -> None:
    for number in range(5):
        Credentials(Path(path), key="k").put_secret(name, str(number))


def test_several_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    Credentials(path, key="k").put_secret("first", "0")
    others = [
        multiprocessing.get_context("spawn").Process(target=_put, args=(str(path), f"system{n}")) for n in range(3)
    ]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    kept = Credentials(path, key="k")
    assert [kept.secret(f"system{n}") for n in range(3)] == ["4"] * 3 and kept.secret("first") == "0"
