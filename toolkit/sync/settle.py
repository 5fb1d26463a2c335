"""Where a field's base goes after a write: it moves only to what the read-back shows that the target really holds."""

from __future__ import annotations

from toolkit.model import Address, Base, Change, Flag, Side, Value
from toolkit.sync.fields import Field

PLACEHOLDER = "placeholder"
"""The rule of a change that fills a required field which the source leaves blank."""


def settle(field: Field, change: Change, side: Side, held: Value, previous: Base | None, country: str = "") -> Base:
    """The base after ``change`` was written on ``side`` and ``held`` was read back from it.

    | read back | base |
    |---|---|
    | equals what was sent | agreed |
    | what was sent, shortened or reshaped | lossy: an accepted difference, never written back |
    | something else | sent on the target, as before at the source: both count as edited, the next run asks a person |

    The last row also where the target holds what it held before: somebody put it back, or the system did. Call it only
    with what the target holds after *this write* (its own answer, or the first reading after it); a record that was
    found by its marker and adopted goes through the ordinary comparison instead.
    """
    source = None if change.rule == PLACEHOLDER else change.after
    if field.normal(held, country) == field.normal(change.after, country):
        flag = Flag.KEPT if change.rule == PLACEHOLDER else Flag.AGREED
    elif reshaped(change.after, held):
        flag = Flag.LOSSY
    else:
        before = previous or Base(None, None)
        return Base(before.salesforce, change.after) if side == "accelo" else Base(change.after, before.accelo)
    return Base(source, held, flag) if side == "accelo" else Base(held, source, flag)


def reshaped(sent: Value, held: Value) -> bool:
    """Is ``held`` recognisably ``sent``, cut or reformatted: the same letters and digits, or the first of them.

    Of an address each part must be so. State and country may also be missing, for a system drops what it does not know,
    and the state may be spelt by the system's own list ("CA", "California").
    """
    if isinstance(sent, Address) and not isinstance(held, str):
        held = held or Address()  # nothing but a country that the system does not know leaves nothing at all
        whole = all(_cut(getattr(sent, part), getattr(held, part)) for part in ("street", "city", "postal_code"))
        return whole and (not held.country or _cut(sent.country, held.country)) and (not held.state or bool(sent.state))
    return isinstance(sent, str) and isinstance(held, str) and _cut(sent, held)


def _cut(sent: str, held: str) -> bool:
    a, b = _letters(sent), _letters(held)
    return a.startswith(b) and bool(b) == bool(a)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
