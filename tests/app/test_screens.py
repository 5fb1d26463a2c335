"""What the pages show and do, without a page: words, paging, decisions, versions, the wizard's refusals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from toolkit.errors import LeaseHeld, ReadOnlyPlan, StalePlan, Unmapped, UsageError
from toolkit.model import Action, ActionType, Change, Plan, Question, QuestionKind
from toolkit.pages.front import plain
from toolkit.runs import inbox
from toolkit.runs.ship import ship_plan
from toolkit.screens import going, plan, rule_versions, rules, runs, settings, sync, wizard, words
from toolkit.screens import inbox as inbox_screen
from toolkit.store.evidence import Evidence
from toolkit.store.run_pages import RunPages, Wanted
from toolkit.store.seen import SeenRow
from toolkit.workspace import Workspace

NOW = "2026-11-25T10:00:00+00:00"


@pytest.fixture
def empty(tmp_path):
    with Workspace.create(tmp_path / "workspace") as opened:
        yield opened


def conflict(n: int, field: str = "phone") -> Question:
    return Question(f"q{n}", QuestionKind.CONFLICT, "company", f"Company {n}", f"00{n}", str(n), field, "1", "2", "3",
                    ("salesforce", "accelo", "keep"), "Both changed.")  # fmt: skip


def test_words_are_those_of_a_person():
    assert words.count_name("create company in accelo") == "Create companies in Accelo"
    assert words.count_name("retire contact in accelo") == "End the link of contacts"
    assert [words.duration(s) for s in (7, 125, 3780)] == ["7 s", "2 min 5 s", "1 h 3 min"]
    assert words.moment("2026-11-25T02:57:00Z", "Australia/Melbourne") == "25 Nov 2026, 13:57"
    assert words.moment("2026-11-25T02:57:00Z") == "25 Nov 2026, 02:57 UTC" == words.moment(
        "2026-11-25T02:57:00+00:00", "No/Such_Zone")  # fmt: skip
    now = datetime(2026, 11, 25, tzinfo=UTC)
    passed = [words.ago((now - timedelta(seconds=s)).isoformat(), now) for s in (5, 600, 7200, 400_000)]
    assert passed == ["just now", "10 min ago", "2 h ago", "5 days ago"]
    assert words.choice("4711") == "Accelo record 4711" and words.choice("new").startswith("None of these")


@pytest.mark.parametrize(
    "text", ["<b>x</b>", "[a](b)", "$x$", ":red[x]", "http://x.example", "a@b.example", "# h", "`c`"]
)
def test_p15_no_text_is_read_as_markup(text):
    escaped = plain(text)
    assert escaped.replace("\\", "").replace("\u2060", "") == text
    assert "://" not in escaped and "a@" not in escaped.replace("a\u2060@", "")


def test_a_decision_must_be_an_answer_of_every_question_and_all_or_none_are_decided(empty):
    empty.state.inbox.ask([conflict(1), conflict(2),
                           Question("q3", QuestionKind.NEW_IN_ACCELO, "company", "C", accelo_id="9",
                                                                choices=("create", "never"))], "run", NOW)  # fmt: skip
    ids = [item.id for item in empty.state.inbox.items()]
    with pytest.raises(UsageError, match="is no answer"):
        inbox.decide(empty.state, ids, "keep", "Ada", NOW)
    assert empty.state.inbox.decisions() == {}
    assert inbox.decide(empty.state, ids[:2], "keep", "Ada", NOW) == 2
    with pytest.raises(UsageError, match="Salesforce showed no company"):
        inbox.decide(empty.state, ids[2:], "link:0015g0000000001AAA", "Ada", NOW)
    empty.state.seen.put([SeenRow("salesforce.Account", "0015g0000000001AAA", None, 1, {"Name": "C"})], "run")
    assert inbox.decide(empty.state, ids[2:], "link:0015g0000000001", "Ada", NOW) == 1  # as a report shows it, too
    assert inbox.reopen(empty.state, ids[:1]) == 1 and len(empty.state.inbox.items()) == 1
    with pytest.raises(UsageError, match="does not wait"):
        inbox.decide(empty.state, [999], "keep", "Ada", NOW)


def test_a_rule_decides_what_waits_now_and_no_rule_says_what_it_may_not(empty):
    empty.state.inbox.ask([conflict(1), conflict(2, "fax"), conflict(3)], "run", NOW)
    assert inbox.make_rule(empty.state, "conflict", "phone", "salesforce", "Ada", NOW) == 2
    assert [rule.field for rule in empty.state.inbox.rules()] == ["phone"]
    for kind, choice in (("conflict", "delete"), ("poison", "leave"), ("nonsense", "leave")):
        with pytest.raises(UsageError, match="no rule"):
            inbox.make_rule(empty.state, kind, "", choice, "Ada", NOW)


def test_a_preview_is_shown_by_page_and_filter(empty, tmp_path):
    actions = tuple(
        Action(f"a{n:03d}", ActionType.UPDATE if n % 2 else ActionType.CREATE, "company", "accelo", f"p{n}", f"00{n}",
               str(n), f"Company {n:03d}", (Change("phone", "1", "" if n == 7 else "2", "r", "Because."),))
        for n in range(60))  # fmt: skip
    made = Plan("sync", actions, (), ())
    with Evidence(tmp_path / "run.duckdb") as evidence:
        ship_plan(evidence, empty.state, made, made.hash, {})
    pages = RunPages(tmp_path / "run.duckdb")
    assert [row["Records"] for row in plan.summary(pages)] == [30, 30]
    assert len(plan.changes(pages, Wanted(), 1)) == plan.PAGE and len(plan.changes(pages, Wanted(), 3)) == 10
    assert pages.total(Wanted(text="company 01")) == 10 and pages.total(Wanted(text="0059")) == 1
    assert pages.total(Wanted(field="fax")) == 0 and pages.total(Wanted(type="update", only_blanks=True)) == 1
    assert plan.changes(pages, Wanted(only_blanks=True), 1)[0]["Will be"] == "(blank)"


def test_p1_a_preview_that_writes_to_salesforce_is_refused_once_read_only_is_on(workspace, started):
    row = next(row for row in workspace.state.runs.all() if row.mode == "plan" and row.kind == "sync")
    workspace.state.plans.set_state(row.plan_hash, "made")
    assert "Salesforce" in plan.preview(workspace, row.id).button
    sync.turn(workspace)
    with pytest.raises(ReadOnlyPlan):
        sync.confirm(workspace, row.plan_hash, "Ada")
    assert started == []


def test_p17_two_browsers_confirm_once(workspace, started):
    row = next(row for row in workspace.state.runs.all() if row.mode == "plan" and row.kind == "sync")
    workspace.state.plans.set_state(row.plan_hash, "made")
    run = sync.confirm(workspace, row.plan_hash, "Ada")
    with pytest.raises(LeaseHeld):
        sync.confirm(workspace, row.plan_hash, "Olga")
    assert started == [run] and workspace.state.plans.find(row.plan_hash).confirmed_by == "Ada"
    assert going.current(workspace).run == run
    workspace.state.runs.end(run, "done", workspace.clock().isoformat())
    workspace.state.plans.set_state(row.plan_hash, "applied")
    with pytest.raises(StalePlan):
        sync.confirm(workspace, row.plan_hash, "Olga")


def test_a_queued_run_whose_process_never_came_does_not_block_for_ever(workspace, started):
    run = sync.preview(workspace, "Ada")
    assert going.going(workspace, run).alive
    long_ago = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    workspace.state.database.execute("UPDATE runs SET started_at = ? WHERE id = ?", (long_ago, run))
    assert not going.going(workspace, run).alive
    assert sync.preview(workspace, "Ada") != run


def test_versions_tell_in_words_what_was_otherwise_and_can_come_back(workspace):
    first = workspace.rules.digest
    edit = rules.Edit("company", "phone", "direction", "salesforce-to-accelo")
    text = (workspace.folder / "mappings" / "companies.toml").read_text()
    saved = rule_versions.save(workspace, [edit], first, "Ada")
    assert saved.by == "Ada" and saved.words == ("Phone of companies: ⇄ both ways became → Salesforce to Accelo.",)
    changed = (workspace.folder / "mappings" / "companies.toml").read_text()
    assert changed.count("#") == text.count("#")  # comments stay
    with pytest.raises(StalePlan, match="somebody else"):
        rule_versions.save(workspace, [edit], first, "Olga")
    rule_versions.restore(workspace, 1, "Ada")
    assert workspace.rules.digest == first and len(rule_versions.versions(workspace)) == 3


def test_the_wizard_refuses_what_is_blocked_stale_or_not_accepted(workspace, started):
    planned = next(row for row in workspace.state.runs.all() if row.kind == "sales")
    with pytest.raises(StalePlan):
        wizard.confirm(workspace, "sales", "another-run", ["all"], "Ada")
    workspace.state.put("wizard:sales", {"step": "Preview", "plan": planned.id})
    with pytest.raises(Unmapped, match="mapped to nobody"):
        wizard.confirm(workspace, "sales", planned.id, [], "Ada")
    counts = planned.counts | {"blocked": [], "accept": [{"name": "created", "title": "x", "count": 1, "instead": "y"}]}
    workspace.state.runs.end(planned.id, "done", NOW, counts=counts)
    with pytest.raises(Unmapped, match="Not accepted yet: created"):
        wizard.confirm(workspace, "sales", planned.id, [], "Ada")
    run = wizard.confirm(workspace, "sales", planned.id, ["created"], "Ada")
    order = workspace.state.get(f"order:{run}")
    assert started == [run] and order["given"]["accepted"] == "created" and order["notebook"] == "import_sales"
    with pytest.raises(UsageError):
        wizard.ask(workspace, "sales", {"since": "yesterday"})


def test_the_pack_holds_every_file_of_the_seal(workspace, tmp_path):
    import zipfile

    row = next(row for row in workspace.state.runs.all() if row.mode == "apply")
    with zipfile.ZipFile(runs.pack(workspace, row.id, tmp_path / "pack.zip")) as archive:
        archive.extractall(tmp_path / "out")
    from toolkit.runs.verify import verify

    assert verify(tmp_path / "out" / row.id, row.digest) == []
    with pytest.raises(UsageError, match="not sealed"):
        runs.pack(workspace, "no-such-run", tmp_path / "none.zip")


def test_a_test_message_reaches_the_mail_server_and_a_missing_one_says_so(workspace, sandbox):
    with pytest.raises(UsageError, match="not set up"):
        settings.test_message(workspace)
    said = {"email.to": "ada@example.com", "email.sender": "sync@example.com", "email.host": sandbox["smtp"]["host"],
            "email.port": sandbox["smtp"]["port"], "email.security": "none"}  # fmt: skip
    assert settings.save(workspace, said) == 5 and settings.save(workspace, said) == 0
    assert "ada@example.com" in settings.test_message(workspace)


def test_the_first_account_is_an_administrator(empty):
    with pytest.raises(UsageError, match="first account"):
        settings.add_person(empty, "Olga", "auditor", "long enough password")
    settings.add_person(empty, "Ada", "administrator", "long enough password")
    assert settings.people(empty) == [{"Name": "Ada", "Role": "Administrator", "Signs in with": "Password"}]
    assert "long enough" not in Path(empty.folder / "accounts.json").read_text()


def test_a_plan_in_short_is_told_by_system():
    counts = {"create company in accelo": 38, "create contact in accelo": 97, "link company in accelo": 9,
              "retire company": 1, "update contact in accelo": 18, "update contact in salesforce": 1_004,
              "link contact in accelo": 21}  # fmt: skip
    said = "In Accelo: 135 created, 18 updated. In Salesforce: 1,004 updated. 30 linked, 1 link ended."
    assert sync.in_short(counts) == said and sync.in_short({}) == ""


def test_the_list_of_questions_leaves_out_a_column_in_which_nothing_stands(empty):
    empty.state.inbox.ask([conflict(1), conflict(2, "fax")], "run", NOW)
    items = inbox_screen.waiting(empty, "", 1).items
    assert {"Field", "Salesforce", "Accelo"} <= inbox_screen.table(items)[0].keys() and inbox_screen.table([]) == []
    bare = [replace(item, question=replace(item.question, field=None, ours=None)) for item in items]
    assert not {"Field", "Salesforce"} & inbox_screen.table(bare)[0].keys()


def test_amounts_are_exact_and_read_easily():
    rows = [
        {
            "status": "Won",
            "currency": "AUD",
            "records": 2,
            "salesforce": "12345678901234567.10",
            "accelo": "0",
            "equal": False,
        }
    ]
    assert wizard.money(rows)[0]["Amount"] == "12,345,678,901,234,567.10"
    assert wizard.money(rows, both=True)[0] | {"Records": 0} == {
        "Status": "Won",
        "Currency": "AUD",
        "Records": 0,
        "Salesforce": "12,345,678,901,234,567.10",
        "Accelo": "0.00",
        "Equal": "NO",
    }


def test_the_budget_is_what_the_systems_said_last(empty):
    assert runs.budgets(empty, "Australia/Melbourne") == []
    empty.state.put("budget:accelo", {"limit": 5000, "remaining": 1250, "reserve": 1000, "at": NOW})
    empty.state.put("budget:salesforce", {"limit": None, "remaining": 3, "reserve": 0, "at": NOW})
    (left,) = runs.budgets(empty, "Australia/Melbourne")
    assert left.share == 0.25 and left.words.startswith(
        "Accelo: 1,250 of 5,000 calls left; 1,000 are kept for people. As of "
    )
