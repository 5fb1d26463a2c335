"""What the schedule tells people by e-mail, where that is set up. A message that cannot be sent stops nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

from toolkit.errors import ToolkitError
from toolkit.runs.notify import Mailbox, Outcome, compose, send
from toolkit.settings import EmailSettings

log = logging.getLogger(__name__)


def mailbox(said: EmailSettings) -> Mailbox | None:
    """Where mail goes and how it leaves; None while that is not set up."""
    if not (said.host and said.sender and said.to):
        return None
    return Mailbox(said.host, said.port, said.sender, said.to, said.security, said.username, said.titles)


def tell(said: EmailSettings, password: Callable[[], str | None], outcome: Outcome) -> bool:
    """Send it; False when mail is not set up or could not be sent (the log then says why)."""
    box = mailbox(said)
    if box is None:
        return False
    try:
        send(compose(outcome, box), box, password())
    except ToolkitError as error:
        log.warning("No e-mail: %s", error.message)
        return False
    return True
