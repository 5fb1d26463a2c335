"""What a change of a field rule would do, shown before it is saved, is what a real plan does after it was saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.app.conftest import still, typed_in_accelo
from toolkit.runs import planning, replan
from toolkit.runs.records import Observed
from toolkit.runs.streams import learn
from toolkit.screens import rule_effect, rule_versions
from toolkit.screens.rules import Edit
from toolkit.sync.plan import plan_sync


def really_planned(workspace):
    """(field, side, before, after) of every write, and (field, None) of every conflict, of a plan as a run makes it."""
    shape = learn(workspace.state.get("shape"), workspace.rules)
    rules = shape.site.fit(workspace.rules)
    observed = Observed(workspace.state, rules, shape.values)
    plan = plan_sync(planning.gather(workspace, rules, shape, observed, full=True, include_held=True).data)
    writes = {
        (a.kind, a.salesforce_id, c.field, a.side, str(c.before), str(c.after)) for a in plan.actions for c in a.changes
    }
    return writes | {
        (q.record_kind, q.salesforce_id, q.field, None, str(q.ours), str(q.theirs)) for q in plan.questions if q.field
    }


def changed(workspace, where, in_salesforce="03 9999 0001", in_accelo="03 9999 0002"):
    """A linked company whose phone was typed anew in Accelo, in Salesforce, or in both."""
    seen = workspace.state.seen
    link = typed_in_accelo(workspace, "phone", in_accelo) if where != "salesforce" else still(workspace)
    if where != "accelo":
        row = seen.get("salesforce.Account", [link.salesforce_id])[link.salesforce_id]
        seen.put([replace(row, row={**row.row, "Phone": in_salesforce})], "test")
        seen.soil([("salesforce", "company", link.salesforce_id)], "changed", "2026-11-25T00:00:00+00:00")


@pytest.mark.parametrize("limit", [replan.WHOLE, 0], ids=["planned whole", "only what it may concern"])
@pytest.mark.parametrize(
    ("where", "edit", "now", "then"),
    [
        ("accelo", Edit("company", "phone", "direction", "salesforce-to-accelo"), "Salesforce: ", "nothing is written"),
        ("salesforce", Edit("company", "phone", "direction", "accelo-to-salesforce"), "Accelo: ", "nothing is written"),
        ("both", Edit("company", "phone", "policy", "salesforce"), "a person is asked: 03 9999 0001 or", "Accelo: "),
        ("both", Edit("company", "phone", "policy", "accelo"), "a person is asked: 03 9999 0001 or", "Salesforce: "),
    ],
)
def test_p2_the_effect_shown_is_the_difference_of_two_real_plans(workspace, monkeypatch, where, edit, now, then, limit):
    monkeypatch.setattr(replan, "WHOLE", limit)
    changed(workspace, where)
    names = {
        row["name"] for row in workspace.state.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    before = {name: list(map(tuple, workspace.state.database.rows(f"SELECT * FROM {name}"))) for name in names}
    shown = rule_effect.effect(workspace, [edit])
    after = {name: list(map(tuple, workspace.state.database.rows(f"SELECT * FROM {name}"))) for name in names}
    assert after == before  # nothing is kept
    first = really_planned(workspace)
    rule_versions.save(workspace, [edit], workspace.rules.digest, "Ada")
    second = really_planned(workspace)
    assert len({row[:3] for row in first ^ second}) == shown.total == len(shown.rows) == 1
    row = shown.rows[0]
    assert row["With today's rules"].startswith(now) and row["With this change"].startswith(then)
    for real, said in ((first - second, row["With today's rules"]), (second - first, row["With this change"])):
        assert all(f"{value[5]}" in said for value in real) and bool(real) == (said != "nothing is written")


def test_beyond_the_limit_the_rest_is_counted(workspace, monkeypatch):
    for number in range(3):
        changed(workspace, "both", f"03 9999 000{number}", f"03 9999 100{number}")
    edit = Edit("company", "phone", "policy", "salesforce")
    monkeypatch.setattr(replan, "WHOLE", 0)
    all_ = rule_effect.effect(workspace, [edit])
    monkeypatch.setattr(replan, "PAIRS", 1)
    monkeypatch.setattr(rule_effect, "SHOWN", 0)
    some = rule_effect.effect(workspace, [edit])
    assert all_.total == 3 and some.total <= 1 and some.rows == ()
    assert "Looked at: 1 of " in some.sum


def test_before_anything_was_read_nothing_is_claimed(workspace):
    workspace.state.put("shape", None)
    shown = rule_effect.effect(workspace, [Edit("contact", "email", "direction", "salesforce-to-accelo")])
    assert "Nothing was read yet" in shown.sum and shown.total == 0 and len(shown.meaning) == 1
