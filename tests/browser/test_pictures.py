"""A picture of every page: light, dark and as wide as a phone; they are kept as artefacts in var/screenshots."""

from __future__ import annotations

import pytest

from toolkit.workspace import Workspace

PAGES = {"sync": "/", "inbox": "/inbox", "why": "/why", "import": "/import", "runs": "/runs",
         "connections": "/connections", "rules": "/rules", "settings": "/settings"}  # fmt: skip
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}


def paths_of(app) -> dict[str, str]:
    """Every page with an address; those of a run and of a record where there is one."""
    with Workspace(app.folder) as workspace:
        runs = {row.mode: row for row in workspace.state.runs.all() if row.kind == "sync" and row.state == "done"}
        linked = next(iter(workspace.state.links.all("company")), None)
    paths = dict(PAGES)
    paths |= {"plan": f"/plan?run={runs['plan'].id}"} if "plan" in runs else {}
    paths |= {"run": f"/run?run={runs['apply'].id}"} if "apply" in runs else {}
    return paths | ({"why": f"/why?id={linked.salesforce_id}"} if linked else {})


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_has_its_picture_and_fits_its_width(connected, tab, look):
    me = tab(**LOOKS[look])
    for name, path in paths_of(connected).items():
        me.open(path)
        me.shot(f"{name}-{look}")
        wider = me.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{name} is {wider} pixels wider than the screen"
        nameless = me.page.evaluate(
            "[...document.querySelectorAll('button,input,textarea,[role=combobox]')].filter(e => e.offsetParent && "
            "!(e.textContent || e.ariaLabel || e.title || (e.labels && e.labels.length) || "
            "e.getAttribute('aria-labelledby'))).map(e => e.outerHTML.slice(0, 120))"
        )
        assert nameless == [], f"{name}: a control without a name"
