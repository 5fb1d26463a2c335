"""What a notebook's kernel shares with its launcher, and how it shows an error: message and next step first.

Outside a launched run (JupyterLab, nbval) there is no launcher, and only the showing is left.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from toolkit.errors import ToolkitError
from toolkit.model import jsonable
from toolkit.runs.launch import ERROR, KEY, RUNTIME
from toolkit.settings import FILE as SETTINGS


def launched() -> bool:
    """Was this kernel started for a run (a person did not open the notebook)."""
    return RUNTIME in os.environ


def take_key() -> str | None:
    """The key of the credentials that the launcher left for us; read once, then gone from the disk."""
    path = Path(os.environ.get(RUNTIME, ".")) / KEY
    if not launched() or not path.exists():
        return None
    text = path.read_text(encoding="ascii")
    path.unlink()
    return text


def resolve(folder: str | Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The workspace meant by a notebook's parameter: as given, else TOOLKIT_WORKSPACE, else var/demo.

    A relative path is looked for here and then upwards, for JupyterLab starts kernels beside the notebook.
    """
    wanted = Path(folder or environment.get("TOOLKIT_WORKSPACE") or "var/demo")
    if wanted.is_absolute():
        return wanted
    return next(
        (base / wanted for base in (Path.cwd(), *Path.cwd().parents) if (base / wanted / SETTINGS).is_file()), wanted
    )


def show_errors() -> None:
    """From now on, an error of ours is shown by its message and its next step."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((ToolkitError,), _show)


def tell_launcher(error: ToolkitError) -> None:
    if not launched():
        return
    facts = {name: value for name, value in vars(error).items() if name not in ("message", "next_step")}
    said = {
        "error": type(error).__name__,
        "message": error.message,
        "next_step": error.next_step,
        "exit_code": error.exit_code,
        **facts,
    }
    (Path(os.environ[RUNTIME]) / ERROR).write_text(json.dumps(jsonable(said), default=str), encoding="utf-8")


def _show(
    shell: Any, kind: type[ToolkitError], error: ToolkitError, trace: TracebackType, tb_offset: int | None = None
) -> list[str]:
    tell_launcher(error)
    lines = [f"{kind.__name__}: {error.message}", *([f"Next: {error.next_step}"] if error.next_step else []), ""]
    if launched():  # as evidence; a person in JupyterLab is told what happened and what to do, which is all there is
        lines += [line.rstrip() for line in traceback.format_tb(trace)[1:]]
    shell._showtraceback(kind, error, lines)
    return lines
