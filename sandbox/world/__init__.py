"""Worlds: what the two systems hold when the sandbox starts.

A world only makes rows; how they are stored is the systems' own business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class WorldError(ValueError):
    """The world cannot be understood or read; the message says where and why."""


class Salesforce(Protocol):
    """What a world needs of the Salesforce org."""

    @property
    def schema(self) -> Any:
        """Its objects and fields."""

    def load(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Trusted rows: given ids stay, missing ones are made, nothing is checked."""

    def add_field(self, object_name: str, field: dict[str, Any]) -> None:
        """A custom field."""


class Accelo(Protocol):
    """What a world needs of the Accelo deployment."""

    def load(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Trusted rows: given ids stay, missing ones are made, nothing is checked."""


class World(Protocol):
    """A world by its specification, as the command line gives it."""

    @property
    def spec(self) -> str:
        """What was asked for."""

    def load(self, salesforce: Salesforce, accelo: Accelo, seed: int) -> None:
        """Fill two empty systems; the same seed gives the same rows. Raises WorldError."""


@dataclass(frozen=True)
class Empty:
    """No records but those without which the systems do not work: staff, types, statuses."""

    spec: str = "empty"

    def load(self, salesforce: Salesforce, accelo: Accelo, seed: int) -> None:
        """Accelo's seed."""
        from sandbox.world import firm

        firm.load_lists(accelo)


def parse(spec: str, checked: bool = True) -> World:
    """demo, empty, a folder, or accounts=N,…; raises WorldError. Unchecked: the folder may be gone by now."""
    from sandbox.world.demo import Demo
    from sandbox.world.folder import Folder
    from sandbox.world.sized import COUNTED, Sized

    text = spec.strip()
    if text == "demo":
        return Demo()
    if text == "empty":
        return Empty()
    if "=" in text and not Path(text).exists():
        counts: dict[str, int] = {}
        for item in text.split(","):
            name, _, number = (part.strip() for part in item.partition("="))
            if name not in COUNTED or not number.replace("_", "").isdigit():
                raise WorldError(f"{item!r} in the world: give {', '.join(f'{name}=N' for name in COUNTED)}")
            counts[name] = int(number)
        return Sized(text, counts)
    folder = Path(text).expanduser()
    if checked and not folder.is_dir() and not (folder.is_file() and folder.suffix == ".toml"):
        known = "demo, empty, a folder of CSV files, a columns.toml, or accounts=N,contacts=N,…"
        raise WorldError(f"no world {text!r}: {known}")
    return Folder(str(folder.resolve()))
