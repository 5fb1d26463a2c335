"""run.duckdb: written in batches, absent when nothing was written, readable when it is closed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from toolkit.store.evidence import Evidence, read_evidence


def test_a_run_that_gathered_nothing_leaves_no_file(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "run" / "run.duckdb")
    evidence.close()
    assert not (tmp_path / "run").exists()


def test_what_was_gathered_and_discarded_leaves_no_file(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "run" / "run.duckdb")
    evidence.meta(kind="sync")
    evidence.discard()
    assert not (tmp_path / "run").exists()


def test_a_hundred_thousand_rows_are_written_in_seconds(tmp_path: Path) -> None:
    """Batches as Arrow tables; row by row this would take minutes."""
    began = time.monotonic()
    with Evidence(tmp_path / "run.duckdb") as evidence:
        evidence.add(
            "raw",
            (
                {"stream": "salesforce.Account", "id": str(n), "stamp": n, "changed": True, "body": {"n": n}}
                for n in range(100_000)
            ),
        )
    assert read_evidence(tmp_path / "run.duckdb", "SELECT count(*) AS n, max(stamp) AS top FROM raw") == [
        {"n": 100_000, "top": 99_999}
    ]
    assert time.monotonic() - began < 20


def test_a_column_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="surprise"):
        Evidence(tmp_path / "run.duckdb").add("meta", [{"key": "a", "surprise": 1}])


def test_text_with_quotes_nulls_and_emoji_comes_back_as_it_was(tmp_path: Path) -> None:
    text = 'O\'Brien "x" \u0000 =1+1 \U0001f600 <b>\r\n'
    with Evidence(tmp_path / "run.duckdb") as evidence:
        evidence.meta(text=text)
    assert read_evidence(tmp_path / "run.duckdb", "SELECT key FROM meta") == [{"key": "text"}]
