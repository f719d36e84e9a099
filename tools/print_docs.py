"""Prints the generated pages of docs. A test refuses a page that differs from what this would print."""

from __future__ import annotations

from pathlib import Path

from nightlight.cli.reference import page as command_line
from nightlight.domain.manual import page as duties

DOCS = Path(__file__).resolve().parent.parent / "docs"
SECTIONS = {
    "how-to": "How to",
    "explanation": "Why it is so",
    "reference": "Reference",
    "adr": "Decisions (ADR)",
}
INDEX = """# Documentation

Printed by `make docs` from the pages' own titles. Start with the [README](../README.md); every word of the field is
in the [glossary](../GLOSSARY.md).
"""


def index() -> str:
    """Every page by section and title, so that none is left out."""
    return "\n".join([INDEX, *(part for name, title in SECTIONS.items() for part in _section(name, title))])


def _section(name: str, title: str) -> list[str]:
    pages = sorted((DOCS / name).glob("*.md"))
    lines = [f"- [{_title(page)}]({name}/{page.name})" for page in pages]
    return [f"## {title}", "", *lines, ""] if pages else []


def _title(page: Path) -> str:
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ").strip()


PAGES = {"reference/cli.md": command_line, "reference/duties.md": duties, "index.md": index}


def main() -> None:
    """Write each page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
