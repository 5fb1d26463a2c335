"""Pair records that were never linked. What is certain is linked, what is likely is a question, nothing is guessed.

    1. an id that one side holds of the other (marker)
    2. a link made by an earlier run (such records never come here)
    3. companies: same name and (same domain or telephone or postcode)
       contacts: same e-mail within linked companies, else same name within linked companies
    4. weaker evidence is a suggestion, with its reasons, for a person

Source: sync-rules, "Linking records that exist on both sides". Keys are normal forms that the mapping computed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from toolkit.model import Kind, MatchKeys

Strength = Literal["exact", "email", "strong", "weak"]
CROWD = 20
"""A telephone number, domain or e-mail address that more records than this share says nothing about any two of them."""


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
    paired_s, paired_a = {pair.salesforce_id for pair in pairs}, {pair.accelo_id for pair in pairs}
    left_s = {id: keys for id, keys in salesforce.items() if id not in paired_s}
    left_a = {id: keys for id, keys in accelo.items() if id not in paired_a}
    while True:  # a pair that was found may leave its rivals without doubt: what the next plan would see is seen now
        found = candidates(kind, left_s, left_a)
        sure, doubts = _round(found)
        pairs += sure
        if not sure:
            return sorted(pairs, key=lambda pair: pair.salesforce_id), doubts
        for pair in sure:
            del left_s[pair.salesforce_id], left_a[pair.accelo_id]


def _round(found: Mapping[str, list[Candidate]]) -> tuple[list[Pair], list[Doubt]]:
    """Who is certain among these candidates, and who is not."""
    claims: dict[str, Counter[Strength]] = defaultdict(Counter)
    for options in found.values():
        for option in options:
            claims[option.accelo_id][option.strength] += 1
    pairs, doubts = [], []
    for sf_id in sorted(found):
        sure, reason = _sure(found[sf_id], claims)
        if sure:
            pairs.append(Pair(sf_id, sure.accelo_id, "evidence", sure.reasons))
        else:
            doubts.append(Doubt(sf_id, tuple(found[sf_id]), reason))
    return pairs, doubts


def candidates(
    kind: Kind,
    salesforce: Mapping[str, MatchKeys],
    accelo: Mapping[str, MatchKeys],
) -> dict[str, list[Candidate]]:
    """The Accelo records that share a telling key with each Salesforce record, the strongest first; weak ones are named
    only where there is nothing better. Of a crowd with one name only the first few are looked at."""
    index: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id in sorted(accelo, key=_order):
        for key in _keys(kind, accelo[id]):
            index[key].append(id)
    crowd = Counter(key for keys in salesforce.values() for key in _keys(kind, keys))
    found: dict[str, list[Candidate]] = {}
    for sf_id, keys in salesforce.items():
        near: dict[str, None] = {}
        for key in _keys(kind, keys):
            hits = index.get(key, [])
            if key[0] == "name" or max(len(hits), crowd[key]) <= CROWD:
                near.update(dict.fromkeys(hits[: CROWD + 1]))
        graded = []
        for id in near:
            shared = _shared(kind, keys, accelo[id])
            strength = _strength(kind, keys, accelo[id], shared)
            graded.append(Candidate(id, strength, tuple(f"same {what}" for what in shared)))
        options = [each for each in graded if each.strength != "weak"] or graded
        if options:
            found[sf_id] = sorted(
                options, key=lambda each: (_RANK[each.strength], -len(each.reasons), _order(each.accelo_id))
            )
    return found


_RANK: dict[Strength, int] = {"exact": 0, "email": 1, "strong": 2, "weak": 3}


def _order(id: str) -> tuple[int, str]:
    return (len(id), id)  # the order of numbers, for ids without leading zeros


def _keys(kind: Kind, keys: MatchKeys) -> list[tuple[str, str]]:
    """What alone makes two records worth comparing (a postcode does not)."""
    if kind == "contact":
        in_scope = [("name", f"{keys.scope}\n{keys.name}")] if keys.name and keys.scope else []
        return in_scope + ([("email", keys.email)] if keys.email else [])
    return ([("name", keys.name)] if keys.name else []) + [
        *(("domain", key) for key in keys.domains),
        *(("telephone", key) for key in keys.phones),
    ]


def _shared(kind: Kind, s: MatchKeys, a: MatchKeys) -> list[str]:
    """What the two have in common."""
    if kind == "contact":
        name = bool(s.name) and s.name == a.name and bool(s.scope) and s.scope == a.scope
        return [*(["name"] if name else []), *(["email"] if s.email and s.email == a.email else [])]
    several = (
        ("domain", s.domains, a.domains),
        ("telephone", s.phones, a.phones),
        ("postcode", s.postcodes, a.postcodes),
    )
    return [
        *(["name"] if s.name and s.name == a.name else []),
        *(what for what, ours, theirs in several if set(ours) & set(theirs)),
    ]


def _strength(kind: Kind, s: MatchKeys, a: MatchKeys, shared: Collection[str]) -> Strength:
    """How telling the shared keys are; "none" means that such records are not even compared.

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
    return "weak"


def _sure(options: list[Candidate], claims: Mapping[str, Counter[Strength]]) -> tuple[Candidate | None, str]:
    best = options[0]
    if best.strength == "weak":
        return None, "The evidence is too weak to link them without a person."
    if sum(option.strength == best.strength for option in options) > 1:
        return None, "Several Accelo records are equally likely."
    # its own claim is one of them; a person with the same e-mail goes before one with the same name only
    equal = sum(n for strength, n in claims[best.accelo_id].items() if _RANK[strength] <= _RANK[best.strength])
    if equal > 1:
        return None, "Another Salesforce record is as likely for the same Accelo record."
    return best, ""


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
