"""The user mapping: which Accelo staff member stands for which Salesforce owner, kept in ``mappings/users.csv``.

Suggestions are shown with their reason and never become a mapping by themselves: a person (or a script) writes the id.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rapidfuzz import fuzz, utils

from toolkit.mapping.reading import id18
from toolkit.mapping.table import read_rows, write_rows
from toolkit.model import digest

DEFAULT = "*"
NAME_SCORE = 88.0
"""Below this likeness (0-100, token order ignored) two names are not suggested as one person."""


@dataclass(frozen=True)
class Owner:
    """A user or queue that owns records in scope. ``records`` is the number of records that hang on it."""

    id: str
    name: str
    email: str = ""
    active: bool = True
    queue: bool = False
    records: int = 0


@dataclass(frozen=True)
class Staff:
    id: str
    name: str
    email: str = ""
    active: bool = True


@dataclass(frozen=True)
class Suggestion:
    staff_id: str
    name: str
    reason: str
    score: float


@dataclass(frozen=True)
class UserRow:
    """One line of the file, its columns by their names: the owner as Salesforce knows it, and the staff member a person
    chose ("": nobody)."""

    salesforce_id: str
    salesforce_name: str = ""
    salesforce_email: str = ""
    active: str = ""
    records: int = 0
    accelo_staff_id: str = ""
    accelo_name: str = ""


@dataclass(frozen=True)
class UserMap:
    """The whole mapping; the row ``*`` is the default for owners without a row or with an empty one."""

    rows: tuple[UserRow, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where the row of an owner stands in the file that was read, e.g. "users.csv, line 3"."""

    @property
    def digest(self) -> str:
        """Changes when the answer for any owner could change; counts and names do not matter."""
        return digest(sorted((row.salesforce_id, row.accelo_staff_id) for row in self.rows))

    def staff_for(self, owner_id: str | None) -> str | None:
        """The staff id for an owner; the default's where the owner has none; None when neither is mapped."""
        chosen = {row.salesforce_id: row.accelo_staff_id for row in self.rows if row.accelo_staff_id}
        return chosen.get(owner_id or DEFAULT) or chosen.get(DEFAULT)

    def unmapped(self, owners: Iterable[Owner]) -> tuple[Owner, ...]:
        """The owners in scope for whom nobody is named, most records first."""
        return tuple(sorted((o for o in owners if self.staff_for(o.id) is None), key=lambda o: (-o.records, o.id)))

    def unknown_staff(self, staff: Iterable[Staff]) -> tuple[UserRow, ...]:
        """Rows that name a staff id which the deployment does not have, or which is inactive there."""
        usable = {member.id for member in staff if member.active}
        return tuple(row for row in self.rows if row.accelo_staff_id and row.accelo_staff_id not in usable)

    def refreshed(self, owners: Sequence[Owner], staff: Sequence[Staff]) -> UserMap:
        """The same choices over today's owners: new owners get an empty row, counts and names are today's.

        A choice for an owner who no longer occurs is kept: the owner may come back with the next scope.
        """
        names = {member.id: member.name for member in staff}
        known = {row.salesforce_id: row for row in self.rows}
        default = known.pop(DEFAULT, UserRow(DEFAULT, "everyone else"))
        rows = []
        for owner in sorted(owners, key=lambda o: (-o.records, o.name.casefold(), o.id)):
            chosen = known.pop(owner.id, UserRow(owner.id)).accelo_staff_id
            active = "queue" if owner.queue else ("yes" if owner.active else "no")
            rows.append(
                UserRow(owner.id, owner.name, owner.email, active, owner.records, chosen, names.get(chosen, ""))
            )
        gone = [replace(row, records=0) for row in known.values() if row.accelo_staff_id]
        default = replace(default, accelo_name=names.get(default.accelo_staff_id, ""))
        return UserMap((*rows, *sorted(gone, key=lambda r: r.salesforce_id), default))

    def choosing(self, choices: Mapping[str, str]) -> UserMap:
        """A copy in which these owners (Salesforce id or ``*`` -> staff id) are mapped."""
        known = {row.salesforce_id: row for row in self.rows}
        for owner_id, staff_id in choices.items():
            known[owner_id] = replace(known.get(owner_id, UserRow(owner_id)), accelo_staff_id=staff_id)
        return UserMap(tuple(known.values()), self.places)


def suggest_staff(owner: Owner, staff: Sequence[Staff]) -> Suggestion | None:
    """Who this owner probably is: the same e-mail, then the most similar name; None where two are equally likely."""
    usable = [member for member in staff if member.active]
    mail = owner.email.strip().casefold()
    same_mail = [m for m in usable if mail and m.email.strip().casefold() == mail]
    if len(same_mail) == 1:
        return Suggestion(same_mail[0].id, same_mail[0].name, "same e-mail", 100.0)
    scored = sorted(
        ((fuzz.token_sort_ratio(_bare(owner.name), _bare(m.name), processor=utils.default_process), m) for m in usable),
        key=lambda pair: (-pair[0], pair[1].id),
    )
    best = [pair for pair in scored if pair[0] >= NAME_SCORE]
    if not best or (len(best) > 1 and best[0][0] == best[1][0]):
        return None
    score, member = best[0]
    reason = "same name" if score == 100.0 else f"similar name ({score:.0f} of 100)"
    return Suggestion(member.id, member.name, reason, round(score, 1))


def _bare(name: str) -> str:
    """Without accents: José is Jose to whoever typed it into the other system."""
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))


def load_users(path: Path) -> UserMap:
    """The mapping of a file; an absent file is an empty mapping. Errors name file, line and remedy (MappingError)."""
    return UserMap(*read_rows(path, UserRow, key="salesforce_id", spelt=id18))  # reports show 15 characters


def save_users(path: Path, users: UserMap) -> None:
    """Write the file anew, atomically, so that a spreadsheet opens it (UTF-8 with a mark, comma)."""
    write_rows(path, UserRow, users.rows)
