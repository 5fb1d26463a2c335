"""import, users, statuses: sales and tickets, and the people and statuses that they are mapped to."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.commands.progress import Progress
from toolkit.errors import UsageError
from toolkit.listed import QUOTES, as_line, names_in
from toolkit.mapping.statuses import NO_PROGRESSION
from toolkit.model import ImportKind

KINDS: dict[str, ImportKind] = {"sales": "sale", "tickets": "ticket"}


def names_option(name: str, what: str) -> Any:
    """An option for a list of names: given once or several times, and the command sees the one line of them all."""
    return click.option(
        name,
        multiple=True,
        metavar="NAMES",
        callback=lambda context, option, lines: as_line(part for line in lines for part in names_in(line)),
        help=f"{what}: with commas, or the option again for each. {QUOTES}",
    )


SCOPE = (
    click.option("--sample", type=click.IntRange(0), default=0, help="Only so many, spread over what there is."),
    click.option(
        "--updates", is_flag=True, help="Write again what changed in Salesforce and was not touched in Accelo."
    ),
    click.option("--since", default="", help="Only from this day on (sales: close date, tickets: day of creation)."),
    click.option("--until", default="", help="Only up to this day."),
    names_option("--statuses", "Only these statuses"),
    names_option("--owners", "Only these owners, by Salesforce id"),
    names_option("--types", "Only these types or record types, by name"),
)


def scoped(function: Any) -> Any:
    """The options of a scope; what is no day is refused before a run begins."""

    @functools.wraps(function)
    def checked(*arguments: Any, **given: Any) -> Any:
        from toolkit.runs.import_read import Scope

        Scope.of(given)
        return function(*arguments, **given)

    for option in reversed(SCOPE):
        checked = option(checked)
    return checked


@command("import")
@click.argument("what", type=click.Choice(list(KINDS)))
@scoped
@click.option("--yes", is_flag=True, help="Confirm the plan and accept by name what cannot be carried.")
def import_(context: Context, what: str, yes: bool, **asked: Any) -> Reply:
    """Import sales or tickets: plan, confirm, write, check. Without --yes it stops at the plan."""
    with context.workspace() as workspace, Progress(context, workspace) as progress:
        given = {"mode": "sync", "yes": yes, **asked}
        done = workspace.run_notebook(f"import_{what}", what, "sync", given, on_cell=progress.cell)
        mail = workspace.state.get(f"mail:{done.run}", "")
    return imported(done, mail)


def imported(done: Any, mail: str = "") -> Reply:
    """What an import did, for people and programs. ``mail``: what became of the e-mail about it."""
    counts = dict(done.counts)
    data = {"run": done.run, "plan_hash": done.plan_hash, **counts, "digest": done.digest, **done.files, "mail": mail}
    lines = [f"{number:6}  {state}" for state, number in counts.get("ledger", {}).items() if number]
    lines += [f"{number:6}  {reason}" for reason, number in counts.get("reasons", {}).items()]
    for row in counts.get("money", ()):
        there = f"  Accelo {row['accelo']:>14}" if row.get("accelo") else ""
        lines.append(
            f"{row['records']:6}  {row['status']:24} {row['currency']:4} Salesforce {row['salesforce']:>14}{there}"
        )
    lines += [f"Run       {done.run}", *(f"{n.capitalize():9} {path}" for n, path in done.files.items() if path)]
    lines += [f"Digest    {done.digest}"] * bool(done.digest) + [mail] * bool(mail)
    return Reply(data, "\n".join(lines))


@command("statuses")
@click.argument("what", type=click.Choice(list(KINDS)), required=False)
@click.option("--accept-suggestions", is_flag=True, help="Map what is not mapped yet as suggested.")
def statuses(context: Context, what: str | None, accept_suggestions: bool) -> Reply:
    """Bring the status mappings up to today's statuses; says what is not mapped, with suggestions."""
    from toolkit.runs.import_read import read_destination, read_source
    from toolkit.runs.import_tables import STATUS_FILES, refresh_statuses, status_rows

    data: dict[str, Any] = {}
    with context.workspace() as workspace:
        for name in [what] if what else KINDS:
            kind, mappings = KINDS[name], workspace.folder / "mappings"
            source = read_source(workspace.salesforce_reader, kind)
            destination = read_destination(workspace.accelo_reader, kind)
            found = refresh_statuses(mappings, source, destination, {})
            rows = status_rows(found, source, destination)
            if accept_suggestions:
                chosen = {r["salesforce_status"]: r["suggestion"]["status_id"] for r in rows
                          if r["suggestion"] and not r["accelo_status_id"]}  # fmt: skip
                found = refresh_statuses(mappings, source, destination, chosen)
                rows = status_rows(found, source, destination)
            unmapped = [row for row in rows if not row["accelo_status_id"] and row["records"]]
            data[name] = {
                "file": f"mappings/{STATUS_FILES[kind]}", "digest": found.digest, "rows": rows,
                "unmapped": len(unmapped), "records_unmapped": sum(row["records"] for row in unmapped),
                "accelo": [vars(status) for status in destination.statuses], "note": NO_PROGRESSION,
            }  # fmt: skip
    return Reply(data, "\n".join(line for name, said in data.items() for line in _status_lines(name, said)))


def _status_lines(name: str, said: dict[str, Any]) -> list[str]:
    lines = [f"{name.capitalize()}: {said['file']}, {said['unmapped']} not mapped"]
    for row in said["rows"]:
        hint = row["suggestion"] or {}
        there = row["accelo_status"] or (f"?  suggested: {hint['status_id']} {hint['title']}" if hint else "?")
        lines.append(f"  {row['records']:6}  {row['salesforce_status']:30} {row['nature']:7} {there}")
    return [*lines, said["note"], ""]


def map_users(context: Context, accept_suggestions: bool) -> Reply:
    """What the bare ``toolkit users`` does: the owners' file up to today's owners of both kinds."""
    from toolkit.runs.import_read import read_destination, read_source
    from toolkit.runs.import_tables import USERS_FILE, refresh_users, user_rows

    with context.workspace() as workspace:
        mappings = workspace.folder / "mappings"
        sources = [read_source(workspace.salesforce_reader, kind) for kind in KINDS.values()]
        destination = read_destination(workspace.accelo_reader, "sale")
        users = refresh_users(mappings, sources, destination, {})
        rows = user_rows(users, sources, destination)
        if accept_suggestions:
            chosen = {r["salesforce_id"]: r["suggestion"]["staff_id"] for r in rows
                      if r["suggestion"] and not r["accelo_staff_id"]}  # fmt: skip
            users = refresh_users(mappings, sources, destination, chosen)
            rows = user_rows(users, sources, destination)
    default = users.staff_for("*")
    unmapped = [row for row in rows if not row["accelo_staff_id"] and row["records"] and not default]
    data = {
        "file": f"mappings/{USERS_FILE}", "digest": users.digest, "rows": rows, "default": default,
        "unmapped": len(unmapped), "records_unmapped": sum(row["records"] for row in unmapped),
        "staff": [vars(member) for member in destination.staff],
    }  # fmt: skip
    lines = [
        f"{data['file']}: owners mapped to nobody: {data['unmapped']}, records that hang on them: "
        f"{data['records_unmapped']}"
    ]
    names = {member.id: member.name for member in destination.staff}
    otherwise = f"default: {names.get(default, default)}" if default else "?"
    for row in rows:
        hint = row["suggestion"] or {}
        suggested = f"  suggested: {hint['staff_id']} {hint['name']} ({hint['reason']})" if hint else ""
        there = row["accelo_name"] or row["accelo_staff_id"] or f"{otherwise}{suggested}"
        lines.append(
            f"  {row['records']:6}  {row['salesforce_name'] or row['salesforce_id']:30} {row['active']:6} {there}"
        )
    return Reply(data, "\n".join(lines))


def what_if(context: Context, what: str, file: Path, **asked: Any) -> Reply:
    """What another mapping would change, from what the last plan had read; neither system is asked."""
    from toolkit.runs.import_build import Asked, build, differences, load_capture, tables_of
    from toolkit.runs.import_read import Scope
    from toolkit.runs.import_tables import load_tables

    kind = KINDS[what]
    with context.workspace() as workspace:
        run = workspace.state.get(f"capture:{kind}")
        reading = load_capture(workspace.run_folder(run)) if run else None
        if reading is None:
            raise UsageError(f"Nothing was read of {what} yet.", next_step=f"Make a plan first: toolkit plan {what}")
        if not file.is_file():
            raise UsageError(f"There is no file {file}.", next_step="Give a changed users or statuses file.")
        tables, said = load_tables(workspace.folder / "mappings", kind), workspace.settings.imports
        wish = Asked(asked.get("sample", 0), Scope.of(asked), asked.get("updates", False))
        before, _ = build(workspace.state, kind, reading, tables, said, wish)
        after, checks = build(workspace.state, kind, reading, tables_of(file, tables), said, wish)
    found = differences(before, after)
    data = {
        "from_run": run, "changes": [vars(each) for each in found], "records": len({each.id for each in found}),
        "counts": after.counts(), "blocked": [finding.title for finding in checks.blockers],
    }  # fmt: skip
    lines = [f"{data['records']} planned records would change (nothing was asked of either system)"]
    names = {
        ("status", status.id): status.title for status in reading.destination.statuses
    } | {("staff", member.id): member.name for member in reading.destination.staff}  # fmt: skip
    lines += [
        f"  {each.title[:40]:40} {each.field:10} "
        + " -> ".join(names.get((each.field, value), value) for value in (each.before, each.after))
        for each in found[:50]
    ]
    lines += [f"  and {len(found) - 50} more; --json lists them all"] * (len(found) > 50)
    return Reply(data, "\n".join(lines))


commands = [import_, statuses]
