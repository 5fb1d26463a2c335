"""The documentation says what is there: its commands exist, its links lead somewhere, its settings are the settings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from toolkit.__main__ import add_commands, cli
from toolkit.settings import Settings, flat

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_picture_leads_to_a_file(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_the_pages_exists(page):
    add_commands()
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", text) + [line for line in text.splitlines() if line.startswith("    ")]
    for span in spans:
        for command in re.findall(r"(?:\btoolkit|-m toolkit)(?: --workspace \S+)? ([a-z]+)\b", span):
            assert command in cli.commands, f"{command} in: {span}"
        for target in re.findall(r"^\s*make ([a-z-]+)", span):
            assert target in make_targets(), target


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.M))


def test_make_alone_lists_every_target_with_one_line():
    listed = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "demo-reset", "test", "app", "lab", "sandbox", "bench", "soak", "promises", "lint"):
        assert len(re.findall(rf"^  make {target} +\S", listed, re.M)) == 1, target


def test_the_table_of_commands_is_complete():
    add_commands()
    page = (REPOSITORY / "docs" / "command-line.md").read_text(encoding="utf-8")
    for name, command in cli.commands.items():
        assert command.hidden or f"`{name}" in page, name


def test_the_settings_in_the_docs_are_the_settings_there_are():
    page = (REPOSITORY / "docs" / "workspace.md").read_text(encoding="utf-8")
    settings = flat(Settings())
    for key in re.findall(r"`((?:sync|budget|schedule)\.[a-z_]+)`", page):
        assert key in settings, key
    for key, value in settings.items():
        if key.startswith("sync."):
            row = re.search(rf"^\| `{re.escape(key)}` \| `?([^|`]+)`? \|", page, re.M)
            assert (
                row and row[1].strip() == f"{value:g}"
                if isinstance(value, float)
                else row and row[1].strip() == str(value)
            ), key


def test_the_pages_name_no_path_of_one_machine():
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/", page.read_text(encoding="utf-8")), page
