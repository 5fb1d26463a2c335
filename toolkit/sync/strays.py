"""Records that carry an id of the other side whose record is not free: never mirrored, for that would make a twin."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.model import (
    Kind,
    Question,
    QuestionKind,
    Record,
    RecordState,
)
from toolkit.sync.births import create
from toolkit.sync.draft import Draft, question_key
from toolkit.sync.match import by_marker
from toolkit.sync.merges import winner_of


@dataclass
class Crowd:
    """The unlinked records of one kind that are still to be placed."""

    kind: Kind
    salesforce: dict[str, Record]
    accelo: dict[str, Record]


def markers(draft: Draft, crowd: Crowd) -> list[tuple[str, str]]:
    """(Salesforce id, Accelo id) wherever one record carries the id of the other; merges in Salesforce followed."""
    theirs = [(winner_of(draft, crowd.kind, a.marker), a.id) for a in crowd.accelo.values() if a.marker]
    return theirs + [(s.id, s.marker) for s in crowd.salesforce.values() if s.marker]


def strays(draft: Draft, crowd: Crowd, markers: list[tuple[str, str]]) -> None:
    """Records that carry an id of ours whose record is not free: never mirrored, for that would make a twin."""
    first = {pair.salesforce_id: pair.accelo_id for pair in by_marker(markers, crowd.salesforce, crowd.accelo)}
    paired = set(first.values())
    for a in [each for each in crowd.accelo.values() if each.marker]:
        sf_id = winner_of(draft, crowd.kind, a.marker or "")
        if a.id in paired:
            continue
        del crowd.accelo[a.id]
        if sf_id in first or sf_id in draft.linked["salesforce", crowd.kind]:
            question = Question(
                key=question_key(QuestionKind.AMBIGUOUS, crowd.kind, sf_id, a.id),
                kind=QuestionKind.AMBIGUOUS,
                record_kind=crowd.kind,
                title=draft.rules(crowd.kind).title(a),
                salesforce_id=sf_id,
                accelo_id=a.id,
                choices=("leave",),
                reason="Another Accelo record carries the same Salesforce id and is linked; this one may be its twin.",
            )
            left = draft.ask(question)
            draft.row(a, RecordState.SKIPPED if left else RecordState.WAITING, question.reason)
        else:
            draft.row(a, RecordState.SKIPPED, "It carries the id of a Salesforce record that is not there (any more).")
    for s in [each for each in crowd.salesforce.values() if each.marker and each.id not in first]:
        del crowd.salesforce[s.id]
        _lost(draft, crowd.kind, s)


def _lost(draft: Draft, kind: Kind, s: Record) -> None:
    question = Question(
        key=question_key(QuestionKind.GONE_IN_ACCELO, kind, s.id, s.marker),
        kind=QuestionKind.GONE_IN_ACCELO,
        record_kind=kind,
        title=draft.rules(kind).title(s),
        salesforce_id=s.id,
        accelo_id=s.marker,
        choices=("leave", "create-again"),
        reason="It carries the id of an Accelo record that is not there, or that is linked to another record.",
    )
    choice = draft.ask(question)
    if choice == "create-again":
        create(
            draft,
            s,
            f"{kind}:{s.id}",
            "Its Accelo record is not there; a person said to create it again.",
            question.key,
        )
    else:
        draft.row(s, RecordState.SKIPPED if choice else RecordState.WAITING, question.reason)
