"""Drives sf-toolkit against the sandbox: log-in, records, collections, query builder, Bulk 2.0; findings as JSON.

Its OAuth log-in asks https://<domain>.salesforce.com; the transport below turns that one address to the sandbox.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import httpx
from sf_toolkit import SalesforceClient, SObject
from sf_toolkit.auth import lazy_login
from sf_toolkit.data import SObjectList, select
from sf_toolkit.data.bulk import BulkApiQueryJob
from sf_toolkit.data.fields import CheckboxField, DateTimeField, FieldFlag, IdField, IntField, NumberField, TextField
from sf_toolkit.exceptions import SalesforceError
from sf_toolkit.io import (
    delete,
    fetch,
    fetch_list,
    save,
    save_insert_bulk,
    save_insert_list,
    save_update_list,
    save_upsert,
    save_upsert_list,
    sobject_describe,
)  # fmt: skip

TOLD = json.load(sys.stdin)
ORG = TOLD["salesforce"]


class Account(SObject):
    Id = IdField()
    Name = TextField()
    Phone = TextField()
    AnnualRevenue = NumberField()
    NumberOfEmployees = IntField()
    Ext_Id__c = TextField()


class Contact(SObject):
    Id = IdField()
    LastName = TextField()
    Email = TextField()
    AccountId = IdField()
    IsDeleted = CheckboxField(FieldFlag.readonly)
    SystemModstamp = DateTimeField(FieldFlag.readonly)


class Person(SObject, api_name="Contact"):
    """A contact without a checkbox: the package cannot make one of a CSV cell."""

    Id = IdField()
    LastName = TextField()


class Loopback(httpx.HTTPTransport):
    """salesforce.com is here."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host.endswith(".salesforce.com"):
            here = httpx.URL(ORG["url"])
            request.url = request.url.copy_with(scheme=here.scheme, host=here.host, port=here.port)
            request.headers["Host"] = here.netloc.decode()
        return super().handle_request(request)


def writable(**fields: Any) -> Contact:
    return Contact(**fields)


def main() -> dict[str, Any]:
    login = lazy_login(consumer_key=ORG["client_id"], consumer_secret=ORG["client_secret"], domain="sandbox.my")
    found: dict[str, Any] = {}
    with SalesforceClient(login=login, transport=Loopback()) as sf:
        assert sf._userinfo is not None
        found["user"] = sf._userinfo.preferred_username
        found["version"] = sf.api_version.version if sf.api_version else None

        # single records
        acme = Account(Name="Acme", AnnualRevenue=1000, NumberOfEmployees=7)
        save(acme)
        acme.Phone = "+47 22"
        save(acme, only_changes=True)
        again = fetch(Account, acme.Id)
        assert (again.Phone, again.AnnualRevenue, again.NumberOfEmployees) == ("+47 22", 1000.0, 7), again
        keyed = Account(Name="Keyed", Ext_Id__c="K-1")
        save_upsert(keyed, "Ext_Id__c")
        assert keyed.Id.startswith("001")
        twice = Account(Name="Keyed anew", Ext_Id__c="K-1")
        save_upsert(twice, "Ext_Id__c")
        assert twice.Id == keyed.Id
        assert {f["name"] for f in sobject_describe(Account)["fields"]} >= {"Id", "Name", "BillingAddress"}

        # collections
        people = SObjectList([writable(LastName=f"Person {n:03}", AccountId=acme.Id) for n in range(250)])
        results = save_insert_list(people)
        assert [r.success for r in results] == [True] * 250, results[:3]
        ids = [r.id for r in results]
        for person in people:
            person.Email = f"{person.LastName.replace(' ', '.')}@acme.example"
        assert all(r.success for r in save_update_list(people, only_changes=True))
        some = fetch_list(Contact, *ids[:3])
        assert [c.LastName for c in some] == ["Person 000", "Person 001", "Person 002"]
        upserted = save_upsert_list(
            SObjectList([Account(Name="K2", Ext_Id__c="K-2"), Account(Name="K1", Ext_Id__c="K-1")]), "Ext_Id__c"
        )
        assert [(r.success, r.created) for r in upserted] == [(True, True), (True, False)], upserted

        # query builder, pages
        query = select(Contact).where(LastName__like="Person%", AccountId=acme.Id).order_by(LastName="DESC")
        listed = query.execute(headers={"Sforce-Query-Options": "batchSize=200"}).as_list()
        assert len(listed) == 250 and listed[0].LastName == "Person 249", (len(listed), listed[0].LastName)
        assert listed[0].SystemModstamp.tzinfo is not None
        assert select(Contact).where(LastName__in=["Person 001", "Person 002"]).count() == 2
        try:
            sf.get(f"{sf.data_url}/query", params={"q": "SELECT Naem FROM Account"})
        except SalesforceError as error:
            found["error"] = str(error)[:400]

        # Bulk 2.0
        job = save_insert_bulk(SObjectList([writable(LastName=f"Bulk {n}") for n in range(3)]))
        job.monitor_until_complete(poll_interval=0.1)
        assert (job.state, job.numberRecordsProcessed, job.numberRecordsFailed) == ("JobComplete", 3, 0), job
        read = BulkApiQueryJob.init_job(select(Person).where(LastName__like="Bulk%"), sf)
        read.monitor_until_complete(poll_interval=0.1)
        found["bulk"] = sorted(c.LastName for c in read.result)

        delete(acme, clear_id_field=False)
        gone = select(Contact, include_deleted=True).where(AccountId=acme.Id).limit(1).execute().as_list()
        found["cascade"] = gone[0].IsDeleted
        found["usage"] = sf.api_usage.api_usage.used if sf.api_usage else None
    return found


print(json.dumps(main()))
