"""A world in both systems without a server, for tests that look at what is loaded."""

from __future__ import annotations

from typing import Any

from sandbox.accelo.deployment import AcceloDeployment
from sandbox.core import Core
from sandbox.salesforce.org import SalesforceOrg
from sandbox.world import parse

Rows = dict[str, list[dict[str, Any]]]


def loaded(spec: str, seed: int = 7, **switches: Any) -> tuple[Rows, Rows]:
    """A world in both systems, without a server."""
    core = Core.memory(seed, **switches)
    salesforce, accelo = SalesforceOrg(core), AcceloDeployment(core)
    salesforce.create()
    accelo.create()
    parse(spec).load(salesforce, accelo, seed)
    return salesforce.world(), accelo.world()
