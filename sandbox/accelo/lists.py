"""Lists and counts: paging, filters and search around a resource and an optional condition.

Source: Accelo API docs, _configuring_responses, "Pagination" and "Searching".
"""

from __future__ import annotations

from typing import Any

from sandbox.accelo import filters
from sandbox.accelo.call import Call
from sandbox.accelo.errors import invalid
from sandbox.accelo.filter_sql import Compiler, Query, search_condition
from sandbox.accelo.model import Resource
from sandbox.accelo.reading import Reader
from sandbox.core import Core
from sandbox.exchange import current

_DEFAULT, _MOST = 10, 100


class Lists:
    """Answers a list in one of its modes: "" (the page), "count", "recent" or "newest"."""

    def __init__(self, core: Core, reader: Reader) -> None:
        self.core = core
        self.reader = reader

    def answer(self, call: Call, resource: Resource, mode: str = "", condition: str = "", *values: object) -> Any:
        """The response; raises AcceloError."""
        query = self._query(call, resource)
        if condition:
            query.add(condition, *values)
        if mode == "count":
            return {"count": str(self.reader.count(resource, query))}
        if mode:
            stamp = {"recent": resource.recent, "newest": resource.newest}[mode]
            if not stamp:
                raise invalid()
            query.order = [f"t.{stamp} DESC"]
        limit, offset = self._page(call)
        selection = call.selection
        rows = self.reader.objects(
            resource, selection, query, f"LIMIT {self._struck(limit)} OFFSET {offset}", call.flag("_hide_defaults")
        )
        if not rows and offset and self.core.switches["accelo_page_past_end"] == "reject":
            raise invalid()
        return rows

    def _query(self, call: Call, resource: Resource) -> Query:
        given = call.params.get("_filters")
        if (
            isinstance(given, str)
            and "@" in given
            and self.core.switches["accelo_filter_special_characters"] == "reject"
        ):
            raise invalid()
        strict = self.core.switches["accelo_unknown_filter"] == "reject"
        query = Compiler(resource, strict).compile(filters.parse(given))
        words = call.text("_search").split()
        if words and resource.search:
            text, values = search_condition(resource, words)
            query.add(text, *values)
        return query

    def _page(self, call: Call) -> tuple[int, int]:
        limit = self._number(call, "_limit", _DEFAULT)
        if limit > _MOST:
            if self.core.switches["accelo_limit_over_100"] == "reject":
                raise invalid("The value of '_limit' must not be above 100.")
            limit = _MOST
        offset = self._number(call, "_offset", 0)
        if call.text("_page"):
            offset = self._number(call, "_page", 0) * limit
        return limit, min(offset, 2**62)

    def _number(self, call: Call, name: str, default: int) -> int:
        text = call.text(name).strip()
        if not text:
            return default
        if not text.isascii() or not text.isdigit():
            raise invalid(f"The value of '{name}' is invalid.")
        return int(text)

    def _struck(self, limit: int) -> int:
        exchange = current()
        options = exchange.struck("short_page") if exchange is not None else None
        return limit if options is None else min(limit, int(options.get("count", limit // 2)))
