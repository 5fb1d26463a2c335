"""What an action moves in our own links and bases: the part of it that is no write to a system."""

from __future__ import annotations

from dataclasses import replace

from toolkit.model import Action, ActionType, Base, Link, LinkState
from toolkit.store.state import State
from toolkit.sync.moves import COMPANY

AFTER_THE_WRITES = frozenset({ActionType.CREATE, ActionType.MOVE, ActionType.UPDATE})
"""Their bases say what will be so once the writes are done; the others are so already."""


def before_writes(state: State, action: Action, run: str) -> None:
    """Links that are made, retired, revived or re-pointed, with the bases that need no write."""
    if action.type in AFTER_THE_WRITES:
        return
    link = state.links.get(action.pair)
    with state.transaction():
        if action.type is ActionType.LINK:
            refs = {"affiliation": action.refs["affiliation"]} if "affiliation" in action.refs else {}
            link = Link(action.pair, action.kind, action.salesforce_id, action.accelo_id, LinkState.LINKED, refs)
            state.links.put(link, run)
        elif link is not None and action.type is ActionType.RETIRE:
            unlinked = {"salesforce_id": None} if action.refs.get("unlink") == "salesforce" else {}
            state.links.put(replace(link, state=LinkState.RETIRED, **unlinked), run)  # type: ignore[arg-type]  # one key of Link
        elif link is not None and action.type is ActionType.REVIVE:
            state.links.put(replace(link, state=LinkState.LINKED), run)
        elif link is not None and action.type is ActionType.REPOINT:
            state.links.put(replace(link, salesforce_id=action.salesforce_id, state=LinkState.LINKED), run)
        state.links.move_bases(action.pair, action.bases, run)


def after_writes(state: State, action: Action, run: str) -> None:
    """The bases that hold once the record was created or moved; for a contact also the base of its company."""
    if action.type not in AFTER_THE_WRITES:
        return
    bases = dict(action.bases)
    if action.kind == "contact" and action.parent and action.side and action.type is not ActionType.UPDATE:
        parent = state.links.get(action.parent)
        if parent is not None:
            bases[COMPANY] = Base(parent.salesforce_id, parent.accelo_id)
    state.links.move_bases(action.pair, bases, run)


def stale(state: State, action: Action) -> str:
    """Why the links do not allow this action (any more); "" when they do."""
    link = state.links.get(action.pair)
    if action.type in (ActionType.LINK, ActionType.CREATE):
        for side, id in (("salesforce", action.salesforce_id), ("accelo", action.accelo_id)):
            other = state.links.of(action.kind, side, id) if id else None  # type: ignore[arg-type]  # the two sides
            if other is not None and other.pair != action.pair:
                return "One of the two records was linked to another since the plan was made."
        done = link is not None and link.state is LinkState.LINKED and link.salesforce_id and link.accelo_id
        if done and action.type is ActionType.CREATE:
            return "It was created since the plan was made."
        return ""
    return "" if link is not None else "Its link is not there any more."
