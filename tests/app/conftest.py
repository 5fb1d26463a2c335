"""The pages without a browser: a workspace that has seen a first import (made once), a copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from toolkit.accounts import Person, Role
from toolkit.commands.sandbox import REPOSITORY, Sandbox
from toolkit.model import Link
from toolkit.pages import front, import_steps
from toolkit.workspace import Workspace

PAGES = ("sync", "inbox", "why", "import", "runs", "connections", "rules", "settings")
AUDITOR = Person("Olga", Role.AUDITOR)
CONSULTANT = Person("Carl", Role.CONSULTANT)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    process = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield process.start()
    process.stop()


@pytest.fixture(scope="session")
def grown(sandbox: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Connected, with a confirmed first import and a preview of sales behind it."""
    folder = tmp_path_factory.mktemp("grown") / "workspace"
    with Workspace.create(folder) as workspace:
        workspace.use_sandbox(sandbox)
        for system in ("salesforce", "accelo"):
            workspace.connections.sign_in(system, "client_credentials")
        planned = workspace.run_notebook("sync", "sync", "plan", {"mode": "plan"})
        given = {"mode": "apply", "confirmed": planned.plan_hash}
        workspace.run_notebook("sync", "sync", "apply", given)
        workspace.run_notebook("import_sales", "sales", "plan", {"mode": "plan"})
    return folder


@pytest.fixture
def folder(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "workspace"
    shutil.copytree(grown, copy)
    monkeypatch.setenv("TOOLKIT_WORKSPACE", str(copy))
    return copy


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    with Workspace(folder) as opened:
        yield opened


@pytest.fixture
def as_(monkeypatch: pytest.MonkeyPatch) -> Callable[[Person | None], None]:
    """Who looks at the pages from now on."""

    def become(person: Person | None) -> None:
        monkeypatch.setattr(front, "person_of", lambda *_: person)

    return become


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch, as_: Callable[[Person | None], None]) -> None:
    """An auditor before whom nothing is hidden: as if the page offered every control (a hand-made request)."""
    as_(AUDITOR)
    for module in (front, import_steps):
        monkeypatch.setattr(module, "may", lambda deed: True)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs that a page started; no process is made."""
    from toolkit import background

    runs: list[str] = []
    monkeypatch.setattr(background, "launch", lambda workspace, run: runs.append(run))
    return runs


@pytest.fixture
def page(folder: Path) -> Callable[..., AppTest]:
    def visit(name: str, **query: str) -> AppTest:
        test = AppTest.from_file(str(REPOSITORY / "toolkit" / "pages" / "main.py"), default_timeout=30)
        for key, value in query.items():
            test.query_params[key] = value
        test.run()  # the pages are known only then
        return test if name == "sync" else test.switch_page(f"{name}_page.py").run()

    return visit


def words(test: AppTest) -> str:
    """Every text on the page (tables left out), for asserting what somebody reads."""
    kinds = ("title", "caption", "markdown", "subheader", "info", "warning", "error", "success", "text")
    return "\n".join(str(each.value) for kind in kinds for each in getattr(test, kind)).replace("\\", "")


def still(workspace: Workspace) -> Link:
    """A pair of companies in which nothing changed."""
    moved = {id for _, _, id in workspace.state.seen.dirty()}
    return next(link for link in workspace.state.links.all("company")
                if link.salesforce_id and link.accelo_id
                and not {link.accelo_id, link.salesforce_id} & moved)  # fmt: skip


def typed_in_accelo(workspace: Workspace, field: str, value: str) -> Link:
    """As if somebody had typed this into a company of Accelo that is linked, and a run had read it:
    the next one is planned."""
    state, link = workspace.state, still(workspace)
    row = state.seen.get("accelo.companies", [str(link.accelo_id)])[str(link.accelo_id)]
    state.seen.put([replace(row, row={**row.row, field: value})], "test")
    state.seen.soil([("accelo", "company", str(link.accelo_id))], "changed", "2026-11-25T00:00:00+00:00")
    return link
