"""Edits on both sides after the import: where they go, what waits, what is never done by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runs.bed import Bed
from tests.runs.oracles import journal_is_the_world, one_company_for_each_account
from toolkit.errors import UsageError
from toolkit.runs.inbox import decide
from toolkit.settings import set_value

pytestmark = pytest.mark.promise


@pytest.fixture
def calm(bed: Bed) -> Bed:
    bed.first_import()
    bed.sync_until_calm()
    return bed


def account(bed: Bed, id: str | None) -> dict[str, Any]:
    return next(row for row in bed.served.world()["salesforce"]["Account"] if row["Id"] == id)


def row(bed: Bed, resource: str, id: str | None) -> dict[str, Any]:
    return next(each for each in bed.served.world()["accelo"][resource] if str(each["id"]) == id)


def test_p4_edits_of_different_fields_on_both_sides_are_both_kept(calm: Bed) -> None:
    link = calm.state.links.all("company")[3]
    calm.served.edit("salesforce", "Account", link.salesforce_id, {"Phone": "+1 555 100 2000"})
    calm.served.edit("accelo", "companies", link.accelo_id, {"fax": "+1 555 100 3000"})
    calm.sync()
    assert row(calm, "companies", link.accelo_id)["phone"] == "+1 555 100 2000"
    assert account(calm, link.salesforce_id)["Fax"] == "+1 555 100 3000"
    assert calm.sync().quiet
    journal_is_the_world(calm)


def test_p4_a_conflict_waits_in_the_inbox_and_the_decision_is_carried_out(calm: Bed) -> None:
    link = calm.state.links.all("company")[4]
    calm.served.edit("salesforce", "Account", link.salesforce_id, {"Phone": "+1 555 100 4000"})
    calm.served.edit("accelo", "companies", link.accelo_id, {"phone": "+1 555 100 5000"})
    calm.sync()
    item = next(item for item in calm.state.inbox.items(("open",), "conflict"))
    assert (item.question.ours, item.question.theirs) == ("+1 555 100 4000", "+1 555 100 5000")
    assert account(calm, link.salesforce_id)["Phone"] == "+1 555 100 4000"
    assert calm.sync().counts["writes"] == {"salesforce": 0, "accelo": 0}
    calm.state.inbox.decide(item.id, "accelo", "a person", "2026-01-01T00:00:00+00:00")
    calm.sync()
    assert account(calm, link.salesforce_id)["Phone"] == "+1 555 100 5000"
    assert not calm.state.inbox.items(("open",), "conflict")
    assert not calm.state.inbox.items(("decided",), "conflict"), "what was carried out stands no longer"
    with pytest.raises(UsageError, match="does not wait any more"):
        decide(calm.state, [item.id], "salesforce", "a person", "2026-01-01T00:00:00+00:00")
    assert calm.sync().quiet


def test_p1_what_is_held_back_while_read_only_was_on_is_not_pushed_by_a_sync(calm: Bed) -> None:
    """Not by --yes and not by the schedule; by the hash of a plan that shows it, or by a decision."""
    link = calm.state.links.all("company")[5]
    now = calm.workspace.clock
    calm.state.set_read_only(True, now().isoformat())
    calm.served.edit("accelo", "companies", link.accelo_id, {"phone": "+1 555 100 6000"})
    calm.sync()
    before = account(calm, link.salesforce_id)["Phone"]
    calm.state.set_read_only(False, now().isoformat())
    calm.sync(), calm.sync()
    assert account(calm, link.salesforce_id)["Phone"] == before
    assert calm.state.inbox.counts()["held-back"] == 1
    planned = calm.run("plan")
    assert planned.counts["counts"] == {"update company in salesforce": 1}
    calm.run("apply", confirmed=planned.plan_hash)
    assert account(calm, link.salesforce_id)["Phone"] == "+1 555 100 6000"
    assert calm.sync_until_calm() <= 2


def test_p1_an_edit_of_read_only_time_that_no_run_saw_is_held_back_too(calm: Bed) -> None:
    link, now = calm.state.links.all("company")[6], calm.workspace.clock
    before = account(calm, link.salesforce_id)["Phone"]
    calm.state.set_read_only(True, now().isoformat())
    calm.served.edit("accelo", "companies", link.accelo_id, {"phone": "+1 555 100 7000"})
    calm.state.set_read_only(False, now().isoformat())
    calm.sync(), calm.sync()
    assert account(calm, link.salesforce_id)["Phone"] == before


def test_p20_a_company_deleted_in_accelo_is_asked_about_and_never_made_again_by_itself(calm: Bed) -> None:
    link = calm.state.links.all("company")[7]
    calm.served.edit("accelo", "companies", link.accelo_id, {}, op="delete")
    calm.sync(full=True)
    assert calm.state.links.get(link.pair).state == "retired"
    assert calm.state.inbox.counts()["gone-in-accelo"] >= 1
    calm.sync(full=True)
    names = [each["name"] for each in calm.served.world()["accelo"]["companies"]]
    assert account(calm, link.salesforce_id)["Name"] not in names


def test_p20_a_short_page_is_no_deletion(calm: Bed) -> None:
    for _ in range(2):
        calm.served.fault(
            "accelo",
            "short_page",
            nth=1,
            times=30,
            method="GET",
            path="/api/v0/(companies|contacts|affiliations|addresses)$",
        )
        calm.sync(full=True)
        calm.served.no_faults()
    assert not [link for link in calm.state.links.all() if link.state != "linked"]
    one_company_for_each_account(calm)


def test_an_account_deleted_in_salesforce_retires_the_link_and_undeleting_revives_it(calm: Bed) -> None:
    link = next(
        link
        for link in calm.state.links.all("company")
        if not [
            each for each in calm.served.world()["salesforce"]["Contact"] if each["AccountId"] == link.salesforce_id
        ]
    )
    calm.served.edit("salesforce", "Account", link.salesforce_id, {}, op="delete")
    calm.sync()
    assert calm.state.links.get(link.pair).state == "retired"
    assert row(calm, "companies", link.accelo_id)
    calm.served.edit("salesforce", "Account", link.salesforce_id, {}, op="undelete")
    calm.sync()
    assert calm.state.links.get(link.pair).state == "linked"


def test_p6_an_address_edited_in_accelo_arrives_with_a_full_run(calm: Bed) -> None:
    """Addresses carry no stamp: a sweep finds them."""
    addresses = [
        each
        for each in calm.served.world()["accelo"]["addresses"]
        if each["title"] == "Billing" and each["against_type"] == "company"
    ]
    linked = {link.accelo_id: link for link in calm.state.links.all("company")}
    address = next(each for each in addresses if str(each["against_id"]) in linked)
    calm.served.edit("accelo", "addresses", str(address["id"]), {"city": "Newtown"})
    calm.sync(full=True)
    assert account(calm, linked[str(address["against_id"])].salesforce_id)["BillingCity"] == "Newtown"
    assert calm.sync_until_calm() <= 2


def test_a_contact_that_changes_its_account_gets_a_new_affiliation_and_keeps_the_old_one_inactive(calm: Bed) -> None:
    people = calm.state.links.all("contact")
    link = people[0]
    contact = next(each for each in calm.served.world()["salesforce"]["Contact"] if each["Id"] == link.salesforce_id)
    other = next(each for each in calm.state.links.all("company") if each.salesforce_id != contact["AccountId"])
    calm.served.edit("salesforce", "Contact", link.salesforce_id, {"AccountId": other.salesforce_id})
    calm.sync()
    places = {
        str(each["company"]): each["standing"]
        for each in calm.served.world()["accelo"]["affiliations"]
        if str(each["contact"]) == link.accelo_id
    }
    assert places[str(other.accelo_id)] == "active"
    assert [standing for company, standing in places.items() if company != other.accelo_id] == ["inactive"]
    assert calm.sync().quiet
    journal_is_the_world(calm)


def test_p3_a_company_born_in_accelo_is_created_in_salesforce_once_with_its_marker(calm: Bed) -> None:
    set_value(calm.folder, "sync.new_in_accelo", "always")
    id = calm.served.edit("accelo", "companies", None, {"name": "Born in Accelo", "phone": "+49 30 5555"}, op="create")
    calm.served.fault("salesforce", "reset_after_commit", nth=1, times=1, method="POST", path=".*/sobjects/Account/?$")
    calm.sync_until_calm()
    calm.served.no_faults()
    calm.sync_until_calm()
    found = [each for each in calm.served.accounts() if each["Name"] == "Born in Accelo"]
    assert [(each["Accelo_Id__c"], each["Phone"]) for each in found] == [(id, "+49 30 5555")]
    journal_is_the_world(calm)


def test_a_run_that_is_cancelled_stops_between_two_records_and_the_next_goes_on(bed: Bed) -> None:
    planned = bed.run("plan")
    run = bed.open("apply", confirmed=planned.plan_hash)
    run.read(), run.plan(), run.confirm()
    bed.state.runs.ask_cancel(run.run)
    applied = run.apply()
    run.check()
    assert run.close().state == "cancelled" and applied.cancelled
    bed.sync_until_calm()
    one_company_for_each_account(bed)


def test_an_apply_that_an_outage_stopped_goes_on_where_it_stopped(bed: Bed) -> None:
    """The same plan is applied again: what was done is not done twice."""
    planned = bed.run("plan")
    bed.served.fault("accelo", "unauthorized", nth=40, times=90, method="POST|PUT", path="/api/v0/.*")
    with pytest.raises(Exception, match="Accelo"):
        bed.run("apply", confirmed=planned.plan_hash)
    assert bed.state.runs.get("run-002-apply").state == "failed"
    bed.served.no_faults()
    result = bed.run("apply", confirmed=planned.plan_hash)
    assert result.state == "done"
    one_company_for_each_account(bed)
    journal_is_the_world(bed)
