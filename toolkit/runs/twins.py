"""Records that may be the one whose creation was not answered: found by marker, else by what the request carried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import Site, id18
from toolkit.model import Kind
from toolkit.runs.setting import Setting
from toolkit.store.journal import Intent

TOGETHER = 200
NAMES = {"company": ("name",), "contact": ("firstname", "surname")}
SKEW = timedelta(minutes=5)
"""Clocks may differ by this much when "made since" is asked."""


class Twins:
    """Looks for them; reads only."""

    def __init__(self, setting: Setting, rules: Rules, site: Site) -> None:
        self._setting, self._state, self._rules, self._site = setting, setting.state, rules, site
        self._by_marker: dict[tuple[str, str], list[str]] = {}

    def look_ahead(self, intents: Iterable[Intent]) -> None:
        """Lost creations in Salesforce are looked for by their markers together: a lost group is 200 of them."""
        wanted: dict[Kind, list[str]] = {}
        for intent in intents:
            if intent.side == "salesforce" and intent.op == "create" and (intent.marker or "").isalnum():
                wanted.setdefault(intent.kind, []).append(str(intent.marker))
        for kind, markers in wanted.items():
            own = self._rules.of(kind)
            if not own.salesforce_marker:
                continue
            for start in range(0, len(markers), TOGETHER):
                part = markers[start : start + TOGETHER]
                listed = ",".join(f"'{marker}'" for marker in part)
                soql = (
                    f"SELECT Id, {own.salesforce_marker} FROM {own.salesforce} "
                    f"WHERE {own.salesforce_marker} IN ({listed})"
                )
                self._by_marker |= {(kind, marker): [] for marker in part}
                for row in self._setting.salesforce_reader.query(soql):
                    self._by_marker[kind, str(row[own.salesforce_marker])].append(id18(str(row["Id"])))

    def of(self, intent: Intent) -> list[str]:
        """Their ids, lowest first."""
        return self._salesforce_twins(intent) if intent.side == "salesforce" else self._accelo_twins(intent)

    def _salesforce_twins(self, intent: Intent) -> list[str]:
        own = self._rules.of(intent.kind)
        reader, fields = self._setting.salesforce_reader, ("Id",)
        if (intent.kind, intent.marker or "") in self._by_marker:
            return sorted(self._by_marker[intent.kind, intent.marker or ""])
        if intent.marker and own.salesforce_marker:
            rows = reader.find(own.salesforce, own.salesforce_marker, intent.marker, fields)
            return sorted(id18(str(row["Id"])) for row in rows)
        payload: Mapping[str, Any] = intent.body["payload"]
        name = "Name" if intent.kind == "company" else "LastName"
        rows = reader.find(own.salesforce, name, str(payload[name]), ("Id", "CreatedDate", *payload))
        since = _left(intent) - SKEW
        return sorted(
            id18(str(row["Id"]))
            for row in rows
            if datetime.fromisoformat(str(row["CreatedDate"])) >= since
            and all(
                row.get(column) == value for column, value in payload.items() if column in ("FirstName", "AccountId")
            )
            and self._state.links.of(intent.kind, "salesforce", id18(str(row["Id"]))) is None
        )

    def _accelo_twins(self, intent: Intent) -> list[str]:
        own, reader = self._rules.of(intent.kind), self._setting.accelo_reader
        since = int((_left(intent) - SKEW).timestamp())
        sf_id = str(intent.body["salesforce_id"])
        field = self._site.profile_fields.get(intent.kind, {}).get((own.accelo_marker or "").removeprefix("profile:"))
        found: list[str] = []
        if field is not None:
            rows = reader.profile_values(own.accelo, field_ids=[field.id], since=since)
            found = [str(row["link_id"]) for row in rows if id18(str(row.get("value") or "")) == sf_id]
        elif own.accelo_marker == "custom_id":
            found = [
                str(row["id"])
                for row in reader.list(own.accelo, ("id", "custom_id"), {"custom_id": [sf_id]})
                if row.get("custom_id") == sf_id
            ]
        if not found:
            found = self._same_names(intent, since)
        return sorted((id for id in set(found) if not self._linked_elsewhere(intent, id)), key=int)

    def perhaps(self, intent: Intent) -> list[str]:
        """Accelo records that were made at that moment, at the same company, and are linked to nothing; whatever they
        are called: a person may have renamed what our request made."""
        since = int((_left(intent) - SKEW).timestamp())
        until = _left(intent) + timedelta(seconds=self._setting.settings.sync.grace_seconds) + SKEW
        made = self._made_since(intent, since, lambda row: int(row["date_created"]) <= until.timestamp())
        links = self._state.links.of_many(intent.kind, "accelo", made)
        return sorted((id for id in made if id not in links), key=int)

    def _same_names(self, intent: Intent, since: int) -> list[str]:
        """Made since the request left, with the very names that it carried, at the same company."""
        payload: Mapping[str, Any] = intent.body["payload"]
        return self._made_since(
            intent,
            since,
            lambda row: all(squeezed(row.get(name)) == squeezed(payload.get(name)) for name in NAMES[intent.kind]),
        )

    def _made_since(self, intent: Intent, since: int, like: Callable[[Mapping[str, Any]], bool]) -> list[str]:
        own, reader = self._rules.of(intent.kind), self._setting.accelo_reader
        rows = reader.list(
            own.accelo,
            ("id", "date_created", "default_affiliation", *NAMES[intent.kind]),
            {"date_created_after": [since]},
        )
        made = [str(row["id"]) for row in rows if int(row.get("date_created") or 0) >= since and like(row)]
        if intent.kind == "contact" and made:
            places = reader.list("affiliations", ("id", "contact", "company"), {"contact": made})
            company = str(intent.body["payload"].get("company_id"))
            here = {str(row["contact"]) for row in places if str(row.get("company")) == company}
            made = [id for id in made if id in here]
        return made

    def _linked_elsewhere(self, intent: Intent, id: str) -> bool:
        link = self._state.links.of(intent.kind, "accelo", id)
        return link is not None and link.pair != intent.pair


def squeezed(value: Any) -> str:
    """Text without differences in white space, which systems trim."""
    return " ".join(str(value or "").split())


def _left(intent: Intent) -> datetime:
    """When the request left, by the clock of the system that it went to."""
    return datetime.fromisoformat(intent.body.get("there") or intent.made_at)
