"""Every fault kind on writes, in the middle of an import: nothing is doubled, nothing is lost,
the journal is the world."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.runs.bed import Bed
from tests.runs.oracles import journal_is_the_world, one_company_for_each_account, twins_are_asked_about
from toolkit.errors import ToolkitError

pytestmark = pytest.mark.promise

KINDS = (
    "refused",
    "reset_before",
    "reset_after_commit",
    "server_error_500",
    "server_error_after_commit",
    "unavailable_503",
    "truncated",
    "html",
    "too_many_429",
    "unauthorized_once",
    "delivered_twice",
)
WRITES = "POST|PUT"


def import_with(
    bed: Bed, kind: str, nth: int, times: int = 1, path: str = "/api/v0/(companies|contacts|affiliations|addresses).*"
) -> None:
    planned = bed.run("plan")
    bed.served.fault("accelo", kind, nth=nth, times=times, method=WRITES, path=path)
    with suppress(ToolkitError):
        bed.run("apply", confirmed=planned.plan_hash)
    bed.served.no_faults()
    bed.sync_until_calm()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nth", [1, 12, 70])
def test_p3_p8_a_fault_on_an_accelo_write(bed: Bed, kind: str, nth: int) -> None:
    import_with(bed, kind, nth)
    if kind == "delivered_twice":
        twins_are_asked_about(bed)
    else:
        one_company_for_each_account(bed)
        journal_is_the_world(bed)


@pytest.mark.parametrize("kind", ["reset_after_commit", "server_error_after_commit", "truncated"])
def test_p3_a_creation_whose_answer_is_lost_is_adopted_by_its_marker(bed: Bed, kind: str) -> None:
    """Five in a row: looked up after the grace, adopted, and the rest of their actions done in the same run."""
    planned = bed.run("plan")
    bed.served.fault("accelo", kind, nth=3, times=5, method="POST", path="/api/v0/companies$")
    result = bed.run("apply", confirmed=planned.plan_hash)
    assert result.counts["unknown"] == 0
    assert result.counts["failed"] == 0
    one_company_for_each_account(bed)
    journal_is_the_world(bed)


def test_p3_contacts_whose_marker_does_not_travel_in_the_creation_are_found_by_name_and_company(
    new_bed: Callable[..., Bed],
) -> None:
    bed = new_bed(accelo_profile_on_contact_post="off")
    import_with(bed, "reset_after_commit", 2, 6, "/api/v0/contacts$")
    one_company_for_each_account(bed)
    journal_is_the_world(bed)
    names = [(row["firstname"], row["surname"]) for row in bed.served.world()["accelo"]["contacts"]]
    wanted = [
        (row["FirstName"], row["LastName"]) for row in bed.served.world()["salesforce"]["Contact"] if row["FirstName"]
    ]
    assert all(names.count(name) <= wanted.count(name) + 1 for name in set(names))


@pytest.mark.parametrize(
    "kind", ["reset_before", "reset_after_commit", "server_error_after_commit", "row_lock", "unavailable_503"]
)
def test_p3_p4_a_fault_on_a_salesforce_write(bed: Bed, kind: str) -> None:
    """An edit in Accelo arrives in Salesforce exactly once, whatever happens to the answer."""
    bed.first_import()
    bed.sync_until_calm()
    links = bed.state.links.all("company")[:3]
    for number, link in enumerate(links):
        bed.served.edit("accelo", "companies", link.accelo_id, {"phone": f"+1 555 030 000{number}"})
    bed.served.fault("salesforce", kind, nth=1, times=2, method="PATCH|POST", path=".*/sobjects/Account/.*")
    with suppress(ToolkitError):
        bed.sync()
    bed.served.no_faults()
    bed.sync_until_calm()
    phones = {row["Id"]: row["Phone"] for row in bed.served.accounts()}
    assert [phones[link.salesforce_id] for link in links] == [f"+1 555 030 000{number}" for number in range(3)]
    journal_is_the_world(bed)


def test_p16_a_record_that_is_always_refused_changes_nothing_for_the_others(bed: Bed) -> None:
    bed.first_import()
    bed.sync_until_calm()
    links = bed.state.links.all("company")[:4]
    for number, link in enumerate(links):
        bed.served.edit("accelo", "companies", link.accelo_id, {"phone": f"+1 555 040 000{number}"})
    bed.served.fault(
        "salesforce",
        "validation_rule",
        nth=1,
        times=50,
        method="PATCH",
        path=f".*/sobjects/Account/{links[1].salesforce_id}.*",
    )
    for _ in range(3):
        result = bed.sync()
        assert result.counts["failed"] == 1
    phones = {row["Id"]: row["Phone"] for row in bed.served.accounts()}
    assert [phones[link.salesforce_id] for link in links][::2] == ["+1 555 040 0000", "+1 555 040 0002"]
    assert bed.state.inbox.counts()["poison"] == 1
    before = len(bed.served.requests())
    bed.sync()  # it rests: nothing is sent for it
    assert not [row for row in bed.served.requests()[before:] if row["method"] == "PATCH"]
