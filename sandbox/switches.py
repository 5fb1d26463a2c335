"""Switches: behaviours of the real systems that are unknown, or that differ between customers.

A part of the sandbox declares its own in a constant SWITCHES; this file checks and holds the settings.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PARTS = ("sandbox.salesforce.switches", "sandbox.accelo.switches")


class SwitchError(ValueError):
    """No such switch, or no such setting of it; the message lists what there is."""


@dataclass(frozen=True)
class Switch:
    """A name, its settings (the first is the default; "N" stands for any whole number from 0) and its meaning."""

    name: str
    settings: tuple[str, ...]
    meaning: str

    @property
    def default(self) -> str:
        """The setting at start."""
        return self.settings[0]

    def check(self, value: Any) -> str:
        """The setting as text; raises SwitchError."""
        text = {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value).strip()
        if text in self.settings and text != "N":
            return text
        if "N" in self.settings and text.isascii() and text.isdigit():
            return str(int(text))
        raise SwitchError(f"switch {self.name} cannot be {text!r}: {'|'.join(self.settings)}")


SWITCHES = (
    Switch("latency_ms", ("0", "N"), "Every API answer, of both systems, waits this many milliseconds."),
    Switch("gzip", ("on", "off"), "Are answers of both systems packed for a client that accepts gzip."),
)


class Switches:
    """The settings now."""

    def __init__(self, declared: Iterable[Switch], settings: Mapping[str, Any] | None = None) -> None:
        self._declared = {switch.name: switch for switch in declared}
        self._values = {switch.name: switch.default for switch in self._declared.values()}
        self._start: dict[str, str] = {}
        for name, value in (settings or {}).items():
            self.set(name, value)
        self._start = dict(self._values)

    @classmethod
    def of_parts(cls, settings: Mapping[str, Any] | None = None) -> Switches:
        """All switches that the parts of the sandbox declare."""
        declared = list(SWITCHES)
        for part in PARTS:
            try:
                module = importlib.import_module(part)
            except ModuleNotFoundError:
                continue
            declared += module.SWITCHES
        return cls(declared, settings)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def on(self, name: str) -> bool:
        """Is an on|off switch on."""
        return self._values[name] == "on"

    def int(self, name: str) -> int | None:
        """The number of a numeric switch; None when it is off."""
        value = self._values[name]
        return None if value == "off" else int(value)

    def set(self, name: str, value: Any) -> None:
        """Change one setting; raises SwitchError."""
        switch = self._declared.get(name)
        if switch is None:
            raise SwitchError(f"no switch {name!r}; there are: {', '.join(sorted(self._declared))}")
        self._values[name] = switch.check(value)

    def all(self) -> dict[str, dict[str, Any]]:
        """Every switch: its value, its settings, its meaning."""
        return {
            name: {"value": self._values[name], "settings": list(switch.settings), "meaning": switch.meaning}
            for name, switch in self._declared.items()
        }

    def reset(self) -> None:
        """Back to the settings given at the start."""
        self._values = dict(self._start)
