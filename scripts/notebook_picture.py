"""Takes docs/images/notebook.png again: the sync notebook stepped through in a real JupyterLab on a sandbox of its own.

    .venv/bin/python scripts/notebook_picture.py [FILE]

Needs Chromium (variable CHROMIUM, or on the path) and what requirements-dev.txt installs. Takes half a minute.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from toolkit import lab  # noqa: E402  # found by the line above
from toolkit.commands.sandbox import Sandbox  # noqa: E402
from toolkit.model import SIDES  # noqa: E402
from toolkit.workspace import Workspace  # noqa: E402

PICTURE = REPOSITORY / "docs" / "images" / "notebook.png"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SIZE = {"width": 1400, "height": 1060}
TOKEN = "picture"


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="picture-") as name:
        folder = Path(name)
        sandbox = Sandbox(folder / "sandbox")
        try:
            workspace = prepare(folder / "workspace", sandbox.start())
            server, url = serve(workspace, folder / "jupyter")
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                    step_through(browser.new_page(viewport=SIZE), url, target)  # type: ignore[arg-type]  # a plain dict
                    browser.close()
            finally:
                server.terminate()
                server.wait(30)
        finally:
            sandbox.stop()
    print(target)


def prepare(folder: Path, sandbox: Any) -> Path:
    with Workspace.create(folder) as workspace:
        workspace.use_sandbox(sandbox)
        for system in SIDES:
            workspace.connections.sign_in(system, "client_credentials")
    return folder


def serve(workspace: Path, own: Path) -> tuple[subprocess.Popen[bytes], str]:
    """JupyterLab as `toolkit lab` starts it, with settings of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab.copies(workspace)
    given = ["--no-browser", "--allow-root", f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    words, environment = lab.command(workspace, given)
    environment |= {f"JUPYTER_{name}_DIR": str(own / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    server = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            requests.get(f"{url}/api", timeout=2)
            return server, url
        except requests.RequestException:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("JupyterLab did not start.")


def step_through(page: Page, url: str, target: Path) -> None:
    page.goto(f"{url}/lab/tree/notebooks/sync.ipynb?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.keyboard.press("Control+b")  # the list of files goes: what matters is the notebook
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    cells = page.evaluate("document.querySelectorAll('.jp-Notebook .jp-Cell').length")
    for _ in range(cells):
        page.keyboard.press("Shift+Enter")
        idle(page)
        if "sync.samples" in page.locator(".jp-Cell.jp-mod-active").first.inner_text():
            break
    page.keyboard.press("Shift+Enter")
    idle(page)
    top = page.locator(".jp-MarkdownCell", has=page.locator("h2", has_text=re.compile("^Plan"))).first
    outer = page.locator(".jp-WindowedPanel-outer").first
    for _ in range(2):  # the second time the cells above have their real heights
        outer.evaluate("(element) => { element.scrollTop = 0 }")
        while not top.count():
            outer.evaluate("(element) => { element.scrollTop += 300 }")
            page.wait_for_timeout(300)
        top.evaluate("(element) => element.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(700)
    page.screenshot(path=str(target))


def idle(page: Page) -> None:
    """Until no cell waits for its answer."""
    page.wait_for_timeout(250)
    page.wait_for_function(
        "![...document.querySelectorAll('.jp-InputPrompt')].some((prompt) => prompt.textContent.includes('*'))",
        timeout=120_000,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
