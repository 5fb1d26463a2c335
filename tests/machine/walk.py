"""A random history from a seed: what the soak and the test of determinism use."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.machine import settings
from tests.machine.faults import FAULTS
from tests.machine.history import History

if TYPE_CHECKING:
    from tests.machine.conftest import Beginning

SIDES = ("salesforce", "accelo")


def begun(beginning: Beginning, seed: int) -> History:
    """The history of that seed, at its first moment."""
    start, switches = settings.draw(random.Random(seed))
    return beginning.begin(start, **switches)


def typing(chance: random.Random, most: int) -> Iterator[tuple[str, int, int, bool]]:
    """Edits of people who type at the same time, often on both sides of one field."""
    for _ in range(chance.randrange(1, most + 1)):
        who, what = chance.randrange(4), chance.randrange(9)
        for side in chance.choice((SIDES, SIDES[:1], SIDES[1:], SIDES[:1], SIDES[1:])):
            yield side, who, what, chance.random() < 0.15


def amid(chance: random.Random) -> tuple[tuple[int, str, tuple[Any, ...]], ...]:
    """What happens between two requests of a run."""
    found: list[tuple[int, str, tuple[Any, ...]]] = []
    while chance.random() < 0.35:
        what: tuple[str, tuple[Any, ...]] = chance.choice(
            (
                ("same", (chance.choice(SIDES),)),
                ("edit", (chance.choice(SIDES), chance.randrange(4), chance.randrange(9))),
                ("read_only", (chance.random() < 0.5,)),
                ("second", ()),
                ("move", (chance.randrange(4), chance.randrange(4))),
            )
        )
        found.append((chance.randrange(1, 16), *what))
    return tuple(found)


def faults(chance: random.Random) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (chance.choice(SIDES), chance.randrange(len(FAULTS)), chance.randrange(1, 8))
        for _ in range(chance.choice((0, 0, 1, 1, 2)))
    )


def step(history: History, chance: random.Random) -> None:
    pick, some = chance.random(), chance.randrange
    if pick < 0.36:
        for edit in typing(chance, 3):
            history.edit(*edit)
    elif pick < 0.62:
        history.sync(
            full=chance.random() < 0.1,
            faults=faults(chance),
            amid=amid(chance),
            die_at=some(1, 90) if chance.random() < 0.25 else 0,
        )
    elif pick < 0.67:
        history.create("salesforce", chance.choice(("company", "contact")), some(4))
    elif pick < 0.70:
        history.create("accelo", chance.choice(("company", "contact")), some(4))
    elif pick < 0.73:
        history.move(some(4), some(4))
    elif pick < 0.77:
        history.delete(chance.choice(SIDES), chance.choice(("company", "contact")), some(4))
    elif pick < 0.79:
        history.undelete(some(4))
    elif pick < 0.81:
        history.merge(chance.choice(("company", "contact")), some(4), some(4))
    elif pick < 0.85:
        history.read_only(chance.random() < 0.6)
    elif pick < 0.89:
        history.decide(some(4), some(3))
    elif pick < 0.91:
        history.plan()
    elif pick < 0.94:
        history.apply(
            some(3), faults=faults(chance), amid=amid(chance), die_at=some(1, 90) if chance.random() < 0.25 else 0
        )
    elif pick < 0.96:
        history.keep_state()
    elif pick < 0.97:
        history.lose_state()
    elif pick < 0.98:
        history.skew(chance.choice(SIDES), chance.choice((-3600.0, 3600.0, 90.0, -90.0)))
    else:
        history.wait(chance.choice((2.0, 60.0, 400.0, 7200.0)))


def walk(history: History, seed: int, steps: int = 8) -> None:
    chance = random.Random(seed)
    for edit in typing(chance, 4):
        history.edit(*edit)
    for _ in range(chance.randrange(3, steps + 1)):
        step(history, chance)
    history.settle()
