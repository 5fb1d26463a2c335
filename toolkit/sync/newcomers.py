"""Records without a link: paired where it is certain, asked about where it is not, created if they are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from toolkit.model import (
    Action,
    ActionType,
    Kind,
    MatchKeys,
    Question,
    QuestionKind,
    Record,
    RecordState,
    Side,
)
from toolkit.sync.births import create
from toolkit.sync.draft import Draft, action_id, question_key
from toolkit.sync.joined import compare_pair
from toolkit.sync.match import Candidate, Doubt, match
from toolkit.sync.strays import Crowd, markers, strays


def plan_newcomers(draft: Draft, kind: Kind) -> None:
    """Place every unlinked record of this kind: a link, a creation, a question, or a reason."""
    crowd = Crowd(kind, _free(draft, "salesforce", kind), _free(draft, "accelo", kind))
    _decided_links(draft, crowd)
    marked = markers(draft, crowd)
    strays(draft, crowd, marked)
    keys_s, keys_a = _keys(draft, crowd)
    pairs, doubts = match(kind, keys_s, keys_a, marked)
    for pair in pairs:
        _link(draft, crowd, pair.salesforce_id, pair.accelo_id, pair.how, ", ".join(pair.reasons))
    doubts += _perhaps(draft, crowd, {doubt.salesforce_id for doubt in doubts})
    pending = {id for doubt in doubts for id in _doubt(draft, crowd, doubt)}
    for s in [crowd.salesforce[id] for id in sorted(crowd.salesforce)]:
        if _chosen(draft, s) is None:
            create(draft, s, f"{kind}:{s.id}", "New in Salesforce.")
        else:
            _chosen_in_vain(draft, s)
    for a in [crowd.accelo[id] for id in sorted(crowd.accelo)]:
        if a.id in pending:
            draft.row(a, RecordState.WAITING, "It may be the same as a Salesforce record; a person is asked.")
        else:
            _new_in_accelo(draft, a)


def _perhaps(draft: Draft, crowd: Crowd, doubted: set[str]) -> list[Doubt]:
    """Records that may have been created already: their answer was lost, and a person may have renamed them since."""
    found = []
    for id in sorted(crowd.salesforce.keys() - doubted):
        free = [each for each in draft.data.perhaps.get((crowd.kind, id), ()) if each in crowd.accelo]
        if free and _chosen(draft, crowd.salesforce[id]) is None:
            options = tuple(Candidate(each, "weak", ("made when its creation was not answered",)) for each in free)
            reason = "Its creation was not answered, and what was made at that moment is called otherwise."
            found.append(Doubt(id, options, reason))
    return found


def _free(draft: Draft, side: Side, kind: Kind) -> dict[str, Record]:
    """Records in scope that no link holds; those out of scope get their row."""
    free = {}
    for id, record in draft.records(side, kind).items():
        if id in draft.linked[side, kind] or (side, kind, id) in draft.taken:
            continue
        if record.deleted:
            draft.row(record, RecordState.SKIPPED, "Deleted before it was linked.")
        elif record.skip:
            draft.row(record, RecordState.SKIPPED, record.skip)
        else:
            free[id] = record
    return free


def _decided_links(draft: Draft, crowd: Crowd) -> None:
    """Links that a person made, from either side: before the matching, so that rivals of such a pair look elsewhere."""
    for s in [crowd.salesforce[id] for id in sorted(crowd.salesforce)]:
        if (chosen := _chosen(draft, s)) in crowd.accelo:
            key = question_key(QuestionKind.AMBIGUOUS, crowd.kind, s.id, None)
            _link(draft, crowd, s.id, str(chosen), "decision", "a person said so", key)
    for a in [crowd.accelo[id] for id in sorted(crowd.accelo)]:
        question = _new_question(draft, a)
        choice = draft.choice(question) or ""
        if choice.startswith("link:") and (id := choice.removeprefix("link:")) in crowd.salesforce:
            _link(draft, crowd, id, a.id, "decision", "a person said so", question.key)


def _chosen(draft: Draft, s: Record) -> str | None:
    """The Accelo record that a person chose for this one; None for every other decision."""
    found = draft.data.decisions.get(question_key(QuestionKind.AMBIGUOUS, s.kind, s.id, None))
    return found if found not in ("new", "leave") else None


def _chosen_in_vain(draft: Draft, s: Record) -> None:
    """A person knows a counterpart that is not free (any more): it is not created beside it, the person is asked."""
    reason = "The Accelo record that was chosen for it is linked to another record, or is not there any more."
    question = _which(draft, s, (), reason, {})
    draft.ask(question)
    draft.row(s, RecordState.WAITING, question.reason)


def _which(draft: Draft, s: Record, ids: Iterable[str], reason: str, facts: Mapping[str, object]) -> Question:
    """Which Accelo record is it: one of these, none of them, or shall it be left alone."""
    return Question(
        key=question_key(QuestionKind.AMBIGUOUS, s.kind, s.id, None),
        kind=QuestionKind.AMBIGUOUS,
        record_kind=s.kind,
        title=draft.rules(s.kind).title(s),
        salesforce_id=s.id,
        choices=(*ids, "new", "leave"),
        reason=reason,
        facts=facts,
    )


def _keys(draft: Draft, crowd: Crowd) -> tuple[dict[str, MatchKeys], dict[str, MatchKeys]]:
    """What both sides are compared by; a contact whose company is not linked is compared by nothing but its marker."""
    rules = draft.rules(crowd.kind)
    alone = not crowd.salesforce or not crowd.accelo

    def keys(record: Record) -> MatchKeys:
        if alone:
            return MatchKeys()
        if crowd.kind == "company":
            return rules.keys(record)
        scope = draft.company(record.side, record.parent) or ""
        return replace(rules.keys(record), scope=scope) if scope or record.side == "accelo" else MatchKeys()

    return {id: keys(s) for id, s in crowd.salesforce.items()}, {id: keys(a) for id, a in crowd.accelo.items()}


def _link(
    draft: Draft, crowd: Crowd, sf_id: str, accelo_id: str, how: str, reasons: str, by: str | None = None
) -> None:
    """Pair two records: one of them learns the other's id, then their fields are compared for the first time."""
    s, a = crowd.salesforce.pop(sf_id), crowd.accelo.pop(accelo_id)
    kind, able, pair = crowd.kind, draft.data.capabilities, f"{crowd.kind}:{s.id}"
    side: Side | None = None
    if kind in able.accelo_marker:
        side = "accelo" if a.marker != s.id else None
    elif kind in able.salesforce_marker and not draft.data.read_only and s.marker != a.id:
        side = "salesforce"
    action = draft.act(
        Action(
            id=action_id(ActionType.LINK, side, pair),
            type=ActionType.LINK,
            kind=kind,
            side=side,
            pair=pair,
            salesforce_id=s.id,
            accelo_id=a.id,
            title=draft.rules(kind).title(s),
            reason=f"The same {kind}: {reasons}.",
            refs=dict(a.refs),
            decided_by=by,
        )
    )
    if kind == "company":
        draft.companies["salesforce", s.id] = draft.companies["accelo", a.id] = pair
        draft.accelo_ids[pair] = a.id
    first_link = "ask" if how == "marker" else draft.data.policy.first_link
    compare_pair(draft, pair, s, a, {}, [action], first_link, new=True)


def _doubt(draft: Draft, crowd: Crowd, doubt: Doubt) -> list[str]:
    """Ask which candidate it is; returns the Accelo ids that wait for the answer."""
    s = crowd.salesforce[doubt.salesforce_id]
    ids = [option.accelo_id for option in doubt.candidates]
    titles = {id: draft.rules(crowd.kind).title(draft.records("accelo", crowd.kind)[id]) for id in ids}
    candidates = [
        {
            "id": option.accelo_id,
            "title": titles[option.accelo_id],
            "strength": option.strength,
            "reasons": list(option.reasons),
        }
        for option in doubt.candidates
    ]
    question = _which(draft, s, ids, doubt.reason, {"candidates": candidates})
    choice = draft.ask(question)
    if choice == "new":
        del crowd.salesforce[s.id]
        create(draft, s, f"{crowd.kind}:{s.id}", "New in Salesforce, as a person decided.", question.key)
    else:
        del crowd.salesforce[s.id]
        if choice in ids:  # a rule cannot know which of these it is: a person is asked all the same
            draft.questions[question.key] = question
        state = RecordState.SKIPPED if choice == "leave" else RecordState.WAITING
        draft.row(s, state, f"Which Accelo record it is, a person must say. {doubt.reason}")
        return [] if choice == "leave" else ids
    return []


def _new_question(draft: Draft, a: Record) -> Question:
    return Question(
        key=question_key(QuestionKind.NEW_IN_ACCELO, a.kind, None, a.id),
        kind=QuestionKind.NEW_IN_ACCELO,
        record_kind=a.kind,
        title=draft.rules(a.kind).title(a),
        accelo_id=a.id,
        choices=("create", "never"),
        reason="It is in Accelo only. Create it in Salesforce, never do so, or link it to a record there (link:ID)?",
    )


def _new_in_accelo(draft: Draft, a: Record) -> None:
    policy, by = draft.data.policy.new_in_accelo, None
    if draft.data.read_only:
        return draft.row(a, RecordState.WAITING, "It is in Accelo only, and read-only is on.")
    if a.kind == "contact" and draft.company("accelo", a.parent) is None:
        return draft.row(a, RecordState.WAITING, "It is in Accelo only, and its company is not linked.")
    if policy == "ask":
        question = _new_question(draft, a)
        choice = draft.ask(question)
        if choice is None or choice.startswith("link:"):
            draft.questions[question.key] = question
            return draft.row(a, RecordState.WAITING, "It is in Accelo only; a person is asked.")
        policy, by = ("always" if choice == "create" else "never"), question.key
    if policy == "never":
        return draft.row(a, RecordState.SKIPPED, "It is in Accelo only and stays there.")
    create(draft, a, f"{a.kind}:accelo-{a.id}", "New in Accelo.", by)
    return None
