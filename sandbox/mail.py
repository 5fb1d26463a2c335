"""The SMTP server of the sandbox: it takes every message and keeps it for GET /mail.

Nothing is delivered, and no address is refused.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """The messages received, in order; an aiosmtpd handler."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._server: asyncio.Server | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one message."""
        raw = envelope.content or b""
        data = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(
            {
                "n": len(self.messages) + 1,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "from": envelope.mail_from,
                "to": list(envelope.rcpt_tos),
                "subject": str(message.get("Subject", "")),
                "headers": {name: str(value) for name, value in message.items()},
                "text": _part(message, "plain"),
                "html": _part(message, "html"),
                "attachments": [
                    {"name": part.get_filename(), "type": part.get_content_type()}
                    for part in message.iter_attachments()
                ],
                "raw": data.decode("utf-8", "replace"),
            }
        )
        return "250 Message accepted for delivery"

    async def open(self, sock: socket.socket) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sandbox.localhost", enable_SMTPUTF8=True, loop=loop), sock=sock
        )

    def clear(self) -> None:
        """Forget the messages."""
        self.messages.clear()

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()


def _part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    return None if body is None else str(body.get_content())
