"""Whose address is it: Accelo lists addresses by owner, but an address does not tell its owner.

Asking owner by owner would cost a request each. Instead up to 100 owners are asked about together: each owner has a
code, four of nine questions, and each question is put about the owners in whose code it is. An address that comes back
in exactly four answers names its owner by them. Fewer than four means that a page was cut short: that address is asked
about again, so an answer is never guessed. Source: Accelo API docs, _addresses (against_type and against_id are
filters, not fields).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import log2

from toolkit.clients.accelo_query import PAGE, Filters, Row, keyset
from toolkit.clients.transport import Transport
from toolkit.errors import Unavailable

FIELDS = ("id", "title", "street1", "street2", "city", "zipcode", "state(_ALL)", "country(_ALL)", "postal", "physical",
          "full")
_PATH = "/addresses"
_QUESTIONS, _WEIGHT = 9, 4
_CODES = tuple(frozenset(chosen) for chosen in combinations(range(_QUESTIONS), _WEIGHT))  # 126 of them


def all_addresses(transport: Transport, against_type: str, known: Mapping[str, str]) -> Iterator[Row]:
    """Every address of companies or of contacts, ``against_id`` from what is known, None for a new one. A request for
    each 100."""
    for row in keyset(transport, _PATH, FIELDS, {"against_type": [against_type]}):
        yield {**row, "against_type": against_type, "against_id": known.get(str(row["id"]))}


def addresses_of(transport: Transport, against_type: str, owners: Sequence[str]) -> Iterator[Row]:
    """The addresses of these owners, each with its ``against_id``; some 12 requests for 100 owners."""
    for start in range(0, len(owners), PAGE):
        group = list(dict.fromkeys(owners[start:start + PAGE]))
        rows = {str(row["id"]): row for row in keyset(transport, _PATH, FIELDS, _of(against_type, group))}
        for id, owner in owners_of(transport, against_type, list(rows), group).items():
            yield {**rows[id], "against_type": against_type, "against_id": owner}


def owners_of(transport: Transport, against_type: str, addresses: Sequence[str],
              candidates: Sequence[str]) -> dict[str, str]:
    """Which of up to 100 candidates owns each address. Raises Unavailable when the answers never fit together."""
    found: dict[str, str] = {}
    if not addresses:
        return found
    if len(candidates) == 1:
        return dict.fromkeys(addresses, candidates[0])
    left = list(addresses)
    for _ in range(4):
        found |= _ask(transport, against_type, left, candidates)
        left = [id for id in addresses if id not in found]
        if not left:
            return found
    raise Unavailable("Accelo", "the owners of some addresses could not be found.")


def _ask(transport: Transport, against_type: str, addresses: Sequence[str],
         candidates: Sequence[str]) -> dict[str, str]:
    """One round: nine questions; about few addresses they name them, which keeps the answers short."""
    codes = dict(zip(_CODES, candidates, strict=False))
    seen: dict[str, set[int]] = {id: set() for id in addresses}
    for question in range(_QUESTIONS):
        asked = [owner for code, owner in codes.items() if question in code]
        if asked:
            filters = _of(against_type, asked) | ({"id": list(addresses)} if len(addresses) <= PAGE else {})
            for row in keyset(transport, _PATH, ("id",), filters, until_empty=False):
                seen.get(str(row["id"]), set()).add(question)
    return {id: codes[frozenset(hits)] for id, hits in seen.items() if frozenset(hits) in codes}


def locate(transport: Transport, against_type: str, addresses: Sequence[str],
           candidates: Sequence[str]) -> dict[str, str]:
    """The owners of addresses among any number of candidates. Of a few: by halving the range of the owners' ids, some
    20 requests each. Of many: by asking about all candidates, 12 requests for 100 of them, whichever is cheaper. An
    address is given to an owner only when the server listed it under that very owner."""
    owners = sorted(set(candidates), key=int)
    found: dict[str, str] = {}
    if not owners or not addresses:
        return found
    groups = -(-len(owners) // PAGE)
    if min(len(addresses), groups) * (log2(groups) + 11) > 12 * groups:
        wanted = set(addresses)
        rows = addresses_of(transport, against_type, owners)
        return {str(row["id"]): row["against_id"] for row in rows if str(row["id"]) in wanted}
    for _ in range(2):  # a page that was cut short sends an address down the wrong half, where nobody owns it
        left = [id for id in addresses if id not in found]
        for start in range(0, len(left), PAGE):
            found |= _halve(transport, against_type, left[start:start + PAGE], owners)
    return found


def _halve(transport: Transport, against_type: str, addresses: Sequence[str], owners: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    open_ranges = [(list(addresses), 0, len(owners) - 1)]
    while open_ranges:
        ids, low, high = open_ranges.pop()
        if high - low < PAGE:
            group = owners[low:high + 1]
            listed = _listed(transport, {**_of(against_type, group), "id": ids})
            found |= owners_of(transport, against_type, listed, group)
            continue
        middle = (low + high) // 2
        bound = {"against_type": [against_type], "against_id_less_than_or_equal": [owners[middle]], "id": ids}
        below = _listed(transport, bound)
        above = [id for id in ids if id not in set(below)]
        open_ranges += [part for part in ((below, low, middle), (above, middle + 1, high)) if part[0]]
    return found


def _listed(transport: Transport, filters: Filters) -> list[str]:
    return [str(row["id"]) for row in keyset(transport, _PATH, ("id",), filters, until_empty=False)]


def _of(against_type: str, owners: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"against_type": [against_type], "against_id": list(owners)}
