"""Starting a run's notebook in a kernel of its own. The kernel gets a workspace path and a run id, never a token.

How the run ended is not asked of the notebook but of the state (conduct.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import UsageError
from toolkit.files import write_atomically

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"
REPOSITORY = NOTEBOOKS.parent
RUNTIME, KEY, ERROR = "TOOLKIT_RUNTIME", "key", "error.json"
"""The variable that names the private folder between launcher and kernel, and the files in it."""

NOT_FOR_KERNELS = (
    "TOOLKIT_KEY",
    "SALESFORCE_CLIENT_SECRET",
    "SALESFORCE_TOKEN",
    "ACCELO_CLIENT_SECRET",
    "ACCELO_TOKEN",
)
"""Secrets that a person may have given this process: a cell could print its environment."""


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell, enough to make a form of it."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True)
class Executed:
    """How the kernel ended. ``error`` is what the failing cell raised (error, message, next_step, exit_code, facts);
    None if every cell ran."""

    notebook: Path
    error: dict[str, Any] | None = None


def parameters(notebook: str) -> dict[str, Parameter]:
    """What the notebook may be told, from its parameters cell."""
    import papermill

    found = papermill.inspect_notebook(str(NOTEBOOKS / f"{notebook}.ipynb"))
    return {
        name: Parameter(name, said["inferred_type_name"] or "str", said["default"], said["help"])
        for name, said in found.items()
    }


def check_parameters(notebook: str, given: Mapping[str, Any]) -> None:
    """Raises UsageError for a parameter that the notebook does not have, or of another type (papermill would go on)."""
    known = parameters(notebook)
    kinds: dict[str, tuple[type, ...]] = {"str": (str,), "bool": (bool,), "int": (int,), "float": (int, float)}
    for name, value in given.items():
        if name not in known:
            raise UsageError(
                f"The notebook {notebook} has no parameter {name!r}.", next_step=f"It has: {', '.join(sorted(known))}."
            )
        kind = kinds.get(known[name].type, (object,))
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind and object not in kind):
            raise UsageError(
                f"The parameter {name!r} of the notebook {notebook} must be {known[name].type}, "
                f"not {type(value).__name__}.",
                next_step=f"Its default is {known[name].default}.",
            )


def execute(
    notebook: str,
    target: Path,
    given: Mapping[str, Any],
    *,
    workspace: Path,
    on_cell: Callable[[Any], None] = lambda cell: None,
    key: str | None = None,
    secrets: Iterable[str] = (),
) -> Executed:
    """Runs notebooks/NAME.ipynb in a kernel of its own; ``target`` always holds what happened so far.

    SIGINT and SIGTERM stop the running cell, not the saving. Raises UsageError for wrong parameters, and OSError where
    the notebook cannot be saved.
    """
    import papermill

    from toolkit.runs.papermill_engine import NAME, Live

    check_parameters(notebook, given)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _runtime(workspace, key) as (folder, environment):
        hidden = (*secrets, *((key,) if key else ()))
        paths = {str(workspace.resolve()): "(workspace)", str(REPOSITORY): "(toolkit)"}
        live = Live(target, f"{notebook}.ipynb", on_cell, hidden, environment, paths, folder, folder / "kernel.log")
        with _interruptible(live):
            try:
                papermill.execute_notebook(
                    str(NOTEBOOKS / f"{notebook}.ipynb"),
                    None,
                    dict(given),
                    engine_name=NAME,
                    kernel_name="python3",
                    progress_bar=False,
                    live=live,
                )
            except papermill.PapermillExecutionError as error:
                return Executed(target, _said(folder, error.ename, error.evalue))
            except RuntimeError as error:  # nbclient's DeadKernelError
                return Executed(
                    target, {"error": type(error).__name__, "message": "The run's process died.", "exit_code": 1}
                )
    return Executed(target)


def _said(folder: Path, name: str, text: str) -> dict[str, Any]:
    """What the kernel left about its error, else the little that papermill knows of it."""
    try:
        return dict(json.loads((folder / ERROR).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        message = (
            "The run was interrupted." if name == "KeyboardInterrupt" else f"A cell of the notebook failed ({name})."
        )
        return {"error": name, "message": message, "exit_code": 1}


@contextlib.contextmanager
def _runtime(workspace: Path, key: str | None) -> Iterator[tuple[Path, dict[str, str]]]:
    """A private folder with a short name (a socket's path holds some 100 bytes): the kernel's sockets, the key of the
    credentials on its way in, an error on its way out."""
    folder = Path(tempfile.mkdtemp(prefix="tk-"))
    before = os.environ.get("JUPYTER_RUNTIME_DIR")
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_KERNELS}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    environment |= {"TOOLKIT_WORKSPACE": str(workspace.resolve()), RUNTIME: str(folder)}
    if key:
        write_atomically(folder / KEY, key)  # mode 0600
    try:
        yield folder, environment
    finally:
        if before is None:
            del os.environ["JUPYTER_RUNTIME_DIR"]
        else:
            os.environ["JUPYTER_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _interruptible(live: Any) -> Iterator[None]:
    """Ctrl-C and kill stop the kernel's cell, so that the notebook shows where; a second one stops at once."""
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        asked.append(number)
        if len(asked) > 1 or not live.interrupt():
            raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):  # not the main thread: whoever owns the signals stops us otherwise
                before[number] = signal.signal(number, stop)
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
