"""A slice of a public data set with the dirt of real life: what is odd in it is reported, the rest comes over."""

from __future__ import annotations

from pathlib import Path

from bench.maven_import import DATA, measured


def test_what_is_missing_is_reported_and_the_forecast_holds(tmp_path: Path) -> None:
    said = measured(DATA, tmp_path)
    assert said["companies"] == 85 and said["opportunities"] == 120 and said["money_equal"]
    assert said["sales"] + sum(said["reasons"].values()) == 120
    found = dict(said["findings"])
    assert {"waiting-nobody", "no-company", "no-amount", "no-due-date"} <= set(found), found
    assert found["waiting-nobody"] == said["reasons"]["it has neither a company nor a contact in Accelo"]
    assert said["off"] <= 0.1
