"""`toolkit lab`: JupyterLab on copies of the notebooks, and a server that shows runs and never writes into them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import requests

from toolkit import charts, lab
from toolkit.runs.launch import NOTEBOOKS, REPOSITORY
from toolkit.runs.seal import seal, sha256
from toolkit.runs.verify import verify
from toolkit.workspace import Workspace

RUN = "20261128-090000-sync-plan-0001"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """With one sealed run."""
    workspace = Workspace.create(tmp_path_factory.mktemp("lab") / "workspace")
    folder = workspace.run_folder(RUN)
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), folder / "notebook.ipynb")
    workspace.state.runs.start(RUN, "sync", "plan", "2026-11-28T09:00:00+00:00")
    workspace.state.runs.end(RUN, "done", "2026-11-28T09:00:00+00:00")
    seal(workspace.state, folder, RUN)
    workspace.close()
    return workspace


@pytest.fixture(scope="module")
def server(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command itself, as `make lab` calls it; only the browser is left out."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = tmp_path_factory.mktemp("jupyter")
    log = (own / "log").open("wb")
    given = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=x"]
    process = subprocess.Popen(
        [sys.executable, "-m", "toolkit", "--workspace", str(workspace.folder), "lab", "--", *given],
        cwd=REPOSITORY, stdout=log, stderr=log,
        env=os.environ | {f"JUPYTER_{name}_DIR": str(own / name) for name in ("CONFIG", "DATA", "RUNTIME")},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.get(f"{url}/api", timeout=2)
            break
        except requests.RequestException:
            time.sleep(0.2)
    yield url
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def ask(server: str, method: str, path: str, **options: object) -> requests.Response:
    headers = {"Authorization": "token x"}
    return requests.request(method, f"{server}/api/{path}", headers=headers, timeout=20, **options)  # type: ignore[arg-type]  # passed on


def test_it_opens_on_copies_in_the_workspace_and_hides_what_nobody_opens(server: str, workspace: Workspace) -> None:
    shown = ask(server, "GET", "contents/notebooks").json()["content"]
    assert {row["name"] for row in shown} == {path.name for path in NOTEBOOKS.glob("*.ipynb")}
    assert all(row["writable"] for row in shown)
    names = {row["name"] for row in ask(server, "GET", "contents/").json()["content"]}
    assert {"mappings", "notebooks", "runs", "settings.toml"} <= names
    assert not names & {"credentials", "credentials.key", "state.sqlite", "lease"}


def test_what_a_person_saves_is_theirs_and_the_repository_stays_as_it_is(server: str, workspace: Workspace) -> None:
    before = sha256(NOTEBOOKS / "sync.ipynb")
    model = ask(server, "GET", "contents/notebooks/sync.ipynb").json()
    model["content"]["cells"][0]["source"] = "Notes of a customer"
    assert ask(server, "PUT", "contents/notebooks/sync.ipynb", json=model).status_code == 200
    assert "Notes of a customer" in (workspace.folder / "notebooks" / "sync.ipynb").read_text(encoding="utf-8")
    assert sha256(NOTEBOOKS / "sync.ipynb") == before


@pytest.mark.promise("P11")
def test_opening_an_executed_notebook_leaves_its_run_sealed(server: str, workspace: Workspace) -> None:
    folder, path = workspace.run_folder(RUN), f"contents/runs/{RUN}/notebook.ipynb"
    before = {each.name: sha256(each) for each in folder.iterdir()}
    model = ask(server, "GET", path).json()
    assert model["writable"] is False and model["content"]["cells"][0]["source"] == "1"
    assert ask(server, "GET", f"{path}/checkpoints").json() == []
    refused = [
        ask(server, "PUT", path, json=model),
        ask(server, "POST", f"{path}/checkpoints"),
        ask(server, "PATCH", path, json={"path": f"runs/{RUN}/other.ipynb"}),
        ask(server, "DELETE", path),
        ask(server, "PUT", f"contents/runs/{RUN}/new.txt", json={"type": "file", "format": "text", "content": "x"}),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert all(answer.json()["message"] == lab.SEALED for answer in refused)
    assert {each.name: sha256(each) for each in folder.iterdir()} == before


def test_what_another_jupyter_left_beside_a_notebook_is_named_with_its_remedy(workspace: Workspace) -> None:
    folder = workspace.run_folder(RUN)
    left = folder / ".ipynb_checkpoints" / "notebook-checkpoint.ipynb"
    left.parent.mkdir()
    left.write_text("{}", encoding="utf-8")
    (problem,) = verify(folder)
    shutil.rmtree(left.parent)
    assert problem.message == (
        "is not in the manifest (a copy that another Jupyter made when the notebook was opened in it: "
        "remove that folder)"
    )
    assert verify(folder) == []


def test_a_kernel_finds_the_workspace_and_the_toolkit(server: str, workspace: Workspace) -> None:
    words, environment = lab.command(workspace.folder, ["--no-browser"])
    assert words[-1] == "--no-browser" and environment["TOOLKIT_WORKSPACE"] == str(workspace.folder.resolve())
    settings = json.loads((NOTEBOOKS / "settings" / "overrides.json").read_text(encoding="utf-8"))
    known = ask(server, "GET", "").json()  # it answers
    assert known["version"] and settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    said = requests.get(f"{server}/lab/api/settings/@jupyterlab/apputils-extension:notification?token=x", timeout=20)
    assert said.json()["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_a_copy_is_made_once_and_one_of_an_older_version_is_kept(tmp_path: Path) -> None:
    assert lab.copies(tmp_path) == []
    copy = tmp_path / "notebooks" / "sync.ipynb"
    notebook = nbformat.read(copy, as_version=4)
    notebook.cells[0].source = "mine"
    nbformat.write(notebook, copy)
    assert lab.copies(tmp_path) == [] and nbformat.read(copy, as_version=4).cells[0].source == "mine"
    notebook.metadata[lab.SOURCE] = "of an older version"
    nbformat.write(notebook, copy)
    said = lab.copies(tmp_path)
    assert said == ["notebooks/sync.ipynb is new in this version; yours of before is notebooks/sync-before-1.ipynb"]
    assert nbformat.read(copy, as_version=4).cells[0].source.startswith("# Sync")
    assert nbformat.read(copy.with_name("sync-before-1.ipynb"), as_version=4).cells[0].source == "mine"
    copy.write_text("no notebook", encoding="utf-8")
    assert lab.copies(tmp_path)[0].endswith("sync-before-2.ipynb")


def test_a_chart_is_seen_in_a_notebook_that_somebody_else_executed_and_on_a_dark_screen() -> None:
    """JupyterLab shows no SVG of an untrusted notebook; a PNG it does."""
    drawn, sizes = charts.bars({"company created": 3}, title="Actions")._repr_mimebundle_()
    assert drawn["image/png"].startswith("iVBORw0KGgo") and drawn["text/plain"] == "Chart: Actions"
    assert f'width="{sizes["image/png"]["width"]}"' in drawn["image/svg+xml"]
    assert f'fill="{charts.PAPER}"' in drawn["image/svg+xml"]
