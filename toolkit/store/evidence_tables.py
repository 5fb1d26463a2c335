"""The tables of run.duckdb and their columns; an auditor reads this file beside the evidence.

Values that are not text, numbers or truth are canonical JSON text. Times are ISO text in UTC.
"""

TEXT, INT, REAL, BOOL = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"

TABLES: dict[str, dict[str, str]] = {
    # what the run is: versions, operator, settings, mapping text by file, digests
    "meta": {"key": TEXT, "value": TEXT},
    # rows as they were on the wire; stream is "salesforce.Account", "accelo.affiliations" ...
    "raw": {"stream": TEXT, "id": TEXT, "owner": TEXT, "stamp": INT, "changed": BOOL, "body": TEXT},
    # the plan: its actions, the fields that each changes, what is asked, what was decided
    "plan": {"hash": TEXT, "kind": TEXT, "body": TEXT, "confirmed_by": TEXT, "confirmed_at": TEXT},
    "actions": {
        "id": TEXT,
        "type": TEXT,
        "kind": TEXT,
        "side": TEXT,
        "pair": TEXT,
        "salesforce_id": TEXT,
        "accelo_id": TEXT,
        "title": TEXT,
        "reason": TEXT,
        "parent": TEXT,
        "outcome": TEXT,
        "note": TEXT,
    },
    "changes": {"action": TEXT, "field": TEXT, "before": TEXT, "after": TEXT, "rule": TEXT, "reason": TEXT},
    "questions": {
        "key": TEXT,
        "kind": TEXT,
        "record_kind": TEXT,
        "title": TEXT,
        "salesforce_id": TEXT,
        "accelo_id": TEXT,
        "field": TEXT,
        "body": TEXT,
    },
    "decisions": {"key": TEXT, "choice": TEXT, "decided_by": TEXT, "decided_at": TEXT},
    # the journal: what was meant, what went out, what came of it, what changed
    "intents": {
        "id": TEXT,
        "run": TEXT,
        "action": TEXT,
        "pair": TEXT,
        "kind": TEXT,
        "side": TEXT,
        "op": TEXT,
        "resource": TEXT,
        "target": TEXT,
        "marker": TEXT,
        "body": TEXT,
        "state": TEXT,
        "epoch": INT,
        "made_at": TEXT,
        "ended_at": TEXT,
        "result": TEXT,
        "note": TEXT,
    },
    "attempts": {
        "id": TEXT,
        "intent": TEXT,
        "number": INT,
        "request_hash": TEXT,
        "sent_at": TEXT,
        "ended_at": TEXT,
        "status": INT,
        "request_id": TEXT,
        "outcome": TEXT,
        "reason": TEXT,
    },
    "audit": {
        "seq": INT,
        "run": TEXT,
        "intent": TEXT,
        "pair": TEXT,
        "field": TEXT,
        "side": TEXT,
        "before": TEXT,
        "after": TEXT,
        "rule": TEXT,
        "made_at": TEXT,
    },
    # every exchange with a system: no values, no query values, no secrets
    "exchanges": {
        "n": INT,
        "system": TEXT,
        "method": TEXT,
        "path": TEXT,
        "status": INT,
        "ms": REAL,
        "bytes": INT,
        "request_id": TEXT,
        "server_date": TEXT,
        "error_code": TEXT,
    },
    # every source record is in exactly one state
    "ledger": {
        "side": TEXT,
        "kind": TEXT,
        "id": TEXT,
        "title": TEXT,
        "state": TEXT,
        "reason": TEXT,
        "action": TEXT,
        "amount": TEXT,
        "currency": TEXT,
    },
    "findings": {"code": TEXT, "severity": TEXT, "title": TEXT, "count": INT, "remedy": TEXT, "examples": TEXT},
    # pairs and bases as they stand after the run, for those that moved; state NULL means that the pair was undone
    "moves": {
        "pair": TEXT,
        "kind": TEXT,
        "salesforce_id": TEXT,
        "accelo_id": TEXT,
        "state": TEXT,
        "refs": TEXT,
        "fields": TEXT,
    },
}
