"""Connected applications: who may ask for tokens, with which secret, certificate and run-as user.

One ready client exists; an administrator changes it (certificate, run-as user) through the control address.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox.core import Core
from sandbox.salesforce import seeds

OBJECT = "ConnectedApplication"
"""How `POST /edit` names a client: fields Certificate (PEM), RunAsUserId, PreauthorizedUserIds."""
_PREFIX = "keep:sf:client:"
_READY = "keep:sf:ready-client"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Client:
    client_id: str
    secret: str
    name: str = "Accelo toolkit"
    certificate: str | None = None
    run_as: str | None = None
    preauthorized: tuple[str, ...] = ()

    def key(self) -> RSAPublicKey | None:
        """The public key that JWT assertions are checked with."""
        return None if self.certificate is None else public_key(self.certificate)


def public_key(pem: str) -> RSAPublicKey:
    """From a certificate or a bare public key; raises ValueError."""
    try:
        raw = pem.encode()
        key = (
            x509.load_pem_x509_certificate(raw).public_key() if "BEGIN CERTIFICATE" in pem else load_pem_public_key(raw)
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"Certificate is no PEM certificate or public key: {error}") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("Certificate must hold an RSA key")
    return key


def register(core: Core) -> None:
    """Make the ready client, once."""
    if core.store.get(_READY) is None:
        client_id = "3MVG9" + secrets.token_urlsafe(60).replace("-", ".")
        made = Client(
            client_id, secrets.token_hex(32).upper(), run_as=seeds.INTEGRATION, preauthorized=(seeds.INTEGRATION,)
        )
        _save(core, made)
        core.store.set(_READY, client_id)


def ready(core: Core) -> Client:
    found = find(core, core.store.get(_READY))
    if found is None:
        raise RuntimeError("the org was not created yet")
    return found


def find(core: Core, client_id: str | None) -> Client | None:
    raw = core.store.get(_PREFIX + (client_id or ""))
    return None if raw is None else Client(**{**raw, "preauthorized": tuple(raw["preauthorized"])})


def edit(core: Core, op: str, client_id: str | None, fields: Mapping[str, Any]) -> str:
    """What an administrator changes on the application's page; raises ValueError."""
    client = find(core, client_id) if client_id else ready(core)
    if client is None or op != "update":
        raise ValueError(f"{OBJECT} can only be updated, by its client id (or without an id: the ready one)")
    known = {"Certificate": "certificate", "RunAsUserId": "run_as", "PreauthorizedUserIds": "preauthorized"}
    unknown = set(fields) - set(known)
    if unknown:
        raise ValueError(f"{OBJECT} has no field {', '.join(sorted(unknown))}; it has {', '.join(known)}")
    changes = {known[name]: value for name, value in fields.items()}
    if changes.get("certificate"):
        public_key(changes["certificate"])
    if "preauthorized" in changes:
        changes["preauthorized"] = tuple(changes["preauthorized"] or ())
    _save(core, replace(client, **changes))
    return client.client_id


def _save(core: Core, client: Client) -> None:
    core.store.set(_PREFIX + client.client_id, asdict(client))


def is_registered(redirect_uri: str) -> bool:
    """Any loopback address, and nothing else."""
    parts = urlsplit(redirect_uri)
    return parts.scheme in ("http", "https") and (parts.hostname or "") in LOOPBACK and not parts.fragment
