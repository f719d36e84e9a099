"""Prints docs/reference/meetings.md, coverage.md and plans.md from the rows, gates, routes and reasons themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from nightlight.domain.clocks import default_rules
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.gate_rows import GateRow, Requirement, default_gates
from nightlight.domain.meetings.phrases import Reading, read_time
from nightlight.domain.meetings.routes import default_routes
from nightlight.domain.meetings.rows import MeetingRow, MeetingRows, default_rows
from nightlight.domain.meetings.steps import AFTERWARDS
from nightlight.domain.meetings.steps import EVENTS as MEETING_EVENTS
from nightlight.domain.plans.rows import NEEDS, default_plans
from nightlight.domain.plans.state import EVENTS as PLAN_EVENTS
from nightlight.domain.school_holidays import LONGEST, LOOKED_AHEAD
from nightlight.timeline.calendar import WorkingCalendar

_PRINTED = "Printed from the program by `make docs`; a test holds the two together.\n"
_FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
_SAID = (
    "this weekend", "tonight", "tomorrow night", "until Monday", "from now", "over Christmas", "the bank holiday",
    "Friday 5pm to Monday 9am", "Monday morning", "for the next 48 hours", "half term", "next weekend", "when "
    "he drinks",
)  # fmt: skip


def meetings_page() -> str:
    """docs/reference/meetings.md."""
    rows = default_rows()
    parts = [_MEETINGS, *(_kind(row, rows) for row in rows.rows), *_gates(), *_routes(), *_happens()]
    return "\n".join(parts)


_MEETINGS = f"""# Meetings

{_PRINTED}
A meeting is its events; what it is now is derived from them, and only the event `Closed` closes it. Saving, leaving
and losing power do not. What it decides and protects is in force from when it was agreed, closed or not.

Several people type at once. An edit names the version its author saw; where a field that it changes was changed
since, it is refused and kept beside the text that stands, until somebody says which stands. Nothing is overwritten
unseen.

Each gives a safety score, 0 to 10 with a reason, before seeing another's. All are shown once everybody asked or
present has given theirs, or when the chair shows them and those missing are named: side by side, the lowest first
with its reason. They are never averaged. What covers a danger: [coverage](coverage.md). What follows:
[plans](plans.md).

The rows below come with the package; a partnership lays its own over them, in the folder that `NIGHTLIGHT_RULES`
names, under `meetings:` and `parts:` with the keys of `domain/meetings/rows.yaml`, and under `routes:` and `bases:`
with those of `domain/meetings/routes.yaml`. What a row of its own leaves out is as below. It may be stricter and never
looser: whoever is asked, a quorum, a clock, what the record holds and what it does not close without may be added to
and not taken from, and a lawful basis is not reworded. A quorum marked UNVERIFIED was found in no source and is each
partnership's own to set. Whatever is looser, or leaves it open which of two rows holds on a day, stops the program with
the file, the line and what to write instead. A meeting keeps the rows of the day it was called on, and a route the
words of the day it was taken on.
"""


def _kind(row: MeetingRow, rows: MeetingRows) -> str:
    quorum = "; ".join(_need(need.of, need.at_least, rows) for need in row.quorum) or "none"
    closes = [f"- {content.title}" for content in row.contents if content.closes]
    record = [f"- {content.title}" for content in row.contents if not content.closes]
    lines = [
        f"## {row.title}", "",
        f"`{row.kind}`, version {row.version}, from {row.valid_from.isoformat()}. Gate {row.gate}. "
        f"Clocks: {', '.join(row.clocks)}.", "",
        f"- Asked: {_titles(row.asks, rows)}. As needed: {_titles(row.may_ask, rows)}.",
        f"- Quorum: {quorum}. {row.quorum_source} ({row.quorum_grade})" if row.quorum_source else f"- Quorum: "
        f"{quorum}.",
        f"- It may decide: {'; '.join(row.outcomes.values())}.",
        f"- Source: {row.source} Grade {row.grade}, force {row.force}{_LOCAL if row.local else ''}.",
        "", "It does not close without:", "", *closes, "",
        *(["The record also holds:", "", *record, ""] if record else []),
    ]  # fmt: skip
    return "\n".join(lines)


_LOCAL = ", for each partnership to set"


def _need(of: tuple[str, ...], at_least: int, rows: MeetingRows) -> str:
    names = " or ".join(rows.part(code).title for code in of)
    return names if at_least == 1 else f"{at_least} of {names}"


def _titles(codes: Iterable[str], rows: MeetingRows) -> str:
    return ", ".join(rows.part(code).title for code in codes)


def _gates() -> list[str]:
    lines = [_GATES, "| Gate | From | Step | Cannot go on until | Source | Grade, force |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {g.code} | {_from(g)} | {g.title} | {g.until} | {g.source} | {g.grade}, {g.force} |"
        for g in default_gates().rows
    ]
    return [*lines, "", "What is said while it is not so:", "", *(_asks(row) for row in default_gates().rows), ""]


def _from(row: GateRow) -> str:
    until = f" to {row.valid_to.isoformat()}" if row.valid_to else ""
    return f"{row.valid_from.isoformat()}{until}"


_GATES = """## Gates

Dated rows too (`domain/meetings/gates.yaml`). A partnership's own, under `gates:`, may ask for more names under
closing over danger (G5, `names`), for a danger's end to have been seen over so many days (G7, `days`), for duties of
more levels to be answered before work with a child closes (G8, `levels`), and may let fewer requirements be answered
by a written reason (`or_why`). Nothing can be made looser, and that any agency may ask for a conference cannot be taken
away. Whether a thing is so is worked out from what happened, and is no row. A meeting and a plan keep the row of the
day on which they began; a partnership's own is laid over the package's of that day, and asks all that that asks.

Nothing counts as anybody's because their name was typed. A protection, an action and the taking over of a plan (G7) are
accepted by their owner, on their own page. For somebody who is in the room, or who does not sign in, whoever runs the
meeting or leads the plan writes down that they accepted and how; both names stand beside it. Where what they accepted
changes, they accept it again.
"""


def _asks(row: GateRow) -> str:
    asked = [f"{each.missing.format_map(_SAMPLE)}{_how(each)}" for each in row.asks]
    numbers = [f"{row.names} names close over danger."] if row.names else []
    numbers += [f"Levels: {', '.join(row.levels)}."] if row.levels else []
    ended = f", to {row.valid_to.isoformat()}" if row.valid_to else ""
    return (
        f"- **{row.code}**{ended}: {' '.join([*asked, *numbers]) or 'what the meeting or plan of its kind must hold.'}"
    )


def _how(asked: Requirement) -> str:
    return " (Or a written reason.)" if asked.or_why else " (Said, and stops nothing.)" if asked.only_said else ""


_SAMPLE = {"what": "…", "who": "…", "names": "…", "time": "and over which time"}


def _routes() -> list[str]:
    """The ways out of uncovered danger."""
    rules = {row.id: row for row in default_rules().rows}
    lines = [
        "## Ways out of uncovered danger",
        "",
        "Bring a protection forward; take an emergency route, whose owner accepts it and which comes before the danger",
        "or as soon as its own clock asks; or close over two managers' names, each with a reason, which raises an",
        "`immediate` duty to the out-of-hours team and to the director. A name stands only under the danger as it was",
        "when it was signed.",
        "",
        "| Route | Answered within | Then | Lawful basis |",
        "|---|---|---|---|",
    ]
    for route in default_routes().routes:
        then = f"{route.then}, {rules[route.then].within()}" if route.then else "–"
        row = rules[route.clock]
        within = f"{row.within()} ({row.id}, {row.grade})"
        lines.append(f"| {route.title} | {within} | {then} | {', '.join(route.basis)} |")
    lines += [
        "",
        *(
            f"- **{b.code}**: {b.words} Source: {b.source}. Grade: {b.read()}; from {b.valid_from.isoformat()}."
            for b in default_routes().bases
        ),
        "",
    ]
    return lines


def _happens() -> list[str]:
    after = {kind.__name__ for kind in AFTERWARDS}
    lines = [
        "## What may happen, and until when",
        "",
        "| What happens | While open | Once closed | |",
        "|---|---|---|---|",
    ]
    for name, kind in MEETING_EVENTS.items():
        lines.append(f"| {_words(name)} | yes | {'yes' if name in after else '–'} | {_doc(kind)} |")
    return [*lines, ""]


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(name))


def _doc(kind: type[ev.Event]) -> str:
    return " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def coverage_page() -> str:
    """docs/reference/coverage.md."""
    calendar = WorkingCalendar.england()
    lines = [_COVERAGE, "| Said on Friday 20 November 2026 at 15:00 | Read as |", "|---|---|"]
    for text in _SAID:
        found = read_time(text, _FRIDAY, calendar)
        lines.append(f"| {text} | {found.how if isinstance(found, Reading) else f'asks: {found.question}'} |")
    return "\n".join([*lines, ""])


_COVERAGE = f"""# Coverage: danger against protection

{_PRINTED}
For each danger, the time in which it is there and nothing against it is in force; in hours, in words and as spans
to draw. It is worked out anew at every letter typed in a meeting, and in the same way for any concern with a time
of danger in it, raised by anyone at any time, against what is in force then.

A protection counts when all of this is so; for every other one the reason is said:

- one named person owns it, not a team, a role or a relation;
- they have accepted it as it now reads: when what, who or when changes they accept it again;
- it says from when it is in force;
- it says how it will be confirmed;
- nobody found it not in force;
- it was confirmed by its start (or when it was accepted, if later), or no more than the hours of
  `PROTECTION-UNCONFIRMED` have passed since;
- where it has no end, the day on which it is looked at again has not passed.

What has passed cannot be bridged: a meeting is held open for what is uncovered from now on. A danger that nobody
dated counts from when it was voiced, with no end. Where a date is imprecise there are two answers, what is
certainly uncovered and what may be, and a meeting does not close on a doubt.

Where somebody of a school or nursery owns a protection, the days in its time on which no school is open are asked
about: who sees the child then. Weekends and bank holidays are known; half terms and holidays are what the partnership
gives, under `school_holidays:` in the folder that `NIGHTLIGHT_RULES` names: schools differ, and none come with the
package.

```yaml
school_holidays:
  - {{name: half term, first: 2027-02-15, last: 2027-02-19, source: The council's term dates 2026-27}}
```

Each has its first and last day, at most {LONGEST.days} days apart, in no other holiday; a mistake stops the program
with the file and the line. A protection without an end is looked at {LOOKED_AHEAD.days} days ahead. The question stops
nothing: what was agreed counts as it was agreed. A name that is given is read as a time too ("half term", "over
christmas holidays"), from when offices shut before it until they open after it; where none is, the days are asked for.

A record of the past (`nightlight replay`) shows what was agreed and seldom who accepted it: there all that was
agreed counts, and what a meeting today would not have counted is said beside it.

## Times as people say them

How words were read is always shown and can be put right. Words that are not known, or that people mean differently,
are asked about; nothing is guessed in silence. Weekends and holidays run from when offices shut before them until
they open after them.
"""


def plans_page() -> str:
    """docs/reference/plans.md."""
    lines = [_PLANS, "| Plan | Holds | Visits by | Source | Grade, force |", "|---|---|---|---|---|"]
    for row in default_plans().rows:
        holds = "; ".join(NEEDS[code] for code in row.needs)
        lines.append(f"| {row.title} | {holds} | {row.visits} | {row.source} | {row.grade}, {row.force} |")
    own = [name for name in PLAN_EVENTS if name not in MEETING_EVENTS]
    lines += ["", "## What happens to a plan alone", ""]
    lines += [f"- **{_words(name)}**: {_doc(PLAN_EVENTS[name])}" for name in own]
    return "\n".join([*lines, ""])


_PLANS = f"""# Plans

{_PRINTED}
A plan is its events, with the same items and the same rules for edits that cross as a [meeting](meetings.md); its
dangers are [covered](coverage.md) in the same way. A contingency says: if this, then that, by whom, within how many
hours; where it names an indicator it is a tripwire, and crossing it raises what it says.

A protection that nobody confirmed by its start raises a duty (`PROTECTION-UNCONFIRMED`).

Drift is said as findings with their numbers and dates, never as a score: nothing has got better within the time of
`PLAN-PROGRESS`; actions overdue, by agency; the child not seen, or not seen alone, within the interval that the
plan agreed (else that of its row); the bedroom not seen within twice that; a parent met and the child not at all
within `PLAN-PARENT-NOT-CHILD`; the review not held. An action done is not a danger answered: a plan ends or steps
down (gate G7) on what was seen over a stated time, and is taken over by nobody who has not accepted it.

## What each must hold

Dated rows (`domain/plans/rows.yaml`); a partnership's own, under `plans:` in the folder that `NIGHTLIGHT_RULES` names,
may ask for more and never for less, save of a row marked UNVERIFIED, which is its own to set. A plan keeps the row of
the day on which it was begun.
"""
