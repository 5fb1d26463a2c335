"""Every folder here is a scenario, and every scenario runs under both sets of switches, over HTTP against the sandbox.

The vocabulary of scenario.toml is in README.md. At the end of each: the next run is quiet (P5), the journal is the
sandbox's log (P8), and while read-only was on Salesforce was only read (P1).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs.bed import Bed, Served
from tests.scenarios.play import new_player
from tests.scenarios.sets import SETS
from tests.scenarios.story import BadStory, load

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.glob("*/scenario.toml"))

pytestmark = pytest.mark.promise


@pytest.mark.parametrize("switches", SETS)
@pytest.mark.parametrize("scenario", FOLDERS, ids=lambda path: path.name)
def test_scenario(
    scenario: Path, switches: str, empty: Served, places: dict[str, dict[str, str]], folder: Path, tally: dict[str, int]
) -> None:
    story = load(scenario)
    empty.fresh(**{**SETS[switches], **story.switches})
    bed = Bed(folder, empty, story.grace)
    try:
        player = new_player(story, bed, places)
        player.play()
        tally["scenarios"] += 1
        tally["read_only_requests"] += player.reads
    finally:
        empty.post("/clock", {"system": "salesforce", "skew_seconds": 0})
        empty.post("/clock", {"system": "accelo", "skew_seconds": 0})
        bed.workspace.close()


def test_p1_over_all_scenarios_with_read_only_salesforce_was_only_read(
    tally: dict[str, int], request: pytest.FixtureRequest
) -> None:
    """Each scenario looked at its own log; here it is shown that there was something to look at."""
    chosen = sum(getattr(item, "originalname", "") == "test_scenario" for item in request.session.items)
    if chosen < 2 * len(FOLDERS):
        pytest.skip("Only some of the scenarios were asked for (-k, or by name).")  # never in a whole run
    assert len(FOLDERS) >= 60 and tally["scenarios"] == 2 * len(FOLDERS)
    assert tally["read_only_requests"] > 100


def test_a_word_that_the_vocabulary_does_not_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text('title = "x"\n[[step]]\nrunn = "sync"\n')
    with pytest.raises(BadStory, match="runn"):
        load(tmp_path)
