"""A lab for each beginning; the histories of one beginning start with the same small world,
linked by its first runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.machine.desk import Desk, on_paper
from tests.machine.history import History
from tests.machine.lab import Lab
from tests.machine.settings import BEGINNINGS
from tests.machine.town import Town


class Start:
    """A lab with the world that its histories begin with, and the workspace that is linked with it."""

    def __init__(self, switches: dict[str, str]) -> None:
        self.lab = Lab(**switches)
        self.first = Desk(self.lab, self.lab.folder / "first", **{"sync.group_from": 2})  # two writes make a group here
        Town(self.lab).furnish()
        for _ in range(2):
            _, result, error = self.first.sync()
            assert error is None and result is not None
        self.lab.mark()
        self.first.workspace.close()


class Beginning:
    """Begins histories; ``begin`` closes the one before. A lab is made when it is first wanted."""

    def __init__(self) -> None:
        on_paper(True)
        self._starts: dict[int, Start] = {}
        self._numbers = count(1)
        self._desk: Desk | None = None
        self.windows: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()

    def begin(self, start: int = 0, **switches: Any) -> History:
        """``start`` is the place of its lasting switches in BEGINNINGS; ``switches`` hold for this history alone."""
        self.end()
        if start not in self._starts:
            self._starts[start] = Start(BEGINNINGS[start])
        of = self._starts[start]
        self._desk = of.first.copy_to(of.lab.folder / f"desk{next(self._numbers)}")
        return History(of.lab, self._desk, **switches)

    def count(self, history: History) -> None:
        self.windows += history.windows
        self.totals += Counter(
            sequences=1,
            runs=history.runs,
            deaths=history.deaths,
            requests=history.lab.last,
            typed=len(history.town.typed),
            questions=history.answered,
        )

    def end(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def close(self) -> None:
        self.end()
        for start in self._starts.values():
            start.lab.close()
        on_paper(False)


@pytest.fixture(scope="module")
def beginning() -> Iterator[Beginning]:
    beginning = Beginning()
    yield beginning
    beginning.close()
