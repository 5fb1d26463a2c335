"""A file that is written is whole: the old text or the new one, readable by its owner alone, and nothing beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolkit.files import write_atomically


def test_a_file_is_replaced_and_belongs_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")
    write_atomically(path, "new\r\nlines\n")
    assert path.read_bytes() == b"new\r\nlines\n" and path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("broken", ["fsync", "fdopen"])
def test_a_write_that_fails_leaves_the_old_file_and_no_part_of_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")

    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["kept.txt"]
