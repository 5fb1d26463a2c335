"""state.sqlite (the living state) and run.duckdb (the evidence of one run); nothing else in the product opens them."""

from toolkit.store.evidence import Evidence
from toolkit.store.state import State

__all__ = ["Evidence", "State"]
