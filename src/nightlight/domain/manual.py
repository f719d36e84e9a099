"""Prints docs/reference/duties.md from the transition table, the outcomes and the rule rows themselves."""

from __future__ import annotations

from nightlight.domain.clocks import Clause, RuleRow, Rung, default_rules, in_words
from nightlight.domain.duties import OUTCOMES, TRANSITIONS, Event, Status
from nightlight.domain.duty_events import SETTLED
from nightlight.domain.roles import role_title

_START = """# Duties

Printed from the program by `make docs`; a test holds the two together.

A duty says what must be done, for which child, by which role, by when, and on what evidence. Its history is events and
its state is derived from them; nothing stores a state that someone could set. One duty is open for a child and a
question: more evidence joins it, a more serious firing raises its level and brings its due time forward, never back.
Acknowledging a duty stops no clock. It ends only when a person discharges it, with an outcome and a reason; nothing is
closed by silence, and that nobody has capacity is not an outcome. Before "no further action" the earlier ones and the
siblings' are shown, and what was shown is kept with it; every agency whose entry was evidence is told. What a discharge
set aside returns only with new evidence, as a duty that names the one before. A challenge to a discharge is a duty one
rung up. The duty of a clock ends with the entry that the clock waited for: that entry is somebody's recorded act. Where
all that a duty rested on was recorded in error, it is withdrawn, with the reason, and stays to be seen. Where a match
is undone and a part of its evidence goes with it, the rest is weighed again: the duty stays on what is left, or, where
that asks the question no more, is withdrawn. The duty of a clock goes where its first entry goes: found to be of
another child, it is withdrawn here and raised there, with the same due time, however long ago that was; corrected so
that nothing starts the clock, it is withdrawn and names the correction.
"""

_TABLE = """## What may happen, and what follows

Down: what happens. Across: where the duty stands. A cell is where it stands afterwards; a dash is refused, with what to
do instead.
"""

_SETTLED = "Or by what somebody recorded elsewhere, never by a clock:\n"


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_START, _TABLE, *_transitions(), "", *_events(), *_outcomes(), *_rules()])


def _transitions() -> list[str]:
    heads = [status.replace("_", " ") for status in Status]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for event, follows in TRANSITIONS.items():
        cells = [_cell(follows.get(status), status) for status in Status]
        lines.append(f"| {_words(event)} | " + " | ".join(cells) + " |")
    return lines


def _cell(follows: str | None, status: Status) -> str:
    return "–" if follows is None else (follows or status).replace("_", " ")


def _words(event: type[Event]) -> str:
    name = event.__name__
    return "".join(f" {char.lower()}" if char.isupper() and index else char for index, char in enumerate(name))


def _events() -> list[str]:
    rows = [f"- **{_words(event)}**: {_first_paragraph(event)}" for event in TRANSITIONS]
    return ["## What each of them means", "", *rows, ""]


def _first_paragraph(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").partition("\n\n")[0].split())


def _outcomes() -> list[str]:
    return ["## How a duty may end", "", *(f"- `{code}`: {words}" for code, words in OUTCOMES.items()), "", _SETTLED,
        *(f"- `{code}`: {words}" for code, words in SETTLED.items()), "",
    ]  # fmt: skip


def _rules() -> list[str]:
    rows = default_rules().rows
    lines = [
        "## The rows that set due times and ladders",
        "",
        "Where a firing is more than a `note`, and what the program itself needs a time for. How a value was read",
        "(grade) and what binds people to it (force): [clocks](clocks.md). A role out of hours answers at night, at",
        "weekends and on bank holidays.",
        "",
    ]
    for row in rows:
        if row.watched and not row.starts:
            lines += _row(row)
    return [*lines, *_clocks([row for row in rows if row.is_clock]), *_kept([row for row in rows if not row.watched])]


def _clocks(rows: list[RuleRow]) -> list[str]:
    """The rows that entries start, one line each."""
    lines = [
        "## Clocks that entries start and stop",
        "",
        "Worked out from a child's record, never set by hand. Met by an entry, or, where none is named, by the person",
        "who discharges its duty. *Shown* clocks raise no duty of their own.",
        "",
        "| Clock | Starts with | Within | Who answers | Met by | Stopped by | Duty | Grade, force |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        inside = f", while {row.within_episode} lasts" if row.within_episode else ""
        cells = [
            row.id, _any(row.starts) + inside, row.within(), _who(row), _any(row.ends) or "–", _any(row.stops) or "–",
            row.duty_level or "shown", f"{row.grade}, {row.force}{', local' if row.local else ''}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _any(clauses: tuple[Clause, ...]) -> str:
    return "; ".join(clause.words() for clause in clauses)


def _kept(rows: list[RuleRow]) -> list[str]:
    """The rows whose clocks the program cannot see, and why."""
    lines = [
        "## Rows that are kept and not watched",
        "",
        "Timescales that no entry can start or stop yet. They are shown as such, never dropped.",
        "",
        "| Clock | What | Within | Why it is not watched | Grade, force |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.id, row.what, row.within(), row.not_watched, f"{row.grade}, {row.force}"]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _row(row: RuleRow) -> list[str]:
    until = f" to {row.valid_to.isoformat()}" if row.valid_to else ""
    return [
        f"### {row.id}, version {row.version}",
        "",
        f"On {f'a firing at `{row.level}`' if row.level else row.trigger}. {row.what}",
        "",
        f"- Within {row.within()}: {_who(row)}",
        *(f"- Then, {_after(rung, first=index == 0)}: {_who(rung)}" for index, rung in enumerate(row.ladder)),
        f"- Grade {row.grade}, force {row.force}{', for each partnership to set' if row.local else ''}; "
        f"in force from {row.valid_from.isoformat()}{until}.",
        f"- Source: {row.source}",
        "",
    ]


def _who(row: RuleRow | Rung) -> str:
    out_of_hours = f"; out of hours, the {role_title(row.out_of_hours).lower()}" if row.out_of_hours else ""
    return f"the {role_title(row.role).lower()}{out_of_hours}"


def _after(rung: Rung, *, first: bool) -> str:
    if rung.after == 0:
        return "when that has lapsed" if first else "at once"
    return f"{in_words(rung.after, rung.unit)} later"
