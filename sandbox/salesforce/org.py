"""The Salesforce org put together: its schema as it is now, its rows, its people's edits, its HTTP application.

Rules of rows are in `records` and `trash`, the wire is in `rest`, `oauth` and `bulk`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.core import Core
from sandbox.exchange import current
from sandbox.salesforce import clients, ids, loading, schema, seeds, tables, trash, values
from sandbox.salesforce.incoming import Actor
from sandbox.salesforce.records import Records, Row
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.shape import SYSTEM, Shape
from sandbox.salesforce.tokens import Tokens
from sandbox.salesforce.wire import ApiError


class EditError(ValueError):
    """A person's edit was refused; the text says why."""


class SalesforceOrg(Shape):
    """One org on one core."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.db = core.store.db
        self.version = "68.0"
        self.calls = 0
        self.records = Records(self)
        self.tokens = Tokens(self)
        self.mint = ids.Mint(self._series, self._reserve)
        self._changes: list[tuple[str, str, str, Mapping[str, Any]]] = []
        self._depth = 0
        self.forgetters: list[Callable[[], None]] = []
        """Called when the database was put back: open locators, running jobs."""
        self._forget()

    # -- life ----------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Tables and seeds, where they are not there yet; also to be called after the database was put back."""
        self._forget()
        with self.core.store.transaction():
            for statement in tables.SYSTEM_TABLES.split(";\n"):
                self.db.execute(statement)
            for obj in self.base_schema.objects.values():
                tables.create(self.db, obj)
            if self.db.execute("SELECT 1 FROM sf_Organization").fetchone() is None:
                for name in ("005", "012"):
                    self._reserve(name, ids.BLOCK)  # the numbers below are the seeds' own
                self.load("User", seeds.users())
                self.load("Organization", [seeds.organization(self.core.seed)])
                self.load("OpportunityStage", seeds.stages())
                self.load("CaseStatus", seeds.statuses())
                self.core.store.set("sf:stock", ["OpportunityStage", "CaseStatus"])
        clients.register(self.core)
        self.calls = 0

    def _forget(self) -> None:
        """Drop what is cached from the database."""
        for forget in self.forgetters:
            forget()
        self.mint.forget()
        self.forget_shape()
        self._late_until = self._late_since = 0.0
        self._next_due: float | None = 0.0

    # -- clock and counters ----------------------------------------------------------------------------------------

    def unix(self) -> float:
        return self.core.clock.time(SYSTEM)

    def clock_iso(self) -> str:
        return self.core.clock.iso(SYSTEM)

    @property
    def org_id(self) -> str:
        return seeds.org_id(self.core.seed)

    @property
    def user_id(self) -> str:
        """The integration user, whom the ready tokens act for."""
        return seeds.INTEGRATION

    def _series(self, name: str) -> int:
        found = self.db.execute("SELECT next FROM sf__series WHERE name = ?", (name,)).fetchone()
        return 1 if found is None else int(found[0])

    def _reserve(self, name: str, end: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO sf__series VALUES (?, ?)", (name, end))

    def case_number(self) -> str:
        return f"{1000 + self.mint.number('CaseNumber'):08d}"

    # -- worlds ------------------------------------------------------------------------------------------------------

    def load(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Trusted rows of a world; raises ValueError for a column or a value that cannot be held."""
        loading.load(self, object_name, rows)

    def world(self) -> dict[str, list[dict[str, Any]]]:
        """Every record, deleted ones too, in the order of their ids."""
        self.settle()
        found = {}
        for name, obj in self.schema.objects.items():
            columns = obj.columns
            listed = ", ".join(tables.quoted(f.name) for f in columns)
            cursor = self.db.execute(f"SELECT {listed} FROM {obj.table} ORDER BY Id")
            found[name] = [
                {f.name: values.to_json(f, held) for f, held in zip(columns, row, strict=True)} for row in cursor
            ]
        return found

    # -- writes ------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction; what was changed in it is told to the request log when all of it is committed."""
        start = len(self._changes)
        self._depth += 1
        try:
            with self.core.store.transaction():
                yield
        except BaseException:
            del self._changes[start:]
            self.mint.rolled_back()
            if self.lists_touched:
                self.lists_changed()
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            self.mint.committed()
            self.lists_touched = False
            told, self._changes = self._changes, []
            exchange = current()
            if exchange is not None:
                for object_name, record_id, op, fields in told:
                    exchange.wrote(object_name, record_id, op, dict(fields))

    def changed(self, object_name: str, record_id: str, op: str, fields: Mapping[str, Any]) -> None:
        """A row was really changed."""
        self._changes.append((object_name, record_id, op, fields))

    def late_until(self, seconds: float) -> float:
        """The moment from which a late write made now is seen."""
        now = self.unix()
        if self._late_until <= now:
            self._late_since = now
        due = now + seconds
        self._late_until = max(self._late_until, due)
        self._next_due = due if self._next_due is None else min(self._next_due, due)
        self.core.store.set("sf:late_until", self._late_until)
        return due

    def oldest_late_start(self) -> datetime | None:
        """When the oldest transaction began whose rows are not visible yet."""
        return datetime.fromtimestamp(self._late_since, UTC) if self.has_late_rows() else None

    def has_late_rows(self) -> bool:
        """May there be rows that are not visible yet."""
        if self._next_due == 0.0:
            self.settle()
        return self._late_until > self.unix()

    def settle(self) -> None:
        """Apply the late changes whose time has come."""
        if self._next_due is None or self._next_due > self.unix():
            return
        self._apply_late("due <= ?", self.unix())
        self._next_due = self.db.execute("SELECT min(due) FROM sf__late").fetchone()[0]
        self._late_until = max(self._late_until, float(self.core.store.get("sf:late_until", 0.0)))

    def end_waiting(self, object_name: str, record_id: str) -> bool:
        """Apply the late changes of a row that is written again: a row is locked until the transaction that changed it
        is over, so a second one comes after it. Returns whether there were any."""
        return self._next_due is not None and self._apply_late("object = ? AND id = ?", object_name, record_id) > 0

    def _apply_late(self, where: str, *values: Any) -> int:
        found = self.db.execute(
            f"SELECT rowid, object, id, columns FROM sf__late WHERE {where} ORDER BY due, rowid", values
        ).fetchall()
        with self.core.store.transaction():
            for rowid, object_name, record_id, columns in found:
                self.records.change(self.base_schema.object(object_name), record_id, json.loads(columns))
                self.db.execute("DELETE FROM sf__late WHERE rowid = ?", (rowid,))
        return len(found)

    def edit(self, obj: str, op: str, id: str | None, fields: Mapping[str, Any]) -> str:
        """As a person in the product's own screens; raises EditError."""
        self.settle()
        if obj == clients.OBJECT:
            try:
                return clients.edit(self.core, op, id, fields)
            except ValueError as error:
                raise EditError(str(error)) from error
        try:
            target = self.base_schema.object(obj)
            with self.writing():
                return self._edit(self.schema.object(target.name), op, id, dict(fields))
        except schema.UnknownObject as error:
            raise EditError(f"no object {obj!r} in this org") from error
        except ApiError as error:
            raise EditError(str(error)) from error

    def _edit(self, obj: SObject, op: str, id: str | None, fields: Row) -> str:
        if op == "create":
            return self.records.insert(obj, fields, Actor(seeds.ADMIN, screens=True))
        record_id = ids.to18(id or "")
        row = None if record_id is None else self.records.row(obj, record_id)
        if record_id is None or row is None:
            raise EditError(f"no {obj.name} has the id {id!r}")
        actor = Actor(self._person(row), screens=True)
        if op == "undelete":
            trash.undelete(self, obj, record_id, actor)
        elif row.get("IsDeleted"):
            raise EditError(f"{obj.name} {record_id} is deleted")
        elif op == "update":
            self.records.update(obj, row, fields, actor)
        elif op == "delete":
            trash.delete(self, obj, row, actor)
        elif op == "merge":
            winner = ids.to18(str(fields.pop("MasterRecordId", "")))
            if winner is None:
                raise EditError("a merge names the loser as id and the winner as MasterRecordId")
            trash.merge(self, obj, record_id, winner, fields, actor)
        else:
            raise EditError(f"unknown op {op!r}: create, update, delete, undelete or merge")
        return record_id

    def _person(self, row: Mapping[str, Any]) -> str:
        """Who edits a record on the screen: its owner, when that is an active person; else the administrator."""
        owner = row.get("OwnerId") or ""
        if owner.startswith("005") and owner != self.user_id:
            found = self.db.execute("SELECT IsActive FROM sf_User WHERE Id = ?", (owner,)).fetchone()
            if found and found[0]:
                return str(owner)
        return seeds.ADMIN

    # -- outside -----------------------------------------------------------------------------------------------------

    def ready(self) -> dict[str, str]:
        """The ready file's block, without its url."""
        client = clients.ready(self.core)
        grant = self.tokens.ready(client.client_id, self.user_id)
        return {
            "org_id": self.org_id,
            "user_id": self.user_id,
            "username": self.username(self.user_id),
            "password": seeds.PASSWORD,
            "client_id": client.client_id,
            "client_secret": client.secret,
            **grant,
        }

    def username(self, user_id: str) -> str:
        found = self.db.execute("SELECT Username FROM sf_User WHERE Id = ?", (user_id,)).fetchone()
        return str(found[0]) if found else ""

    def app(self) -> Any:
        """The ASGI application of everything under /services, /id and /.well-known."""
        from sandbox.salesforce.http import application  # the wire knows the org; the org knows it only here

        return application(self)

    @staticmethod
    def effective_method(method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str) -> str:
        """`_HttpMethod=PATCH` in the query makes a POST a PATCH (for clients that cannot send one)."""
        override = query.get("_HttpMethod", "")
        return override.upper() if method == "POST" and override else method
