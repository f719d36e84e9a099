"""`nightlight matcher`: train the linkage model, explain a pair, report how well it does, and be stricter than it."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID


def add_parser(subparsers: Any) -> None:
    """Describe the command and its parts."""
    parser = subparsers.add_parser(
        "matcher",
        help="train and explain the model that says whose record is whose",
        description="The model that decides, where no number does, whose record is whose, and asks where it is not "
        "sure. How it works: docs/reference/matching.md.",
    )
    parts = parser.add_subparsers(dest="part", metavar="WHAT", required=True)
    train = _part(parts, "train", "train a model on this partnership's records, without labels")
    train.add_argument("--by", required=True, metavar="NAME", help="who trains it; kept with the model")
    show = _part(parts, "show", "the model in use: what each level is worth, and how it was trained")
    show.add_argument("--json", action="store_true", help="print the model's file")
    explain = _part(parts, "explain", "what the model makes of two records, field by field")
    explain.add_argument("one", type=_id, metavar="ID", help="a source person's id, as the match's page names it")
    explain.add_argument("other", type=_id, metavar="ID", help="another's")
    report = _part(parts, "report", "write how well it does on the invented sample, by group, as a page")
    report.add_argument("folder", type=Path, metavar="DIR", help="where matching.html and matching.json are written")
    report.add_argument("--children", type=int, default=10_000, metavar="N", help="how many (default 10000)")
    report.add_argument("--starting-model", action="store_true", help="of the package's own model, without a database")
    again = _part(parts, "rebuild", "make keys and addresses again after an upgrade; go on where a stopped run was")
    again.add_argument("--by", required=True, metavar="NAME", help="who asked for it; on the audit log")
    stricter = _part(parts, "thresholds", "be stricter from a day on")
    stricter.add_argument("--from", dest="since", type=_day, required=True, metavar="DATE", help="YYYY-MM-DD")
    stricter.add_argument("--same", type=float, required=True, help="from which probability records are the same")
    stricter.add_argument("--ask", type=float, required=True, help="from which probability somebody is asked")
    stricter.add_argument("--by", required=True, metavar="NAME", help="who decided it")
    stricter.add_argument("--source", required=True, help="where it was decided: minutes, policy")


def _part(parts: Any, name: str, does: str) -> Any:
    return parts.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")


def run(args: argparse.Namespace) -> int:
    """Do the part that was named."""
    return int(_PARTS[args.part](args))


def _ready() -> None:
    from nightlight.config.boot import boot

    boot()


def _train(args: argparse.Namespace) -> int:
    _ready()
    from nightlight.actions.people import linkage

    try:
        model = linkage.train(by=args.by, now=datetime.now(UTC))
    except ImportError:
        print("nightlight matcher train: needs the extra: pip install 'nightlight[matcher]'", file=sys.stderr)
        return 2
    print(f"Model {model.version}, trained on {model.training.records:,} records; it counts from now on.")
    return 0


def _show(args: argparse.Namespace) -> int:
    _ready()
    from nightlight.actions.people.linkage import model_in_use
    from nightlight.matcher.comparisons import BY_NAME

    model = model_in_use()
    if args.json:
        print(model.as_json(), end="")
        return 0
    print(f"Model {model.version}, trained {model.training.at} on {model.training.records:,} records:")
    print(f"{model.training.on}.\nTwo records drawn at random are one person once in {1 / model.prior:,.0f}.\n")
    for name, levels in model.levels.items():
        print(BY_NAME[name].title)
        for level in BY_NAME[name].levels:
            if not level.missing:
                print(f"  {level.words:<44} {levels[level.code].weight:+6.1f} bits")
    return 0


def _explain(args: argparse.Namespace) -> int:
    _ready()
    from nightlight.actions.people import linkage
    from nightlight.store.people.models import SourcePerson

    rows = SourcePerson.objects.in_bulk([args.one, args.other])
    if len(rows) < 2:
        print("nightlight matcher explain: expected the ids of two source people that are kept", file=sys.stderr)
        return 8
    found = linkage.pair(rows[args.one], rows[args.other], datetime.now(UTC))
    verdict = found.verdict
    print(f"{verdict.outcome.value.capitalize()}: {verdict.why}. Probability {verdict.probability:.4f}.")
    for ground in found.grounds:
        print(f"  {ground.title:<12} {ground.words:<50} {ground.weight:+6.1f} bits: {ground.times}")
    return 0


def _report(args: argparse.Namespace) -> int:
    from nightlight.actions.research import matcher_report

    model = None
    if not args.starting_model:
        _ready()
        from nightlight.actions.people.linkage import model_in_use

        model = model_in_use()
    report = matcher_report.measure(children=args.children, model=model, day=datetime.now(UTC).date())
    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "matching.json").write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
    (args.folder / "matching.html").write_text(matcher_report.page(report), encoding="utf-8")
    print(f"{args.folder / 'matching.html'} and matching.json: {report.overall.in_words}")
    return 0


def _rebuild(args: argparse.Namespace) -> int:
    _ready()
    from nightlight.actions.people.rebuild import rebuild
    from nightlight.cli.output import progress_bar

    with progress_bar("Making keys and addresses again", counts="rows") as progress:
        found = rebuild(by=args.by, now=datetime.now(UTC), progress=progress)
    print(f"{found.records:,} records, {found.records_changed:,} of them made again;", end=" ")
    print(f"{found.addresses:,} addresses, {found.addresses_changed:,} of them in another form now.")
    return 0


def _thresholds(args: argparse.Namespace) -> int:
    _ready()
    from nightlight.actions.people.linkage import set_thresholds
    from nightlight.matcher.thresholds import checked

    row = checked({"valid_from": args.since, "same": args.same, "ask": args.ask, "source": args.source})
    set_thresholds(by=args.by, row=row, now=datetime.now(UTC))
    print(f"From {args.since}: the same at {args.same}, asked from {args.ask}.")
    return 0


_PARTS = {
    "train": _train, "show": _show, "explain": _explain, "report": _report, "rebuild": _rebuild,
    "thresholds": _thresholds,
}  # fmt: skip


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected an id, as in the address of the match's page") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a day that exists, as YYYY-MM-DD") from None
