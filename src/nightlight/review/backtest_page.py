"""A backtest as one HTML page that needs nothing else: tables, plots drawn in it, no script, nothing fetched.

It is made to be published, so small numbers are left out everywhere (suppression.py). No child is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from nightlight.review.backtest import Backtest
from nightlight.review.backtest_sections import ANY_TITLE, About, Section, opening, sections
from nightlight.review.compare import Comparison
from nightlight.review.plots import svg

LEFT_OUT = (
    "Counts of one to four children are left out (“fewer than 5”, “not shown”), and so is what they could be worked "
    "out from: a share of them, and where one group alone would be left out, the next smallest."
)
_STYLE = """
body { font-family: Arial, Helvetica, sans-serif; font-size: 1.125rem; line-height: 1.45; color: #0b0c0c;
  background: #ffffff; margin: 0 auto; max-width: 76rem; padding: 1rem; }
h1 { font-size: 2rem; } h2 { font-size: 1.5rem; margin-top: 3rem; } h3 { font-size: 1.2rem; }
a { color: #1d70b8; } a:focus { outline: 3px solid #ffdd00; color: #0b0c0c; background: #ffdd00; }
.warning { border-left: 0.6rem solid #d4351c; padding: 0.5rem 1rem; font-weight: bold; }
.wide { overflow-x: auto; } .wide:focus { outline: 3px solid #0b0c0c; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 1rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { border-bottom: 1px solid #b1b4b6; padding: 0.35rem 0.7rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #0b0c0c; } svg { width: 100%; min-width: 46rem; max-width: 68rem; height: auto; }
@media print { body { max-width: none; } .wide { overflow: visible; } }
"""


_COMMAND, _CODE = re.compile(r"`([^`]+)`"), r"<code>\1</code>"


def as_page(backtest: Backtest, about: About, comparison: Comparison | None = None) -> str:
    """The page, whole."""
    found = [each for each in sections(backtest, about, comparison, published=True) if each.rows]
    rules = "1 indicator" if len(backtest.indicators) == 1 else f"{len(backtest.indicators)} indicators"
    title = f"Backtest of {rules}: {about.name}"
    if about.synthetic:
        title += " (synthetic)"
    parts = [
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<header>\n<h1>{escape(title)}</h1>",
        *_opening(backtest, about),
        "</header>",
        _contents(found),
        "<main>",
        *(part for section in found for part in _section(section)),
        *_rules(backtest),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _opening(backtest: Backtest, about: About) -> Iterable[str]:
    lines = opening(backtest, about)
    if about.synthetic:
        yield f'<p class="warning">{escape(lines.pop(0))}</p>'
    yield from (f"<p>{_COMMAND.sub(_CODE, escape(line))}</p>" for line in lines)
    yield f"<p>{escape(LEFT_OUT)}</p>"
    yield "<p>No child is scored, ranked or named by Nightlight. Indicators show records; people decide.</p>"


def _contents(found: Iterable[Section]) -> str:
    links = "\n".join(f'<li><a href="#{each.id}">{escape(each.title)}</a></li>' for each in found)
    last = '<li><a href="#rules">The rules</a></li>'
    return f'<nav aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n<ul>\n{links}\n{last}\n</ul>\n</nav>'


def _section(section: Section) -> Iterable[str]:
    yield f'<section>\n<h2 id="{section.id}">{escape(section.title)}</h2>'
    yield from (f"<p>{escape(words)}</p>" for words in section.words)
    for plot in section.plots:
        drawn = svg(plot)
        if drawn:
            yield f'<h3 id="about-{plot.id}">{escape(plot.title)}</h3>'
            yield f'<div class="wide" role="region" aria-labelledby="about-{plot.id}" tabindex="0">\n{drawn}\n</div>'
    yield _table(f"table-{section.id}", section.title, section.columns, section.rows)
    yield "</section>"


def _table(id_: str, caption: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in a box that scrolls by itself, and by the keyboard, where it is wider than the page."""
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide" role="region" aria-labelledby="{id_}" tabindex="0">\n<table>\n'
        f'<caption id="{id_}">{escape(caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _rules(backtest: Backtest) -> Iterable[str]:
    """Which rules exactly: the words and the hash of each."""
    rows = [(each.code, each.meaning, each.provenance.words, each.rule) for each in backtest.indicators]
    yield '<section>\n<h2 id="rules">The rules</h2>'
    yield f"<p>The last column stands for the exact rule run. “{ANY_TITLE}” counts all above note as one.</p>"
    columns = ("Code", "What it means", "Threshold", "Rule")
    yield _table("table-rules", "The rules", columns, rows)
    yield "</section>"
