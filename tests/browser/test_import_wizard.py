"""The whole import wizard in a real browser, with a reload in the middle of the wizard and of the run."""

from __future__ import annotations

import re

import pytest

from toolkit.workspace import Workspace


@pytest.fixture
def synced(connected):
    """Companies and contacts came over first: sales hang on them."""
    with Workspace(connected.folder) as workspace:
        if not any(row.mode == "apply" and row.state == "done" for row in workspace.state.runs.all()):
            done = workspace.run_notebook("sync", "sync", "plan", {"mode": "plan"})
            workspace.run_notebook("sync", "sync", "apply", {"mode": "apply", "confirmed": done.plan_hash})
    return connected


def test_p2_sales_from_reading_to_the_money_that_closes(synced, tab):
    me = tab().open("/import")
    me.press("Read both systems")
    me.sees("Who in Accelo stands for each owner", 60)
    me.shot("import-people")
    me.page.get_by_role("button", name=re.compile("^Take .* suggestion")).click()
    me.sees("Suggestions taken")
    me.settled().page.get_by_label("Everyone who is not named goes to").click()
    me.page.get_by_role("option", name=re.compile("Nora Whitfield")).click()
    me.sees("Everything that occurs is mapped.")
    me.press("Next: statuses").sees("Which status of Accelo each status")
    me.page.get_by_role("button", name=re.compile("^Take .* suggestion")).click()
    me.sees("Everything that occurs is mapped.")
    me.open("/import")  # left and found again
    me.sees("Which status of Accelo each status")
    me.press("Next: scope").sees("Only a sample of so many")
    me.press("Keep this, and go to the preview")
    me.press("Preview the import")
    me.sees("Make the preview again", 60)
    me.shot("import-preview")
    button = me.page.get_by_role("button", name=re.compile(r"^Create \d+ sales? in Accelo"))
    assert button.is_disabled()  # what Accelo cannot hold is accepted by name first
    for box in me.page.locator('[data-testid="stCheckbox"] label').all():
        box.click()
    button.and_(me.page.locator(":enabled")).wait_for()
    promised = int(re.findall(r"\d+", button.inner_text())[0])
    button.click()
    me.sees("The import is under way", 30)
    me.page.reload()  # in the middle of the run
    me.sees("Money in, money out", 120)
    me.shot("import-result")
    with Workspace(synced.folder) as workspace:
        row = next(row for row in workspace.state.runs.all() if row.kind == "sales" and row.mode == "apply")
        assert row.state == "done" and row.counts["ledger"]["created"] == promised
        assert all(money["equal"] for money in row.counts["money"])
        assert workspace.state.get(f"by:{row.id}") == "local administrator"
