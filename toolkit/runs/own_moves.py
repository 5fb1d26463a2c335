"""What an action moves in our own links and bases: the part of it that is no write to a system."""

from __future__ import annotations

from dataclasses import replace

from toolkit.model import Action, ActionType, Base, Link, LinkState
from toolkit.store.state import State
from toolkit.sync.moves import COMPANY


def own_moves(state: State, action: Action, run: str) -> None:
    """Everything an action moves in our own links and bases, once its writes are done: a link is made after the marker
    was written, so that a run which dies in between finds the pair again by it."""
    link = state.links.get(action.pair)
    with state.transaction():
        if action.type is ActionType.LINK:
            refs = {"affiliation": action.refs["affiliation"]} if "affiliation" in action.refs else {}
            state.links.put(
                Link(action.pair, action.kind, action.salesforce_id, action.accelo_id, LinkState.LINKED, refs), run
            )
        elif link is not None and action.type is ActionType.RETIRE:
            id = None if action.refs.get("unlink") == "salesforce" else link.salesforce_id
            state.links.put(replace(link, state=LinkState.RETIRED, salesforce_id=id), run)
        elif link is not None and action.type is ActionType.REVIVE:
            state.links.put(replace(link, state=LinkState.LINKED), run)
        elif link is not None and action.type is ActionType.REPOINT:
            refs = {**link.refs, **{name: action.refs[name] for name in ("affiliation",) if name in action.refs}}
            state.links.put(
                replace(link, salesforce_id=action.salesforce_id, state=LinkState.LINKED, refs=refs), run
            )
        state.links.move_bases(action.pair, {**action.bases, **_company(state, action)}, run)


def _company(state: State, action: Action) -> dict[str, Base]:
    """The base of a contact's company, after it was created there or moved there."""
    if action.kind != "contact" or not action.parent or action.type not in (ActionType.CREATE, ActionType.MOVE):
        return {}
    parent = state.links.get(action.parent)
    return {COMPANY: Base(parent.salesforce_id, parent.accelo_id)} if parent is not None else {}


def stale(state: State, action: Action) -> str:
    """Why the links do not allow this action (any more); "" when they do."""
    link = state.links.get(action.pair)
    if action.type in (ActionType.LINK, ActionType.CREATE):
        for side, id in (("salesforce", action.salesforce_id), ("accelo", action.accelo_id)):
            other = state.links.of(action.kind, side, id) if id else None  # type: ignore[arg-type]  # the two sides
            if other is not None and other.pair != action.pair:
                return "One of the two records was linked to another since the plan was made."
        return ""
    return "" if link is not None else "Its link is not there any more."


def done_before(state: State, action: Action) -> bool:
    """Was this pair made already, by an earlier try to apply the same plan."""
    link = state.links.get(action.pair)
    if link is None or link.state is not LinkState.LINKED or not (link.salesforce_id and link.accelo_id):
        return False
    if action.type is ActionType.LINK:
        return (link.salesforce_id, link.accelo_id) == (action.salesforce_id, action.accelo_id)
    return action.type is ActionType.CREATE


def company_of(state: State, action: Action) -> str | None:
    """The id, on the side that is written, of the company that must be there first; "" when none is needed, None when
    it is not linked (yet)."""
    if not action.side or not action.parent:
        return ""
    parent = state.links.get(action.parent)
    if parent is None or parent.state is not LinkState.LINKED:
        return None
    return parent.accelo_id if action.side == "accelo" else parent.salesforce_id
