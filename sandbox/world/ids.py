"""Salesforce record ids for the rows of worlds, in ranges that the org itself never mints.

An id says nothing; the same world always gives the same ids, so that two starts can be compared.
"""

from __future__ import annotations

import hashlib

from sandbox.salesforce.ids import base62, checksum

_POD = "5g0000"
_NAMED = "5gN"


def record_id(prefix: str, number: int) -> str:
    """The id of the n-th record of an object."""
    short = prefix + _POD + base62(number, 6)
    return short + checksum(short)


def id_of_text(prefix: str, text: str) -> str:
    """Always the same id for the same text."""
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    short = prefix + _NAMED + base62(number % 62**9, 9)
    return short + checksum(short)
