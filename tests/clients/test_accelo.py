"""Accelo's reader and writer on the sandbox deployment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.conftest import Connection, World
from toolkit.clients.accelo import AcceloReader
from toolkit.errors import RecordGone, RecordRejected, Unavailable, UsageError

Connect = Callable[..., Connection]


def many(deployment: Connection, number: int) -> list[str]:
    return [deployment.writer.create("companies", {"name": f"Mill {n}"}).id for n in range(number)]


def test_a_whole_list_is_read_in_pages_by_id(deployment: Connection) -> None:
    many(deployment, 230)
    deployment.log.clear()
    ids = [row["id"] for row in deployment.reader.list("companies", ("phone",))]
    assert len(ids) == len(set(ids)) == 255 and ids == sorted(ids, key=int)
    assert len(deployment.log) == 4
    assert deployment.reader.count("companies") == 255


def test_p20_a_short_page_ends_no_list(deployment: Connection, world: World) -> None:
    many(deployment, 130)
    world.fault("accelo", "short_page", "/companies$", times=2, count=7)
    assert len({row["id"] for row in deployment.reader.list("companies", ())}) == 155


def test_a_list_may_begin_behind_an_id(deployment: Connection) -> None:
    ids = many(deployment, 5)
    rows = deployment.reader.list("companies", (), {"id_greater_than": [ids[1]]})
    assert [row["id"] for row in rows] == ids[2:]


def test_a_list_that_changes_while_it_is_read_is_complete(deployment: Connection, world: World) -> None:
    """Page numbers would shift when a record that was read already disappears; ids do not."""
    made = many(deployment, 120)
    rows = deployment.reader.list("companies", ())
    first = [next(rows)["id"] for _ in range(50)]
    world.edit("accelo", "companies", "delete", first[0])
    rest = [row["id"] for row in rows]
    assert set(made) <= set(first + rest)


def test_records_by_id_100_to_a_request_and_missing_ones_asked_again(deployment: Connection, world: World) -> None:
    ids = many(deployment, 150)
    deployment.log.clear()
    assert set(deployment.reader.get_many("companies", ids, ("phone",))) == set(ids) and len(deployment.log) == 2
    world.fault("accelo", "short_page", "/companies$", times=1, count=3)
    assert set(deployment.reader.get_many("companies", [*ids[:90], "999999"])) == set(ids[:90])
    assert deployment.reader.get("companies", "999999") is None
    assert deployment.reader.get("companies", ids[0], ("phone",))["id"] == ids[0]


def test_p5_a_quiet_poll_is_one_request(deployment: Connection) -> None:
    for resource in ("companies", "contacts", "affiliations"):
        newest = deployment.reader.changed(resource, 0, ()).upto
        deployment.log.clear()
        again = deployment.reader.changed(resource, newest, ())
        assert again.upto == newest and again.rows and len(deployment.log) == 1, "the newest second is read again"
        assert deployment.reader.changed(resource, newest + 1, ()).rows == []
    deployment.reader.profile_values("companies", since=4_000_000_000)
    assert len(deployment.log) == 3


def test_changes_come_oldest_first_over_many_pages(deployment: Connection) -> None:
    before = deployment.reader.changed("companies", 0, ()).upto
    ids = many(deployment, 250)
    changes = deployment.reader.changed("companies", before + 1, ("name",))
    assert {row["id"] for row in changes.rows} == set(ids)
    stamps = [int(row["date_modified"]) for row in changes.rows]
    assert stamps == sorted(stamps) and changes.upto == stamps[-1]


def test_p4_a_short_page_of_changes_only_delays_them(deployment: Connection, world: World) -> None:
    """The cursor is the newest stamp seen, so what a cut page left out comes with the next poll."""
    ids = many(deployment, 6)
    for place, id in enumerate(ids):
        world.control("POST", "/clock", {"system": "accelo", "skew_seconds": 100 + 10 * place})
        deployment.writer.update("companies", id, {"phone": str(place)})
    newest = deployment.reader.changed("companies", 0, ()).upto
    world.fault("accelo", "short_page", "/companies$", times=1, count=2)
    first = deployment.reader.changed("companies", newest - 55, ())
    second = deployment.reader.changed("companies", first.upto, ())
    assert len(first.rows) == 2 and first.upto < newest == second.upto
    assert {row["id"] for row in first.rows + second.rows} == set(ids)


def test_a_second_with_more_changes_than_a_page(
    deployment: Connection, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("accelo", "accelo_query"):
        monkeypatch.setattr(f"toolkit.clients.{module}.PAGE", 3)
    ids = many(deployment, 40)
    changes = deployment.reader.changed("companies", 0, ())
    assert set(ids) <= {row["id"] for row in changes.rows} and len(changes.rows) == 65


def test_filters_with_mail_addresses_travel_as_json(deployment: Connection, world: World) -> None:
    company = deployment.write().id
    deployment.writer.create(
        "contacts", {"firstname": "Zoë", "surname": "Quist", "company_id": company, "email": "zoe@x.example"}
    )
    world.switch(accelo_filter_special_characters="reject")
    rows = list(deployment.reader.list("affiliations", ("company", "contact"), {"email": ["zoe@x.example"]}))
    assert [row["company"] for row in rows] == [company]
    assert [row["surname"] for row in deployment.reader.list("contacts", (), search="Zoë")] == ["Quist"]


def test_a_filter_that_the_server_ignores_is_applied_here(deployment: Connection, world: World) -> None:
    world.switch(accelo_unknown_filter="ignore")
    rows = list(deployment.reader.list("companies", ("phone",), {"phone": ["nobody has this"]}))
    assert rows == []


def test_a_contact_comes_with_its_affiliation(deployment: Connection) -> None:
    company = deployment.write().id
    made = deployment.writer.create(
        "contacts",
        {
            "firstname": "Ana",
            "surname": "Ng\u00f4",
            "company_id": company,
            "email": "ana@x.example",
            "phone": "1",
            "position": "CEO",
        },
        ("default_affiliation",),
    )
    affiliation = deployment.reader.get("affiliations", made.row["default_affiliation"], ("_ALL",))
    assert (affiliation["contact"], affiliation["company"], affiliation["position"]) == (made.id, company, "CEO")
    after = deployment.writer.update("affiliations", affiliation["id"], {"mobile": "0400"}, ("mobile",))
    assert after.row["mobile"] == "0400"


def test_the_marker_travels_with_a_new_company(deployment: Connection) -> None:
    field = next(
        row["id"] for row in deployment.reader.profile_fields("companies") if row["field_name"] == "Salesforce ID"
    )
    made = deployment.writer.create("companies", {"name": "Öl & Söhne +=%\n", f"profile.{field}": "0015g0000000001AAA"})
    values = deployment.reader.profile_values("companies", [field], [made.id])
    assert [(row["link_id"], row["value"]) for row in values] == [(made.id, "0015g0000000001AAA")]
    changed = deployment.writer.set_profile("companies", made.id, field, "0015g0000000002AAA", value_id=values[0]["id"])
    assert changed.row["value"] == "0015g0000000002AAA"
    assert [
        row["id"]
        for row in deployment.reader.profile_values("companies", since=int(values[0]["date_modified"]))
        if row["link_id"] == made.id
    ] == [values[0]["id"]]


def test_all_values_of_custom_fields_are_read_by_record(deployment: Connection, world: World) -> None:
    fields = [row["id"] for row in deployment.reader.profile_fields("companies") if row["field_type"] == "text"]
    ids = many(deployment, 70)
    for id in ids:
        for field in fields:
            deployment.writer.set_profile("companies", id, field, "x")
    expected = {str(row["id"]) for row in world.records("accelo", "profile_values") if row["link_type"] == "company"}
    assert {row["id"] for row in deployment.reader.profile_values("companies")} == expected
    world.fault("accelo", "short_page", "profiles/values", times=3, count=4)
    assert {row["id"] for row in deployment.reader.profile_values("companies")} == expected
    one = {row["id"] for row in deployment.reader.profile_values("companies", [fields[0]], ids)}
    assert len(one) == 70


def test_clearing_a_field_sends_it_blank(deployment: Connection) -> None:
    made = deployment.writer.create("companies", {"name": "Mill", "phone": "5"}, ("phone",))
    assert deployment.writer.update("companies", made.id, {"phone": None}, ("phone",)).row["phone"] in (None, "")


def test_a_company_changes_its_status_by_a_progression(deployment: Connection) -> None:
    made = deployment.write()
    ways = deployment.reader.progressions("companies", made.id)
    after = deployment.writer.progress("companies", made.id, ways[0]["id"], ("status()", "standing"))
    assert after.row["status"]["id"] == (
        ways[0]["status"]["id"] if isinstance(ways[0]["status"], dict) else ways[0]["status"]
    )


def test_a_bad_value_and_a_missing_record_are_told_apart(deployment: Connection) -> None:
    affiliation = next(deployment.reader.list("affiliations", ()))["id"]
    with pytest.raises(RecordRejected) as bad:
        deployment.writer.update("affiliations", affiliation, {"email": "canary-no-address"})
    assert not isinstance(bad.value, RecordGone) and "canary" not in str(bad.value)
    with pytest.raises(RecordGone):
        deployment.writer.update("companies", "999999", {"phone": "1"})


@pytest.mark.parametrize("bad", ["1/../staff/1", "1?_method=delete", "", "x", "1 ", "１"])
def test_ids_and_resources_cannot_bend_an_address(bad: str, deployment: Connection, world: World) -> None:
    for call in (
        lambda: deployment.reader.get("companies", bad),
        lambda: deployment.writer.update("companies", bad, {}),
        lambda: deployment.reader.get_many("companies", [bad]),
        lambda: list(deployment.reader.list(bad + "/x", ())),
    ):
        with pytest.raises(UsageError):
            call()
    assert world.requests() == []


def test_a_server_that_ignores_the_bounds_is_not_read_for_ever(
    deployment: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.clients.accelo_query.ask", lambda *a, **k: [{"id": "1"}])
    with pytest.raises(Unavailable, match="did not apply the filter id_greater_than"):
        list(AcceloReader(deployment.transport).list("companies", ()))


def test_what_is_said_of_the_connection(deployment: Connection) -> None:
    assert deployment.reader.user()["locale"]["timezone"] == "Australia/Sydney"
    assert deployment.reader.token_info()["deployment"] == "sandbox"
    assert deployment.reader.staff() and deployment.reader.statuses("companies") and deployment.reader.types("issues")
    assert deployment.reader.priorities() and deployment.reader.classes() and deployment.reader.probabilities()
