"""A document as one HTML file that stands alone, to be given away: no script, no style, nothing fetched."""

from __future__ import annotations

from html import escape

from nightlight.paper.blocks import Block, Document, Facts, Listed, Section, Table, Text


def page(document: Document) -> str:
    """The file.

    >>> "<h1>Record &lt;of&gt; Robin</h1>" in page(Document("Record <of> Robin"))
    True
    """
    inside = [f"<h1>{escape(document.title)}</h1>"]
    if document.subtitle:
        inside.append(f"<p>{escape(document.subtitle)}</p>")
    if document.facts.rows:
        inside.append(_block(document.facts))
    inside += [_section(section) for section in document.sections]
    if document.footer:
        inside.append(f"<footer><p>{escape(document.footer)}</p></footer>")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        f"<title>{escape(document.title)}</title>"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head>{head}</head><body><main>\n'
        + "\n".join(inside)
        + "\n</main></body></html>\n"
    )


def _section(section: Section) -> str:
    return "\n".join([f"<h2>{escape(section.title)}</h2>", *map(_block, section.blocks)])


def _block(block: Block) -> str:
    match block:
        case Text():
            return (
                f"<p>{'<strong>' if block.strong else ''}{escape(block.text)}{'</strong>' if block.strong else ''}</p>"
            )
        case Listed():
            return "<ul>" + "".join(f"<li>{escape(point)}</li>" for point in block.points) + "</ul>"
        case Facts():
            return "<dl>" + "".join(f"<dt>{escape(n)}</dt><dd>{escape(v)}</dd>" for n, v in block.rows) + "</dl>"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    rows = "\n".join(_row(row) for row in table.rows)
    return (
        f"<table><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>\n{rows}\n</tbody></table>"
    )


def _row(cells: tuple[str, ...]) -> str:
    first, *others = cells
    return (
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in others) + "</tr>"
    )
