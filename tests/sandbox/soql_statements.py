"""Statements by a seeded generator: whole ones that follow the SOQL reference, and the same with one token damaged.

A statement is a list of tokens until the end, so that damage is a word lost, doubled, moved or put in.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

FIELDS = [
    "Id",
    "Name",
    "Account.Name",
    "Owner.Profile.Name",
    "CreatedDate",
    "Amount__c",
    "Custom__r.Other__c",
    "a.Name",
]
TEXTS = ["'x'", "''", "'O\\'Brien'", "'50\\% off'", "'Ærø'", "'a AND b OR c'", "'(SELECT'"]
VALUES = [*TEXTS, "5", "-2", "3.14", "true", "FALSE", "null", "2026-01-31", "2026-01-31T10:00:00Z", "TODAY", "USD500"]
PERIODS = ["LAST_N_DAYS:30", "THIS_QUARTER", "NEXT_N_FISCAL_YEARS:2", "N_WEEKS_AGO:3", "last_90_days", "YESTERDAY"]
AGGREGATES = ["COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"]
DATES = ["CALENDAR_YEAR", "CALENDAR_MONTH", "FISCAL_QUARTER", "DAY_ONLY", "HOUR_IN_DAY", "WEEK_IN_YEAR"]
OBJECTS = ["Account", "Contact", "Opportunity", "Group", "Order", "Thing__c", "ns__Thing__c"]
STRAY = [
    ",",
    "(",
    ")",
    "=",
    "AND",
    "FROM",
    "WHERE",
    "ORDER",
    "BY",
    "LIMIT",
    "5",
    "'x'",
    "Name",
    "NULLS",
    "*",
    ";",
    "IS",
]

Tokens = list[str]


class Statements:
    """Draws statements from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def _maybe(self, chance: float, make: Callable[[], Tokens]) -> Tokens:
        return make() if self.random.random() < chance else []

    def _pick(self, choices: list[str]) -> str:
        return self.random.choice(choices)

    def _listed(self, make: Callable[[], Tokens], most: int) -> Tokens:
        found = make()
        for _ in range(self.random.randrange(most)):
            found += [",", *make()]
        return found

    # ---- conditions

    def _comparison(self) -> Tokens:
        left = [self._pick(FIELDS)]
        if self.random.random() < 0.15:
            left = [self._pick(DATES), "(", "CreatedDate", ")"]
        form = self.random.randrange(6)
        if form < 3:
            return [*left, self._pick(["=", "!=", "<", "<=", ">", ">=", "<>"]), self._pick(VALUES + PERIODS)]
        if form == 3:
            return [*left, self._pick(["LIKE", "like"]), self._pick(TEXTS)]
        if form == 4:
            word = self._pick(["IN", "NOT IN", "not in"]).split()
            return [*left, *word, "(", *self._listed(lambda: [self._pick(VALUES)], 3), ")"]
        word = self._pick(["INCLUDES", "EXCLUDES"])
        return [*left, word, "(", *self._listed(lambda: [self._pick(["'a'", "'a;b'"])], 2), ")"]

    def _semi_join(self) -> Tokens:
        inner = ["SELECT", "AccountId", "FROM", "Contact", *self._maybe(0.5, lambda: ["WHERE", *self._comparison()])]
        return ["Id", *self._pick(["IN", "NOT IN"]).split(), "(", *inner, ")"]

    def condition(self, depth: int = 0) -> Tokens:
        """One comparison, a chain of one word, or a negation, with parentheses where the word changes."""
        kind = self.random.randrange(6)
        if depth > 2 or kind < 2:
            return self._semi_join() if depth == 0 and self.random.random() < 0.15 else self._comparison()
        if kind == 5:
            return [
                "NOT",
                *(["(", *self.condition(depth + 1), ")"] if self.random.random() < 0.5 else self._comparison()),
            ]
        word = self._pick(["AND", "OR", "and"])
        found = self._unit(depth)
        for _ in range(self.random.randrange(1, 4)):
            found += [word, *self._unit(depth)]
        return found

    def _unit(self, depth: int) -> Tokens:
        if self.random.random() < 0.6:
            return self._comparison()
        return ["(", *self.condition(depth + 1), ")"]

    # ---- whole statements

    def _item(self) -> Tokens:
        form = self.random.randrange(12)
        if form < 7:
            return [self._pick(FIELDS)]
        if form == 7:
            return [self._pick(["toLabel", "FORMAT", "convertCurrency"]), "(", "Name", ")"]
        if form == 8:
            return [self._pick(AGGREGATES), "(", self._pick(FIELDS), ")", *self._maybe(0.5, lambda: ["total"])]
        if form == 9:
            return ["FIELDS", "(", self._pick(["ALL", "STANDARD", "custom"]), ")"]
        if form == 10:
            otherwise = self._maybe(0.5, lambda: ["ELSE", "Name"])
            return ["TYPEOF", "What", "WHEN", "Account", "THEN", "Phone", ",", "Name", *otherwise, "END"]
        return ["(", *self.plain("Contacts", 0.4), ")"]

    def _order(self) -> Tokens:
        direction = self._maybe(0.6, lambda: [self._pick(["ASC", "DESC", "desc"])])
        return [self._pick(FIELDS), *direction, *self._maybe(0.4, lambda: ["NULLS", self._pick(["FIRST", "LAST"])])]

    def plain(self, source: str, chance: float) -> Tokens:
        found = ["SELECT", *self._listed(lambda: [self._pick(FIELDS)], 3), "FROM", source]
        found += self._maybe(chance, lambda: ["WHERE", *self.condition()])
        return found + self._maybe(chance, lambda: ["ORDER", "BY", *self._order(), "LIMIT", "10"])

    def whole(self) -> Tokens:
        """A statement that the reference allows."""
        found = ["SELECT", *self._listed(self._item, 4), "FROM", self._pick(OBJECTS), *self._maybe(0.2, lambda: ["a"])]
        found += self._maybe(0.1, lambda: ["USING", "SCOPE", self._pick(["mine", "Everything", "team"])])
        found += self._maybe(0.7, lambda: ["WHERE", *self.condition()])
        found += self._maybe(0.1, lambda: ["WITH", self._pick(["SECURITY_ENFORCED", "USER_MODE"])])
        if self.random.random() < 0.2:
            found += ["GROUP", "BY", *self._listed(lambda: [self._pick(FIELDS)], 2)]
            found += self._maybe(0.5, lambda: ["HAVING", "COUNT", "(", "Id", ")", ">", "1"])
        found += self._maybe(0.4, lambda: ["ORDER", "BY", *self._listed(self._order, 2)])
        found += self._maybe(0.4, lambda: ["LIMIT", str(self.random.randrange(2000))])
        found += self._maybe(0.2, lambda: ["OFFSET", str(self.random.randrange(2000))])
        return found + self._maybe(0.1, lambda: ["FOR", self._pick(["VIEW", "REFERENCE", "UPDATE"])])

    def damaged(self) -> Tokens:
        """A whole statement with one token lost, doubled, swapped with its neighbour, replaced or put in."""
        tokens = self.whole()
        at = self.random.randrange(len(tokens))
        kind = self.random.randrange(5)
        if kind == 0:
            return tokens[:at] + tokens[at + 1 :]
        if kind == 1:
            return [*tokens[: at + 1], *tokens[at:]]
        if kind == 2 and at + 1 < len(tokens):
            return [*tokens[:at], tokens[at + 1], tokens[at], *tokens[at + 2 :]]
        if kind == 3:
            return [*tokens[:at], self._pick(STRAY), *tokens[at + 1 :]]
        return [*tokens[:at], self._pick(STRAY), *tokens[at:]]

    def many(self, count: int) -> list[Tokens]:
        """Whole and damaged ones in turn, each different."""
        found: dict[str, Tokens] = {}
        while len(found) < count:
            tokens = self.whole() if len(found) % 2 else self.damaged()
            found[" ".join(tokens)] = tokens
        return list(found.values())
