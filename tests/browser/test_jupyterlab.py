"""JupyterLab as a consultant has it: an executed notebook is opened, shown whole, and its run stays sealed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from scripts.notebook_picture import TOKEN, serve
from toolkit.commands.sandbox import REPOSITORY
from toolkit.runs.seal import sha256
from toolkit.workspace import Workspace

SHOTS = REPOSITORY / "var" / "screenshots"


def test_an_executed_notebook_shows_its_charts_asks_nobody_elsewhere_and_stays_sealed(
    connected, chromium: Browser, tmp_path: Path
) -> None:
    with Workspace(connected.folder) as workspace:
        run = workspace.run_notebook("profile", "profile", "profile", {}).run
    folder = connected.folder / "runs" / run
    before = {path.name: sha256(path) for path in folder.iterdir()}
    server, url = serve(connected.folder, tmp_path)
    try:
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}/lab/tree/runs/{run}/notebook.ipynb?token={TOKEN}")
        chart = page.locator(".jp-OutputArea-output img").first
        chart.wait_for(timeout=60_000)
        chart.scroll_into_view_if_needed()
        size = "(image) => [image.complete, image.naturalWidth, image.width]"
        for _ in range(100):  # asked anew each time: JupyterLab draws cells again as they come into sight
            whole, natural, shown = chart.evaluate(size)
            if whole and natural >= 2 * shown - 1 > 0:
                break
            page.wait_for_timeout(200)
        assert whole and natural >= 2 * shown - 1 > 0, (whole, natural, shown)
        assert page.get_by_text("alt.Chart(...)").count() == 0
        assert page.get_by_text("Jupyter news").count() == 0
        page.keyboard.press("Control+s")
        page.get_by_text("is read-only").first.wait_for(timeout=10_000)
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SHOTS / "jupyterlab.png"))
        page.close()
        assert [
            where for where in asked if not where.startswith((url, url.replace("http", "ws"), "data:", "blob:"))
        ] == []
    finally:
        server.terminate()
        server.wait(30)
    assert {path.name: sha256(path) for path in folder.iterdir()} == before
