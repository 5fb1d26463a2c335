"""Faults: what goes wrong with which request, told by a test through the control address.

A fault is matched here and struck elsewhere: transport kinds by the exchange, domain kinds by the system's own code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import SYSTEMS

_WRITES = "POST|PUT|PATCH|DELETE"
_BOTH = frozenset(SYSTEMS)
_SALESFORCE = frozenset({"salesforce"})
_TOKEN = r"/oauth2/(v0/)?token"
_NOT_OAUTH = r"^(?!.*/oauth2/)"
_ONE_RECORD = r"/\d+(/|$)|/[0-9A-Za-z]{15}([0-9A-Za-z]{3})?(/|$)|/composite"
_LISTS = r"/query|^/api/v0/(?!.*/count$)[a-z_/]+$"


def _number(value: Any) -> Any:
    number = float(value)
    if not 0 <= number < 1e9:
        raise ValueError
    return number


def _texts(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError
    return value


def _positions(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError
    return [int(row) for row in value]


def _status(value: Any) -> Any:
    if not 200 <= int(value) <= 599:
        raise ValueError
    return int(value)


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError
    return value


OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "seconds": ("a number of seconds", _number),
    "fields": ("a list of field names", _texts),
    "rows": ("a list of positions from 0", _positions),
    "count": ("a whole number", lambda value: int(_number(value))),
    "status": ("an HTTP status", _status),
    "edit": ("an object: fields and values", _object),
    "winner": ("the id of a record", str),
    "message": ("a text", str),
}
"""What the options of the kinds must be; they are read when the fault is set, so that a mistake is told at once."""


class FaultError(ValueError):
    """A fault that cannot be set; the message says what is wrong with it."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault: what it does, whose it is, and which requests it strikes when the match leaves that open."""

    meaning: str
    systems: frozenset[str] = _BOTH
    domain: bool = False
    method: str = ".*"
    path: str = ""
    times: int = 1


def _transport(meaning: str, path: str = "", times: int = 1) -> Kind:
    return Kind(meaning, path=path, times=times)


def _domain(meaning: str, systems: frozenset[str] = _SALESFORCE, method: str = ".*", path: str = _NOT_OAUTH) -> Kind:
    return Kind(meaning, systems, True, method, path)


TABLE: dict[str, Kind] = {
    "refused": _transport(
        "The connection is cut before anything is read; with option seconds, nothing listens on the port for that long."
    ),
    "reset_before": _transport("The connection is reset before the request is handled: nothing is changed."),
    "reset_after_commit": _transport("The request is carried out, then the connection is reset before the answer."),
    "timeout": _transport("No answer for option seconds (60), then a reset; nothing is changed."),
    "timeout_after_commit": _transport("The request is carried out, then no answer for option seconds (60)."),
    "applied_late": _transport("A reset at once; the request is carried out after option seconds (2): a zombie write."),
    "delivered_twice": _transport("The request is carried out twice; the second answer is given."),
    "slow": _transport("The answer comes after option seconds (3)."),
    "truncated": _transport("The request is carried out; half of the answer comes, then the connection is cut."),
    "html": _transport("An HTML page of a gateway instead of JSON (option status, 502); nothing is changed."),
    "unauthorized_once": _transport("401 for one request; the token is good again for the next.", _NOT_OAUTH),
    "unauthorized": _transport("401 for ever, whatever the token.", _NOT_OAUTH, 0),
    "token_expired": _transport("401, and the access token that was sent is dead from now on.", _NOT_OAUTH),
    "limit_403": _transport("403: the daily limit of API requests is reached.", _NOT_OAUTH),
    "too_many_429": _transport("429: too many requests.", _NOT_OAUTH),
    "server_error_500": _transport("500; nothing is changed."),
    "server_error_after_commit": _transport("The request is carried out, then 500."),
    "unavailable_503": _transport("503; use times for a burst; nothing is changed."),
    "row_lock": _domain("UNABLE_TO_LOCK_ROW for the call, or for the rows (positions) of option rows.", method=_WRITES),
    "validation_rule": _domain("A validation rule refuses the record (options message, fields, rows).", method=_WRITES),
    "required_custom_field": _domain("A custom field that is required and missing (option fields).", method=_WRITES),
    "duplicate_rule": _domain("A duplicate rule refuses the record: DUPLICATES_DETECTED.", method=_WRITES),
    "restricted_picklist": _domain(
        "A value is refused as not in a restricted picklist (option fields).", method=_WRITES
    ),
    "field_hidden": _domain("Field-level security hides the fields of option fields from describe, read and query."),
    "field_read_only": _domain(
        "Field-level security lets the fields of option fields be read, not written: describe says so, "
        "a write is refused."
    ),
    "field_removed": _domain("The fields of option fields do not exist (removed between two runs)."),
    "record_deleted": _domain(
        "The record that the request names was deleted by somebody just before.",
        _BOTH,
        path=_ONE_RECORD,
    ),
    "record_edited": _domain(
        "Somebody edits the record that the request names just before (option edit: the fields and their values).",
        _BOTH,
        _WRITES,
        _ONE_RECORD,
    ),
    "record_merged": _domain(
        "Somebody merges the record that the request names into another (option winner: its id) just before.",
        path=_ONE_RECORD,
    ),
    "late_commit": _domain(
        "A write becomes visible to queries only after option seconds (5), with its earlier stamp;"
        " a read does not see the rows changed in the last seconds."
    ),
    "short_page": _domain(
        "A page with fewer rows than asked for, although more exist (option count).", _BOTH, "GET", _LISTS
    ),
    "expired_locator": _domain(
        "The query locator is answered as expired.", method="GET", path=r"/query(All)?/|/results|/resultPages"
    ),
    "bulk_failed": _domain("The bulk job ends as Failed, with its rows (or those after option count) unprocessed."),
    "refresh_rotated": _domain("The refresh token given is answered as rotated out.", _BOTH, "POST", _TOKEN),
    "delete_log_purged": _domain("getDeleted answers that its log was purged.", path="/deleted"),
    "invalid_permission": _domain("403 invalid_permission: the token's user may not do this.", frozenset({"accelo"})),
    "duplicate": _domain("400 duplicate: same name, title or username as another.", frozenset({"accelo"}), _WRITES),
}
KINDS: dict[str, str] = {name: kind.meaning for name, kind in TABLE.items()}


@dataclass
class Fault:
    """One fault that was set, and how many matching requests it has seen."""

    system: str
    kind: str
    method_re: re.Pattern[str]
    path_re: re.Pattern[str]
    nth: int = 1
    times: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0

    @property
    def domain(self) -> bool:
        """Does the system's own code strike it."""
        return TABLE[self.kind].domain

    def strikes(self, system: str, method: str, path: str) -> bool:
        """Count a request; is it one of those to be struck."""
        if system != self.system or not self.method_re.fullmatch(method) or not self.path_re.search(path):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times == 0 or self.seen < self.nth + self.times)


def parse(item: Mapping[str, Any]) -> Fault:
    """A fault from the control address; keys that are not named in the contract are options. Raises FaultError."""
    rest = dict(item)
    system, kind = str(rest.pop("system", "")), str(rest.pop("kind", ""))
    if system not in SYSTEMS:
        raise FaultError(f"unknown system {system!r}: one of {', '.join(SYSTEMS)}")
    known = TABLE.get(kind)
    if known is None:
        raise FaultError(f"unknown kind {kind!r}; GET /faults lists the kinds")
    if system not in known.systems:
        raise FaultError(f"{kind} is no fault of {system}")
    match = rest.pop("match", None) or {}
    if not isinstance(match, dict):
        raise FaultError("match is an object: method, path")
    try:
        method_re = re.compile(str(match.get("method") or known.method), re.IGNORECASE)
        path_re = re.compile(str(match.get("path") or known.path))
    except re.error as error:
        raise FaultError(f"match is no regular expression: {error}") from None
    try:
        nth, times = rest.pop("nth", None), rest.pop("times", None)
        nth, times = 1 if nth is None else int(nth), known.times if times is None else int(times)
    except (TypeError, ValueError):
        raise FaultError("nth and times are whole numbers") from None
    if nth < 1 or times < 0:
        raise FaultError("nth counts from 1; times is 0 (for ever) or more")
    given = rest.pop("options", None) or {}
    options = {**(given if isinstance(given, dict) else {}), **rest}
    return Fault(system, kind, method_re, path_re, nth, times, _checked(kind, options))


def _checked(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the kinds use them; one that is null is not given."""
    found = {}
    for name, value in options.items():
        if value is None:
            continue
        form, read = OPTIONS.get(name, ("", lambda given: given))
        try:
            found[name] = read(value)
        except (TypeError, ValueError, OverflowError):
            raise FaultError(f"option {name} of {kind} must be {form}, not {value!r}") from None
    return found


class Faults:
    """The faults that are set, and the access tokens that a fault has killed."""

    def __init__(self) -> None:
        self.set: list[Fault] = []
        self.dead_tokens: set[str] = set()

    def add(self, items: list[Mapping[str, Any]]) -> list[Fault]:
        """Set faults, all or none; raises FaultError."""
        faults = [parse(item) for item in items]
        self.set += faults
        return faults

    def clear(self) -> None:
        """Forget the faults; what they did, such as a token that died, stays done until the next reset."""
        self.set.clear()

    def reset(self) -> None:
        """Forget the faults and what they did."""
        self.set.clear()
        self.dead_tokens.clear()

    def matching(self, system: str, method: str, path: str) -> list[Fault]:
        """The faults that strike this request; every fault counts it."""
        return [fault for fault in self.set if fault.strikes(system, method, path)]
