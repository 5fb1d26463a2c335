"""The switches of the Accelo deployment's reading and writing, seen from outside under each of their settings."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running


@pytest.fixture
def box(empty_sandbox: Running) -> Running:
    return empty_sandbox


def _made(box: Running, path: str, **fields: Any) -> dict[str, Any]:
    answer = box.ac("POST", path, data={"_fields": "_ALL", **fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["response"])


def _company(box: Running, **more: Any) -> dict[str, Any]:
    return _made(box, "/companies", name="Planet Express", **more)


def _contact(box: Running, **more: Any) -> dict[str, Any]:
    return _made(box, "/contacts", firstname="Leela", surname="Turanga", **more)


def _stamp(box: Running, path: str) -> int:
    return int(box.ac("GET", path, params={"_fields": "date_modified"}).json()["response"]["date_modified"])


@pytest.mark.parametrize(("setting", "status", "rows"), [("clamp", 200, 100), ("reject", 400, None)])
def test_a_page_above_100(sandbox: Running, setting: str, status: int, rows: int | None) -> None:
    sandbox.switch(accelo_limit_over_100=setting)
    for n in range(60):
        sandbox.edit("accelo", "activities", "create", subject=f"a{n}", against_type="company", against_id="1")
        sandbox.edit("accelo", "activities", "create", subject=f"b{n}", against_type="company", against_id="1")
    answer = sandbox.ac("GET", "/activities", params={"_limit": 101})
    assert answer.status_code == status
    assert rows is None or len(answer.json()["response"]) == rows


@pytest.mark.parametrize(("setting", "status"), [("empty", 200), ("reject", 400)])
def test_a_page_past_the_end(box: Running, setting: str, status: int) -> None:
    box.switch(accelo_page_past_end=setting)
    assert box.ac("GET", "/companies", params={"_page": 5}).status_code == status
    assert box.ac("GET", "/companies").status_code == 200, "an empty first page is no page past the end"


@pytest.mark.parametrize(("setting", "status"), [("ignore", 200), ("reject", 400)])
@pytest.mark.parametrize(
    "filters", ["name(x)", "date_gone_after(1)", "order_by_asc(phone)", "empty(name)", "_OR(id(1),nme(2))"]
)
def test_an_unknown_filter(box: Running, setting: str, status: int, filters: str) -> None:
    box.switch(accelo_unknown_filter=setting)
    assert box.ac("GET", "/companies", params={"_filters": filters}).status_code == status


@pytest.mark.parametrize(("setting", "status"), [("ignore", 200), ("reject", 400)])
def test_an_unknown_field(box: Running, setting: str, status: int) -> None:
    box.switch(accelo_unknown_fields=setting)
    assert box.ac("GET", "/companies", params={"_fields": "websight"}).status_code == status
    assert box.ac("POST", "/companies", data={"name": "X", "websight": "x"}).status_code == status


@pytest.mark.parametrize(("setting", "status"), [("ignore", 200), ("reject", 400)])
def test_a_read_only_field(box: Running, setting: str, status: int) -> None:
    company = _company(box)
    box.switch(accelo_readonly_fields=setting)
    answer = box.ac("PUT", f"/companies/{company['id']}", data={"date_created": "5", "phone": "1"})
    assert answer.status_code == status
    after = box.ac("GET", f"/companies/{company['id']}", params={"_fields": "phone,date_created"}).json()["response"]
    assert after["date_created"] == company["date_created"] and after["phone"] == ("1" if status == 200 else None)


@pytest.mark.parametrize(("setting", "status"), [("accept", 200), ("reject", 400)])
def test_an_at_sign_in_a_filter_text(box: Running, setting: str, status: int) -> None:
    """The JSON form works under both."""
    _contact(box, company_id=_company(box)["id"], email="leela@pe.example")
    box.switch(accelo_filter_special_characters=setting)
    assert box.ac("GET", "/contacts", params={"_filters": "email(leela@pe.example)"}).status_code == status
    body = {"_method": "get", "_filters": {"email": ["leela@pe.example"]}}
    assert len(box.ac("POST", "/contacts", json=body).json()["response"]) == 1


@pytest.mark.parametrize(("setting", "status"), [("off", 200), ("on", 400)])
def test_a_name_that_exists(box: Running, setting: str, status: int) -> None:
    company = _company(box)
    contact = _contact(box, company_id=company["id"])
    against = {"against_type": "company", "against_id": company["id"], "type_id": 1, "title": "Leak"}
    sale = {"affiliation_id": contact["default_affiliation"], "type_id": 1, "title": "Shoes"}
    _made(box, "/issues", **against)
    _made(box, "/prospects", **sale)
    box.switch(accelo_duplicate_names=setting)
    for path, fields in (("/companies", {"name": "planet express"}), ("/issues", against), ("/prospects", sale)):
        answer = box.ac("POST", path, data=fields)
        assert answer.status_code == status, path
        assert answer.json()["meta"]["status"] == ("ok" if status == 200 else "duplicate")
    assert box.ac("PUT", f"/companies/{company['id']}", data={"name": "Planet Express"}).status_code == 200, (
        "its own name"
    )


@pytest.mark.parametrize("setting", ["off", "on"])
@pytest.mark.parametrize("child", ["address", "affiliation", "profile value", "new affiliation"])
def test_an_edit_of_a_child_moves_the_parents_stamp(box: Running, setting: str, child: str) -> None:
    company = _company(box)["id"]
    contact = _contact(box, company_id=company)
    address = _made(box, f"/companies/{company}/addresses", city="Rome")["id"]
    box.switch(accelo_parent_stamp=setting)
    box.clock("accelo", 500)
    before = _stamp(box, f"/companies/{company}")
    method, path, fields = {
        "address": ("PUT", f"/addresses/{address}", {"city": "Milan"}),
        "affiliation": ("PUT", f"/affiliations/{contact['default_affiliation']}", {"phone": "1"}),
        "profile value": ("POST", f"/companies/{company}/profiles/fields/1", {"value": "1"}),
        "new affiliation": ("POST", "/affiliations", {"company_id": company, "contact_id": contact["id"]}),
    }[child]
    assert box.ac(method, path, data=fields).status_code == 200
    assert (_stamp(box, f"/companies/{company}") > before) == (setting == "on")
    if "affiliation" in child:
        assert (_stamp(box, f"/contacts/{contact['id']}") > before) == (setting == "on")


@pytest.mark.parametrize("setting", ["on", "off"])
def test_a_put_that_changes_nothing_and_the_stamp(box: Running, setting: str) -> None:
    company = _company(box, phone="1")
    box.switch(accelo_stamp_unchanged=setting)
    box.clock("accelo", 500)
    box.ac("PUT", f"/companies/{company['id']}", data={"phone": "1"})
    assert (_stamp(box, f"/companies/{company['id']}") > int(company["date_modified"])) == (setting == "on")
    box.ac("PUT", f"/companies/{company['id']}", data={"phone": "2"})
    assert _stamp(box, f"/companies/{company['id']}") > int(company["date_modified"])


@pytest.mark.parametrize("setting", ["on", "off"])
def test_profiles_and_mobile_on_a_new_contact(box: Running, setting: str) -> None:
    box.switch(accelo_profile_on_contact_post=setting, accelo_mobile_on_contact_post=setting)
    made = _contact(box, company_id=_company(box)["id"], mobile="5", **{"profile.4": "003"})
    values = box.ac("GET", f"/contacts/{made['id']}/profiles/values").json()["response"]
    assert ([v["value"] for v in values], made["mobile"]) == ((["003"], "5") if setting == "on" else ([], ""))


@pytest.mark.parametrize(("setting", "status"), [("off", 400), ("on", 200)])
def test_a_contact_without_a_company(box: Running, setting: str, status: int) -> None:
    box.switch(accelo_standalone_contacts=setting)
    answer = box.ac("POST", "/contacts", data={"firstname": "A", "surname": "B", "_fields": "default_affiliation"})
    assert answer.status_code == status
    assert status == 400 or answer.json()["response"]["default_affiliation"] is None


@pytest.mark.parametrize("setting", ["affiliation", "contact"])
def test_what_the_contact_of_a_sale_shows(box: Running, setting: str) -> None:
    company = _company(box)["id"]
    contact = _contact(box, company_id=company)["id"]
    second = _made(box, "/affiliations", company_id=company, contact_id=contact)["id"]
    box.switch(accelo_contact_link=setting)
    sale = _made(box, "/prospects", title="S", affiliation_id=second, type_id=1)
    assert sale["contact"] == (second if setting == "affiliation" else contact)


@pytest.mark.parametrize(("setting", "made", "changed"), [("post", "A", "A"), ("both", "A", "B"), ("off", None, None)])
def test_when_a_custom_id_is_honoured(box: Running, setting: str, made: str | None, changed: str | None) -> None:
    box.switch(accelo_custom_id_writable=setting)
    company = _company(box, custom_id="A")
    after = box.ac("PUT", f"/companies/{company['id']}", data={"custom_id": "B", "_fields": "custom_id"})
    assert (company["custom_id"], after.json()["response"]["custom_id"]) == (made, changed)


@pytest.mark.parametrize("setting", ["first", "off"])
def test_the_first_postal_address(box: Running, setting: str) -> None:
    box.switch(accelo_postal_address=setting)
    company = _company(box)["id"]
    _made(box, f"/companies/{company}/addresses", city="Rome")
    second, _ = (_made(box, f"/companies/{company}/addresses", city=city, postal="yes") for city in ("Milan", "Turin"))
    shown = box.ac("GET", f"/companies/{company}", params={"_fields": "postal_address"}).json()["response"][
        "postal_address"
    ]
    assert shown == (second["id"] if setting == "first" else None)


@pytest.mark.parametrize(("setting", "status"), [("ignore", 200), ("reject", 400)])
def test_a_country_that_is_not_known(box: Running, setting: str, status: int) -> None:
    box.switch(accelo_unknown_place=setting)
    company = _company(box)["id"]
    fields = {"city": "Emerald City", "country": "Oz", "state": "Munchkinland", "_fields": "country,state"}
    answer = box.ac("POST", f"/companies/{company}/addresses", data=fields)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["response"]["country"] is None and answer.json()["response"]["full"] == "Emerald City"


@pytest.mark.parametrize(("setting", "left"), [("on", "0"), ("off", "1")])
def test_what_goes_with_a_deleted_company(box: Running, setting: str, left: str) -> None:
    box.switch(accelo_company_delete_cascades=setting)
    company = _company(box)["id"]
    _made(box, "/issues", title="T", type_id=1, against_type="company", against_id=company)
    box.ac("DELETE", f"/companies/{company}")
    assert box.ac("GET", "/issues/count").json()["response"] == {"count": left}


@pytest.mark.parametrize("setting", ["403", "401"])
def test_a_call_outside_the_scope(box: Running, setting: str) -> None:
    box.switch(accelo_scope_violation=setting)
    login = (box.accelo["client_id"], box.accelo["client_secret"])
    fields = {"grant_type": "client_credentials", "scope": "read(contacts)"}
    made = requests.post(f"{box.accelo['url']}/oauth2/v0/token", auth=login, data=fields, timeout=10).json()
    answer = box.ac("GET", "/companies", headers={"Authorization": f"Bearer {made['access_token']}"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (int(setting), "invalid_permission")


@pytest.mark.parametrize(("setting", "status"), [("invalid_request", 400), ("html_404", 404)])
def test_a_path_that_does_not_exist(box: Running, setting: str, status: int) -> None:
    """Outside /api it is a 404 page in any case; a record that does not exist is 400 in any case."""
    box.switch(accelo_unknown_path=setting)
    for path in ("/planets", "/planets/1", "/"):
        answer = box.ac("GET", path)
        assert answer.status_code == status
        assert ("<html" in answer.text) == (status == 404)
    assert requests.get(box.accelo["url"] + "/nowhere", timeout=10).status_code == 404
    assert box.ac("GET", "/companies/999").status_code == 400


@pytest.mark.parametrize(("setting", "status"), [("documented", 400), ("everywhere", 200)])
def test_where_iso_dates_are_read(box: Running, setting: str, status: int) -> None:
    box.switch(accelo_iso_dates=setting)
    against = {"against_type": "company", "against_id": _company(box)["id"], "type_id": 1, "title": "T"}
    answer = box.ac("POST", "/issues", data={**against, "date_due": "2017-05-11", "_fields": "date_due"})
    assert answer.status_code == status
    assert status == 400 or answer.json()["response"]["date_due"] == "1494424800"


@pytest.mark.parametrize(("setting", "stored"), [("crlf", "a\r\nb"), ("kept", "a\nb")])
def test_line_ends_of_long_texts(box: Running, setting: str, stored: str) -> None:
    box.switch(accelo_line_ends=setting)
    assert _company(box, comments="a\nb")["comments"] == stored


@pytest.mark.parametrize(
    ("setting", "midnight"),
    [("Australia/Sydney", "1494424800"), ("America/New_York", "1494475200"), ("UTC", "1494460800")],
)
def test_midnight_is_that_of_the_deployment(box: Running, setting: str, midnight: str) -> None:
    box.switch(accelo_timezone=setting)
    contact = _contact(box, company_id=_company(box)["id"])
    sale = _made(
        box, "/prospects", title="S", affiliation_id=contact["default_affiliation"], type_id=1, date_due="2017-05-11"
    )
    assert sale["date_due"] == midnight
    assert box.ac("GET", "/tokeninfo").json()["response"]["locale"]["timezone"] == setting


def test_a_skewed_clock_stamps_records(box: Running) -> None:
    box.clock("accelo", -7200)
    assert abs(int(_company(box)["date_created"]) + 7200 - time.time()) < 60


@pytest.mark.parametrize("setting", ["400", "200"])
def test_the_http_status_of_a_refused_write(box: Running, setting: str) -> None:
    """meta.status says the truth under both; reads keep their 400."""
    box.switch(accelo_refused_write_status=setting)
    answer = box.ac("POST", "/companies", data={"phone": "1"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (int(setting), "invalid_request")
    assert box.ac("GET", "/companies/999").status_code == 400
