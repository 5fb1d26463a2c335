"""The demo world: Fernleigh Calibration, which sells, services and calibrates measuring instruments.

It is a small firm as one finds it, with the dirt of ten years in it; nobody in it exists. Domains end in .example.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world import Accelo, Salesforce, firm
from sandbox.world.demo import clients, org, other_side, work
from sandbox.world.demo.dice import Dice


@dataclass(frozen=True)
class Demo:
    """The demo world; it takes its dice from the seed and its days from a fixed evening in November 2026."""

    spec: str = "demo"

    def load(self, salesforce: Salesforce, accelo: Accelo, seed: int) -> None:
        """Salesforce first: the Accelo side knows some of the same companies and people, spelt differently."""
        dice = Dice(seed)
        for name in ("Account", "Opportunity"):
            if "currencyisocode" not in salesforce.schema.object(name).by_lower:
                salesforce.add_field(name, firm.currency_field(("AUD", "USD")))
        salesforce.load("User", org.users())
        salesforce.load("Group", org.queues())
        salesforce.load("OpportunityStage", org.stages())
        salesforce.load("CaseStatus", org.case_statuses())
        accounts = clients.accounts(dice)
        contacts = clients.contacts(dice, accounts)
        opportunities = work.opportunities(dice, accounts)
        salesforce.load("Account", accounts)
        salesforce.load("Contact", contacts)
        salesforce.load("Opportunity", opportunities)
        salesforce.load("OpportunityContactRole", work.roles(dice, opportunities, contacts))
        salesforce.load("Case", work.cases(dice, accounts, contacts))
        salesforce.load("Task", work.tasks(dice, opportunities, contacts))
        firm.load_lists(accelo)
        other_side.load(accelo, dice, accounts, contacts)
