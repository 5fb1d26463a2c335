"""Whose address is it: found by positive evidence, and cheaply."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.conftest import Connection, World

Connect = Callable[..., Connection]


def many(deployment: Connection, number: int) -> list[str]:
    return [deployment.writer.create("companies", {"name": f"Mill {n}"}).id for n in range(number)]


@pytest.mark.parametrize("owner", ["company", "contact"])
def test_every_address_finds_its_owner(owner: str, deployment: Connection, world: World) -> None:
    resource = {"company": "companies", "contact": "contacts"}[owner]
    owners = [row["id"] for row in deployment.reader.list(resource, ())] + (
        many(deployment, 120) if owner == "company" else []
    )
    for place, id in enumerate(owners[::2]):
        for title in ("Billing", "Shipping")[: 1 + place % 2]:
            deployment.writer.create_under(resource, id, "addresses", {"title": title, "street1": f"{place} High St"})
    truth = {
        str(row["id"]): str(row["against_id"])
        for row in world.records("accelo", "addresses")
        if row["against_type"] == owner
    }
    deployment.log.clear()
    rows = list(deployment.reader.addresses(owner, owners))
    assert {row["id"]: row["against_id"] for row in rows} == truth
    assert len(deployment.log) <= 14 * (len(owners) // 100 + 1)
    everything = list(deployment.reader.addresses(owner, known=dict(list(truth.items())[3:])))
    unknown = [row["id"] for row in everything if row["against_id"] is None]
    assert set(unknown) == set(list(truth)[:3]) and len(everything) == len(truth)
    assert deployment.reader.owners(owner, unknown, owners) == {id: truth[id] for id in unknown}


def test_owners_of_many_addresses_cost_by_the_hundred(deployment: Connection) -> None:
    owners = many(deployment, 330)
    made = [deployment.writer.create_under("companies", id, "addresses", {"title": id}).id for id in owners[::3]]
    deployment.log.clear()
    assert deployment.reader.owners("company", made, owners) == dict(zip(made, owners[::3], strict=True))
    assert len(deployment.log) <= 12 * 4
    deployment.log.clear()
    assert deployment.reader.owners("company", made[:1], owners) == {made[0]: owners[0]}
    assert len(deployment.log) <= 14


def test_p20_a_cut_page_never_gives_an_address_to_the_wrong_owner(deployment: Connection, world: World) -> None:
    owners = many(deployment, 60)
    for id in owners:
        deployment.writer.create_under("companies", id, "addresses", {"title": "Billing", "street1": id})
    for nth in range(1, 13):
        world.control("DELETE", "/faults")
        world.fault("accelo", "short_page", "/addresses$", nth=nth, times=1, count=5)
        rows = list(deployment.reader.addresses("company", owners))
        assert {(row["street1"], row["against_id"]) for row in rows} == {(id, id) for id in owners}
