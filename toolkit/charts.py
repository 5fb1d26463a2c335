"""The few charts of notebooks and pages: plain data in, an altair chart out. Drawn on this machine, so that a page with
them opens offline. Colours: one hue for amounts, red only for what needs a person.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import altair as alt
import pandas as pd

PAPER = "#ffffff"
"""Behind the charts of notebooks, whose text is dark: JupyterLab may be dark too."""
BLUE, GREY, RED, AMBER = "#2f6f9f", "#9aa7b4", "#c6382c", "#d18f1f"
WIDTH, HEIGHT = 520, 280
ROW = 24  # pixels a bar
LABEL = 400  # pixels that the longest name may take


def _drawn(spec: dict[str, Any], **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """As SVG for pages and paper, and as PNG: JupyterLab shows no SVG of a notebook that somebody else executed."""
    from altair.vegalite.v6.display import svg_renderer
    from PIL import Image
    from vl_convert import svg_to_png

    svg = svg_renderer(spec, **options)["image/svg+xml"]
    picture = Image.open(BytesIO(svg_to_png(svg, scale=2)))  # twice the size, for sharp screens
    small = BytesIO()
    # A tenth of the bytes: every run keeps its charts.
    picture.convert("RGB").quantize(64, method=Image.Quantize.FASTOCTREE).save(small, "PNG")
    drawn = {"image/svg+xml": svg, "image/png": b64encode(small.getvalue()).decode(), "text/plain": _alone(spec)}
    return drawn, {"image/png": {"width": picture.width // 2}}


def _alone(spec: Mapping[str, Any]) -> str:
    """What is said where no picture can be shown."""
    title = spec.get("title") or next((layer["title"] for layer in spec.get("layer", ()) if "title" in layer), "")
    return f"Chart: {title['text'] if isinstance(title, Mapping) else title}"


alt.renderers.register("toolkit", _drawn)
alt.renderers.enable("toolkit")
alt.theme.register("toolkit", enable=True)(lambda: alt.theme.ThemeConfig({"config": {"view": {"stroke": None}}}))


def bars(numbers: Mapping[str, int], *, title: str, colour: str = BLUE, limit: int = 20) -> alt.LayerChart:
    """One bar each, longest first, with its number at the end."""
    rows = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:limit]
    data = pd.DataFrame(rows, columns=["what", "number"])
    y = alt.Y("what:N", sort=None, title=None, axis=_names(what for what, _ in rows))
    base = alt.Chart(data, title=_title(title), width=WIDTH, height=ROW * max(len(rows), 1))
    most = max((number for _, number in rows), default=1)
    x = alt.X("number:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.1]))  # room for the number
    bar = base.mark_bar(color=colour, height=14).encode(x=x, y=y)
    text = base.mark_text(align="left", dx=4, color="#1d2733").encode(x=x, y=y, text="number:Q")
    return (bar + text).properties(background=PAPER)


def stacked(
    data: pd.DataFrame, *, rows: str, parts: str, number: str, colours: Mapping[str, str], title: str
) -> alt.Chart:
    """One bar a row, split into parts, e.g. filled and blank. ``colours`` names the parts in their order."""
    order = data[rows].drop_duplicates().tolist()
    data = data.assign(place=data[parts].map(list(colours).index))
    return (
        alt.Chart(data, title=_title(title), width=WIDTH, height=16 * max(len(order), 1), background=PAPER)
        .mark_bar(height=11)
        .encode(
            x=alt.X(f"{number}:Q", stack="zero", title=None, axis=alt.Axis(grid=False)),
            y=alt.Y(f"{rows}:N", sort=order, title=None, axis=_names(order)),
            color=alt.Color(
                f"{parts}:N",
                title=None,
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
                legend=alt.Legend(orient="top"),
            ),
            order=alt.Order("place:Q"),
        )
    )


def pairs(rows: Sequence[tuple[str, float, float]], *, first: str, second: str, title: str) -> alt.Chart:
    """Two bars a row, e.g. forecast and actual."""
    data = pd.DataFrame(
        [
            {"what": what, "of": name, "number": value}
            for what, a, b in rows
            for name, value in ((first, a), (second, b))
        ]
    )
    return (
        alt.Chart(data, title=_title(title), width=WIDTH, height=48 * max(len(rows), 1), background=PAPER)
        .mark_bar(height=12)
        .encode(
            x=alt.X("number:Q", title=None, axis=alt.Axis(grid=False)),
            y=alt.Y("what:N", sort=None, title=None, axis=_names(what for what, _, _ in rows)),
            yOffset=alt.YOffset("of:N", sort=[first, second]),
            color=alt.Color(
                "of:N",
                title=None,
                scale=alt.Scale(domain=[first, second], range=[GREY, BLUE]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )


def moved(data: pd.DataFrame) -> alt.Chart:
    """Records written in each run (columns when, label, what, records): one bar a run, split by kind of action."""
    labels = data.drop_duplicates("label")["label"].tolist()
    return (
        alt.Chart(data, height=HEIGHT)
        .mark_bar(size=26, cornerRadius=2)
        .encode(
            x=alt.X("label:N", sort=labels, title=None,
                    axis=alt.Axis(labelAngle=0, labelOverlap="greedy", ticks=False)),
            y=alt.Y("sum(records):Q", title="records", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="bottom", columns=2, labelLimit=240)),
            tooltip=["label", "what", "records"],
        )
    )  # fmt: skip


def calls(data: pd.DataFrame, now: datetime) -> alt.Chart:
    """Calls of each hour (columns hour, system, calls), over the whole day that ends ``now``."""
    hours = [now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours) for hours in range(24)]
    still = [{"hour": f"{hour:%Y-%m-%dT%H}:00:00Z", "system": "Accelo", "calls": 0} for hour in hours]
    data = pd.concat([data, pd.DataFrame(still)])
    return (
        alt.Chart(data, height=HEIGHT)
        .mark_bar(size=12, cornerRadius=2)
        .encode(
            x=alt.X("hour:T", title=None, axis=alt.Axis(format="%H:%M", tickCount=8)),
            y=alt.Y("calls:Q", title="calls", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "system:N",
                title=None,
                scale=alt.Scale(domain=["Salesforce", "Accelo"], range=[BLUE, AMBER]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["hour", "system", "calls"],
        )
    )


def reasons(numbers: Mapping[str, int]) -> alt.LayerChart:
    """Why writes were refused; for a page, whose own theme colours the text."""
    return _named(numbers, RED)


def states(numbers: Mapping[str, int]) -> alt.LayerChart:
    """Records by where they ended up; for a page, whose own theme colours the text."""
    return _named(numbers, BLUE)


def _named(numbers: Mapping[str, int], colour: str) -> alt.LayerChart:
    rows = [
        (name[:1].upper() + name[1:], number) for name, number in sorted(numbers.items(), key=lambda item: -item[1])
    ]
    data = pd.DataFrame(rows, columns=["what", "number"])
    y = alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=320, ticks=False, domain=False))
    x = alt.X("number:Q", title=None, axis=None)
    base = alt.Chart(data, height=34 * max(len(data), 1))
    text = base.mark_text(align="left", dx=4, color=GREY, fontWeight=600)
    return base.mark_bar(color=colour, height=16).encode(x=x, y=y) + text.encode(x=x, y=y, text="number:Q")


def _names(labels: Iterable[str]) -> alt.Axis:
    """The axis of names, with room for them in any font: the page is drawn here and shown in the reader's own."""
    room = min(LABEL, 8 + round(6.4 * max((len(str(label)) for label in labels), default=0)))
    return alt.Axis(labelLimit=LABEL, minExtent=room, ticks=False, domain=False)


def _title(text: str) -> Any:
    return alt.TitleParams(text, anchor="start", fontSize=13, fontWeight=600, color="#1d2733")
