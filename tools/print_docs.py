"""Prints the generated pages of docs/reference. Tests refuse a page that differs from what this would print."""

from __future__ import annotations

from pathlib import Path

from nightlight.cli.reference import page as command_line

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
PAGES = {"cli.md": command_line}


def main() -> None:
    """Write each page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
