"""The engine that executes notebooks: what it saves, what it never saves, and that it never claims a false success."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from toolkit.errors import UsageError
from toolkit.runs import launch
from toolkit.runs.papermill_engine import HIDDEN, Cell, scrub

SECRET = 's3cr3t/with"quote-and-ümlaut'


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Writes a notebook of the given cells where the launcher looks for notebooks."""
    monkeypatch.setattr(launch, "NOTEBOOKS", tmp_path)

    def make(*cells: str) -> str:
        parameters = nbformat.v4.new_code_cell(
            'run: str = ""  # id of the run\nfull: bool = False  # everything\nlimit: int = 5  # rows',
            metadata={"tags": ["parameters"]},
        )
        document = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_markdown_cell("# A title"), parameters, *map(nbformat.v4.new_code_cell, cells)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(document, tmp_path / "trial.ipynb")
        return "trial"

    return make


def outputs(path: Path) -> str:
    return "".join(json.dumps(cell.get("outputs", [])) for cell in nbformat.read(path, as_version=4).cells)


def test_a_run_gets_its_parameters_and_workspace_and_no_token(tmp_path, notebook, monkeypatch):
    monkeypatch.setenv("TOOLKIT_KEY", "the-key-of-the-credentials")
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "a-client-secret")
    name = notebook(
        "import os; print(run, os.environ['TOOLKIT_WORKSPACE'], 'TOOLKIT_KEY' in os.environ, "
        "'SALESFORCE_CLIENT_SECRET' in os.environ)"
    )
    cells: list[Cell] = []
    done = launch.execute(
        name,
        tmp_path / "out" / "notebook.ipynb",
        {"run": "r-1"},
        workspace=tmp_path,
        on_cell=cells.append,
        key="the-key",
    )
    assert done.error is None
    assert "r-1 (workspace) False False" in outputs(done.notebook)
    assert [(cell.event, cell.number) for cell in cells][-2:] == [("start", 3), ("done", 3)]


def test_the_sockets_of_a_kernel_lie_in_a_folder_that_nobody_else_can_open(tmp_path, notebook, monkeypatch):
    """In the current folder, under their usual names, two runs at once would share them."""
    monkeypatch.chdir(tmp_path)
    name = notebook(
        "from ipykernel.connect import get_connection_info; import json, os; said = json.loads(get_connection_info())",
        "place = os.path.dirname(said['ip']); print(said['transport'], oct(os.stat(place).st_mode & 0o777), "
        "os.path.basename(place)[:3], len([each for each in os.listdir(place) if each.startswith('kernel-')]) >= 5)",
    )
    done = launch.execute(name, tmp_path / "out" / "notebook.ipynb", {}, workspace=tmp_path)
    assert "ipc 0o700 tk- True" in outputs(done.notebook)
    assert not list(tmp_path.glob("*ipc*")) and not list(tmp_path.glob("kernel*"))


def test_secrets_and_absolute_paths_never_reach_the_saved_notebook(tmp_path, notebook):
    name = notebook(
        f"print({SECRET!r}, 'access_token=abcdefgh1234', '00Dxx0000001gPL!AQ4AQAbcdefghijklmnopqrstuv')",
        "import os; print(os.environ['TOOLKIT_WORKSPACE'])",
    )
    done = launch.execute(name, tmp_path / "notebook.ipynb", {}, workspace=tmp_path, secrets=[SECRET])
    text = done.notebook.read_text(encoding="utf-8")
    assert HIDDEN in text
    for hidden in ("abcdefgh1234", "AQ4AQAbcdefghijklmnopqrstuv", "ümlaut", str(tmp_path)):
        assert hidden not in text


def test_a_failing_cell_leaves_its_traceback_and_later_cells_are_not_called_completed(tmp_path, notebook):
    name = notebook("1 / 0", "print('never')")
    done = launch.execute(name, tmp_path / "notebook.ipynb", {}, workspace=tmp_path)
    assert done.error["error"] == "ZeroDivisionError"
    assert "ZeroDivisionError" in outputs(done.notebook)
    states = [cell.metadata.papermill.status for cell in nbformat.read(done.notebook, as_version=4).cells]
    assert states[-2:] == ["failed", "pending"]


def test_an_error_of_ours_comes_out_with_its_exit_code_and_next_step(tmp_path, notebook):
    name = notebook(
        "from toolkit import kernel; kernel.show_errors()",
        "from toolkit.errors import LeaseHeld; raise LeaseHeld('run-7 on here', '10:00')",
    )
    done = launch.execute(name, tmp_path / "notebook.ipynb", {}, workspace=tmp_path)
    assert (
        done.error["error"] == "LeaseHeld" and done.error["exit_code"] == 4 and done.error["holder"] == "run-7 on here"
    )
    assert "Next: Wait for it" in outputs(done.notebook)


def test_a_killed_kernel_is_a_failure_not_a_success(tmp_path, notebook):
    name = notebook("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "print('never')")
    done = launch.execute(name, tmp_path / "notebook.ipynb", {}, workspace=tmp_path)
    assert done.error is not None and done.error["message"] == "The run's process died."
    states = [cell.metadata.papermill.status for cell in nbformat.read(done.notebook, as_version=4).cells]
    assert states[-1] == "pending"


@pytest.mark.parametrize(
    "given, text",
    [
        ({"fulll": True}, "The notebook trial has no parameter 'fulll'. It has: full, limit, run."),
        ({"full": "yes"}, "The parameter 'full' of the notebook trial must be bool, not str. Its default is False."),
        ({"limit": True}, "The parameter 'limit' of the notebook trial must be int, not bool. Its default is 5."),
    ],
)
def test_an_unknown_or_mistyped_parameter_is_refused_before_anything_runs(tmp_path, notebook, given, text):
    name = notebook("print('ran')")
    with pytest.raises(UsageError) as error:
        launch.execute(name, tmp_path / "out.ipynb", given, workspace=tmp_path)
    assert str(error.value) == text
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_leaves_no_kernel(tmp_path, notebook, number):
    notebook("import os; open('kernel.pid', 'w').write(str(os.getpid()))", "import time; time.sleep(60)")
    code = (
        f"import sys; from pathlib import Path; from toolkit.runs import launch; here = Path({str(tmp_path)!r});"
        "launch.NOTEBOOKS = here; r = launch.execute('trial', here / 'notebook.ipynb', {}, workspace=here);"
        "print(r.error['message']); sys.exit(9)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(launch.REPOSITORY)},
    )
    pid_file = tmp_path / "kernel.pid"
    until = time.monotonic() + 40
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(number)
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (9, "The run was interrupted.")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    assert "KeyboardInterrupt" in outputs(tmp_path / "notebook.ipynb")


def test_the_saved_notebook_is_whole_at_every_moment(tmp_path, notebook):
    """Saved aside and replaced: whoever looks while it runs reads a notebook, and the file is private."""
    name = notebook(*["print('x' * 200_000)"] * 4)
    target = tmp_path / "notebook.ipynb"
    seen = []
    launch.execute(
        name,
        target,
        {},
        workspace=tmp_path,
        on_cell=lambda cell: seen.append(len(nbformat.read(target, as_version=4).cells)),
    )
    assert set(seen) == {6}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob(".notebook*")] == []


def test_scrub_knows_secrets_by_their_look():
    for text in (
        "Authorization: Bearer abcdefghijklmnop.qrstuv",
        '{\\"refresh_token\\": \\"5Aep861abcdef\\"}',
        "client_secret=abcdef123",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJmb28ifQ.c2lnbmF0dXJl",
    ):
        assert HIDDEN in scrub(text), text
    assert scrub("password policy; Bearer of good news") == "password policy; Bearer of good news"
    token = "gAAAAA" + "Bk3_" * 12
    assert token not in scrub(f'"{token}"') + scrub(f"line\\n{token}") + scrub(f"key={token}")
    picture = f"iVBORw0KGgo/{token}+AAA"  # the same letters in the middle of a chart's data
    assert scrub(picture) == picture
