"""The Accelo deployment put together: its tables, its world, its ASGI application.

Every part is handed what it needs here; nothing of it is global.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sandbox.accelo import pages
from sandbox.accelo.api import Api, UnknownPath
from sandbox.accelo.call import Call, Reply, effective_method, envelope, gather, refusal
from sandbox.accelo.catalogue import RESOURCES, SINGULAR_PATHS
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.edit import Editor
from sandbox.accelo.errors import AcceloError, EditError, invalid, no_token
from sandbox.accelo.limits import HourlyLimit, Lockout
from sandbox.accelo.oauth import OAuth
from sandbox.accelo.people import People
from sandbox.accelo.reading import Reader
from sandbox.accelo.records import Records
from sandbox.accelo.rules import all_rules
from sandbox.accelo.tokens import Grant, Tokens, allows
from sandbox.accelo.webhooks import Webhooks
from sandbox.core import Core

_PLACES = Path(__file__).parent / "resources" / "places.json"
_SHOWN = (
    "companies", "contacts", "affiliations", "addresses", "staff", "prospects", "issues", "tasks", "activities",
    "company_statuses", "contact_statuses", "affiliation_statuses", "prospect_statuses", "issue_statuses", "task_statuses",
    "prospect_types", "issue_types", "issue_priorities", "issue_classes", "issue_resolutions", "prospect_probabilities",
    "profile_fields", "profile_values", "extension_fields", "extension_values", "progressions", "progression_history",
    "company_managers", "segmentations", "countries", "states", "webhooks",
)  # fmt: skip
_log = logging.getLogger(__name__)


class AcceloDeployment:
    """One deployment of Accelo."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.tokens = Tokens(core)
        self.records = Records(core)
        self.reader = Reader(core)
        self.people = People(core, self.tokens)
        self.desk = Desk(core, self.records, all_rules)
        self.editor = Editor(self.desk)
        self.webhooks = Webhooks(core, self.records, self.tokens)
        self.limit = HourlyLimit(core)
        self.lockout = Lockout(core)
        self.oauth = OAuth(core, self.tokens, self.people, self.lockout)
        self.api = Api(core, self.reader, self.desk, self.people, self.webhooks)
        self.base_url = "http://127.0.0.1"
        self._swap = False

    # the world

    def create(self) -> None:
        """Make the tables, fill the countries, put the ready file's tokens in force; harmless when done before."""
        self.records.create_tables()
        if not self.records.exists("countries", 1):
            places = json.loads(_PLACES.read_text("utf-8"))
            for name in ("countries", "states"):
                self.records.load(RESOURCES[name], places[name])
        self.tokens.restore_ready(self.people.api_user())
        self.limit.clear()
        self.lockout.clear()

    def load(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Trusted bulk load, in the columns of GET /world; a status gives its standing, a name of a country its id."""
        resource = RESOURCES.get(object_name)
        if resource is None:
            raise ValueError(f"Accelo has no object {object_name!r}; there are: {', '.join(sorted(RESOURCES))}")
        if object_name == "addresses":
            rows = self._placed(rows)
        with self.core.store.transaction():
            self.records.load(resource, rows)
            self._complete(object_name)
        if object_name == "staff":
            self.tokens.restore_ready(self.people.api_user())

    def _placed(self, rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        countries = {row[1].lower(): row[0] for row in self.core.store.db.execute("SELECT id, title FROM ac_countries")}
        countries |= {row[1].lower(): row[0] for row in self.core.store.db.execute("SELECT id, suffix FROM ac_countries")}
        states: dict[tuple[int, str], int] = {}
        for id_, country, title, short in self.core.store.db.execute("SELECT id, country_id, title, abbreviation FROM ac_states"):
            states[country, title.lower()] = states[country, (short or title).lower()] = id_
        for row in rows:
            placed = dict(row)
            country, state = str(row.get("country") or ""), str(row.get("state") or "")
            if country and not country.isdigit():
                placed["country"] = countries.get(country.lower())
            if state and not state.isdigit():
                placed["state"] = states.get((int(placed.get("country") or 0), state.lower()))
            yield placed

    def _complete(self, name: str) -> None:
        """Fill what follows from the rows that were loaded and was not given."""
        db, resource = self.core.store.db, RESOURCES[name]
        if resource.statuses:
            column, statuses = resource.status_field, f"ac_{resource.statuses}"
            db.execute(
                f"UPDATE {resource.table} SET standing = (SELECT standing FROM {statuses} s WHERE s.id = {column})"
                f" WHERE standing IS NULL AND {column} IS NOT NULL"
            )
            if name != "affiliations":
                db.execute(
                    f"UPDATE {resource.table} SET {column} = (SELECT id FROM {statuses} s WHERE s.standing = {resource.table}.standing"
                    f" ORDER BY start = 'yes' DESC, ordering, id LIMIT 1) WHERE {column} IS NULL AND standing IS NOT NULL"
                )
        if name == "affiliations":
            for table, link in (("contacts", "contact"), ("companies", "company")):
                db.execute(
                    f"UPDATE ac_{table} SET default_affiliation = (SELECT MIN(id) FROM ac_affiliations a WHERE a.{link} = ac_{table}.id)"
                    " WHERE default_affiliation IS NULL"
                )
            db.execute(
                "UPDATE ac_contacts SET (email, mobile) = (SELECT email, mobile FROM ac_affiliations a WHERE a.id = default_affiliation)"
                " WHERE email IS NULL AND mobile IS NULL AND default_affiliation IS NOT NULL"
            )

    def world(self) -> dict[str, list[dict[str, Any]]]:
        """All records, every field as on the wire."""
        return {name: self.reader.all(RESOURCES[name]) for name in _SHOWN}

    def edit(self, obj: str, op: str, id: str | None, fields: dict[str, Any]) -> str:
        """What a person does in the product's screens; raises EditError."""
        actor = Actor(self.people.api_user(), self.core.clock.unix("accelo"), api=False)
        done = self.editor.edit(obj, op, id, fields, actor)
        self.webhooks.fire(actor.events, self.base_url)
        return done

    def ready(self) -> dict[str, str]:
        """The ready file's block, but for the address."""
        return self.tokens.ready()

    async def close(self) -> None:
        """Stop delivering webhooks."""
        self.webhooks.close()

    effective_method = staticmethod(effective_method)

    # one request

    def app(self) -> Callable[..., Any]:
        """The ASGI application."""

        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                await _lifespan(receive, send)
                return
            body = b""
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            reply = await self.answer(scope, body)
            headers = [(b"content-type", reply.content_type.encode())]
            headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers]
            headers.append((b"content-length", str(len(reply.body)).encode()))
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            await send({"type": "http.response.body", "body": reply.body})

        return application

    async def answer(self, scope: Any, body: bytes) -> Reply:
        """Serve one request; whatever goes wrong inside is a server_error."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path, query = unquote(scope["path"]), scope["query_string"].decode("latin-1")
        client = scope["client"][0] if scope.get("client") else "127.0.0.1"
        self.base_url = f"{scope.get('scheme', 'http')}://{headers.get('host', '127.0.0.1')}"
        call = Call("GET", path, {}, headers, client, self.base_url)
        try:
            content_type = headers.get("content-type", "")
            call.params = gather(query, body, content_type)
            call.method = effective_method(scope["method"], path, call.params, body, content_type)
            self._check_host(headers.get("host", ""))
            if path.startswith("/oauth2/v0/"):
                return self.oauth.answer(call)
            if not path.startswith("/api/v0/"):
                return self._no_page(path)
            return await self._api(call)
        except AcceloError as error:
            return refusal(call, error)
        except Exception:
            # The real deployment, too, answers what it did not expect with 500 server_error.
            _log.exception("Accelo %s %s", scope["method"], path)
            return refusal(call, AcceloError("server_error", "An unexpected error occurred."))

    def _no_page(self, path: str) -> Reply:
        if path.startswith("/api/") and self.core.switches["accelo_unknown_path"] == "invalid_request":
            return refusal(None, invalid())
        return pages.message("Not found", "There is no such page.", 404)

    def _check_host(self, host: str) -> None:
        """A host of the real form must name this deployment; on loopback there is only this one."""
        name = host.partition(":")[0]
        deployment = self.tokens.ready()["deployment"]
        if name.endswith(".api.accelo.com") and name != f"{deployment}.api.accelo.com":
            raise invalid(f"Deployment '{name.removesuffix('.api.accelo.com')}' was not found.")

    async def _api(self, call: Call) -> Reply:
        self.lockout.check(call.client)
        grant = self._grant(call)
        call.staff_id, call.scope, call.service = grant.staff_id, grant.scope, grant.service
        allowed, headers = self.limit.take()
        if not allowed:
            return self.limit.refuse(call, self.tokens.ready()["deployment"], headers)
        try:
            reply = await self._routed(call, grant)
        except UnknownPath as error:
            html = self.core.switches["accelo_unknown_path"] == "html_404"
            reply = self._no_page(call.path) if html else refusal(call, error)
        except AcceloError as error:
            reply = refusal(call, error)
        reply.headers += headers
        return reply

    async def _routed(self, call: Call, grant: Grant) -> Reply:
        segments = [part for part in call.path.removeprefix("/api/v0/").split("/") if part]
        if not segments:
            raise UnknownPath
        stem, dot, suffix = segments[-1].rpartition(".")
        if dot and suffix in ("json", "xml", "yml"):
            if suffix != "json":
                raise invalid("This sandbox answers in JSON only.")
            segments[-1] = stem
        if segments == ["tokeninfo"]:
            return envelope(call, self.people.token_info(grant.staff_id, grant.expires))
        top = SINGULAR_PATHS.get(segments[0], segments[0])
        if top != "user" and not allows(grant.scope, top, call.method != "GET"):
            http = int(self.core.switches["accelo_scope_violation"])
            raise AcceloError("invalid_permission", "The access token's scope does not cover this request.", http)
        if segments[0] == "webhooks" and segments[-1] == "dispatch" and len(segments) == 4 and call.method == "POST":
            return await self.webhooks.dispatch(call, segments[2])
        self._swap = not self._swap
        return self.api.answer(call, segments, self._swap)

    def _grant(self, call: Call) -> Grant:
        """Whose access token it is; raises AcceloError."""
        scheme, _, sent = call.headers.get("authorization", "").partition(" ")
        token = sent.strip() if scheme.lower() == "bearer" else ""
        asked = call.text("_bearer_token")
        if token and asked and "tokeninfo" in call.path:
            # /tokeninfo may ask about another token than the one that authorises it.
            token = asked
        elif token and asked:
            raise invalid("The request includes multiple credentials.")
        grant = self.tokens.find(token or asked) if token or asked else None
        if grant is None:
            self.lockout.failed(call.client)
            raise no_token()
        return grant


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


__all__ = ["AcceloDeployment", "EditError"]
