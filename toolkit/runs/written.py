"""What came of a write, and the link that it makes or moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from toolkit.errors import ToolkitError
from toolkit.mapping.site import NEW, NEW_AFFILIATION
from toolkit.model import ActionType, Link, LinkState
from toolkit.runs.streams import OWN
from toolkit.store.journal import Intent, IntentState
from toolkit.store.state import State


@dataclass(frozen=True)
class Written:
    """What came of one step. ``id`` is the record that was made or changed, ``row`` what the answer showed of it."""

    state: IntentState
    id: str | None = None
    row: Mapping[str, Any] | None = None
    error: ToolkitError | None = None


def relink(state: State, intent: Intent, id: str | None, row: Mapping[str, Any] | None, run: str) -> None:
    """The link after a write that was applied: a creation makes the pair, a move points it to the new affiliation."""
    own = OWN[intent.side, intent.kind].resource
    body = intent.body
    if intent.op == "create" and intent.resource == own and id:
        ids = {"salesforce_id": body["salesforce_id"], "accelo_id": body["accelo_id"], f"{intent.side}_id": id}
        refs = {"affiliation": str(row["default_affiliation"])} if row and row.get("default_affiliation") else {}
        if state.links.get(intent.pair) is not None:  # created again: what was agreed was about another record
            state.links.drop_bases(intent.pair, run)
        state.links.put(
            Link(intent.pair, intent.kind, ids["salesforce_id"], ids["accelo_id"], LinkState.LINKED, refs), run
        )
    elif (
        body["type"] == ActionType.MOVE.value
        and intent.resource == "affiliations"
        and intent.op in ("create", "update")
    ):
        if intent.body["payload"].get("standing") == "inactive":
            return
        link = state.links.get(intent.pair)
        if link is not None and id:
            state.links.put(replace(link, refs={**link.refs, "affiliation": id}), run)


def stands_for(written: Written) -> dict[str, str]:
    """What "@new" and "@affiliation" mean after the first step of a creation."""
    names = {NEW: written.id or ""}
    if written.row and written.row.get("default_affiliation"):
        names[NEW_AFFILIATION] = str(written.row["default_affiliation"])
    return names
