"""`nightlight ingest FEED PATH...`: take in what an agency delivered, and say what became of every record."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "ingest",
        help="take in files that an agency delivered",
        description="Take in files or folders. Safe to run again: what is held already is not doubled. "
        "Refused records are kept with their line, field and reason.",
    )
    parser.add_argument("feed", metavar="FEED", help="school-register, concern-log, police, fhir or ssd")
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="a file, or a folder of them")
    parser.add_argument(
        "--organisation", help="code of the organisation that delivered it; needed once two deliver the same feed"
    )
    parser.add_argument("--agency", help="the organisation's agency, such as education; default: the feed's own")
    parser.add_argument("--system", help="name of the source system; default: FEED:ORGANISATION")
    parser.add_argument("--mapping", help="for concern-log: a mapping file, or the name of one that is shipped")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def run(args: argparse.Namespace) -> int:
    """Take in each path; 0 when every file could be read, 4 when one could not."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.intake.ingest import deliver
    from nightlight.actions.keeping import audit_log
    from nightlight.cli.output import note, progress_bar
    from nightlight.feeds.registry import feed_named

    feed = feed_named(args.feed)
    mapping = _mapping(args.mapping)
    organisation = args.organisation or feed.name
    if not args.organisation:
        note(f"no --organisation given: kept as {organisation}'s. Two that deliver this feed need a code each.")
    reports = []
    for path in args.paths:
        with progress_bar(f"{feed.name} {path.name}", quiet=args.json) as progress:
            reports += deliver(
                feed_name=feed.name,
                path=path,
                agency=args.agency or feed.agency,
                organisation=organisation,
                system=args.system or f"{feed.name}:{organisation}",
                by="command-line",
                now=datetime.now(UTC),
                mapping=mapping,
                progress=progress,
            )
    print(json.dumps([_plain(report) for report in reports], indent=2) if args.json else _text(reports))
    audit_log.seal()
    return 4 if any(report.problem for report in reports) else 0


def _mapping(name: str | None) -> Any:
    if name is None:
        return None
    from nightlight.feeds.concern_log import load_mapping

    return load_mapping(name)


def _plain(report: Any) -> dict[str, Any]:
    names = ("feed", "file_name", "accepted", "unchanged", "refused", "outside", "outside_children", "erased")
    more = (
        "entries",
        "people_made",
        "people_matched",
        "people_waiting",
        "duties_raised",
        "problem",
        "reasons",
        "first_refusals",
    )
    return {"delivery": str(report.delivery), **{name: getattr(report, name) for name in (*names, *more)}}


def _text(reports: list[Any]) -> str:
    from nightlight.actions.intake.scope import in_words

    lines = []
    for report in reports:
        if report.problem:
            lines.append(f"{report.file_name}: could not be read. {report.problem}")
            continue
        lines.append(
            f"{report.file_name}: {report.accepted:,} records accepted, {report.unchanged:,} held already, "
            f"{report.refused:,} refused; {report.entries:,} entries; {report.duties_raised:,} duties raised"
        )
        if report.outside:
            lines.append(
                f"    out of scope: {in_words(report.outside, report.outside_children)} of whom no service and no "
                "concern is known here; nothing of them was kept"
            )
        if report.erased:
            lines.append(
                f"    erased before: {in_words(report.erased, len(report.erased_people))}; nothing of them was kept. "
                "Ask the guardian"
            )
        lines += [f"    refused {count:,}: {reason}" for reason, count in sorted(report.reasons.items())]
        lines += [f"        {refusal}" for refusal in report.first_refusals]
    return "\n".join(lines)
