"""SOQL: parse a statement, compile it to one SQLite statement, run it on the org's tables.

Sources: the SOQL and SOSL Reference; error codes and message forms as recorded from orgs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from sandbox.salesforce.soql.compiler import Compiled, compile
from sandbox.salesforce.soql.errors import SoqlError
from sandbox.salesforce.soql.functions import install
from sandbox.salesforce.soql.parser import parse

__all__ = ["Compiled", "SoqlError", "compile", "parse", "run"]

TOO_COMPLICATED = "Query is either selecting too many fields or the filter conditions are too complicated."


def run(db: sqlite3.Connection, compiled: Compiled, sql: str | None = None, **more: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a compiled statement (or of its `keys_sql`, `page_sql`), fetched as they are asked for."""
    install(db)
    try:
        return db.execute(sql or compiled.sql, {**compiled.parameters, **more})
    except sqlite3.OperationalError as error:
        raise SoqlError("QUERY_TOO_COMPLICATED", f"{TOO_COMPLICATED} ({error})") from error
