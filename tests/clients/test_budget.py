"""The budget waits for the end of the window, keeps the reserve, and never waits where no end is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from toolkit.clients.budget import Budget, known_before
from toolkit.errors import LimitReached

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOON
        self.told: list[datetime | None] = []

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def budget(self, reserve: float, **more: object) -> Budget:
        return Budget("accelo", reserve, clock=self.now, sleep=self.sleep, waiting=self.told.append, **more)  # type: ignore[arg-type]  # as given


def test_p13_at_the_reserve_it_waits_until_the_window_ends_and_says_so() -> None:
    clock = Clock()
    budget = clock.budget(1000)
    budget.made(limit=5000, remaining=1000, reset_at=NOON + timedelta(minutes=20))
    budget.before()
    ends = NOON + timedelta(minutes=20, seconds=1)
    assert clock.at == ends and clock.told == [ends, None]
    assert budget.remaining == 5000 and budget.waited == pytest.approx(1201)


@pytest.mark.parametrize(("reserve", "kept"), [(0.2, 1000), (250, 250), (0, 0), (0.0001, 1)])
def test_p13_the_reserve_is_a_number_or_a_share(reserve: float, kept: int) -> None:
    budget = Clock().budget(reserve)
    budget.made(limit=5000, remaining=4000)
    assert budget.kept_back() == kept


def test_p13_never_below_the_reserve_whatever_others_use() -> None:
    """Other programs share the limit: the header is believed, not our own count."""
    clock = Clock()
    budget = clock.budget(100)
    for remaining in (105, 104, 101):
        budget.before()
        budget.made(limit=5000, remaining=remaining, reset_at=NOON + timedelta(hours=1))
    budget.before()
    budget.made(limit=5000, remaining=100, reset_at=NOON + timedelta(hours=1))
    assert clock.at == NOON
    budget.before()
    assert clock.at > NOON + timedelta(hours=1)


def test_a_write_is_not_made_to_wait_it_is_told() -> None:
    clock = Clock()
    budget = clock.budget(10)
    budget.made(limit=5000, remaining=10, reset_at=NOON + timedelta(minutes=5))
    with pytest.raises(LimitReached) as reached:
        budget.before(may_wait=False)
    assert clock.at == NOON and reached.value.until == NOON + timedelta(minutes=5, seconds=1)


def test_a_window_without_an_end_is_not_waited_for() -> None:
    budget = Clock().budget(0.2)
    budget.made(limit=15000, remaining=3000)
    with pytest.raises(LimitReached, match="3000 calls are kept for people") as reached:
        budget.before()
    assert reached.value.until is None


def test_a_limit_without_an_end_is_tried_again_after_an_hour_by_the_same_process_and_by_one_that_is_started_often() -> (
    None
):
    """The refused calls in between must not push that hour ahead of themselves."""
    clock = Clock()
    budget = clock.budget(0.2)
    budget.made(limit=15000, remaining=14000)
    with pytest.raises(LimitReached):
        budget.refused(None)
    left = budget.snapshot()
    for _ in range(5):  # every ten minutes, by a cron line and by the service
        clock.at += timedelta(minutes=10)
        started = clock.budget(0.2, **known_before(left, clock.at))
        for each in (budget, started):
            with pytest.raises(LimitReached):
                each.before()
        left = started.snapshot()
    clock.at += timedelta(minutes=10)
    budget.before()
    assert known_before(left, clock.at) == {}


def test_a_wait_that_is_too_long_is_refused_with_its_time() -> None:
    budget = Clock().budget(10, max_wait=60)
    budget.made(limit=100, remaining=10, reset_at=NOON + timedelta(hours=2))
    with pytest.raises(LimitReached, match="14:00:01 UTC"):
        budget.before()


def test_calls_to_come_are_reserved_together() -> None:
    clock = Clock()
    budget = clock.budget(0)
    budget.made(limit=100, remaining=50, reset_at=NOON + timedelta(minutes=1))
    budget.before(50)
    assert clock.at == NOON
    budget.before(51)
    assert clock.at == NOON + timedelta(seconds=61)


def test_more_calls_than_a_whole_window_holds_do_not_hang() -> None:
    clock = Clock()
    budget = clock.budget(0)
    budget.made(limit=100, remaining=0, reset_at=NOON + timedelta(minutes=1))
    budget.before(500)
    assert clock.at == NOON + timedelta(seconds=61)


def test_p13_numbers_of_an_earlier_process_hold_for_the_first_call() -> None:
    clock = Clock()
    budget = clock.budget(10, remaining=10, reset_at=NOON + timedelta(seconds=30))
    budget.before()
    assert clock.at == NOON + timedelta(seconds=30)
