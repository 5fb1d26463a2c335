"""One lab for all histories; each begins with the same small world, linked by a first run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.machine.desk import Desk, on_paper
from tests.machine.history import History
from tests.machine.lab import Lab
from tests.machine.town import Town


class Beginning:
    """Begins histories on one lab; ``begin`` closes the one before."""

    def __init__(self) -> None:
        on_paper(True)
        self.lab = Lab()
        self._numbers = count(1)
        self._desk: Desk | None = None
        self.first = Desk(self.lab, self.lab.folder / "first", **{"sync.group_from": 2})  # two writes make a group here
        Town(self.lab).furnish()
        for _ in range(2):
            _, result, error = self.first.sync()
            assert error is None and result is not None
        self.lab.mark()
        self.first.workspace.close()
        self.windows: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()

    def begin(self, **switches: Any) -> History:
        self.end()
        self._desk = self.first.copy_to(self.lab.folder / f"desk{next(self._numbers)}")
        return History(self.lab, self._desk, **switches)

    def count(self, history: History) -> None:
        self.windows += history.windows
        self.totals += Counter(
            sequences=1, runs=history.runs, deaths=history.deaths, requests=self.lab.last, typed=len(history.town.typed)
        )

    def end(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def close(self) -> None:
        self.end()
        self.lab.close()
        on_paper(False)


@pytest.fixture(scope="module")
def beginning() -> Iterator[Beginning]:
    beginning = Beginning()
    yield beginning
    beginning.close()
