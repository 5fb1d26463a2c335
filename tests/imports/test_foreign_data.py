"""A slice of a public data set with the dirt of real life: what is odd in it is reported, the rest comes over."""

from __future__ import annotations

import shutil
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
    assert not [code for code in found if code.startswith("spelling")], "its seven products are seven"


def test_a_product_in_two_spellings_is_reported_though_no_sale_has_a_product(tmp_path: Path) -> None:
    """As some copies of the data set have it: GTXPro in the pipeline, GTX Pro in the list of products."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    lines = (data / "sales_pipeline.csv").read_text().splitlines()
    pros = [number for number, line in enumerate(lines) if ",GTX Pro," in line]
    for number in pros[::4]:
        lines[number] = lines[number].replace(",GTX Pro,", ",GTXPro,")
    (data / "sales_pipeline.csv").write_text("\n".join(lines) + "\n")
    found = dict(measured(data, tmp_path)["findings"])
    assert len(pros) == 16 and found["spelling-opportunity-product__c"] == 4
