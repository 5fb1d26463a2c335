"""Accelo's reader: the wire's own words, each call as many requests as it says.

Rows are as on the wire (ids, stamps, numbers are texts).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from toolkit.clients import accelo_addresses
from toolkit.clients.accelo_query import (
    PAGE,
    Filters,
    Row,
    ask,
    checked_number,
    checked_resource,
    fits,
    keyset,
    number,
    offsets,
    page,
)
from toolkit.clients.accelo_write import AcceloWriter
from toolkit.clients.endpoint import Changes
from toolkit.clients.transport import Transport
from toolkit.errors import RecordRejected, Unavailable

_ALL = ("_ALL",)
Rows = list[Row]


class AcceloReader:
    """See ports.AcceloReading."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.reserve, self.server_now = transport.reserve, transport.server_now
        self.seconds_for = transport.budget.seconds_for

    def list(self, resource: str, fields: Sequence[str], filters: Filters | None = None,
             search: str | None = None) -> Iterator[Row]:
        """A whole list, by id, to an empty page: rows / 100 + 1 requests."""
        return keyset(self.transport, f"/{checked_resource(resource)}", fields, filters or {}, search)

    def get(self, resource: str, id: str, fields: Sequence[str] = ()) -> Row | None:
        """One record; None when it does not exist (Accelo answers 400, which says no more than that)."""
        try:
            said = ask(self.transport, f"/{checked_resource(resource)}/{checked_number(id)}", fields)
        except RecordRejected as error:
            if error.code in ("invalid_request", "404"):
                return None
            raise
        return said if isinstance(said, dict) and str(said.get("id")) == str(id) else None

    def get_many(self, resource: str, ids: Sequence[str], fields: Sequence[str] = ()) -> dict[str, Row]:
        """Records by id, 100 to a request. An id that is missing is asked for again until an answer brings nothing
        new, for a page may be cut short; what is still missing then is not in the answer."""
        found: dict[str, Row] = {}
        wanted = [checked_number(id) for id in dict.fromkeys(ids)]
        for start in range(0, len(wanted), PAGE):
            left = wanted[start:start + PAGE]
            while left:
                rows = page(self.transport, f"/{checked_resource(resource)}", fields, {"id": left})
                fresh = {str(row["id"]): row for row in rows if str(row["id"]) in left}
                if not fresh:
                    break
                found |= fresh
                left = [id for id in left if id not in found]
        return found

    def count(self, resource: str, filters: Filters | None = None) -> int:
        said = ask(self.transport, f"/{checked_resource(resource)}/count", (), filters)
        return int(said["count"])

    def changed(self, resource: str, since: int, fields: Sequence[str]) -> Changes:
        """What was changed at or after ``since`` (unix seconds), oldest first. One request when little was changed.

        A page shorter than asked ends the poll: if the server cut it, the rest comes with the next poll, because
        ``upto`` is the newest stamp that was *seen*.
        """
        path, asked = f"/{checked_resource(resource)}", _with(fields, "date_modified")
        found: dict[str, Row] = {}
        low = since
        while True:
            after: Filters = {"date_modified_after": [low - 1], "order_by_asc": ["date_modified"]}
            rows = page(self.transport, path, asked, after)
            found |= {str(row["id"]): row for row in rows}
            if len(rows) < PAGE:
                break
            newest = max(number(row["date_modified"]) or low for row in rows)
            if newest <= low:  # a page full of one second: all of that second, then on from the next
                second = {"date_modified_after": [low - 1], "date_modified_before": [low + 1]}
                found |= {str(row["id"]): row for row in keyset(self.transport, path, asked, second)}
                newest = low + 1
            low = newest
        ordered = sorted(found.values(), key=lambda row: (number(row["date_modified"]) or 0, int(row["id"])))
        return Changes(ordered, max([since, *(number(row["date_modified"]) or 0 for row in ordered)]))

    def profile_fields(self, resource: str) -> Rows:
        """The custom fields of companies, contacts ...: id, field_name, field_type, options, required."""
        return offsets(self.transport, f"/{checked_resource(resource)}/profiles/fields", _ALL)

    def profile_values(self, resource: str, field_ids: Sequence[str] | None = None,
                       link_ids: Sequence[str] | None = None, since: int | None = None) -> Rows:
        """Values of custom fields with link_id (the record) and field_id. With ``since``: those changed at or after it,
        one request when little was changed."""
        path = f"/{checked_resource(resource)}/profiles/values"
        filters: dict[str, Sequence[str]] = {"field_id": list(field_ids)} if field_ids else {}
        if link_ids is not None:
            found: Rows = []
            for start in range(0, len(link_ids), PAGE):
                chunk = [checked_number(id) for id in link_ids[start:start + PAGE]]
                found += self._values(path, {**filters, "link_id": chunk})
            return found
        if since is None:
            return self._values(path, filters)
        recent: dict[str, Row] = {}
        while True:
            rows = self._recent_values(path, filters, len(recent))
            fresh = [row for row in rows if (number(row["date_modified"]) or 0) >= since]
            before = len(recent)
            recent |= {str(row["id"]): row for row in fresh if fits(row, filters)}
            if len(fresh) < len(rows) or len(recent) == before:
                return sorted(recent.values(), key=lambda row: (number(row["date_modified"]) or 0, int(row["id"])))

    def _recent_values(self, path: str, filters: Filters, offset: int) -> Rows:
        """Newest first; a deployment may refuse an offset behind the end."""
        try:
            return page(self.transport, path, _ALL, {**filters, "order_by_desc": ["date_modified"]}, offset=offset)
        except RecordRejected as error:
            if not offset or error.code != "invalid_request":
                raise
            return []

    def _values(self, path: str, filters: Filters) -> Rows:
        """All values, by the id of their record: there is no filter on ranges of their own ids."""
        found: dict[str, Row] = {}
        last = 0
        while True:
            bounds: Filters = {"link_id_greater_than_or_equal": [last], "order_by_asc": ["link_id"]}
            rows = page(self.transport, path, _ALL, {**filters, **bounds})
            if not rows:
                return list(found.values())
            before, reached = len(found), max(int(row["link_id"]) for row in rows)
            found |= {str(row["id"]): row for row in rows if fits(row, filters)}
            if reached == last and len(rows) >= PAGE:
                raise Unavailable("Accelo", "a record has more than 100 values of custom fields.")
            last = reached if len(found) > before else reached + 1

    def addresses(self, against_type: str, against_ids: Sequence[str] | None = None,
                  known: Mapping[str, str] | None = None) -> Iterator[Row]:
        """Addresses of "company" or "contact", each with ``against_id``. Of some owners: about 12 requests for 100 of
        them. Of all (``against_ids`` None): one for each 100 addresses; owners as ``known`` says (address id -> owner
        id), None for a new address, to be found by ``owners``."""
        if against_ids is None:
            return accelo_addresses.all_addresses(self.transport, against_type, known or {})
        return accelo_addresses.addresses_of(self.transport, against_type, [checked_number(id) for id in against_ids])

    def owners(self, against_type: str, address_ids: Sequence[str], candidates: Iterable[str]) -> dict[str, str]:
        """Whose those addresses are, among any number of companies or contacts (address id -> owner id)."""
        return accelo_addresses.locate(self.transport, against_type, list(address_ids),
                                       [checked_number(id) for id in candidates])

    def staff(self) -> Rows:
        return list(self.list("staff", _ALL))

    def statuses(self, resource: str) -> Rows:
        return offsets(self.transport, f"/{checked_resource(resource)}/statuses", _ALL)

    def types(self, resource: str) -> Rows:
        return offsets(self.transport, f"/{checked_resource(resource)}/types", _ALL)

    def priorities(self) -> Rows:
        return offsets(self.transport, "/issues/priorities", _ALL)

    def classes(self) -> Rows:
        return offsets(self.transport, "/issues/classes", _ALL)

    def probabilities(self) -> Rows:
        return offsets(self.transport, "/prospects/probabilities", _ALL)

    def progressions(self, resource: str, id: str) -> Rows:
        """The ways on from the record's status that the connected user may take now."""
        said = ask(self.transport, f"/{checked_resource(resource)}/{checked_number(id)}/progressions", _ALL)
        return said if isinstance(said, list) else []

    def user(self) -> Row:
        """Who is connected, with ``locale`` (currency, timezone) and ``user_titles`` (what this firm calls things)."""
        said: Row = ask(self.transport, "/user")
        return said

    def token_info(self) -> Row:
        said: Row = ask(self.transport, "/tokeninfo")
        return said


def _with(fields: Sequence[str], needed: str) -> tuple[str, ...]:
    return tuple(fields) if needed in fields or "_ALL" in fields else (*fields, needed)


__all__ = ["AcceloReader", "AcceloWriter"]
