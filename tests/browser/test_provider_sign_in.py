"""Sign-in through an identity provider, end to end: a real one on loopback, a real browser, the real app."""

from __future__ import annotations

import json
import re
import socket

import pytest
import requests

from tests.browser.conftest import start_app, write_accounts
from tests.browser.provider import CLIENT, SECRET, Provider
from toolkit.accounts import Accounts, Role
from toolkit.pages.sessions import LASTS
from toolkit.settings import set_value
from toolkit.workspace import Workspace

PASSWORD = "correct horse canary"
PEOPLE = {"ada@acme.example": True, "olga@acme.example": True, "eve@else.example": True, "mal@acme.example": False,
          "nina@acme.example": None}  # fmt: skip


@pytest.fixture(scope="module")
def acme(tmp_path_factory, sandbox):
    """The app with two accounts that its provider knows, one with a password,
    and one that the provider cannot prove."""
    folder = tmp_path_factory.mktemp("acme") / "workspace"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    provider = Provider(f"{address}/oauth2callback", dict(PEOPLE)).start()
    with Workspace.create(folder) as workspace:
        workspace.use_sandbox(sandbox)
        said = {"name": "Acme", "metadata_url": f"{provider.url}/.well-known/openid-configuration", "client_id": CLIENT}
        for key, value in (said | {"address": address}).items():
            set_value(folder, f"identity.{key}", value)
        workspace.credentials.put_secret("identity", SECRET)
    write_accounts(folder, {"Pat": "consultant"}, PASSWORD)
    accounts = Accounts(folder)
    for mail, role in (("Ada@Acme.example", Role.ADMINISTRATOR), ("olga@acme.example", Role.AUDITOR),
                       ("mal@acme.example", Role.ADMINISTRATOR),
                       ("nina@acme.example", Role.ADMINISTRATOR)):  # fmt: skip
        accounts.add(mail, role, None)
    app = start_app(folder, folder.parent / "app.log", port=port)
    yield app, provider
    app.stop()
    provider.stop()


def sign_in(me, mail, *, through="/sign-in"):
    me.page.goto(me.app.url + through)
    me.page.get_by_text("Sign in with Acme").click()
    me.page.get_by_label("Work e-mail").fill(mail)
    me.page.get_by_role("button", name="Continue").click()
    return me


def test_p12_an_auditor_of_the_provider_sees_and_changes_nothing_and_signs_out_everywhere(acme, tab):
    app, provider = acme
    me = tab(app)
    seen: list[str] = []
    me.page.on("framenavigated", lambda frame: seen.append(frame.url))
    sign_in(me, "olga@acme.example").title("Sync")
    me.sees("acme.example · auditor")
    me.open("/settings").sees("You may look at the settings")
    assert not any("code=" in url for url in seen if url.startswith(app.url))  # the code is taken by a route
    answer = me.page.request.get(f"{app.url}/oauth/salesforce/start", max_redirects=0)
    assert answer.status == 403 and "is an auditor and may not connect" in answer.text()
    # a route knows her too
    assert me.page.request.get(f"{app.url}/runs/none/report.html", max_redirects=0).status == 404
    cookies = {cookie["name"]: cookie for cookie in me.page.context.cookies()}
    kept = cookies["_streamlit_user"]
    assert kept["httpOnly"] and kept["sameSite"] == "Lax"
    text = json.dumps(cookies) + me.page.content() + app.log.read_text()
    assert SECRET not in text and (app.folder / "settings.toml").read_text().find(SECRET) < 0
    other = me.page.context.new_page()
    other.goto(app.url)
    other.get_by_text("acme.example · auditor").wait_for()
    me.page.get_by_role("link", name="Sign out").click()
    me.page.goto(app.url + "/sign-out")
    me.page.get_by_role("button", name="Sign out").click()
    me.page.wait_for_url(f"{app.url}/**")
    me.title("Please sign in")
    assert provider.ended == ["olga@acme.example"]  # the provider was told
    assert "_streamlit_user" not in {cookie["name"] for cookie in me.page.context.cookies()}
    stolen = requests.get(f"{app.url}/oauth/salesforce/start", cookies={"_streamlit_user": kept["value"]},
                          timeout=10, allow_redirects=False)  # fmt: skip
    assert stolen.headers["location"] == "/sign-in"  # a copy of the cookie opens nothing any more
    other.get_by_role("link", name="Runs & evidence").click()  # nor does a page that was open
    other.get_by_role("heading", name="Please sign in").wait_for()


def test_p12_an_administrator_connects_a_system_from_the_button_of_the_app_itself(acme, tab, sandbox):
    app, _ = acme
    me = sign_in(tab(app), "ada@acme.example", through="/")
    me.sees("Acme.example · administrator")  # the account's own spelling; the provider's differs in capitals
    with me.open("/connections").page.context.expect_page() as opened:
        me.page.locator('a[href="/oauth/accelo/start"]').click()
    login = opened.value
    login.get_by_label("Username").fill(sandbox["accelo"]["username"])
    login.get_by_label("Password").fill(sandbox["accelo"]["password"])
    login.get_by_role("button", name="Log In").click()
    login.get_by_role("button", name="Allow").click()
    login.get_by_text("Connected to Accelo.").wait_for(timeout=30_000)


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("eve@else.example", "nobody of that name may use this workspace"),
        ("mal@acme.example", "it does not vouch for that address"),
        ("nina@acme.example", "it does not vouch for that address"),
    ],
)
def test_p12_a_stranger_and_an_unproven_address_are_refused_with_the_next_step(acme, tab, mail, said):
    app, _ = acme
    me = sign_in(tab(app), mail)
    me.title("Please sign in")
    me.sees(said)
    me.sees("Ask an administrator" if "eve" in mail else "Have the address verified")
    if "eve" in mail:
        me.shot("stranger")
    answer = me.page.request.get(f"{app.url}/oauth/salesforce/start", max_redirects=0)
    assert answer.status == 303 and answer.headers["location"] == "/sign-in"
    me.page.goto(f"{app.url}/settings")
    me.title("Please sign in")


def test_an_unproven_address_counts_where_an_administrator_said_so_and_a_false_one_never(acme, tab):
    app, _ = acme
    set_value(app.folder, "identity.trust_unverified", "true")
    try:
        sign_in(tab(app), "nina@acme.example").sees("acme.example · administrator")
        sign_in(tab(app), "mal@acme.example").sees("it does not vouch for that address")
    finally:
        set_value(app.folder, "identity.trust_unverified", "false")


def test_a_password_works_beside_the_provider_and_an_account_without_one_has_none(acme, tab):
    app, _ = acme
    me = tab(app)
    me.page.goto(app.url + "/sign-in")
    me.page.screenshot(path=_shot("sign-in"))
    for name, password in (("olga@acme.example", "nobody has this password"), ("olga@acme.example", "x")):
        me.page.get_by_label("Name").fill(name)
        me.page.get_by_label("Password").fill(password)
        me.press("Sign in").sees("is not right")
    me.page.get_by_label("Name").fill("Pat")
    me.page.get_by_label("Password").fill(PASSWORD)
    me.press("Sign in").sees("Pat · consultant")


def test_denied_at_the_provider_or_with_an_old_sign_in_one_is_not_signed_in(acme, tab):
    app, provider = acme
    me = sign_in(tab(app), "nobody@acme.example")
    me.title("Please sign in")
    provider.issued_ago = int(LASTS) + 60
    try:
        me = sign_in(tab(app), "ada@acme.example")
        me.title("Please sign in")
        me.sees("This workspace has accounts")
    finally:
        provider.issued_ago = 0


def test_a_callback_that_nobody_started_and_a_forged_cookie_open_nothing(acme):
    app, provider = acme
    before = provider.exchanged
    answer = requests.get(f"{app.url}/oauth2callback?code=x&state=y", timeout=10, allow_redirects=False)
    assert answer.status_code == 302 and "_streamlit_user" not in answer.headers.get("set-cookie", "")
    assert provider.exchanged == before
    for value in ("", "x", '{"is_logged_in": true, "email": "ada@acme.example"}', "a.b.c"):
        forged = requests.get(f"{app.url}/oauth/accelo/start", cookies={"_streamlit_user": value}, timeout=10,
                              allow_redirects=False)  # fmt: skip
        assert forged.headers.get("location") == "/sign-in", value


def test_a_provider_that_is_down_is_said_so(acme, tab):
    app, provider = acme
    provider.stop()  # the last test of this file
    me = tab(app)
    me.page.goto(app.url + "/sign-in")
    me.page.get_by_text("Sign in with Acme").click()
    me.sees("The identity provider does not answer")
    assert re.search(r"/sign-in/with/default$", me.page.url)


def _shot(name):
    from tests.browser.conftest import SHOTS

    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS / f"{name}.png"
