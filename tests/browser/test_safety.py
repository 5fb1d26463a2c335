"""Hostile texts do no harm; an auditor changes nothing, also by hand-made requests;
nothing is framed or fed from outside."""

from __future__ import annotations

import pytest
import requests

from tests.browser.conftest import start_app, write_accounts
from tests.browser.hostile import RUN, TEXTS, fill, id_of
from toolkit.workspace import Workspace

SECRET = "correct horse canary"
PAGES = ("/", "/inbox", f"/why?id={id_of(1)}", "/why?id=script", "/import", "/runs", f"/run?run={RUN}",
         f"/plan?run={RUN}", "/connections", "/rules", "/settings")  # fmt: skip


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad") / "workspace"
    fill(folder)
    started = start_app(folder, folder.parent / "app.log")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, sandbox):
    """The app of a workspace with accounts."""
    folder = tmp_path_factory.mktemp("guarded") / "workspace"
    with Workspace.create(folder) as workspace:
        workspace.use_sandbox(sandbox)
        for system in ("salesforce", "accelo"):
            workspace.connections.sign_in(system, "client_credentials")
    write_accounts(folder, {"Ada": "administrator", "Olga": "auditor"}, SECRET)
    started = start_app(folder, folder.parent / "app.log")
    yield started
    started.stop()


def test_p15_hostile_texts_do_no_harm_on_any_page(bad, tab):
    """No script of a record runs, nothing is fetched for it,
    no picture or link is made of it (see Tab for the rest)."""
    me = tab(bad)
    for path in PAGES:
        me.open(path)
        me.page.wait_for_timeout(250)
        assert me.page.evaluate("window.pwned === undefined")
        assert (
            me.page.locator('img[src="x"], svg[onload], a[href^="javascript:"], a[href*="evil.example"]').count() == 0
        ), path
        assert me.page.get_by_text("Traceback").count() == 0, path
    me.open("/inbox")
    grid = me.page.get_by_test_id("stDataFrame").first.bounding_box()
    assert grid
    me.page.mouse.click(grid["x"] + 18, grid["y"] + 85)  # the second question: an image with an onerror
    me.sees(TEXTS[1][:20])
    assert me.page.evaluate("window.pwned === undefined")


def test_headers_forbid_framing_and_other_hosts_are_refused(bad):
    answer = requests.get(bad.url, timeout=10)
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN" and answer.headers["x-content-type-options"] == "nosniff"
    assert requests.get(bad.url, headers={"Host": "evil.example"}, timeout=10).status_code == 421
    for path in (
        f"/runs/{RUN}/manifest.json",
        "/runs/..%2f..%2fcredentials/report.html",
        f"/runs/{RUN}/../credentials",
    ):
        assert requests.get(bad.url + path, timeout=10).content[:1] in (b"<", b"T", b"B"), path  # pages, no file


def test_p12_an_auditor_signs_in_sees_everything_and_changes_nothing(guarded, tab):
    me = tab(guarded)
    me.page.goto(guarded.url)
    me.page.get_by_role("link", name="Sign in").wait_for()
    me.page.goto(guarded.url + "/sign-in")
    me.page.get_by_label("Name").fill("Olga")
    me.page.get_by_label("Password").fill("wrong password")
    me.press("Sign in").sees("is not right")
    me.page.get_by_label("Name").fill("Olga")
    me.page.get_by_label("Password").fill(SECRET)
    me.press("Sign in").title("Sync")
    me.sees("Olga · auditor")
    for name in ("Preview changes", "Make read-only…"):
        assert me.page.get_by_role("button", name=name).count() == 0
    for path in ("/connections", "/settings", "/rules", "/inbox"):
        me.open(path)
        assert me.page.get_by_role("button", name="Disconnect…").count() == 0
    for path in ("/oauth/salesforce/start", "/oauth/accelo/callback?code=x&state=y"):  # by hand
        answer = me.page.request.get(guarded.url + path, max_redirects=0)
        assert answer.status == 403 and "may not" in answer.text()
    with Workspace(guarded.folder) as workspace:
        assert workspace.state.runs.all() == [] and not workspace.state.read_only
    cookies = {cookie["name"]: cookie for cookie in me.page.context.cookies()}
    assert cookies["toolkit_session"]["httpOnly"] and cookies["toolkit_session"]["sameSite"] == "Lax"
    me.shot("auditor")


def test_without_a_session_no_route_tells_anything(guarded):
    for path in ("/oauth/salesforce/start", "/runs/x/report.html", "/runs/x/pack.zip"):
        answer = requests.get(guarded.url + path, timeout=10, allow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"] == "/sign-in"
    other = requests.post(guarded.url + "/sign-in", data={"name": "Olga", "password": SECRET},
                          headers={"Origin": "http://evil.example"}, timeout=10)  # fmt: skip
    assert other.status_code == 403 and "set-cookie" not in other.headers


def test_another_address_is_not_served_while_everybody_could_use_it(bad, tmp_path):
    from toolkit.errors import UsageError
    from toolkit.pages.guard import check_address

    with pytest.raises(UsageError, match="while everybody could use it"):
        check_address("0.0.0.0", bad.folder)
    write_accounts(tmp_path, {"Ada": "administrator"}, SECRET)
    check_address("0.0.0.0", tmp_path)
