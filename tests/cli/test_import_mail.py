"""The e-mail about an import: set up from the command line, and what it says when the import is over."""

from __future__ import annotations

from email import message_from_string, policy

from tests.cli.conftest import Office
from toolkit.settings import set_value


def letters(office: Office) -> list[tuple[str, str, str]]:
    said = office.served.get("/mail")
    found = []
    for row in said["messages"] if isinstance(said, dict) else said:
        raw = next(value for value in row.values() if isinstance(value, str) and "Subject:" in value)
        message = message_from_string(raw, policy=policy.default)
        text, html = (message.get_body((part,)).get_content() for part in ("plain", "html"))
        found.append((message["Subject"], text, html))
    return found


def test_email_says_what_is_missing_keeps_the_password_and_sends_a_test(office: Office) -> None:
    assert office("email").out == "E-mail is not set up.\nNo password is kept.\n"
    code, error = office.refused("email", "--test")
    assert (code, error["message"], error["next_step"]) == (
        2, "E-mail is not set up.",
        "Set email.host, email.sender and email.to with: toolkit config KEY VALUE")  # fmt: skip
    smtp = office.served.ready["smtp"]
    office.served.http.delete(office.served._url("/mail"), timeout=30)
    for name, value in {"host": smtp["host"], "port": str(smtp["port"]), "sender": "toolkit@example.com",
                        "to": "boss@example.com", "security": "none"}.items():  # fmt: skip
        set_value(office.workspace, f"email.{name}", value)
    kept = office("email", "--password", "--json", text="a word that nobody sees\n")
    assert kept.json == {"set_up": True, "to": ["boss@example.com"], "password": True, "sent": False}
    assert "nobody sees" not in kept.out + kept.err
    assert not [path for path in office.workspace.rglob("*") if path.is_file() and b"nobody sees" in path.read_bytes()]
    assert office.ok("email", "--test")["sent"]
    ((subject, text, html),) = letters(office)
    assert subject == "A test message is complete (test)" and "E-mail works." in text and "E-mail works." in html


def test_an_import_tells_by_mail_that_it_is_done_that_it_waits_and_that_it_failed(office: Office) -> None:
    smtp = office.served.ready["smtp"]
    for name, value in {"host": smtp["host"], "port": str(smtp["port"]), "sender": "toolkit@example.com",
                        "to": "boss@example.com", "security": "none"}.items():  # fmt: skip
        set_value(office.workspace, f"email.{name}", value)
    office.served.http.delete(office.served._url("/mail"), timeout=30)
    done = office.ok("import", "tickets", "--sample", "2", "--yes")
    assert done["mail"] == "An e-mail went to boss@example.com."
    code, waits = office.refused("import", "tickets", "--sample", "2")
    assert (code, waits["error"], waits["message"]) == (3, "Unconfirmed", "The plan waits for a confirmation.")
    assert waits["next_step"] == f"Look at the plan, then run: toolkit apply {waits['plan_hash']}"
    office.served.fault("accelo", "server_error_500", times=0, method="GET", path="/api/v0/issues")
    code, error = office.refused("import", "tickets", "--yes")
    office.served.no_faults()
    assert (code, error["error"]) == (1, "Unavailable"), error
    runs = [row["run"] for row in office.ok("runs")["runs"]][:3][::-1]
    told = letters(office)
    assert [subject for subject, _, _ in told] == [
        f"Import of tickets is complete ({runs[0]})",
        f"Import of tickets waits for a person ({runs[1]})",
        f"Import of tickets stopped with an error ({runs[2]})",
    ]
    for part in told[0][1:]:
        assert done["digest"] in part and "not in this slice" in part and "report.html" in part
    for part in told[1][1:]:
        assert "The plan waits for a confirmation." in part
    for part in told[2][1:]:
        assert error["message"] in part.replace("&#x27;", "'")
