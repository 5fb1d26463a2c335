"""The e-mail when a run is done: both parts say the same, nothing leaks, a broken mail server is one clear error."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from toolkit.errors import SettingsError, SystemFailure
from toolkit.runs import notify
from toolkit.runs.notify import Mailbox, Outcome, compose, send

MAILBOX = Mailbox("127.0.0.1", 0, "Toolkit <toolkit@example.com>", ("boss@example.com", "it@example.com"), "none")
DONE = Outcome(
    run="20261125-sales-1",
    what="Import of sales",
    state="done",
    counts={"created": 110, "waiting": 10},
    reasons={"no contact of its company is in Accelo": 10},
    money=[("Won", "AUD", "1200.00", "1200.00"), ("Open", "AUD", "5.00", "4.00")],
    titles=["<script>alert(1)</script>"],
    report="runs/20261125-sales-1/report.html",
    digest="ab" * 32,
    took="3 min",
)


class Letters:
    """Keeps every letter; refuses receivers that are gone and senders that are not known."""

    def __init__(self):
        self.letters = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return "553 Not yours" if "stranger" in address else "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "gone" in address:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def postbox():
    letters = Letters()
    refuse = lambda *_: AuthResult(success=False, handled=False)  # noqa: E731  # the shortest authenticator there is
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(letters, hostname="127.0.0.1", port=port, authenticator=refuse, auth_require_tls=False)
    controller.start()
    yield letters, port
    controller.stop()


def test_what_arrives_says_counts_reasons_money_and_digest_in_both_parts(postbox):
    letters, port = postbox
    send(compose(DONE, MAILBOX), replace(MAILBOX, port=port), None)
    (letter,) = letters.letters
    assert letter["Subject"] == "Import of sales is complete (20261125-sales-1)"
    assert letter["To"] == "boss@example.com, it@example.com"
    for part in ("plain", "html"):
        body = letter.get_body((part,)).get_content()
        for fact in ("110", "no contact of its company is in Accelo", "1200.00", "DIFFERENT", "ab" * 32, "report.html"):
            assert fact in body, (part, fact)


def test_titles_stay_out_unless_the_settings_allow_them_and_are_text_in_html():
    assert "alert(1)" not in compose(DONE, MAILBOX).as_string()
    allowed = compose(DONE, replace(MAILBOX, titles=True))
    assert "<script>" not in allowed.get_body(("html",)).get_content()
    assert "<script>alert(1)</script>" in allowed.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("state", "subject"),
    [("failed", "stopped with an error"), ("waiting", "waits for a person"), ("cancelled", "was cancelled")],
)
def test_a_run_that_did_not_end_well_says_so_in_the_subject(state, subject):
    assert subject in compose(replace(DONE, state=state, message="Read this."), MAILBOX)["Subject"]


def test_a_line_break_in_an_address_cannot_add_headers():
    with pytest.raises(SettingsError, match="not an e-mail address"):
        compose(DONE, replace(MAILBOX, sender="a@example.com\nBcc: evil@example.com"))


@pytest.mark.parametrize("to", [("boss@example.com;it@example.com",), ("boss@example.com it@example.com",), ("",)])
def test_receivers_that_would_be_left_out_without_a_word_are_refused(to):
    with pytest.raises(SettingsError, match="several receivers go with commas"):
        compose(DONE, replace(MAILBOX, to=to))


@pytest.mark.parametrize("to", ["Jörg Doe <joerg@example.com>", '"Doe, J" <j@example.com>', "boß@exämple.com"])
def test_a_receiver_may_have_a_name_and_letters_of_any_script(to):
    assert len(compose(DONE, replace(MAILBOX, to=(to, "it@example.com")))["To"].addresses) == 2


def test_mail_without_tls_leaves_this_machine_never():
    with pytest.raises(SettingsError, match="on this machine only"):
        send(compose(DONE, MAILBOX), replace(MAILBOX, host="mail.example.com"), None)


def test_an_absent_mail_server_is_one_clear_error():
    with pytest.raises(SystemFailure, match="could not be used"):
        send(compose(DONE, MAILBOX), replace(MAILBOX, port=9), None)


def test_p12_a_refused_password_is_not_in_the_error(postbox):
    _, port = postbox
    with pytest.raises(SystemFailure) as error:
        send(compose(DONE, MAILBOX), replace(MAILBOX, port=port, username="u"), "hunter2-canary")
    assert "refused the user name or password" in str(error.value) and "hunter2" not in repr(error.value)


def test_a_receiver_that_is_refused_is_named_though_the_others_got_the_message(postbox):
    letters, port = postbox
    mailbox = replace(MAILBOX, port=port, to=("boss@example.com", "gone@example.com"))
    with pytest.raises(SystemFailure) as error:
        send(compose(DONE, mailbox), mailbox, None)
    assert error.value.message.endswith("refused the receiver gone@example.com; 1 other got the message.")
    assert len(letters.letters) == 1
    nobody = replace(mailbox, to=("gone@example.com",))
    with pytest.raises(SystemFailure, match=r"refused the receiver gone@example\.com\."):
        send(compose(DONE, nobody), nobody, None)


def test_a_sender_that_is_refused_is_named(postbox):
    mailbox = replace(MAILBOX, port=postbox[1], sender="stranger@example.com")
    with pytest.raises(SystemFailure, match=r"refused the sender stranger@example\.com"):
        send(compose(DONE, mailbox), mailbox, None)


def test_a_mail_server_that_drips_does_not_hold_the_run(monkeypatch):
    """Each byte comes in time, the greeting never ends."""
    monkeypatch.setattr(notify, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip():
            with suppress(OSError):
                peer, _ = listening.accept()
                with peer:
                    for _ in range(40):
                        peer.sendall(b"2")
                        time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        mailbox = replace(MAILBOX, port=listening.getsockname()[1])
        with pytest.raises(SystemFailure, match=r"could not be used \(TimeoutError\)"):
            send(compose(DONE, mailbox), mailbox, None)
        assert time.monotonic() - began < 3


def test_a_title_or_status_with_line_breaks_is_one_line_of_the_text():
    """It could pass itself off as the digest of the seal."""
    forged = "x\r\nDigest: " + "f" * 64
    outcome = replace(DONE, titles=[forged], reasons={f"its status “{forged}” is not mapped": 1})
    text = compose(outcome, replace(MAILBOX, titles=True)).get_body(("plain",)).get_content()
    assert [line for line in text.splitlines() if line.startswith("Digest:")] == [f"Digest: {'ab' * 32}"]
