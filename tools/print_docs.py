"""Prints the generated pages of docs, and the answers of the access policy that are shipped.

A test refuses a page, or an answer, that differs from what this would print.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from nightlight.cli.reference import page as command_line
from nightlight.domain.access.engine import policy
from nightlight.domain.manual import page as duties
from nightlight.domain.manual_meetings import coverage_page, meetings_page, plans_page
from nightlight.domain.sharing.manual import page as sharing
from nightlight.indicators.manual import indicators_page, language_page
from nightlight.store.access import compiled, shipped

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ANSWERS = Path(shipped.__file__).with_name(shipped.NAME)
SPECS = ROOT / "tests" / "spec" / "indicators"
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


def by_example() -> str:
    """The specs of the language, as they are tested."""
    page: str = _spec("manual").page(_spec("specs").SPECS)
    return page


def _spec(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(f"printed_{name}", SPECS / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = sys.modules[found.name] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


PAGES = {
    "reference/cli.md": command_line,
    "reference/coverage.md": coverage_page,
    "reference/duties.md": duties,
    "reference/indicators.md": indicators_page,
    "reference/language.md": language_page,
    "reference/language-by-example.md": by_example,
    "reference/meetings.md": meetings_page,
    "reference/plans.md": plans_page,
    "reference/sharing.md": sharing,
    "index.md": index,
}


def main() -> None:
    """Write each page, and ask the policy every question there is."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
    ANSWERS.write_text(shipped.page(policy(), compiled.questions(policy())), "utf-8")


if __name__ == "__main__":
    main()
