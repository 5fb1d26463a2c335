"""P5 in requests: a sync after edits asks at most 8 and 1.1 for each write, whatever the number of records.

The figures at 1,000 and 10,000 companies come from `python -m bench.sync_requests`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.sync_requests import handfuls, measure

pytestmark = pytest.mark.promise


def test_p5_requests_follow_the_writes_and_not_the_records(tmp_path: Path) -> None:
    small, large = (measure(tmp_path / str(n), n, 3 * n, 100) for n in (110, 440))
    for figure in (small, large):
        assert figure.writes == 100
        assert figure.requests <= figure.allowed
        assert figure.quiet_requests <= 8 and not figure.quiet_writes
    assert large.requests <= small.requests + 2


def test_p5_a_handful_of_edits_of_all_kinds_asks_one_more_reading_a_kind_of_row(tmp_path: Path) -> None:
    """What docs/limits.md says: up to two kinds within 8 and 1.1 a write, ten edits over all seven at most 4 beyond."""
    figures = handfuls(tmp_path)
    assert [figure.writes for figure in figures] == list(range(1, 11))
    assert all(figure.requests <= figure.allowed + (4 if figure.edits > 2 else 0) for figure in figures)
    assert not any(figure.quiet_writes for figure in figures) and {figure.quiet_requests for figure in figures} == {5}
