"""Both imports stepped through in a kernel, as in JupyterLab: look, put the hash of the plan in, go on to the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.imports.conftest import PLAIN
from tests.imports.desk import Desk, Stage
from toolkit.runs.launch import NOTEBOOKS


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("stage"), PLAIN)
    yield stage
    stage.served.stop()


def said(cell: nbformat.NotebookNode) -> str:
    return "".join(str(o.get("text") or o.get("data", {}).get("text/plain", "")) for o in cell.outputs)


@pytest.mark.parametrize(("what", "kind", "records"), [("sales", "sale", 60), ("tickets", "ticket", 20)])
def test_a_notebook_writes_nothing_until_the_hash_of_its_plan_is_put_in(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, kind: str, records: int
) -> None:
    stage.clear()
    shutil.copytree(stage.folder / "first", tmp_path / "workspace")
    monkeypatch.setenv("TOOLKIT_WORKSPACE", str(tmp_path / "workspace"))
    notebook = nbformat.read(NOTEBOOKS / f"import_{what}.ipynb", 4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOKS)}})
    outputs: dict[str, str] = {}
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            if "confirm(" in cell.source:  # as it stands, then with what a person puts between its quotes
                client.execute_cell(cell, number)
                told = re.search(
                    r"^Not confirmed: nothing will be written\. The hash of this plan: '(\w{64})'",
                    said(cell),
                )
                assert told and not any(row["writes"] for row in stage.served.requests())
                cell.source = cell.source.replace('hash=""', f"hash={told[1]!r}").replace('accept=""', 'accept="all"')
            client.execute_cell(cell, number)
            outputs[cell.source] = said(cell)
    assert re.search(rf"created +{records}\b", outputs[f"{what}.apply()"])
    assert re.search(rf"created +{records}\b", outputs[f"{what}.close()"])
    desk = Desk(tmp_path / "workspace", stage.served)
    try:
        assert desk.marked(kind) == dict.fromkeys(desk.source(kind), 1)  # type: ignore[arg-type]  # the two kinds
        assert desk.go(kind).quiet  # type: ignore[arg-type]  # the two kinds
    finally:
        desk.workspace.close()
