"""The whole import wizard in a real browser, with a reload in the middle of the wizard and of the run."""

from __future__ import annotations

import re

from toolkit.workspace import Workspace


def map_everybody(me):
    """Suggestions first, then the one who stands for everyone else; nothing to do where another import mapped them."""
    me.settled()
    if (hints := me.page.get_by_role("button", name=re.compile("^Take .* suggestion"))).count():
        hints.click()
        me.sees("Suggestions taken")
    everyone = me.settled().page.get_by_label("Everyone who is not named goes to")
    if "Nora Whitfield" not in (everyone.get_attribute("value") or everyone.inner_text()):
        everyone.click()
        me.page.get_by_role("option", name=re.compile("Nora Whitfield")).click()
    me.sees("Everything that occurs is mapped.")


def accept_and_confirm(me, button):
    """What Accelo cannot hold is accepted by name first; returns how many the button promises."""
    assert button.is_disabled()
    for box in me.page.locator('[data-testid="stCheckbox"] label').all():
        box.click()
    button.and_(me.page.locator(":enabled")).wait_for()
    promised = int(re.findall(r"\d+", button.inner_text())[0])
    button.click()
    return promised


def test_p2_sales_from_reading_to_the_money_that_closes(synced, tab):
    me = tab().open("/import")
    me.press("Read both systems")
    me.sees("Who in Accelo stands for each owner", 60)
    me.shot("import-people")
    map_everybody(me)
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
    promised = accept_and_confirm(me, button)
    me.sees("The import is under way", 30)
    me.page.reload()  # in the middle of the run
    me.sees("Money in, money out", 120)
    me.shot("import-result")
    with Workspace(synced.folder) as workspace:
        row = next(row for row in workspace.state.runs.all() if row.kind == "sales" and row.mode == "apply")
        assert row.state == "done" and row.counts["ledger"]["created"] == promised
        assert all(money["equal"] for money in row.counts["money"])
        assert workspace.state.get(f"by:{row.id}") == "local administrator"


def test_p2_tickets_from_reading_to_the_last_case_with_a_sample_first(synced, tab):
    """The tickets' own statuses, a sample as the first slice, a second browser in the middle, then the rest:
    no case twice."""
    me = tab().open("/import?what=tickets")
    me.press("Read both systems")
    me.sees("Who in Accelo stands for each owner", 60)
    map_everybody(me)
    me.press("Next: statuses").sees("Which status of Accelo each status")
    me.settled()
    if (hints := me.page.get_by_role("button", name=re.compile("^Take .* suggestion"))).count():
        hints.click()
    me.sees("Everything that occurs is mapped.")
    me.shot("import-ticket-statuses")
    me.press("Next: scope").sees("Only a sample of so many")
    sample = me.page.get_by_label("Only a sample of so many")
    sample.fill("7")
    sample.press("Tab")
    me.press("Keep this, and go to the preview").sees("The preview reads both systems again")
    me.open("/import?what=tickets").sees("The preview reads both systems again")  # left and found again
    me.press("Preview the import")
    me.sees("Make the preview again", 60)
    first = accept_and_confirm(me, me.page.get_by_role("button", name=re.compile(r"^Create \d+ tickets? in Accelo")))
    assert 1 <= first <= 7
    me.sees("The import is under way", 30)
    other = tab().open("/import?what=tickets")  # a second browser on the same run
    for each in (me, other):
        each.sees(f"{first} tickets in Accelo made by this import", 120)
    me.page.get_by_text("4 Scope", exact=True).click()
    sample = me.page.get_by_label("Only a sample of so many")
    sample.fill("0")
    sample.press("Tab")
    me.press("Keep this, and go to the preview")
    me.page.get_by_role("button", name=re.compile("^(Make the preview again|Preview the import)$")).click()
    me.sees("Reading and planning", 30)
    me.sees("Make the preview again", 60)
    button = me.page.get_by_role("button", name=re.compile(r"^Create \d+ tickets? in Accelo"))
    rest = accept_and_confirm(me, button)
    me.sees(f"{rest} tickets in Accelo made by this import", 120)
    me.shot("import-tickets-result")
    with Workspace(synced.folder) as workspace:
        rows = [row for row in workspace.state.runs.all() if row.kind == "tickets" and row.mode == "apply"]
        assert [row.state for row in rows] == ["done", "done"]
        assert sorted(row.counts["ledger"]["created"] for row in rows) == sorted([first, rest])
        tickets = [link for link in workspace.state.links.all("ticket") if link.accelo_id]
        assert len({link.salesforce_id for link in tickets}) == len(tickets) == first + rest
        sums = {row.id: sum(row.counts["ledger"].values()) for row in rows}
        cases = len({*workspace.state.seen.ids("salesforce.Case")}) or max(sums.values())
        assert max(sums.values()) == cases, sums  # the last run accounts for every case
