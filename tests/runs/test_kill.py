"""Kill -9 in the middle of an import, at random points: the next start finishes it, and nothing is there twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runs.bed import REPOSITORY, Bed
from tests.runs.oracles import journal_is_the_world, one_company_for_each_account
from toolkit.runs.recover import recover

pytestmark = pytest.mark.promise


def killed(bed: Bed, run: str, hash: str, seconds: float) -> bool:
    """Start applying and kill it so many seconds after its first write; False when it was done before."""
    before = len([row for row in bed.served.requests() if row.get("writes")])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.runs.one_run", str(bed.folder), run, "apply", hash],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and len([row for row in bed.served.requests() if row.get("writes")]) == before:
        time.sleep(0.02)
    time.sleep(seconds)
    died = process.poll() is None
    process.kill()
    process.wait()
    return died


@pytest.mark.parametrize("seed", range(20))
def test_p9_killed_at_a_random_point_recovered_and_synced(bed: Bed, seed: int) -> None:
    """Exactly one company for each account, every write of the world in the journal, and a quiet run at the end."""
    chance = random.Random(seed)
    planned = bed.run("plan")
    bed.workspace.close()
    died = killed(bed, "run-900-apply", planned.plan_hash, chance.uniform(0.0, 2.0))
    bed.again()
    recovered = recover(bed.workspace)
    assert recovered.runs == (("run-900-apply",) if died else ())
    assert not bed.state.journal.unresolved()
    assert bed.state.runs.get("run-900-apply").state == ("died" if died else "done")
    bed.sync_until_calm()
    one_company_for_each_account(bed)
    journal_is_the_world(bed)
    assert bed.sync().quiet
    accounts = {row["Id"] for row in bed.served.accounts()}
    assert {link.salesforce_id for link in bed.state.links.all("company")} <= accounts


def test_p9_an_attempt_without_a_request_is_resolved_as_not_sent(bed: Bed) -> None:
    """Killed between the commit of the intent and the first byte: looked for, not there, so not applied."""
    import os

    planned = bed.run("plan")
    run = bed.open("apply", confirmed=planned.plan_hash)
    run.read(), run.plan(), run.confirm()
    from toolkit.runs.write import Pen

    class Died(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Died

    original, Pen._send = Pen._send, dies  # type: ignore[assignment,method-assign]  # the process dies here
    run.abort = lambda error: None  # type: ignore[method-assign]  # and cannot tidy up
    try:
        with pytest.raises(Died):
            run.apply()
    finally:
        Pen._send = original  # type: ignore[method-assign]
    run.lease.give_back()
    assert os.getpid() and len(bed.state.journal.unresolved()) == 1
    recovered = recover(bed.workspace)
    assert recovered.resolved == {"not_applied": 1}
    bed.sync_until_calm()
    one_company_for_each_account(bed)
    journal_is_the_world(bed)


def test_p9_a_folder_of_a_dead_run_is_sealed_and_holds(bed: Bed, tmp_path: Path) -> None:
    from toolkit.runs.rebuild import rebuild
    from toolkit.runs.seal import seal
    from toolkit.runs.verify import verify

    planned = bed.run("plan")
    bed.workspace.close()
    killed(bed, "run-900-apply", planned.plan_hash, 0.8)
    bed.again()
    for run in recover(bed.workspace).runs:
        seal(bed.state, bed.workspace.run_folder(run), run)
        assert verify(bed.workspace.run_folder(run)) == []
    bed.sync_until_calm()
    before = bed.state.links.digest()
    assert rebuild(bed.state, bed.folder / "runs").digest == before
