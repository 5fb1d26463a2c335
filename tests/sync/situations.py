"""What many tests of the planner begin with: a linked pair, a plan in words, the rows of a table in a docstring."""

from toy import ToyWorld, acc, sf

from toolkit.model import Base, Link


def table(function, number=0):
    """The rows of a table in a docstring, as tuples of cells; the header and its rule are left out."""
    tables, rows = [], []
    for line in [*function.__doc__.splitlines(), ""]:
        if line.strip().startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows:
            tables.append(rows[2:])
            rows = []
    return [tuple(row) for row in tables[number]]


def linked(kind="company", **fields):
    """A world with one linked pair that agrees."""
    fields = fields or ({"name": "Acme"} if kind == "company" else {"first_name": "Ann", "last_name": "Lee"})
    world = ToyWorld().put(sf(kind=kind, **fields), acc(kind=kind, **fields))
    world.links["P"] = Link("P", kind, "001A", "45")
    world.bases["P"] = {
        name: Base(world.salesforce[kind]["001A"].fields[name], world.accelo[kind]["45"].fields[name])
        for name in world.rules.of(kind).fields
    }
    return world


def seen(plan):
    """A plan in words: its actions and its questions."""
    return (
        [f"{action.type} {action.side or 'links'}" for action in plan.actions],
        [str(question.kind) for question in plan.questions],
    )


def in_words(plan):
    """Actions with their kind and side, and the kinds of the questions."""
    return (
        [f"{action.type} {action.kind} {action.side or 'links'}" for action in plan.actions],
        [str(each.kind) for each in plan.questions],
    )


def rows(plan):
    """Id -> state and reason in the ledger."""
    return {row.id: (row.state.value, row.reason) for row in plan.ledger}
