"""inbox and decide from the command line: what waits, clear refusals, and decisions that the next run carries out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.runs.bed import Bed
from toolkit.__main__ import main
from toolkit.store.evidence import read_evidence


@pytest.fixture
def asked(bed: Bed) -> Bed:
    """Two conflicts of companies."""
    links = [link for link in bed.state.links.all() if link.kind == "company" and link.salesforce_id and link.accelo_id]
    for number, link in enumerate(links[:2]):
        bed.served.edit("salesforce", "Account", link.salesforce_id, {"Fax": f"+61 2 5550 220{number}"})
        bed.served.edit("accelo", "companies", link.accelo_id, {"fax": f"02 5550 330{number}"})
    bed.sync()
    return bed


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(bed: Bed, *arguments: str) -> tuple[int, Any]:
        code = main(["--workspace", str(bed.folder), *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_the_inbox_lists_what_both_sides_hold_and_the_choices(asked: Bed, say: Any) -> None:
    code, said = say(asked, "inbox", "--kind", "conflict")
    assert code == 0 and len(said["questions"]) == 2
    first = said["questions"][0]
    assert {"id", "kind", "records", "base", "ours", "theirs", "choices", "reason", "since"} <= first.keys()
    assert (
        first["kind"] == "conflict"
        and first["field"] == "fax"
        and "2200" in first["ours"]
        and "3300" in first["theirs"]
    )
    assert first["choices"] == ["salesforce", "accelo", "keep"] and first["records"]["salesforce"]


def test_a_decision_is_an_input_of_the_next_plan_and_stands_in_its_evidence(asked: Bed, say: Any) -> None:
    before = asked.run("plan")
    first, second = (row["id"] for row in say(asked, "inbox", "--kind", "conflict")[1]["questions"])
    assert say(asked, "decide", str(first), "salesforce")[1]["decided"] == 1
    assert say(asked, "decide", str(second), "accelo")[0] == 0
    after = asked.run("plan")
    assert after.plan_hash != before.plan_hash
    done = asked.run("apply", confirmed=after.plan_hash)
    assert done.counts["writes"] == {"accelo": 1, "salesforce": 1}
    pack = asked.workspace.run_folder(done.run) / "run.duckdb"
    rows = read_evidence(Path(pack), "SELECT choice, decided_by FROM decisions ORDER BY choice")
    assert rows == [{"choice": name, "decided_by": "the command line"} for name in ("accelo", "salesforce")]
    asked.sync()
    assert say(asked, "inbox", "--kind", "conflict")[1]["questions"] == []


def test_all_of_a_kind_and_from_now_on(asked: Bed, say: Any) -> None:
    code, said = say(asked, "decide", "--kind", "conflict", "salesforce", "--rule")
    assert code == 0 and said["decided"] == 2 and said["rule"]
    assert asked.sync().counts["writes"]["accelo"] == 2
    link = next(link for link in asked.state.links.all() if link.kind == "company" and link.accelo_id)
    asked.served.edit("salesforce", "Account", link.salesforce_id, {"Fax": "+61 2 5550 4400"})
    asked.served.edit("accelo", "companies", link.accelo_id, {"fax": "02 5550 5500"})
    assert asked.sync().counts["writes"]["accelo"] == 1, "the rule decides what came later, too"
    assert say(asked, "inbox", "--kind", "conflict")[1]["questions"] == []


REFUSALS = [
    (("99999", "salesforce"), "There is no question '99999'"),
    (("x", "salesforce"), "There is no question 'x'"),
    (("{id}", "nonsense"), "'nonsense' is not offered by question"),
    (("--kind", "merged", "leave"), "No question of the kind merged waits"),
    (("--kind", "conflict", "push", "--rule"), "There can be no rule"),
    (("--rule", "{id}", "salesforce"), "--rule and --field go with --kind"),
    (("salesforce",), "Which question?"),
    (("--kind", "conflict", "{id}", "keep"), "Give ids or --kind, not both"),
]


def test_a_wrong_decision_is_refused_with_what_is_possible(asked: Bed, say: Any) -> None:
    id = asked.state.inbox.items(("open",), "conflict")[0].id
    for words, says in REFUSALS:
        code, said = say(asked, "decide", *(word.format(id=id) for word in words))
        assert code == 2 and says in said["message"] and said["next_step"] is not None
        if "nonsense" in words:
            assert said["next_step"] == "Its choices: salesforce, accelo, keep."
    assert len(asked.state.inbox.items(("open",), "conflict")) == 2 and asked.state.inbox.items(("decided",)) == []
