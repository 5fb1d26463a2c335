"""An action as the single writes that carry it, in order, and everything else of the wire that the runs need."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.mapping.fields import Rules
from toolkit.mapping.reading import (
    accelo_fields,
    company_from_accelo,
    company_from_salesforce,
    contact_from_accelo,
    contact_from_salesforce,
    id18,
    salesforce_fields,
)
from toolkit.mapping.site import NEW, NEW_AFFILIATION, ProfileField, Site, Step
from toolkit.mapping.wire_accelo import accelo_steps
from toolkit.mapping.wire_salesforce import salesforce_steps
from toolkit.model import Action, Value

__all__ = [
    "NEW",
    "NEW_AFFILIATION",
    "ProfileField",
    "Site",
    "Step",
    "accelo_fields",
    "company_from_accelo",
    "company_from_salesforce",
    "contact_from_accelo",
    "contact_from_salesforce",
    "id18",
    "predicted",
    "salesforce_fields",
    "steps",
]


def predicted(step: Step) -> Mapping[str, Value]:
    """What the target is expected to hold after the step."""
    return step.fields


def steps(action: Action, rules: Rules, refs: Mapping[str, str], site: Site) -> tuple[Step, ...]:
    """The writes of an action in order; () when only our own links and bases move.

    ``refs`` adds to and goes before the action's own: "parent" is the id, on the side that is written, of the company
    of a new or moved contact (known only when its own action has run).
    """
    known = {**action.refs, **refs}
    own = rules.of(action.kind)
    if action.side == "salesforce":
        return salesforce_steps(action, own, known, site)
    if action.side == "accelo":
        return accelo_steps(action, own, known, site)
    return ()
