"""The e-mail when an import is over, received by the sandbox's mail server."""

from __future__ import annotations

import email
import json
from email import policy

import pytest

from tests.imports.desk import Desk
from toolkit.errors import Unconfirmed
from toolkit.settings import set_value


@pytest.fixture
def mailed(desk: Desk) -> Desk:
    """A desk whose workspace tells somebody."""
    smtp = desk.served.ready["smtp"]
    said = {"host": smtp["host"], "port": str(smtp["port"]), "sender": "toolkit@example.com", "to": "boss@example.com",
            "security": "none"}  # fmt: skip
    for name, value in said.items():
        set_value(desk.folder, f"email.{name}", value)
    desk.served.http.delete(desk.served._url("/mail"), timeout=30)
    return desk


def letters(desk: Desk) -> list[tuple[str, str, str]]:
    """(subject, text part, HTML part) of what arrived."""
    said = desk.served.get("/mail")
    rows = said["messages"] if isinstance(said, dict) else said
    found = []
    for row in rows:
        raw = next(value for value in row.values() if isinstance(value, str) and "Subject:" in value)
        message = email.message_from_string(raw, policy=policy.default)
        text, html = (message.get_body((part,)).get_content() for part in ("plain", "html"))
        found.append((message["Subject"], text, html))
    return found


def test_an_import_that_is_done_is_told_with_counts_money_and_the_digest_of_its_seal(mailed: Desk) -> None:
    result = mailed.go(sample=10)
    assert mailed.workspace.history.tell(result.run) == "An e-mail went to boss@example.com."
    ((subject, text, html),) = letters(mailed)
    assert subject == f"Import of sales is complete ({result.run})"
    digest = mailed.state.runs.get(result.run).digest
    assert (
        digest
        and json.loads((mailed.workspace.run_folder(result.run) / "manifest.json").read_text())["run"] == result.run
    )
    for part in (text, html):
        assert digest in part and "not in this slice" in part and "created" in part
        for row in result.counts["money"]:
            assert row["status"] in part and row["accelo"] in part
    titles = {row["title"] for row in mailed.made()}
    assert not [title for title in titles if title in text + html], "no title of a record"
    secrets = [mailed.served.ready[side][name] for side in ("salesforce", "accelo")
               for name in ("access_token", "refresh_token", "client_secret")]  # fmt: skip
    assert not [secret for secret in secrets if secret in text + html]


def test_an_import_that_waits_for_a_person_is_told_with_its_reason(mailed: Desk) -> None:
    run = mailed.open(yes=False)
    run.read()
    run.plan()
    with pytest.raises(Unconfirmed):
        run.confirm()
    mailed.workspace.history.tell(run.run)
    ((subject, text, _),) = letters(mailed)
    assert subject == f"Import of sales waits for a person ({run.run})" and "The plan waits for a confirmation." in text


def test_a_plan_tells_nobody(mailed: Desk) -> None:
    planned = mailed.plan(sample=1)
    assert mailed.workspace.history.tell(planned.run) == "" and not letters(mailed)


def test_mail_that_cannot_be_sent_is_said_and_changes_nothing(mailed: Desk) -> None:
    set_value(mailed.folder, "email.port", "9")
    result = mailed.go(sample=1)
    before = mailed.state.runs.get(result.run)
    assert mailed.workspace.history.tell(result.run).startswith("The e-mail could not be sent: ")
    assert mailed.state.runs.get(result.run) == before and before.state == "done"
    assert mailed.state.get(f"mail:{result.run}").startswith("The e-mail could not be sent: ")
