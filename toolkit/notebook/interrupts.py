"""What the stop button of JupyterLab does while a step goes on. A launched run is stopped by whoever launched it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from toolkit import kernel


def ours() -> bool:
    """Do signals come to this thread, of a kernel that a person uses."""
    return not kernel.launched() and threading.current_thread() is threading.main_thread()


def _at_once(number: int, frame: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # once: a run that is being ended must not be broken off itself
    raise KeyboardInterrupt


@contextlib.contextmanager
def once() -> Iterator[None]:
    """An interrupt breaks the step off, however often the button is pressed."""
    if not ours():
        yield
        return
    before = signal.signal(signal.SIGINT, _at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def gently(ask: Callable[[], None]) -> Iterator[None]:
    """The first interrupt only asks to stop, the second one breaks off."""
    if not ours():
        yield
        return

    def asked(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, _at_once)
        ask()

    before = signal.signal(signal.SIGINT, asked)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # broken off: still deaf, until the run is ended
            signal.signal(signal.SIGINT, before)
