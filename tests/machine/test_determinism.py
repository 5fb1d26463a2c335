"""The same seed gives the same requests in the same order, and the same links and bases at the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.conftest import Beginning
from tests.machine.walk import begun, walk
from tests.tally import told

pytestmark = pytest.mark.promise("P19")

SEEDS = range(12)


def once(beginning: Beginning, seed: int) -> tuple[list[Any], str, list[str]]:
    history = begun(beginning, seed)
    walk(history, seed)
    requests = [
        (row["system"], row["method"], row["path"], row["query"], row["status"], row["writes"])
        for row in history.lab.requests()
    ]
    return requests, history.desk.state.links.digest(), history.steps


def test_p19_the_same_seed_makes_the_same_requests_and_the_same_state(beginning: Beginning) -> None:
    requests = 0
    for seed in SEEDS:
        first, second = once(beginning, seed), once(beginning, seed)
        assert first[2] == second[2]
        different = [pair for pair in zip(first[0], second[0], strict=False) if pair[0] != pair[1]]
        assert first[0] == second[0], f"seed {seed}: {different[:1] or (len(first[0]), len(second[0]))}"
        assert first[1] == second[1], f"seed {seed}: other links or bases"
        requests += len(first[0])
    told("same seed, same run", {"histories": len(SEEDS), "requests compared": requests})
