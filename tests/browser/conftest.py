"""A real Chromium on the real app: one sandbox and one server for the folder, a fresh page for each test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from toolkit.commands.sandbox import REPOSITORY, Sandbox
from toolkit.workspace import Workspace

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
SHOTS = REPOSITORY / "var" / "screenshots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason="no chromium here"))


@dataclass
class App:
    """The app as a process of its own, on a workspace and (for most) a sandbox."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def start_app(folder: Path, log: Path, port: int = 0, **environment: str) -> App:
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=REPOSITORY,
            env=os.environ | {"TOOLKIT_WORKSPACE": str(folder)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).ok:
                return App(folder, port, process, log)
        except requests.RequestException:
            time.sleep(0.1)
        assert process.poll() is None, log.read_text()
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    process = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield process.start()
    process.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(sandbox: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """On a workspace that knows the sandbox's addresses and is not connected yet."""
    folder = tmp_path_factory.mktemp("app") / "workspace"
    with Workspace.create(folder) as workspace:
        workspace.use_sandbox(sandbox)
    started = start_app(folder, folder.parent / "app.log")
    yield started
    started.stop()


@pytest.fixture
def connected(app: App) -> App:
    with Workspace(app.folder) as workspace:
        for system in ("salesforce", "accelo"):
            if workspace.credentials.get(system) is None:
                workspace.connections.sign_in(system, "client_credentials")
    return app


@pytest.fixture
def synced(connected: App) -> App:
    """Companies and contacts came over first: sales hang on them."""
    with Workspace(connected.folder) as workspace:
        if not any(row.mode == "apply" and row.state == "done" for row in workspace.state.runs.all()):
            done = workspace.run_notebook("sync", "sync", "plan", {"mode": "plan"})
            workspace.run_notebook("sync", "sync", "apply", {"mode": "apply", "confirmed": done.plan_hash})
    return connected


class Tab:
    """A browser tab that waits for Streamlit, and that fails the test when a page tries to leave this machine."""

    def __init__(self, page: Page, app: App) -> None:
        self.page, self.app = page, app
        self.strangers: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", self._seen)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def _seen(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "http://localhost")):
            self.strangers.append(request.url)

    def open(self, path: str = "/") -> Tab:
        self.page.goto(self.app.url + path)
        self.page.wait_for_selector("h1", timeout=20_000)
        return self.settled()

    def settled(self) -> Tab:
        """No script of the page runs any more."""
        self.page.wait_for_function(
            "document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'", timeout=30_000
        )
        return self

    def press(self, label: str) -> Tab:
        self.page.get_by_role("button", name=label, exact=True).first.click()
        return self

    def sees(self, text: str, seconds: float = 20) -> Locator:
        found = self.page.get_by_text(text).filter(visible=True).first
        found.wait_for(state="visible", timeout=seconds * 1000)
        return found

    def title(self, text: str, seconds: float = 20) -> None:
        self.page.get_by_role("heading", name=text, level=1).wait_for(state="visible", timeout=seconds * 1000)

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(2, 2)
        self.settled().page.wait_for_timeout(300)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture
def tab(chromium: Browser, app: App) -> Iterator[Callable[..., Tab]]:
    """Makes tabs; each has a browser profile of its own."""
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    def make(app_: App = app, **options: Any) -> Tab:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        contexts.append(chromium.new_context(timezone_id="Australia/Melbourne", locale="en-AU", **options))
        contexts[-1].set_default_timeout(15_000)
        tabs.append(Tab(contexts[-1].new_page(), app_))
        return tabs[-1]

    yield make
    for each in tabs:
        assert each.strangers == [], "a page fetched something from elsewhere"
        assert each.dialogs == [], "a record's text ran as a script"
    for context in contexts:
        context.close()


def write_accounts(folder: Path, people: dict[str, str], secret: str) -> None:
    """Accounts with a quick hash: the strength of the hash is not what these tests are about."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    rows = [{"name": name, "role": role, "hash": hasher.hash(secret)} for name, role in people.items()]
    (folder / "accounts.json").write_text(json.dumps(rows))
