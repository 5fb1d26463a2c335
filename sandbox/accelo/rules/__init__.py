"""What is special about each resource when it is written; the table at the end says which rule serves which.

Sources: Accelo API docs, the endpoint page of each resource; what they leave open is a switch.
"""

from __future__ import annotations

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.desk import Desk, Rule
from sandbox.accelo.rules.addresses import AddressRule
from sandbox.accelo.rules.companies import CompanyRule
from sandbox.accelo.rules.contacts import AffiliationRule, ContactRule
from sandbox.accelo.rules.others import ActivityRule, StaffRule, TaskRule
from sandbox.accelo.rules.sales import SaleRule
from sandbox.accelo.rules.tickets import TicketRule

_RULES = {
    "companies": CompanyRule,
    "contacts": ContactRule,
    "affiliations": AffiliationRule,
    "addresses": AddressRule,
    "prospects": SaleRule,
    "issues": TicketRule,
    "tasks": TaskRule,
    "activities": ActivityRule,
    "staff": StaffRule,
}


def all_rules(desk: Desk) -> dict[str, Rule]:
    """The rules by resource name."""
    return {name: rule(desk, RESOURCES[name]) for name, rule in _RULES.items()}
