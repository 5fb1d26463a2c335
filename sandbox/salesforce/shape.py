"""The org's schema as it is now: by the switches, the world's own fields, the lists kept in tables, and the faults.

A part of SalesforceOrg, in a file of its own; what is built is kept until something it depends on changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.core import Core
from sandbox.salesforce import loading, places, schema_files, seeds, struck, tables
from sandbox.salesforce.derived import Lists, Stage
from sandbox.salesforce.schema import Field, PicklistValue, Schema

SYSTEM = "salesforce"
FIELD_SWITCHES = ("salesforce_state_country_picklists", "salesforce_person_accounts", "salesforce_external_ids")


class Shape:
    """What an org knows of its objects and fields."""

    core: Core
    db: sqlite3.Connection

    def forget_shape(self) -> None:
        """Build everything anew when it is next asked for."""
        self._base: Schema | None = None
        self._now: dict[tuple[str, ...], Schema] = {}
        self._lists: Lists | None = None
        self.lists_touched = False
        """Was a stage or a status written in the transaction that is open."""
        self.describe_cache: dict[Any, bytes] = {}
        self.schema_changed = self.core.clock.now(SYSTEM)

    def load(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        raise NotImplementedError

    @property
    def base_schema(self) -> Schema:
        """Every field that has a column, whatever the switches say."""
        if self._base is None:
            base = schema_files.load()
            for object_name, raw in self.core.store.get("sf:fields", []):
                base = base.with_field(object_name, schema_files.field_from(raw))
            self._base = base
        return self._base

    @property
    def schema(self) -> Schema:
        """The schema of this request: switches, the world's picklists, and fields a fault hides or removes."""
        switches = self.core.switches
        key = tuple(name for name in FIELD_SWITCHES if switches.on(name))
        found = self._now.get(key)
        if found is None:
            found = self._with_lists(self.base_schema.under(lambda name: name in key))
            self._now[key] = found
            self.schema_changed = self.core.clock.now(SYSTEM)
            if "salesforce_person_accounts" in key:
                self._person_record_types()
            if "salesforce_state_country_picklists" in key:
                places.convert(self)
        for kind in ("field_hidden", "field_removed"):
            options = struck.options(kind)
            if options is not None:
                found = found.without(options.get("fields", ()))
        options = struck.options("field_read_only")
        return found if options is None else found.read_only(options.get("fields", ()))

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Key prefix -> object."""
        return self.base_schema.prefixes()

    def _with_lists(self, found: Schema) -> Schema:
        stages = self.db.execute(
            "SELECT ApiName, MasterLabel, IsActive FROM sf_OpportunityStage ORDER BY SortOrder, rowid"
        ).fetchall()
        statuses = self.db.execute(
            "SELECT ApiName, MasterLabel, IsDefault FROM sf_CaseStatus ORDER BY SortOrder, rowid"
        ).fetchall()
        stage_values = [PicklistValue(name, label or name, active=bool(active)) for name, label, active in stages]
        status_values = [PicklistValue(name, label or name, default=bool(default)) for name, label, default in statuses]
        found = found.with_picklist("Opportunity", "StageName", stage_values)
        return found.with_picklist("Case", "Status", status_values)

    def lists(self) -> Lists:
        """Stages and statuses by their names in lower case."""
        if self._lists is None:
            stages = self.db.execute(
                "SELECT ApiName, IsClosed, IsWon, DefaultProbability, ForecastCategoryName FROM sf_OpportunityStage"
            )
            statuses = self.db.execute("SELECT ApiName, IsClosed FROM sf_CaseStatus")
            self._lists = Lists(
                {
                    name.lower(): Stage(bool(closed), bool(won), probability or 0.0, forecast or "Pipeline")
                    for name, closed, won, probability, forecast in stages
                },
                {name.lower(): bool(closed) for name, closed in statuses},
            )
        return self._lists

    def lists_changed(self) -> None:
        """A stage or a status was edited."""
        self._lists = None
        self.lists_touched = True
        self._now.clear()
        self.describe_cache.clear()

    def default_status(self) -> str | None:
        found = self.db.execute("SELECT ApiName FROM sf_CaseStatus WHERE IsDefault = 1 LIMIT 1").fetchone()
        return found[0] if found else None

    def add_field(self, object_name: str, field: Mapping[str, Any]) -> None:
        """A custom field of a world: `{"name": "Region__c", "type": "picklist", "values": [...], …}`."""
        obj = self.base_schema.object(object_name)
        raw = loading.currency_field(field) if field["name"] == "CurrencyIsoCode" else dict(field)
        new: Field = schema_files.field_from(raw)
        self.core.store.set("sf:fields", [*self.core.store.get("sf:fields", []), [obj.name, raw]])
        self._base = self.base_schema.with_field(obj.name, new)
        self._now.clear()
        self.describe_cache.clear()
        tables.create(self.db, self._base.object(obj.name))

    def _person_record_types(self) -> None:
        if self.db.execute("SELECT 1 FROM sf_RecordType WHERE Id = ?", (seeds.PERSON_TYPE,)).fetchone() is None:
            self.load("RecordType", seeds.record_types())

    def person_record_type(self) -> str:
        return seeds.PERSON_TYPE
