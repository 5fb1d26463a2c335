"""The e-mail when an import is over: what came over, what did not and why, money in and out, the digest of the seal.

It is sent when the run is sealed. A message that cannot be sent changes nothing about the run; the state keeps the
reason beside it (``mail:RUN``), and the commands show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from toolkit.errors import ToolkitError
from toolkit.runs.mail import mailbox
from toolkit.runs.notify import Outcome, compose, send
from toolkit.settings import EmailSettings
from toolkit.store.runs import RunRow
from toolkit.store.state import State

WHAT: Mapping[str, str] = {"sales": "Import of sales", "tickets": "Import of tickets"}
TITLES = 20
"""Titles in a message, where the settings allow any."""
REFUSED = "refused by Accelo; the report says why"
"""Stands for the words of a refusal, which may quote what a record holds."""
Ending = Literal["done", "failed", "waiting", "cancelled"]


def tell(
    state: State,
    run: str,
    folder: Path,
    said: EmailSettings,
    password: Callable[[], str | None],
    ledger: Callable[[], Sequence[Mapping[str, Any]]],
) -> str:
    """What became of the message, in words; blank where there is none to send (a plan, a sync, no mail server set).

    Never raises: whatever is wrong with mail is said in the answer, which holds no secret."""
    row = state.runs.get(run)
    if row is None or row.kind not in WHAT or row.mode == "plan" or mailbox(said) is None:
        return ""
    try:
        note = _send(row, folder, said, password(), ledger())
    except ToolkitError as error:
        note = f"The e-mail could not be sent: {error.message}"
    except Exception as error:  # a broken mail library or database must not turn a finished run into a failed one
        note = f"The e-mail could not be sent ({type(error).__name__})."
    state.put(f"mail:{run}", note)
    return note


def _send(row: RunRow, folder: Path, said: EmailSettings, password: str | None, ledger: Sequence[Any]) -> str:
    box = mailbox(said)
    if box is None:
        return ""
    send(compose(outcome_of(row, folder, ledger, titles=box.titles), box), box, password)
    return f"An e-mail went to {', '.join(box.to)}."


def outcome_of(row: RunRow, folder: Path, ledger: Sequence[Mapping[str, Any]], *, titles: bool) -> Outcome:
    """What there is to tell of a finished run, from its row and its ledger; no value of a record but allowed titles."""
    state: Ending = row.state if row.state in ("done", "waiting", "cancelled") else "failed"
    stopped = [each for each in ledger if each["state"] in ("waiting", "failed")]
    reasons = Counter(REFUSED if each["state"] == "failed" else str(each["reason"]) for each in ledger
                      if each["state"] in ("waiting", "failed", "skipped"))  # fmt: skip
    report = folder / "report.html"
    return Outcome(
        run=row.id,
        what=WHAT[row.kind],
        state=state,
        counts={name: number for name, number in row.counts.get("ledger", {}).items() if number},
        reasons=dict(reasons.most_common()),
        money=[(m["status"], m["currency"], m["salesforce"], m["accelo"]) for m in row.counts.get("money", ())
               if m.get("accelo")],
        titles=[str(each["title"]) for each in stopped[:TITLES]] if titles else (),
        report=str(report) if report.exists() else "",
        digest=row.digest or "",
        message=row.message if state != "done" else "",
        took=_took(row),
    )


def _took(row: RunRow) -> str:
    if not row.ended_at:
        return ""
    seconds = (datetime.fromisoformat(row.ended_at) - datetime.fromisoformat(row.started_at)).total_seconds()
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
