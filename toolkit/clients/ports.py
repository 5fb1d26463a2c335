"""The two systems as the runs need them: protocols without a vendor's machinery.

All of them raise the errors of ``toolkit.errors`` and no others. Reads are repeated by the transport where that is
safe. A write is never repeated by it (except after a 401, which is answered before the record is looked at), so one
call of a writer is one attempt:

* ``RecordRejected`` and its kinds, ``LimitReached``, ``Unavailable``, ``AuthFailed``, ``ReadOnlyRefused``: definitely
  not applied. ``RowLocked`` may be tried again soon. ``LimitReached`` comes *without waiting* on a write, because
  what was read just before would be old after the wait: call ``reserve(n)``, which waits, before reading ahead.
* ``OutcomeUnknown``: it may have been applied, or may be applied later. Only a read can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from toolkit.clients.endpoint import Changes, Receipt
from toolkit.errors import ToolkitError

Row = dict[str, Any]
"""Salesforce rows are flat, keyed by API name with dotted parents ("Owner.Name"), values are text or None (booleans
"true"/"false", numbers and stamps as text); blank is None. Accelo rows are as on the wire: text, None, nested objects
where linked fields were asked for."""


Rows = list[Row]


class Metered(Protocol):
    """What every reader and writer can say about its connection."""

    def reserve(self, calls: int) -> None:
        """Wait until that many calls may be made without touching the reserve; LimitReached if that is too far off."""

    def seconds_for(self, calls: int) -> float:
        """Roughly how long that many calls take, with the waits that the quota asks for."""

    def server_now(self) -> datetime:
        """The server's clock (UTC), from its last Date header; our own clock before the first answer."""


class SalesforceReading(Metered, Protocol):
    @property
    def api_version(self) -> str:
        """The version agreed on with the org, e.g. "68.0"."""

    def describe(self, obj: str, fresh: bool = False) -> dict[str, Any]:
        """Fields, lengths, permissions of an object."""

    def count(self, source: str) -> int:
        """How many; ``source`` is what stands behind FROM."""

    def query(self, soql: str, all_rows: bool = False) -> Iterator[Row]:
        """Rows of any query, page by page; ``all_rows`` includes deleted ones."""

    def rows(self, obj: str, fields: Sequence[str], where: str = "", *, all_rows: bool = True,
             order: str = "") -> Iterator[Row]:
        """All rows of an object with exactly these fields, of any number."""

    def changed(self, obj: str, fields: Sequence[str], since: datetime) -> Changes:
        """What was changed at or after ``since``, deletions and merges too. One request for each 2,000 rows."""

    def retrieve(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
        """Records by id, deleted ones too. One request for each 200."""

    def find(self, obj: str, field: str, value: str, fields: Sequence[str]) -> list[Row]:
        """Live records whose field equals the value."""

    def batch(self, queries: Sequence[str], *, all_rows: bool = False) -> list[list[Row]]:
        """Several small queries; five to a request, in read-only mode one."""

    def deleted(self, obj: str, since: datetime) -> list[tuple[str, str]]:
        """(id, when) of deletions up to the minute before this one."""

    def organization(self) -> Row:
        """The org: name, edition, is it a sandbox."""

    def limits(self) -> dict[str, Any]:
        """The org's limits with what is left of each."""

    def user(self) -> dict[str, Any]:
        """Who is connected."""


class SalesforceWriting(Metered, Protocol):
    def create(self, obj: str, fields: Mapping[str, Any]) -> Receipt:
        """A new record; DuplicateRecord when its unique marker is taken."""

    def update(self, obj: str, id: str, fields: Mapping[str, Any],
               unmodified_since: datetime | None = None) -> Receipt:
        """Change some fields; RecordMoved when somebody else was there after ``unmodified_since``."""

    def create_many(self, obj: str, rows: Sequence[Mapping[str, Any]]) -> list[Receipt | ToolkitError]:
        """One call of at most 200 rows: a result for each, in order. Raises what befell the call as a whole."""

    def update_many(self, obj: str, rows: Sequence[Mapping[str, Any]]) -> list[Receipt | ToolkitError]:
        """As create_many; each row holds its "Id"."""


class AcceloReading(Metered, Protocol):
    def list(self, resource: str, fields: Sequence[str], filters: Mapping[str, Sequence[Any]] | None = None,
             search: str | None = None) -> Iterator[Row]:
        """A whole list by id; rows / 100 + 1 requests. A filter on id_greater_than begins it there."""

    def get(self, resource: str, id: str, fields: Sequence[str] = ()) -> Row | None:
        """One record, None when it does not exist."""

    def get_many(self, resource: str, ids: Sequence[str], fields: Sequence[str] = ()) -> dict[str, Row]:
        """Records by id, 100 to a request (one more where some are missing)."""

    def count(self, resource: str, filters: Mapping[str, Sequence[Any]] | None = None) -> int:
        """How many."""

    def changed(self, resource: str, since: int, fields: Sequence[str]) -> Changes:
        """What was changed at or after ``since`` (unix seconds)."""

    def profile_fields(self, resource: str) -> Rows:
        """The custom fields."""

    def profile_values(self, resource: str, field_ids: Sequence[str] | None = None,
                       link_ids: Sequence[str] | None = None, since: int | None = None) -> Rows:
        """Values of custom fields: all, of some records, or changed at or after ``since``."""

    def addresses(self, against_type: str, against_ids: Sequence[str] | None = None,
                  known: Mapping[str, str] | None = None) -> Iterator[Row]:
        """Addresses of "company" or "contact" with ``against_id``: of some owners, or all, with owners as ``known``."""

    def owners(self, against_type: str, address_ids: Sequence[str], candidates: Iterable[str]) -> dict[str, str]:
        """Whose addresses these are: address id -> owner id; an address that nobody of them owns is not in it."""

    def progressions(self, resource: str, id: str) -> Rows:
        """The ways on from a record's status."""

    def staff(self) -> Rows:
        """The people who work with the deployment."""

    def statuses(self, resource: str) -> Rows:
        """The statuses of a kind of record."""

    def types(self, resource: str) -> Rows:
        """The types of sales or tickets."""

    def priorities(self) -> Rows:
        """The priorities of tickets."""

    def classes(self) -> Rows:
        """The classes of tickets."""

    def probabilities(self) -> Rows:
        """The probabilities of sales."""

    def user(self) -> Row:
        """Who is connected, with locale (currency, time zone) and the deployment's own words."""

    def token_info(self) -> Row:
        """The connection: deployment, user, expiry."""


class AcceloWriting(Metered, Protocol):
    def create(self, resource: str, fields: Mapping[str, Any], want: Sequence[str] = ()) -> Receipt:
        """A new record; ``want`` are the fields to show in the receipt."""

    def update(self, resource: str, id: str, fields: Mapping[str, Any], want: Sequence[str] = ()) -> Receipt:
        """Change some fields."""

    def create_under(self, resource: str, id: str, sub: str, fields: Mapping[str, Any],
                     want: Sequence[str] = ()) -> Receipt:
        """A part of a record, such as an address."""

    def set_profile(self, resource: str, id: str, field_id: str, value: str, value_id: str | None = None,
                    field_type: str = "text") -> Receipt:
        """Set the value of a custom field; change it where ``value_id`` names it."""

    def progress(self, resource: str, id: str, progression_id: str, want: Sequence[str] = ()) -> Receipt:
        """Run a progression."""
