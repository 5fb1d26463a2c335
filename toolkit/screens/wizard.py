"""The import wizard: where it stands (kept in the state, so that it is found again), its tables, its previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit import background
from toolkit.errors import StalePlan, Unmapped, UsageError
from toolkit.model import ImportKind, jsonable
from toolkit.runs.import_build import load_capture
from toolkit.runs.import_notes import REMEDIES
from toolkit.screens import sync, words
from toolkit.screens.wizard_lists import KINDS, Lists, lists
from toolkit.settings import set_value
from toolkit.store.browse import Browse
from toolkit.store.runs import OVER, RunRow

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

STEPS = ("Read", "People", "Statuses", "Scope", "Preview", "Import")
WILL: Mapping[str, str] = {
    "created": "will be created",
    "updated": "will be updated",
    "unchanged": "are there already",
    "waiting": "wait",
    "skipped": "are left out",
}
MENDING: Mapping[str, tuple[str, str]] = {
    "unmapped-users": ("People", "Name somebody for each of them, or for everyone who is not named."),
    "unmapped-statuses": ("Statuses", "Name a status of Accelo for each of them."),
    "unknown-staff": ("People", "Name people who are active in Accelo."),
    "unknown-statuses": ("Statuses", "Name statuses that Accelo has."),
    "no-type": ("Scope", "Choose a type that Accelo has."),
    "unknown-class": ("", "Choose a class that Accelo has, in the settings."),
    "unknown-priority": ("", "Name priorities that Accelo has, in the settings."),
    "waiting-company": ("", "Bring companies and contacts over first, on the Sync page."),
    "no-priority": ("", "They get Accelo's default."),
}
"""The step where a blocker or a note is mended ("" where it is elsewhere), and how."""
GIVEN: Mapping[str, Any] = {"sample": 0, "since": "", "until": "", "statuses": "", "owners": "", "types": "",
                            "updates": False}  # fmt: skip
"""What a person may ask of a preview, with what holds when nothing is said: the parameters of the notebooks."""


@dataclass(frozen=True)
class Standing:
    """``plan``: the preview that was made with ``given`` and has not been carried out;
    ``result``: the newest import."""

    what: str
    kind: ImportKind
    step: str
    given: dict[str, Any]
    lists: Lists | None
    going: RunRow | None
    plan: RunRow | None
    result: RunRow | None

    @property
    def counts(self) -> dict[str, Any]:
        return dict(self.plan.counts) if self.plan else {}

    @property
    def blockers(self) -> list[dict[str, Any]]:
        return list(self.counts.get("blocked") or ())

    @property
    def accept(self) -> list[dict[str, Any]]:
        """What Accelo's API cannot hold; each is accepted by name."""
        return list(self.counts.get("accept") or ())

    @property
    def will(self) -> dict[str, int]:
        """How many records would end in each state, in words."""
        ledger = (self.counts.get("ledger") or {}).items()
        return {WILL.get(name, name).capitalize(): number for name, number in ledger if number}

    @property
    def creates(self) -> int:
        return sum((self.counts.get("counts") or {}).values())

    @property
    def button(self) -> str:
        made = sum(n for name, n in (self.counts.get("counts") or {}).items() if name.startswith("create"))
        changed = self.creates - made
        parts = [f"create {words.many(made, self.kind)}"] if made else []
        parts += [f"update {words.many(changed, self.kind)}"] if changed else []
        return f"{' and '.join(parts).capitalize()} in Accelo" if parts else "Nothing to write"


def standing(workspace: Workspace, what: str) -> Standing:
    """Where the import of sales or tickets stands. Raises UsageError for another word."""
    if what not in KINDS:
        raise UsageError(f"There is no import of {what}.", next_step="Choose sales or tickets.")
    kept = workspace.state.get(f"wizard:{what}", {})
    rows = Browse(workspace.state.database).runs(0, 20, kinds=(what,))
    plan = next(
        (row for row in rows if row.mode == "plan" and row.id == kept.get("plan") and row.state == "done"), None
    )
    if plan is not None and plan.plan_hash:
        found = workspace.state.plans.find(plan.plan_hash)
        plan = plan if found is not None and found.state in sync.OPEN else None
    step = kept.get("step", STEPS[0])
    return Standing(
        what=what,
        kind=KINDS[what],
        step=step if step in STEPS else STEPS[0],
        given={**GIVEN, **kept.get("given", {})},
        lists=lists(workspace, what),
        going=next((row for row in rows if row.state not in OVER), None),
        plan=plan,
        result=next((row for row in rows if row.mode != "plan" and row.id == kept.get("import")), None),
    )


def go(workspace: Workspace, what: str, step: str) -> None:
    """Remember the step: it is found again after a reload, tomorrow, in another browser."""
    _keep(workspace, what, step=step)


def ask(workspace: Workspace, what: str, given: Mapping[str, Any], type_id: str = "") -> None:
    """Remember the scope, and in the settings the type that every imported record gets; a preview that was made with
    others is forgotten. Raises UsageError."""
    if not given.keys() <= GIVEN.keys():
        raise UsageError("There is no such choice.")
    for name in ("since", "until"):
        _day(str(given.get(name, "")))
    before = {**GIVEN, **workspace.state.get(f"wizard:{what}", {}).get("given", {})}
    if before != {**before, **given}:
        _keep(workspace, what, given={**before, **given}, plan="")
    if type_id and workspace.settings.imports.model_dump().get(f"{KINDS[what]}_type") != type_id:
        set_value(workspace.folder, f"imports.{KINDS[what]}_type", type_id)
        _keep(workspace, what, plan="")


def mapped(workspace: Workspace, choices: int) -> int:
    """A mapping changed: previews made with the old one cannot be confirmed. Returns how many choices that were."""
    for what in KINDS:
        _keep(workspace, what, plan="")
    return choices


def preview(workspace: Workspace, what: str, by: str) -> str:
    """Start a plan with the scope that was asked for; what comes next is its result, or after a first one the people.
    Raises NotConnected, LeaseHeld."""
    sync.ready(workspace)
    given = {**GIVEN, **workspace.state.get(f"wizard:{what}", {}).get("given", {})}
    run = background.start(workspace, f"import_{what}", what, "plan", {"mode": "plan", **given}, by=by)
    _keep(workspace, what, plan=run, step="Preview" if lists(workspace, what) else "People")
    return run


def confirm(workspace: Workspace, what: str, plan_run: str, accepted: list[str], by: str) -> str:
    """Start the import that the preview showed. Raises StalePlan, Unmapped, Unconfirmed' kin, NotConnected,
    LeaseHeld."""
    now = standing(workspace, what)
    if now.plan is None or now.plan.id != plan_run or not now.plan.plan_hash:
        raise StalePlan("This preview does not hold any more.", next_step="Make a new preview.")
    if now.blockers:
        raise Unmapped(str(now.blockers[0]["title"]) + ".", next_step=str(now.blockers[0]["remedy"]))
    missing = [carry["name"] for carry in now.accept if carry["name"] not in accepted]
    if missing:
        raise Unmapped(
            f"Not accepted yet: {', '.join(missing)}.", next_step="Accept each of them, or change the scope."
        )
    run = sync.confirm(workspace, now.plan.plan_hash, by, accepted=accepted)
    _keep(workspace, what, plan="", step="Import", **{"import": run})
    return run


def pause(workspace: Workspace, run: str, on: bool) -> None:
    """An import under way waits after the record that it is at, or goes on."""
    workspace.state.put(f"pause:{run}", on)


def effect(
    workspace: Workspace, what: str, users: Mapping[str, str], statuses: Mapping[str, str]
) -> list[dict[str, str]]:
    """What other mappings would change, from what was read last; neither system is asked. One row for each value."""
    from toolkit.runs.import_build import Asked, build, differences
    from toolkit.runs.import_read import Scope
    from toolkit.runs.import_tables import Tables, load_tables

    kind = KINDS[what]
    run = workspace.state.get(f"capture:{kind}")
    reading = load_capture(workspace.run_folder(run)) if run else None
    if reading is None:
        raise UsageError("Nothing was read yet.", next_step="Read both systems first.")
    tables, said = load_tables(workspace.folder / "mappings", kind), workspace.settings.imports
    other = Tables(tables.users.choosing(users), tables.statuses.choosing(statuses))
    given = standing(workspace, what).given
    asked = Asked(0, Scope.of(given), given["updates"])
    before, _ = build(workspace.state, kind, reading, tables, said, asked)
    after, _ = build(workspace.state, kind, reading, other, said, asked)
    return [
        {"Record": d.title, "What": d.field, "Before": d.before, "After": d.after} for d in differences(before, after)
    ]


def _keep(workspace: Workspace, what: str, **changes: Any) -> None:
    with workspace.state.transaction():
        kept = workspace.state.get(f"wizard:{what}", {})
        workspace.state.put(f"wizard:{what}", jsonable({**kept, **changes}))


def _day(text: str) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text}” is no day.", next_step="Write it as 2026-01-31.") from None


def notes(now: Standing) -> list[dict[str, Any]]:
    """What a preview tells without stopping: how many records, what of them, what one can do. First what waits or is
    left out, then what comes over otherwise."""
    told = now.counts.get("notes") or ()
    rows = [{"Records": note["count"], "What": note["title"],
             "What to do": MENDING.get(note["code"], ("", note["remedy"]))[1]}
            for note in told]  # fmt: skip
    known = tuple(start for start, *_ in REMEDIES)
    reasons = (now.counts.get("reasons") or {}).items()
    rest = [
        {"Records": n, "What": why[:1].upper() + why[1:], "What to do": ""}
        for why, n in reasons
        if not why.startswith(known)
    ]
    return rest + rows


def money(rows: Sequence[Mapping[str, Any]], *, both: bool = False) -> list[dict[str, Any]]:
    """Amounts by status and currency, as one reads them; ``both`` compares the two systems after an import."""
    found = []
    for row in rows:
        line = {"Status": row["status"], "Currency": row["currency"], "Records": row["records"]}
        line |= {"Salesforce" if both else "Amount": _amount(row["salesforce"])}
        found.append(
            line | ({"Accelo": _amount(row["accelo"]), "Equal": "yes" if row["equal"] else "NO"} if both else {})
        )
    return found


def _amount(text: str) -> str:
    """ "1234567.50" as "1,234,567.50"; exact, for it never becomes a float."""
    return f"{Decimal(text):,.2f}"
