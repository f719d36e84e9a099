"""Every example in the documentation runs, every command it shows exists, every page it links to is there."""

from __future__ import annotations

import doctest
import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from nightlight.cli.main import full_parser

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
#: What a page says is at hand in its examples.
AT_HAND = {"language.md": "from nightlight.indicators.author import *"}
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def blocks(page: Path, *languages: str) -> list[str]:
    return [body for kind, body in FENCE.findall(page.read_text("utf-8")) if kind in languages]


def the_printer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("print_docs", ROOT / "tools" / "print_docs.py")
    printer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(printer)
    return printer


def of(*languages: str) -> list[object]:
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if blocks(page, *languages)]


@pytest.mark.parametrize("page", of("python", "pycon"))
def test_python_examples_give_what_the_page_shows(page: Path) -> None:
    """The blocks of a page share their names, as a reader who types them in order would have it."""
    names: dict[str, object] = {}
    exec(AT_HAND.get(page.name, ""), names)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report: list[str] = []
    for block in blocks(page, "python", "pycon"):
        if ">>>" not in block:
            exec(compile(block, str(page), "exec"), names)
            continue
        test = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), 0)
        runner.run(test, out=report.append, clear_globs=False)
        names.update(test.globs)
    assert not report, "".join(report)


@pytest.mark.parametrize("page", of("console"))
def test_console_examples_name_commands_that_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for line in "".join(blocks(page, "console")).splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line.removeprefix("$ "), comments=True)
        program, rest = words[0], words[1:]
        if program == "nightlight":
            assert full_parser().parse_args(rest).command == rest[0]
        elif program == "make":
            wanted = [word for word in rest if "=" not in word]
            assert all(word in targets or word.startswith("test-") for word in wanted), line
        else:
            assert program in {"git", "cd", "apt", "pg_dump", "psql", "export"}, line


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_links_lead_to_pages_that_are_there(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", ["reference/cli.md", "index.md"])
def test_generated_page_is_current(name: str) -> None:
    """A page of docs that the index does not name fails here too: `make docs` prints both."""
    printer = the_printer()
    assert (ROOT / "docs" / name).read_text("utf-8") == printer.PAGES[name](), "run: make docs"


def test_every_folder_of_docs_is_in_the_index() -> None:
    printer = the_printer()
    folders = {page.parent.name for page in (ROOT / "docs").glob("*/*.md")}
    assert folders <= set(printer.SECTIONS)


def test_sample_environment_lists_every_setting() -> None:
    from nightlight.config.environment import SETTINGS

    listed = re.findall(r"^#?\s*(NIGHTLIGHT_\w+)=", (ROOT / ".env-sample").read_text("utf-8"), re.M)
    assert listed == [setting.name for setting in SETTINGS]


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    rows = re.findall(r"^\|[^|]+\|([^|]*`[^|]*)\|", (ROOT / "GLOSSARY.md").read_text("utf-8"), re.M)
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    sources = [*ROOT.glob("src/nightlight/**/*.py"), *ROOT.glob("src/nightlight/**/*.yaml")]
    text = "\n".join(source.read_text("utf-8") for source in sources)
    assert len(names) > 50
    assert [name for name in names if name not in text] == []
