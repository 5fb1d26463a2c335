"""The e-mail at the end of a run: what came over, what did not and why, and how to check it.

Text and HTML parts say the same. No secret and no record value enters a message, but titles where the settings allow.
"""

from __future__ import annotations

import html
import smtplib
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

from toolkit.errors import SettingsError, SystemFailure

Security = Literal["starttls", "tls", "none"]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ON_ONE_LINE = policy.default.clone(max_line_length=200)
"""A subject with a run's id is longer than the usual 78 characters; broken, it would begin with a blank."""
TIMEOUT, PATIENCE = 30.0, 120.0
"""Seconds for a step of the SMTP conversation, and for the whole."""


@dataclass(frozen=True)
class Mailbox:
    """How mail leaves: ``security`` none is for an address on this machine only."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: Security = "starttls"
    username: str = ""
    titles: bool = False
    """Whether the titles of records that failed or wait may stand in a message."""


@dataclass(frozen=True)
class Outcome:
    """What there is to tell of a run. ``money``: (status, currency, in Salesforce, in Accelo), amounts as text."""

    run: str
    what: str  # "Import of sales"
    state: Literal["done", "failed", "waiting", "cancelled"]
    counts: Mapping[str, int]
    reasons: Mapping[str, int] = field(default_factory=dict)
    money: Sequence[tuple[str, str, str, str]] = ()
    titles: Sequence[str] = ()
    report: str = ""
    digest: str = ""
    message: str = ""
    took: str = ""


HEADLINES: Mapping[str, str] = {
    "done": "{what} is complete",
    "failed": "{what} stopped with an error",
    "waiting": "{what} waits for a person",
    "cancelled": "{what} was cancelled",
}


def compose(outcome: Outcome, mailbox: Mailbox) -> EmailMessage:
    """The message, ready to send. Raises SettingsError for a sender or receiver that is no address."""
    headline = HEADLINES[outcome.state].format(what=outcome.what)
    message = EmailMessage(policy=ON_ONE_LINE)
    try:
        message["From"], message["To"] = mailbox.sender, ", ".join(mailbox.to)
        # what stands behind a semicolon would be left out without a word
        defects = [defect for name in ("From", "To") for defect in message[name].defects
                   if not isinstance(defect, NonASCIILocalPartDefect)]  # fmt: skip
        broken = bool(defects) or len(message["To"].addresses) != len(mailbox.to)
    except ValueError:
        broken = True
    if broken:
        raise SettingsError(
            "email: the sender or a receiver is not an e-mail address.",
            next_step="Mend email.sender and email.to in the settings; several receivers go with commas.",
        )
    message["Subject"] = f"{headline} ({outcome.run})"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=mailbox.sender.rpartition("@")[2].strip(">") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    sections = _sections(outcome, mailbox.titles)
    message.set_content(_as_text(headline, outcome, sections))
    message.add_alternative(_as_html(headline, outcome, sections), subtype="html")
    return message


def send(message: EmailMessage, mailbox: Mailbox, password: str | None) -> None:
    """Send with TLS; a refusal or an absent server is a SystemFailure whose text holds no secret. So is a server that
    takes the message for some of the receivers only."""
    if mailbox.security == "none" and mailbox.host not in LOOPBACK:
        raise SettingsError(
            "email: mail without TLS is for an address on this machine only.",
            next_step="Set email.security to starttls or tls.",
        )
    failed: list[Exception] = []

    def talk() -> None:
        try:
            if refused := _conversation(message, mailbox, password):
                failed.append(smtplib.SMTPRecipientsRefused(refused))
        except Exception as error:  # raised again below, in the caller's thread
            failed.append(error)

    # smtplib limits each step only: a server that sends a byte now and then would hold the run for hours
    thread = threading.Thread(target=talk, name="mail", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        failed.append(TimeoutError())
    if failed:
        raise _failure(failed[0], mailbox) from None


def _conversation(message: EmailMessage, mailbox: Mailbox, password: str | None) -> dict[str, tuple[int, bytes]]:
    """The receivers that were refused, where others were not."""
    context = ssl.create_default_context()
    if mailbox.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mailbox.host, mailbox.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(mailbox.host, mailbox.port, timeout=TIMEOUT)
    with server:
        if mailbox.security == "starttls":
            server.starttls(context=context)
        if mailbox.username and password:
            server.login(mailbox.username, password)
        return server.send_message(message)


def _failure(error: Exception, mailbox: Mailbox) -> Exception:
    """What went wrong, in words, without what the server said: it may quote anything."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return SystemFailure("email", "the mail server refused the user name or password.",
                             next_step="Set them again on the Settings page.")  # fmt: skip
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        others = len(mailbox.to) - len(error.recipients)
        got = f"; {others} other{'s' if others > 1 else ''} got the message" * bool(others > 0)
        return SystemFailure("email", f"the mail server refused the receiver {', '.join(error.recipients)}{got}.",
                             next_step="Mend email.to in the settings; the run itself is not affected.")  # fmt: skip
    if isinstance(error, smtplib.SMTPSenderRefused):
        return SystemFailure("email", f"the mail server refused the sender {mailbox.sender}.",
                             next_step="Mend email.sender in the settings; the run is not affected.")  # fmt: skip
    if isinstance(error, OSError | smtplib.SMTPException):
        step = "Check email.host, email.port and email.security; the run itself is not affected."
        return SystemFailure("email", f"the mail server could not be used ({type(error).__name__}).", next_step=step)
    return error


Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def _sections(outcome: Outcome, titles: bool) -> list[Table]:
    sections: list[Table] = [
        ("What happened", ("Records", "Count"), [(name, str(count)) for name, count in outcome.counts.items()])
    ]
    if outcome.reasons:
        sections.append(
            (
                "What did not come over, and why",
                ("Reason", "Records"),
                [(name, str(count)) for name, count in outcome.reasons.items()],
            )
        )
    if outcome.money:
        rows: list[tuple[str, ...]] = [(*row, "equal" if row[2] == row[3] else "DIFFERENT") for row in outcome.money]
        sections.append(("Money in, money out", ("Status", "Currency", "Salesforce", "Accelo", ""), rows))
    if titles and outcome.titles:
        sections.append(("Records to look at", ("Title",), [(title,) for title in outcome.titles]))
    return sections


def _line(cell: str) -> str:
    """On one line: a title or a status with line breaks could look like another line of the message."""
    return " ".join("".join(char if char.isprintable() else " " for char in cell).split())


def _as_text(headline: str, outcome: Outcome, sections: Sequence[Table]) -> str:
    lines = [headline, "=" * len(headline), ""]
    if outcome.message:
        lines += [outcome.message, ""]
    for title, header, cells in sections:
        rows = [tuple(_line(cell) for cell in row) for row in cells]
        widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
        lines += [title, "-" * len(title)]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        lines.append("")
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in _footer(outcome)), ""])


def _footer(outcome: Outcome) -> list[tuple[str, str]]:
    footer = [("Run", outcome.run), ("Took", outcome.took), ("Report", outcome.report), ("Digest", outcome.digest)]
    return [(name, value) for name, value in footer if value]


def _as_html(headline: str, outcome: Outcome, sections: Sequence[Table]) -> str:
    cell = 'style="padding:4px 16px 4px 0;text-align:left;vertical-align:top"'

    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag} {cell}>{html.escape(text)}</{tag}>" for text in cells) + "</tr>"

    parts = [f"<h2>{html.escape(headline)}</h2>"]
    if outcome.message:
        parts.append(f"<p>{html.escape(outcome.message)}</p>")
    for title, header, rows in sections:
        body = row(header, "th") + "".join(row(cells, "td") for cells in rows)
        parts.append(f"<h3>{html.escape(title)}</h3><table>{body}</table>")
    footer = "".join(row(cells, "td") for cells in _footer(outcome))
    parts.append(f"<hr><table>{footer}</table>")
    return (
        '<html><body style="font-family:system-ui,sans-serif;font-size:15px;color:#1c2733">'
        + "".join(parts)
        + "</body></html>"
    )
