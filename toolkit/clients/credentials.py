"""Tokens and secrets at rest: one encrypted file in the workspace, mode 0600, changed whole and under a lock.

The key is not in the file. It comes from TOOLKIT_KEY or the operating system's keyring; a workspace that is connected
to a sandbox on this machine, and to nothing else, may keep it in a file beside (``credentials.key``).
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from filelock import FileLock

from toolkit.clients.endpoint import Tokens
from toolkit.errors import SettingsError, WorkspaceError
from toolkit.files import write_atomically

VARIABLE = "TOOLKIT_KEY"
_SERVICE = "salesforce-accelo-toolkit"
_LOCK_SECONDS = 60.0


class Credentials:
    """What the workspace may sign in with. ``key`` (tests, notebooks' parents) goes before TOOLKIT_KEY."""

    def __init__(self, path: Path, key: str | None = None, *, allow_key_file: bool = False) -> None:
        self.path = Path(path)
        self.key_path = self.path.with_name(self.path.name + ".key")
        self._given, self._allow_key_file = key, allow_key_file
        self._lock = FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS, mode=0o600)
        self._ciphers: dict[str, Fernet] = {}

    def __repr__(self) -> str:
        return f"Credentials({self.path.name!r})"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else, in any process, changes or renews anything meanwhile. May be entered again by its holder."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            yield

    def get(self, system: str) -> Tokens | None:
        """The tokens as they are in the file now; None when the system is not connected."""
        said = self._load().get(system, {}).get("tokens")
        known = {field.name for field in dataclasses.fields(Tokens)}
        return Tokens(**{name: value for name, value in said.items() if name in known}) if said else None

    def put(self, system: str, tokens: Tokens) -> None:
        """Durable when this returns: a rotated refresh token that is lost cannot be had again."""
        self._change(system, "tokens", dataclasses.asdict(tokens))

    def forget(self, system: str) -> None:
        """Tokens and secrets of that system are gone from the file."""
        with self.locked():
            data = self._load()
            if data.pop(system, None) is not None:
                self._save(data)

    def forget_tokens(self, system: str) -> None:
        """Disconnected; the client secret stays for the next sign-in."""
        self._change(system, "tokens", None)

    def secret(self, system: str, name: str = "client_secret") -> str | None:
        value = self._load().get(system, {}).get(name)
        return str(value) if value is not None else None

    def put_secret(self, system: str, value: str, name: str = "client_secret") -> None:
        self._change(system, name, value)

    def forget_secret(self, system: str, name: str) -> None:
        self._change(system, name, None)

    def values(self) -> list[str]:
        """Everything secret that the file holds, for a scrubber to look for."""
        found: list[str] = []
        for kept in self._load().values():
            tokens = kept.get("tokens") or {}
            texts = [value for name, value in kept.items() if name != "tokens"]
            found += [str(text) for text in (*texts, tokens.get("access_token"), tokens.get("refresh_token")) if text]
        return found

    def _change(self, system: str, name: str, value: Any) -> None:
        with self.locked():
            data = self._load()
            kept = data.setdefault(system, {})
            kept.pop(name, None)
            if value is not None:
                kept[name] = value
            self._save(data)

    def _document(self) -> dict[str, Any] | None:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, UnicodeDecodeError):
            document = None
        if not isinstance(document, dict) or not {"version", "key", "data"} <= set(document):
            raise WorkspaceError(f"The file {self.path.name} cannot be read.",
                                 next_step="Delete it and connect both systems again.")
        if document["version"] != 1:
            raise WorkspaceError(f"The file {self.path.name} is of a newer version of this product.",
                                 next_step="Use the newer version.")
        return document

    def _load(self) -> dict[str, dict[str, Any]]:
        document = self._document()
        if document is None:
            return {}
        try:
            text = self._cipher(document["key"]).decrypt(document["data"].encode())
        except InvalidToken:
            raise WorkspaceError("The stored credentials do not open with this key.",
                                 next_step=f"Set {VARIABLE} to the key they were made with, or delete the file "
                                           f"{self.path.name} and connect again.") from None
        data: dict[str, dict[str, Any]] = json.loads(text)
        return data

    def _save(self, data: dict[str, dict[str, Any]]) -> None:
        document = self._document()
        source = document["key"] if document else self._new_key()
        sealed = self._cipher(source).encrypt(json.dumps(data).encode()).decode()
        write_atomically(self.path, json.dumps({"version": 1, "key": source, "data": sealed}))

    def _new_key(self) -> str:
        """Where the key of a new file is: "given:SALT", "keyring:NAME" or "file"."""
        if self._given or os.environ.get(VARIABLE):
            return "given:" + secrets.token_hex(16)
        name = secrets.token_hex(8)
        try:
            import keyring

            keyring.set_password(_SERVICE, name, Fernet.generate_key().decode())
        except Exception:  # every backend has its own errors, and none may stop us from saying what to do
            if not self._allow_key_file:
                raise SettingsError("This machine has no keyring for the key of the stored credentials.",
                                    next_step=f"Set {VARIABLE} to a long random text, and keep it safe.") from None
            if not self.key_path.exists():
                write_atomically(self.key_path, Fernet.generate_key().decode())
            return "file"
        return "keyring:" + name

    def _cipher(self, source: str) -> Fernet:
        kind, _, detail = source.partition(":")
        text = self._key_text(kind, detail)
        if text not in self._ciphers:
            self._ciphers[text] = Fernet(text if kind != "given" else _stretched(text, bytes.fromhex(detail)))
        return self._ciphers[text]

    def _key_text(self, kind: str, detail: str) -> str:
        if kind == "given":
            text = self._given or os.environ.get(VARIABLE)
            missing = f"{VARIABLE} is not set, and the stored credentials were made with it."
        elif kind == "file":
            text = self.key_path.read_text(encoding="utf-8") if self.key_path.exists() else None
            missing = f"The key file {self.key_path.name} is missing."
        else:
            missing = "The keyring of this machine does not hold the key of the stored credentials."
            try:
                import keyring

                text = keyring.get_password(_SERVICE, detail)
            except Exception:  # as above: any backend, any error, one remedy
                text = None
        if not text:
            remedy = f"Bring the key back, or delete the file {self.path.name} and connect again."
            raise SettingsError(missing, next_step=remedy)
        return text


def _stretched(text: str, salt: bytes) -> bytes:
    """Any text as a Fernet key; a guess costs 16 MB and some 30 ms."""
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(text.encode()))
