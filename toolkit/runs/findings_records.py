"""Findings about the records themselves: duplicates, gaps, values off a list, text that looks like something else."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from toolkit.mapping.spelling import findings as spelling_findings
from toolkit.mapping.spelling import kinds_in
from toolkit.model import Finding
from toolkit.runs.profile import KINDS, Survey

SUFFIXES = re.compile(r"\b(inc|incorporated|llc|ltd|limited|gmbh|ag|co|corp|corporation|company|plc|pty|sa|bv|oy|ab)\b")
MARKUP = r"<\s*/?\s*[a-zA-Z!][^>]*>"
FORMULA = r"^\s*(?:=|@|\+(?=[A-Za-z(])|-(?=[A-Za-z(]))"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"

LISTED = (("Account", "Industry"), ("Account", "Type"), ("Opportunity", "Type"), ("Case", "Priority"))
"""Fields whose values are held against their picklist."""


def duplicates(survey: Survey) -> Iterator[Finding]:
    for obj, column, where in (("Account", "Name", "Salesforce"), ("companies", "name", "Accelo")):
        table = survey.tables[obj]
        key = table[column].map(_plain_name)
        same = table[key.duplicated(keep=False) & (key != "")]
        yield Finding(
            f"same-name-{obj.lower()}",
            "warning",
            f"Companies in {where} with the same name as another one.",
            len(same),
            "Merge them before the first import if they are one company. Nothing is guessed: otherwise they wait.",
            _ids(same),
        )
    for obj, column, where in (("Contact", "Email", "Salesforce"), ("contacts", "email", "Accelo")):
        table = survey.tables[obj].dropna(subset=[column])
        same = table[table[column].astype(str).str.casefold().duplicated(keep=False)]
        yield Finding(
            f"same-email-{obj.lower()}",
            "warning",
            f"Contacts in {where} who share an e-mail address.",
            len(same),
            "Merge them if they are one person; a shared address never links two people by itself.",
            _ids(same),
        )


def incomplete(survey: Survey) -> Iterator[Finding]:
    contacts = survey.tables["Contact"]
    for column, code, title, remedy in (
        (
            "AccountId",
            "no-account",
            "Contacts without an account.",
            "Give them an account. Accelo needs a company for each contact; they wait.",
        ),
        (
            "FirstName",
            "no-first-name",
            "Contacts without a first name.",
            "Accelo requires one. Add it, or choose the placeholder in the inbox.",
        ),
    ):
        rows = contacts[contacts[column].isna()]
        yield Finding(code, "warning", title, len(rows), remedy, _ids(rows))
    roles = survey.tables["OpportunityContactRole"]["OpportunityId"]
    sales = survey.tables["Opportunity"]
    rows = sales[~sales["Id"].isin(roles)]
    yield Finding(
        "no-role",
        "warning",
        "Opportunities without a contact.",
        len(rows),
        "Add a contact role, or choose a fall-back contact of the company when sales are imported.",
        _ids(rows),
    )
    cases = survey.tables["Case"]
    rows = cases[cases["AccountId"].isna()]
    yield Finding(
        "no-case-account",
        "warning",
        "Cases without an account.",
        len(rows),
        "A ticket needs a company: they wait.",
        _ids(rows),
    )
    persons = survey.tables["Account"]
    rows = persons[persons["IsPersonAccount"].astype(str) == "true"]
    yield Finding(
        "person-account", "warning", "Person accounts.", len(rows), "They are skipped with that reason.", _ids(rows)
    )


def other_spellings(survey: Survey) -> Iterator[Finding]:
    """One value in two spellings, in any field that keeps kinds; those of LISTED are told by off_list."""
    for obj in KINDS:
        table, said = survey.tables[obj], survey.describes[obj]["fields"]
        names = [name for name in kinds_in(said) if (obj, name) not in LISTED]
        columns = {name: table[name].tolist() for name in names}
        yield from spelling_findings(obj, said, columns, table["Id"].tolist())


def off_list(survey: Survey) -> Iterator[Finding]:
    """A value that is not in the picklist, with the entry that was probably meant."""
    for obj, column in LISTED:
        said: Mapping[str, Any] = next((said for said in survey.describes[obj]["fields"] if said["name"] == column), {})
        allowed = {
            entry["value"].casefold(): entry["value"]
            for entry in said.get("picklistValues") or ()
            if entry.get("active", True)
        }
        table = survey.tables[obj]
        for value, number in table[column].dropna().astype(str).value_counts().items() if allowed else ():
            if str(value).casefold() in allowed:
                continue
            meant = difflib.get_close_matches(str(value).casefold(), allowed, n=1, cutoff=0.88)
            title = f"{obj}.{column} holds '{str(value)[:60]}', which is not in the list of values" + (
                f"; '{allowed[meant[0]]}' was probably meant." if meant else "."
            )
            yield Finding(
                f"off-list-{obj.lower()}-{column.lower()}",
                "warning" if meant else "info",
                title,
                int(number),
                "It is kept as it is. Correct it in Salesforce if it is a slip.",
                _ids(table[table[column] == value]),
            )


def odd_text(survey: Survey) -> Iterator[Finding]:
    for code, pattern, what, remedy in (
        (
            "markup",
            MARKUP,
            "that hold HTML",
            "It is carried as text and shown as text; it does nothing in the reports.",
        ),
        ("formula", FORMULA, "that a spreadsheet would take for a formula", "Exports put an apostrophe before them."),
        ("control", CONTROL, "that hold control characters", "Remove them in Salesforce; Accelo may refuse them."),
        (
            "line-break",
            r"\S[\r\n]+\S",
            "with line breaks in a name",
            "Accelo shows names on one line; shorten them if that matters.",
        ),
    ):
        ids: list[str] = []
        for obj, columns in (
            ("Account", ("Name", "Website")),
            ("Contact", ("FirstName", "LastName", "Title")),
            ("Opportunity", ("Name",)),
            ("Case", ("Subject",)),
        ):
            table = survey.tables[obj]
            text = table[list(columns)].astype(str).where(table[list(columns)].notna(), "")
            ids += table["Id"][
                text.apply(lambda column, p=pattern: column.str.contains(p, regex=True)).any(axis=1)
            ].tolist()
        yield Finding(f"text-{code}", "info", f"Records {what}.", len(ids), remedy, tuple(ids[:5]))
    contacts = survey.tables["Contact"].dropna(subset=["Email"])
    odd = contacts[~contacts["Email"].astype(str).str.match(EMAIL)]
    yield Finding(
        "bad-email",
        "warning",
        "Contacts whose e-mail address cannot be one.",
        len(odd),
        "Correct them in Salesforce.",
        _ids(odd),
    )


def _plain_name(name: object) -> str:
    """Company names that differ in case, punctuation or legal form only are the same here."""
    text = re.sub(r"[^\w ]+", " ", str(name or "").casefold().replace("&", " and "))
    return " ".join(SUFFIXES.sub(" ", text).split())


def _ids(rows: pd.DataFrame) -> tuple[str, ...]:
    column = "Id" if "Id" in rows.columns else "id"
    return tuple(str(value) for value in rows[column].head(5))
