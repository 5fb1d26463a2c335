"""The architecture holds: import contracts, small files, and a core that stands on the standard library alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST = 250
"""Lines, as ruff formats them."""


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))


def test_the_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("path", sources("toolkit/sync"), ids=lambda path: path.name)
def test_the_core_imports_the_standard_library_and_the_nouns_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {
        name
        for name in names
        if name.split(".")[0] not in sys.stdlib_module_names
        and name not in ("toolkit.model", "toolkit.errors")
        and not name.startswith("toolkit.sync")
    }
    assert not foreign


def test_no_module_is_longer_than_a_person_reads_in_one_go():
    long = {
        str(path.relative_to(REPOSITORY)): lines
        for path in sources("toolkit")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    # The nouns are one file on purpose: it is read as one list.
    assert {name: lines for name, lines in long.items() if name != "toolkit/model.py"} == {}


def test_nothing_else_opens_a_database():
    """Opening, copying or hashing a database that another part holds open loses acknowledged rows (POSIX locks)."""
    found = []
    for path in sources("toolkit"):
        if path.relative_to(REPOSITORY).parts[1] != "store":
            text = path.read_text(encoding="utf-8")
            found += [str(path) for call in ("sqlite3.connect(", "duckdb.connect(") if call in text]
    assert found == []
