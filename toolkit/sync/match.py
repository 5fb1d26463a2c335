"""Pair records that were never linked. What is certain is linked, what is likely is a question, nothing is guessed.

    1. an id that one side holds of the other (marker)
    2. a link made by an earlier run (such records never come here)
    3. companies: same name and (same domain or telephone or postcode)
       contacts: same e-mail within linked companies, else same name within linked companies
    4. weaker evidence is a suggestion, with its reasons, for a person

Source: sync-rules, "Linking records that exist on both sides". Keys are normal forms that the mapping computed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from toolkit.model import Kind, MatchKeys

Strength = Literal["exact", "email", "strong", "weak"]
CROWD = 20
"""A telephone number, domain or postcode that more records than this share says nothing about any two of them."""


@dataclass(frozen=True)
class Candidate:
    """A record of the other side that may be the same, with the reasons for thinking so."""

    accelo_id: str
    strength: Strength
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    salesforce_id: str
    accelo_id: str
    how: Literal["marker", "evidence"]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Doubt:
    """A Salesforce record with candidates of which only a person may choose."""

    salesforce_id: str
    candidates: tuple[Candidate, ...]
    reason: str


def match(
    kind: Kind,
    salesforce: Mapping[str, MatchKeys],
    accelo: Mapping[str, MatchKeys],
    markers: Iterable[tuple[str, str]] = (),
) -> tuple[list[Pair], list[Doubt]]:
    """Pairs and doubts among unlinked records, both sorted by Salesforce id.

    ``markers``: (Salesforce id, Accelo id) wherever one of the two holds the id of the other. Of several Accelo records
    with the same marker the lowest id is the one; the others are left to the caller.
    100,000 records a side take seconds: candidates come from the keys, never from comparing all with all.
    """
    pairs = by_marker(markers, salesforce, accelo)
    taken_s, taken_a = {pair.salesforce_id for pair in pairs}, {pair.accelo_id for pair in pairs}
    left_s = {id: keys for id, keys in salesforce.items() if id not in taken_s}
    left_a = {id: keys for id, keys in accelo.items() if id not in taken_a}
    found = candidates(kind, left_s, left_a)
    claims: dict[str, dict[Strength, list[str]]] = defaultdict(lambda: defaultdict(list))
    for sf_id, options in found.items():
        for option in options:
            claims[option.accelo_id][option.strength].append(sf_id)
    doubts = []
    for sf_id in sorted(found):
        sure, reason = _sure(sf_id, found[sf_id], claims)
        if sure:
            pairs.append(Pair(sf_id, sure.accelo_id, "evidence", sure.reasons))
        else:
            doubts.append(Doubt(sf_id, tuple(found[sf_id]), reason))
    doubts = _without_taken(doubts, {pair.accelo_id for pair in pairs})
    return sorted(pairs, key=lambda pair: pair.salesforce_id), doubts


def candidates(
    kind: Kind,
    salesforce: Mapping[str, MatchKeys],
    accelo: Mapping[str, MatchKeys],
) -> dict[str, list[Candidate]]:
    """The Accelo records that share a telling key with each Salesforce record, the strongest first; weak ones are named
    only where there is nothing better."""
    index: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id in sorted(accelo, key=_order):
        for key in _keys(kind, accelo[id]):
            index[key].append(id)
    crowd: dict[tuple[str, str], int] = defaultdict(int)
    for keys in salesforce.values():
        for key in _keys(kind, keys):
            crowd[key] += 1
    found: dict[str, list[Candidate]] = {}
    for sf_id, keys in salesforce.items():
        shared: dict[str, list[str]] = defaultdict(list)
        for key in _keys(kind, keys):
            hits = index.get(key, ())
            if key[0] not in ("name", "email") and max(len(hits), crowd[key]) > CROWD:
                continue
            for id in hits:
                shared[id].append(key[0])
        graded = [
            (strength, id, whats)
            for id, whats in shared.items()
            if (strength := _strength(kind, keys, accelo[id], whats))
        ]
        better = [each for each in graded if each[0] != "weak"]
        options = [
            Candidate(id, strength, tuple(f"same {what}" for what in dict.fromkeys(whats)))
            for strength, id, whats in better or graded
        ]
        if options:
            found[sf_id] = sorted(
                options, key=lambda option: (_RANK[option.strength], -len(option.reasons), _order(option.accelo_id))
            )
    return found


_RANK: dict[Strength, int] = {"exact": 0, "email": 1, "strong": 2, "weak": 3}


def _order(id: str) -> tuple[int, str]:
    return (len(id), id)  # the order of numbers, for ids without leading zeros


def _keys(kind: Kind, keys: MatchKeys) -> list[tuple[str, str]]:
    if kind == "contact":
        in_scope = [("name", f"{keys.scope}\n{keys.name}")] if keys.name and keys.scope else []
        return in_scope + ([("email", keys.email)] if keys.email else [])
    return ([("name", keys.name)] if keys.name else []) + [
        *(("domain", key) for key in keys.domains),
        *(("telephone", key) for key in keys.phones),
        *(("postcode", key) for key in keys.postcodes),
    ]


def _strength(kind: Kind, s: MatchKeys, a: MatchKeys, shared: Collection[str]) -> Strength | None:
    """How telling the shared keys are; None when they tell nothing.

    | kind | shared | strength |
    |---|---|---|
    | contact | name and email, within one company | exact |
    | contact | email, within one company | email |
    | contact | name, within one company | strong |
    | contact | email, elsewhere | weak |
    | company | name and domain | strong |
    | company | name and telephone | strong |
    | company | name and postcode | strong |
    | company | name | weak |
    | company | domain | weak |
    | company | telephone | weak |
    | company | postcode | none |
    """
    if kind == "contact":
        if "email" not in shared:
            return "strong"
        if "name" in shared:  # names are only compared within one company
            return "exact"
        return "email" if s.scope and s.scope == a.scope else "weak"
    if "name" in shared:
        return "strong" if len(set(shared)) > 1 else "weak"
    return "weak" if {"domain", "telephone"} & set(shared) else None


def _sure(
    sf_id: str,
    options: list[Candidate],
    claims: Mapping[str, Mapping[Strength, list[str]]],
) -> tuple[Candidate | None, str]:
    best = options[0]
    if best.strength == "weak":
        return None, "The evidence is too weak to link them without a person."
    equal = [option for option in options if option.strength == best.strength]
    if len(equal) > 1:
        return None, "Several Accelo records are equally likely."
    # a person with the same e-mail goes before one with the same name only
    stronger = [
        other
        for strength, rank in _RANK.items()
        if rank <= _RANK[best.strength]
        for other in claims[best.accelo_id].get(strength, ())
        if other != sf_id
    ]
    if stronger:
        return None, "Another Salesforce record is as likely for the same Accelo record."
    return best, ""


def _without_taken(doubts: list[Doubt], taken: Collection[str]) -> list[Doubt]:
    """An Accelo record that found its own is no candidate of another any more; without candidates there is no doubt."""
    kept = []
    for doubt in doubts:
        free = tuple(option for option in doubt.candidates if option.accelo_id not in taken)
        if free:
            kept.append(Doubt(doubt.salesforce_id, free, doubt.reason))
    return kept


def by_marker(
    markers: Iterable[tuple[str, str]],
    salesforce: Collection[str],
    accelo: Collection[str],
) -> list[Pair]:
    """The pairs that hold each other's ids, each record in one pair; of several the lowest id goes first."""
    pairs: list[Pair] = []
    taken_s: set[str] = set()
    taken_a: set[str] = set()
    for sf_id, accelo_id in sorted(set(markers), key=lambda pair: (pair[0], _order(pair[1]))):
        if sf_id in salesforce and accelo_id in accelo and sf_id not in taken_s and accelo_id not in taken_a:
            pairs.append(Pair(sf_id, accelo_id, "marker", ("one holds the id of the other",)))
            taken_s.add(sf_id)
            taken_a.add(accelo_id)
    return pairs
