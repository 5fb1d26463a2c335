"""What screens ask of a finished run's evidence (run.duckdb): groups and single pages, opened read-only,
closed at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.store.evidence import read_evidence

NOT_SAID = "''"


@dataclass(frozen=True)
class Wanted:
    """Which actions of a plan to show; blank means all. ``field`` is the name of a rule that an action changes."""

    type: str = ""
    kind: str = ""
    side: str = ""
    field: str = ""
    text: str = ""
    only_blanks: bool = False

    def where(self) -> tuple[str, list[Any]]:
        parts, values = ["true"], []
        for name in ("type", "kind", "side"):
            if getattr(self, name):
                parts.append(f"coalesce(a.{name}, 'ours') = ?")
                values.append(getattr(self, name))
        if self.text:
            parts.append("(contains(lower(a.title), lower(?)) OR a.salesforce_id = ? OR a.accelo_id = ?)")
            values += [self.text] * 3
        if self.field:
            parts.append("a.id IN (SELECT action FROM changes WHERE field = ?)")
            values.append(self.field)
        if self.only_blanks:
            parts.append(
                "a.type NOT IN ('create', 'link') AND a.id IN (SELECT action FROM changes "
                "WHERE before NOT IN ('null', '\"\"') AND after IN ('null', '\"\"'))"
            )
        return " AND ".join(parts), values


class RunPages:
    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        return self.path.is_file()

    def groups(self) -> list[dict[str, Any]]:
        """Actions by type, kind and side, with the number of records and of values."""
        return self._ask(
            "SELECT a.type, a.kind, coalesce(a.side, 'ours') AS side, count(DISTINCT a.id) AS records, "
            "count(c.field) AS fields FROM actions a LEFT JOIN changes c ON c.action = a.id "
            "GROUP BY ALL ORDER BY records DESC, a.type, a.kind"
        )

    def fields(self) -> list[str]:
        return [row["field"] for row in self._ask("SELECT DISTINCT field FROM changes ORDER BY field")]

    def total(self, wanted: Wanted) -> int:
        where, values = wanted.where()
        return int(self._ask(f"SELECT count(*) AS n FROM actions a WHERE {where}", values)[0]["n"])

    def actions(self, wanted: Wanted, offset: int, limit: int) -> list[dict[str, Any]]:
        """One row for each changed field of one page of actions, in a fixed order; before and after are JSON text."""
        where, values = wanted.where()
        return self._ask(
            "SELECT a.id, a.type, a.kind, coalesce(a.side, 'ours') AS side, a.title, a.salesforce_id, a.accelo_id, "
            "a.pair, a.reason AS why, a.outcome, a.note, c.field, c.before, c.after, c.rule, c.reason FROM "
            f"(SELECT * FROM actions a WHERE {where} ORDER BY a.type, a.kind, a.title, a.id LIMIT ? OFFSET ?) a "
            "LEFT JOIN changes c ON c.action = a.id ORDER BY a.type, a.kind, a.title, a.id, c.field",
            [*values, limit, offset],
        )

    def states(self) -> list[dict[str, Any]]:
        """The ledger by state, kind and reason."""
        return self._ask(
            "SELECT state, kind, reason, count(*) AS records FROM ledger GROUP BY ALL ORDER BY records DESC, state, "
            "reason"
        )

    def money(self) -> list[dict[str, Any]]:
        """Amounts of the ledger by state and currency; empty where nothing carries money."""
        return self._ask(
            "SELECT state, coalesce(currency, '') AS currency, count(*) AS records, "
            "sum(try_cast(amount AS DECIMAL(30, 2)))::VARCHAR AS amount FROM ledger WHERE amount IS NOT NULL "
            "GROUP BY ALL ORDER BY currency, state"
        )

    def ledger_total(self, state: str = "", text: str = "") -> int:
        where, values = _ledger_where(state, text)
        return int(self._ask(f"SELECT count(*) AS n FROM ledger WHERE {where}", values)[0]["n"])

    def ledger(self, offset: int, limit: int, state: str = "", text: str = "") -> list[dict[str, Any]]:
        where, values = _ledger_where(state, text)
        return self._ask(
            f"SELECT * FROM ledger WHERE {where} ORDER BY state, kind, title, id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )

    def exchanges(self) -> list[dict[str, Any]]:
        """Requests by system and what was asked, with the time they took (milliseconds) and how many failed."""
        return self._ask(
            "SELECT system, method, regexp_replace(path, '/[0-9A-Za-z]*[0-9][0-9A-Za-z]*', '/…', 'g') AS asked, "
            "count(*) AS calls, round(sum(ms))::BIGINT AS ms, count(*) FILTER (status >= 400) AS refused "
            "FROM exchanges GROUP BY ALL ORDER BY calls DESC, asked LIMIT 40"
        )

    def findings(self) -> list[dict[str, Any]]:
        return self._ask("SELECT severity, title, count, remedy FROM findings ORDER BY count DESC LIMIT 100")

    def _ask(self, sql: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return read_evidence(self.path, sql, values) if self.exists else []


def _ledger_where(state: str, text: str) -> tuple[str, list[Any]]:
    parts, values = ["true"], []
    if state:
        parts.append("state = ?")
        values.append(state)
    if text:
        parts.append("(contains(lower(title), lower(?)) OR id = ?)")
        values += [text, text]
    return " AND ".join(parts), values
