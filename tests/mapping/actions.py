"""Actions and a deployment for the tests of the wire."""

from pathlib import Path

from toolkit.mapping.rules import load_rules
from toolkit.mapping.wire import Site, steps
from toolkit.model import Action, ActionType, Address, Change

TEMPLATES = Path(__file__).parents[2] / "mappings"
RULES = load_rules(TEMPLATES, "US")
COMPANY_FIELDS = [
    {"id": "11", "field_name": "Salesforce ID", "field_type": "text"},
    {"id": "12", "field_name": "Type", "field_type": "select", "options": [{"title": "Customer"}, "Prospect"]},
    {"id": "13", "field_name": "Industry"},
]
CONTACT_FIELDS = [{"id": "21", "field_name": "Salesforce ID", "field_type": "text", "options": None}]
SITE = Site.from_rows({"company": COMPANY_FIELDS, "contact": CONTACT_FIELDS})
ADDRESS = Address("1 High St\nFloor 2\nRoom 3", "San Francisco", "ca", "94107", "USA")


def action(what, side, kind="company", /, *, expected=None, refs=None, sf="001A", acc="45", **changes):
    return Action(
        "a",
        what,
        kind,
        side,
        "P",
        sf,
        acc,
        "Acme",
        tuple(Change(name, None, value, "", "") for name, value in changes.items()),
        expected=expected or {},
        refs=refs or {},
    )


def wire(made, site=SITE, rules=RULES, **refs):
    return [(step.op, step.resource, step.target, dict(step.payload)) for step in steps(made, rules, refs, site)]


CREATE, UPDATE = ActionType.CREATE, ActionType.UPDATE
