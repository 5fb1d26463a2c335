"""report.html: the executed notebook as a page for people. Opens offline, runs no script, prints well.

The page is nbconvert's plain body in our own frame. Its content security policy forbids every script
and every request, so that what a record holds can do nothing even if something lets it through.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import nbformat

from toolkit.files import write_atomically
from toolkit.runs.glance import glance
from toolkit.store.runs import RunRow

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: #1d2733; background: #fff;
       max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; margin: 0 0 .4rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem;
     border-top: 1px solid #dde3ea; padding-top: 1.2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; } p { margin: .5rem 0; } a.anchor-link { display: none; }
table { border-collapse: collapse; font-size: 13px; margin: .6rem 0; width: 100%; } table.dataframe { border: 0; }
td { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 6.5em; max-width: 21rem; }
td + td:last-child { min-width: 9rem; }
th, td { border: 0; border-bottom: 1px solid #e6ebf0; padding: .35rem .6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #b9c4d0; color: #4a5868; font-weight: 600; }
pre { font: 12.5px/1.45 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; margin: .4rem 0; }
svg { max-width: 100%; height: auto; } img { max-width: 100%; }
.input, .jp-InputPrompt, .jp-OutputPrompt, .prompt { display: none; }
.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"], .output_error pre {
 background: #fdf1f0; border-left: 3px solid #c6382c; padding: .5rem .8rem; }
.glance { border: 1px solid #dde3ea; border-left: 5px solid #2f7d4f; border-radius: 6px; padding: .5rem 1.1rem;
          margin: 1rem 0; }
.glance.failed, .glance.died { border-left-color: #c6382c; }
.glance.waiting, .glance.cancelled { border-left-color: #b7791f; }
.glance .state { font-weight: 650; margin: .2rem 0; }
.tiles { display: flex; flex-wrap: wrap; gap: .3rem 2.2rem; margin: .5rem 0; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-weight: 600; }
.tiles span { color: #4a5868; font-size: 13px; }
.glance dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; font-size: 13px;
             margin: .5rem 0; }
.glance dt { color: #4a5868; } .glance dd { margin: 0; }
footer { margin: 3rem 0 1rem; color: #66758a; font-size: 12.5px; border-top: 1px solid #dde3ea; padding-top: .8rem; }
@media screen and (max-width: 48rem) { body { margin: 1rem auto; padding: 0 1rem; }
 table { display: block; overflow-x: auto; } }
@page { margin: 16mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10pt; } table { font-size: 8.5pt; }
 h2, h3 { break-after: avoid; } th, td { padding: .25rem .4rem; }
 tr, svg, img, .glance { break-inside: avoid; }
               thead { display: table-header-group; } }
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def write_report(notebook: Path, target: Path, row: RunRow) -> Path:
    """The page of an executed notebook, without its code, under the result of its run. Written aside and replaced."""
    from nbconvert import HTMLExporter

    document = nbformat.read(notebook, as_version=4)
    _drop_scripts(document)
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        anchor_link_text="",
        sanitize_html=False,
    )
    body, _ = exporter.from_notebook_node(document)
    title = _title(document)
    head, end, rest = _without_scripts(body).partition("</h1>")
    page = head + end + glance(row) + rest if end else glance(row) + head
    write_atomically(
        target,
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{html.escape(title)}</title><style>{STYLE}</style></head>
<body><main>{page}</main>
<footer>The notebook beside this page is the same with its code; manifest.json has the digests of both.</footer>
</body></html>
""",
    )
    return target


def notebook_page(notebook: Path) -> str:
    """The executed notebook with its code, as a page in the same frame as the report."""
    from nbconvert import HTMLExporter

    document = nbformat.read(notebook, as_version=4)
    _drop_scripts(document)
    exporter = HTMLExporter(template_name="basic", anchor_link_text="", sanitize_html=False)
    body, _ = exporter.from_notebook_node(document)
    code = ".input, .jp-InputArea { display: block; background: #f3f6fa; padding: .1rem .7rem; border-radius: 6px; }"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(_title(document))}</title>'
        f"<style>{STYLE}{code}</style></head><body><main>{_without_scripts(body)}</main></body></html>"
    )


def _drop_scripts(document: Any) -> None:
    """Outputs in a form that needs a script elsewhere stay in the notebook only."""
    for cell in document.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for kind in [
                kind for kind in data if kind == "application/javascript" or "vega" in kind or "widget" in kind
            ]:
                del data[kind]


def _without_scripts(body: str) -> str:
    """nbconvert's own frame scripts are dropped; what is left could not run anyway (see POLICY)."""
    return re.sub(r"<script\b.*?</script\s*>|<link\b[^>]*>", "", body, flags=re.S | re.I)


def _title(document: Any) -> str:
    for cell in document.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("# "):
                    return str(line[2:].strip())
    return "Run"
