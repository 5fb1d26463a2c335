"""The tables of the living state as numbered steps, applied in order and recorded;
a step is never edited once released.

Times are ISO text in UTC, stamps of rows are unix seconds of the system that gave them, values are JSON text.
"""

from __future__ import annotations

FIRST = (
    "CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)",
    "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # the pairs, and what each side held of each field when they last agreed (one JSON object a pair)
    """CREATE TABLE links (pair TEXT PRIMARY KEY, kind TEXT NOT NULL, salesforce_id TEXT, accelo_id TEXT,
        state TEXT NOT NULL, refs TEXT NOT NULL, UNIQUE (kind, salesforce_id), UNIQUE (kind, accelo_id))"""
    " WITHOUT ROWID",
    "CREATE TABLE bases (pair TEXT PRIMARY KEY REFERENCES links(pair), fields TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE moved (pair TEXT PRIMARY KEY, run TEXT NOT NULL) WITHOUT ROWID",  # not yet in a sealed run
    # what was last seen of each row of each system, as it was on the wire; `owner` is the record it belongs to
    """CREATE TABLE observations (stream TEXT NOT NULL, id TEXT NOT NULL, owner TEXT, stamp INTEGER, body TEXT NOT NULL,
        seen_in TEXT NOT NULL, PRIMARY KEY (stream, id)) WITHOUT ROWID""",
    "CREATE INDEX observations_owner ON observations (stream, owner)",
    "CREATE INDEX observations_stamp ON observations (stream, stamp)",
    """CREATE TABLE dirty (side TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
        since TEXT NOT NULL, PRIMARY KEY (side, kind, id)) WITHOUT ROWID""",
    "CREATE TABLE cursors (stream TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE plans (hash TEXT PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
        counts TEXT NOT NULL, read_only INTEGER NOT NULL, writes_salesforce INTEGER NOT NULL, state TEXT NOT NULL,
        made_at TEXT NOT NULL, confirmed_by TEXT, confirmed_at TEXT) WITHOUT ROWID""",
    # one row for each remote write that was meant, one for each time it went out; committed before the bytes leave
    """CREATE TABLE intents (id TEXT PRIMARY KEY, run TEXT NOT NULL, action TEXT NOT NULL, pair TEXT NOT NULL,
        kind TEXT NOT NULL, side TEXT NOT NULL, op TEXT NOT NULL, resource TEXT NOT NULL, target TEXT, marker TEXT,
        body TEXT NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, made_at TEXT NOT NULL, ended_at TEXT,
        result TEXT, note TEXT, settled INTEGER NOT NULL, sealed_in TEXT)""",
    "CREATE INDEX intents_unsettled ON intents (settled) WHERE settled = 0",
    "CREATE INDEX intents_open ON intents (state) WHERE state IN ('open', 'unknown')",
    "CREATE INDEX intents_unsealed ON intents (sealed_in) WHERE sealed_in IS NULL",
    """CREATE TABLE attempts (id TEXT PRIMARY KEY, intent TEXT NOT NULL REFERENCES intents(id), number INTEGER NOT NULL,
        request_hash TEXT NOT NULL, sent_at TEXT NOT NULL, ended_at TEXT, status INTEGER, request_id TEXT,
        outcome TEXT NOT NULL, reason TEXT)""",
    "CREATE INDEX attempts_intent ON attempts (intent)",
    """CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, intent TEXT, pair TEXT NOT NULL,
        field TEXT NOT NULL, side TEXT NOT NULL, before TEXT, after TEXT, rule TEXT NOT NULL, made_at TEXT NOT NULL,
        sealed_in TEXT)""",
    "CREATE INDEX audit_unsealed ON audit (sealed_in) WHERE sealed_in IS NULL",
    """CREATE TABLE inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        record_kind TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, run TEXT NOT NULL, first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL, choice TEXT, decided_by TEXT, decided_at TEXT)""",
    """CREATE TABLE rules (kind TEXT NOT NULL, field TEXT NOT NULL, choice TEXT NOT NULL, decided_by TEXT NOT NULL,
        decided_at TEXT NOT NULL, PRIMARY KEY (kind, field)) WITHOUT ROWID""",
    """CREATE TABLE poison (side TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
        times INTEGER NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL, next_try TEXT NOT NULL,"""
    """ fingerprint TEXT NOT NULL,
        PRIMARY KEY (side, kind, id)) WITHOUT ROWID""",
    """CREATE TABLE runs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL,
        started_at TEXT NOT NULL, ended_at TEXT, heartbeat TEXT, pid INTEGER, holder TEXT, plan_hash TEXT,
        progress TEXT NOT NULL, counts TEXT NOT NULL, message TEXT NOT NULL, cancel INTEGER NOT NULL DEFAULT 0,
        folder INTEGER NOT NULL DEFAULT 0, digest TEXT, previous TEXT)""",
    "CREATE INDEX runs_started ON runs (started_at)",
    """CREATE TABLE calls (system TEXT NOT NULL, hour TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (system, hour)) WITHOUT ROWID""",
)

HISTORY = (  # the story of one pair, asked for by a person
    "CREATE INDEX audit_pair ON audit (pair)",
    "CREATE INDEX intents_pair ON intents (pair)",
)

GIVEN_UP = (  # asked for by every plan: must not grow with the journal
    "CREATE INDEX intents_given_up ON intents (ended_at) WHERE state IN ('not_applied', 'superseded', 'ambiguous')",
)

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first", FIRST),
    ("history of a pair", HISTORY),
    ("writes that were given up on", GIVEN_UP),
)
