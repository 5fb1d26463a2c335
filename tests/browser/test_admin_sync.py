"""The way of an admin in a real browser: connect, read-only, preview, confirm, see it done; two browsers, a reload."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import start_app
from toolkit.runs.verify import verify
from toolkit.workspace import Workspace


@pytest.mark.parametrize("system", ["salesforce", "accelo"])
def test_p12_the_sign_in_dance_on_each_systems_own_pages(tab, app, sandbox, system):
    """An administrator signs in at the system itself; the code is in no address, no history and no page of ours."""
    me, name = tab(), {"salesforce": "Salesforce", "accelo": "Accelo"}[system]
    me.open("/connections")
    with me.page.context.expect_page() as opened:
        me.page.locator(f'a[href="/oauth/{system}/start"]').click()
    login = opened.value
    visited: list[str] = []
    login.on("framenavigated", lambda frame: visited.append(frame.url))
    login.get_by_label("Username").fill(sandbox[system]["username"])
    login.get_by_label("Password").fill(sandbox[system]["password"])
    login.get_by_role("button", name="Log In").click()
    login.get_by_role("button", name="Allow").click()
    login.wait_for_url(re.compile(r"/connections"), timeout=30_000)
    login.get_by_text(f"Connected to {name}.").wait_for(timeout=20_000)
    assert "code=" not in login.url and not any("code=" in url for url in visited if "/connections" in url)
    history = login.evaluate("history.length") and login.content()
    assert sandbox[system]["client_secret"] not in history
    with Workspace(app.folder) as workspace:
        assert workspace.credentials.get(system) is not None
    me.open("/connections").sees("Sandbox Engineering" if system == "salesforce" else "Nora Whitfield")
    me.shot(f"connections-{system}")


def test_p2_preview_then_confirm_then_report_with_a_reload_and_a_second_browser(connected, tab):
    """What the plan page lists is what is written; the run is found again by a reload and by another browser."""
    me, other = tab(), tab()
    with Workspace(connected.folder) as workspace:
        sent = len(workspace.state.journal.attempts())
    me.open("/").press("Preview changes").sees("Preview of a sync")
    me.open("/")  # a reload in the middle: the run goes on and is found again
    me.sees("A preview is ready", 60)
    me.shot("sync-preview-ready")
    me.press("Look at the changes").title("Preview of a sync")
    me.sees("Records written in Accelo")
    with Workspace(connected.folder) as workspace:
        plan = workspace.state.plans.latest(workspace.state.runs.all(1)[0].id)
        assert plan is not None
        assert len(workspace.state.journal.attempts()) == sent  # nothing was written by a preview
    button = me.page.get_by_role(
        "button", name=re.compile(r"^Write [\d,]+ records? to Accelo and [\d,]+ records? to Salesforce")
    )
    numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]+", button.inner_text())]
    assert numbers == [
        sum(n for name, n in plan.counts.items() if name.endswith(side)) for side in ("accelo", "salesforce")
    ]
    me.shot("plan")
    button.click()
    me.title("Sync, confirmed")
    run = re.search(r"run=([^&]+)", me.page.url)
    assert run
    other.open(f"/run?run={run[1]}")
    me.page.reload()
    for each in (me, other):
        each.sees("Seal", 90)
        each.sees("Writes")
    me.page.get_by_role("tab", name="Report").click()
    me.page.frame_locator("iframe").first.get_by_role("heading", name="Apply").wait_for(timeout=20_000)
    me.shot("run-report")
    me.page.get_by_role("tab", name="Overview").click()
    me.shot("run")
    with Workspace(connected.folder) as workspace:
        row = workspace.state.runs.get(run[1])
        assert row and row.state == "done" and row.counts["failed"] == 0
        found = workspace.state.plans.find(plan.hash)
        assert found and found.state in ("applied", "partly") and found.confirmed_by == "local administrator"
    me.page.get_by_role("tab", name="Seal").click()
    me.press("Verify now").sees("Everything holds", 30)
    pack = me.page.request.get(f"{connected.url}/runs/{run[1]}/pack.zip")
    assert pack.ok and pack.body()[:2] == b"PK"
    with Workspace(connected.folder) as workspace:
        assert verify(workspace.run_folder(run[1])) == []


def test_p9_a_run_goes_on_while_the_app_is_killed_and_the_new_one_finds_it(connected, tab, tmp_path):
    """The run belongs to its process: the app dies in the middle of it, is started again, and shows it to its end."""
    first = start_app(connected.folder, tmp_path / "first.log")
    with Workspace(connected.folder) as workspace:
        before = {row.id for row in workspace.state.runs.all()}
    me = tab(first).open("/")
    me.page.get_by_role("button", name=re.compile("^(Make a new preview|Preview changes)$")).click()
    me.sees("Open this run")
    first.process.kill()
    first.process.wait(10)
    with Workspace(connected.folder) as workspace:
        (run,) = {row.id for row in workspace.state.runs.all()} - before
        assert workspace.state.runs.get(run).state in ("queued", "running")
    second = start_app(connected.folder, tmp_path / "second.log")
    try:
        again = tab(second).open(f"/run?run={run}")
        again.sees("Seal", 60)
        with Workspace(connected.folder) as workspace:
            assert workspace.state.runs.get(run).state == "done"
    finally:
        second.stop()


def test_a_confirmed_plan_cannot_be_confirmed_again(connected, tab):
    with Workspace(connected.folder) as workspace:
        done = next(row for row in workspace.state.runs.all() if row.mode == "plan" and row.state == "done")
        workspace.state.plans.set_state(done.plan_hash, "applied")
    me = tab().open(f"/plan?run={done.id}")
    me.sees("This preview was carried out already.")
    assert me.page.get_by_role("button", name=re.compile("^Write ")).count() == 0


def test_a_question_is_decided_with_both_sides_in_sight(connected, tab):
    me = tab().open("/inbox")
    me.shot("inbox")
    grid = me.page.get_by_test_id("stDataFrame").first
    box = grid.bounding_box()
    assert box
    me.page.mouse.click(box["x"] + 18, box["y"] + 52)  # the first row's box; the table is drawn on a canvas
    me.sees("Decide")
    with Workspace(connected.folder) as workspace:
        before = workspace.state.inbox.counts()
    me.page.get_by_text("Leave it as it is", exact=True).first.click()
    me.press("Decide this one").sees("1 question decided")
    with Workspace(connected.folder) as workspace:
        assert sum(workspace.state.inbox.counts().values()) == sum(before.values()) - 1
        assert len(workspace.state.inbox.decisions()) == 1
        assert workspace.state.inbox.items(("decided",))[0].decided_by == "local administrator"
    me.sees("The next preview shows what follows from it")


def test_why_tells_the_story_of_a_record(connected, tab):
    with Workspace(connected.folder) as workspace:
        link = next(link for link in workspace.state.links.all("company") if link.salesforce_id)
    me = tab().open(f"/why?id={link.salesforce_id}")
    me.sees("are the same record and kept in step")
    me.sees("Field by field")
    me.shot("why")


def test_p1_read_only_says_what_it_means_and_what_will_change(connected, tab):
    me = tab().open("/")
    me.press("Make read-only…").sees("no request that could change Salesforce leaves this program")
    me.press("Turn read-only on").sees("Read-only is on: Accelo follows Salesforce")
    with Workspace(connected.folder) as workspace:
        assert workspace.state.read_only
    me.shot("sync-read-only")
    me.press("Turn off…").sees("only sent when you confirm that preview")
    me.press("Turn read-only off").sees("Two-way: changes in Salesforce go to Accelo")
    with Workspace(connected.folder) as workspace:
        assert not workspace.state.read_only
