"""The reference page of sharing, printed from the rows, so that it says what the program does (`make docs`)."""

from __future__ import annotations

from nightlight.domain.rule_types import Grade
from nightlight.domain.sharing.rows import Restriction, RuleRow, SharingRows, default_rows

_INTRO = """# Sharing

Printed by `make docs` from the rows in `domain/sharing/rows.yaml`. How to ask, share and refuse:
[Ask for information](../how-to/ask-for-information.md).

`decide(request, rules, at)` proposes and gives every reason; a named person decides. It makes no score, reads no
clock, and the same request on the same day always has the same answer. Nothing here is legal advice: a data protection
officer and a Caldicott guardian sign the rows off before real use. **P** was read in its own text, **S** in a text that
quotes it, **UNVERIFIED** was not read, **hub** was chosen by the project.

A request says who holds the information and who would have it, how serious it is, what brought it up, whether only
*that a record exists* is meant or *what it says*, what sorts of information it is, what is known of consent, whether
the recipient can use it, whether sharing is thought worse for the child, and whether somebody wrote why it is
necessary.

## What a partnership sets

In a file of its own rules (`NIGHTLIGHT_RULES`), under `sharing`: a rule or restriction of the same code holds before
the shipped one, at its place; a date of the same code moves every row that depends on it; `standings` says how an
agency, or one organisation by its code, stands under section 16LA.

```yaml
sharing:
  dates:
    - {code: DUTY, on: 2026-09-30, what: The duty is in force., source: "SI 2026/...", grade: P}
  standings:
    charity-1: commissioned
```
"""
_ADD = (
    '$ nightlight agreement add --title Registers --purpose "To find absent children" --party oak '
    "--feed school-register --from 2026-09-01"
)
_AFTER = f"""
## What is kept

A decision: who decided, when, what the rules had proposed and under which version, how serious it was, consent and
whether it was needed, whether the family is told. What was given: to whom, on which power and basis, each entry with
the fields that went and those left out. A refusal does not stand without the harm it would do, why that is worse than
not sharing, what else was considered, a reviewer who is somebody else, and a date; the database refuses one without
the last two. All of it is only ever added to.

What the receiver sees is drawn from the entries it names by the function that drew the preview; entries never change.
What goes whole is known to the receiver's agency from then on, in every view of what was actually shared. What goes in
part is shown on the page of that disclosure and nowhere else. The record itself is opened to the receiver only where
nothing was left out, and until a day. A request opens the record to nobody.

A correction or withdrawal is told to everyone who was given the record, in the transaction that takes it in. They see
the same fields as they now read, unless it has become restricted or sealed: then only that it changed.

Whether nothing is held, or even that something is held must not be said, whoever asked is told the same words.

## Agreements

A feed is taken in under an information-sharing agreement: title, purpose, parties, feeds, the roles that use it, first
and last day. From the first agreement that is recorded, every feed without one in force is refused before anything of
it is read, and ending the last agreement does not open the door again. Before the first, any feed is taken in: that is
for trying Nightlight out, and the public page says so. Record the first agreement before the first real
record. It gates who asks, too: for less than significant harm, somebody whose organisation and role an agreement in
force names. Where significant harm is suspected, nobody needs one.

```console
{_ADD}
$ nightlight agreement list
$ nightlight agreement end 5f0c0a52-8f0d-4a36-9a0b-5a7a1b0c0d0e --on 2027-03-31
```

`/what-is-shared` is open to everybody without signing in: the agreements in force, these rules, what is held back, and
every indicator, in plain words.
"""


_IN_ORDER = """The first that fits holds. Consent refused or withdrawn is recorded (R14) and stops nothing that another
basis carries. The family is told (R9) unless that adds risk, gets in the way of detecting a crime, loses evidence, or
delays without good reason."""


def page() -> str:
    """The whole page."""
    rows = default_rows()
    return "\n".join([_INTRO, *_dates(rows), *_rules(rows), *_restrictions(rows), *_standings(rows), _AFTER])


def _dates(rows: SharingRows) -> list[str]:
    found = ["## Moments of law", ""]
    for each in rows.dates.values():
        found += [
            f"**{each.code}**, {each.on.isoformat()}: {each.what} *{each.source}* ({each.grade}). {each.confirm}",
            "",
        ]
    return found


def _rules(rows: SharingRows) -> list[str]:
    found = ["## The rules, in their order", "", _IN_ORDER, ""]
    return found + [line for row in rows.rules for line in _rule(row)]


def _rule(row: RuleRow) -> list[str]:
    until = f" to {row.valid_to.isoformat()}" if row.valid_to else ""
    lines = [f"### {row.code}, version {row.version}: {row.title}", "", row.says, ""]
    lines += [f"- Proposes: `{row.outcome}`. Fits when: {_when(row)}."]
    if row.powers or row.article_6:
        lines.append(f"- Rests on: {', '.join((*row.powers, *row.article_6, *row.article_9)) or 'nothing more'}.")
    if row.consent_says:
        lines.append(f"- Consent: {row.consent_says} *{row.consent_source}*")
    if row.record:
        lines.append(f"- Recorded: {', '.join(row.record)}.")
    lines.append(f"- In force from {row.valid_from.isoformat()}{until}{f' ({row.depends})' if row.depends else ''}.")
    return [*lines, f"- Source ({row.grade}): {row.source}", ""]


def _when(row: RuleRow) -> str:
    said = [f"{name} is {' or '.join(values)}" for name, values in row.when.all.items()]
    if row.when.any:
        some = (f"{name} is {' or '.join(values)}" for name, values in row.when.any.items())
        said.insert(0, f"either {', or '.join(some)}")
    return "; ".join(said) or "always"


def _restrictions(rows: SharingRows) -> list[str]:
    found = ["## Restrictions, which come first", "", "| Code | Of what | Effect | Lifted by | Gives way to | Source |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    return [*found, *(_restriction(row) for row in rows.restrictions), ""]


def _restriction(row: Restriction) -> str:
    ways = [*row.yields_to, *row.yields_to_harm, *(["consent"] if row.unless_consent else [])]
    cells = (
        row.code, row.says, row.effect, ", ".join(row.lifted_by) or "nobody", ", ".join(ways) or "nothing",
        f"{row.source} ({row.grade})",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _standings(rows: SharingRows) -> list[str]:
    found = ["## Who is bound, and what rests on what", "", "| Agency | Stands as |", "|---|---|"]
    found += [f"| {agency} | {standing} |" for agency, standing in rows.standings.items()]
    found += ["", "| Basis | Title | Source |", "|---|---|---|"]
    for each in rows.bases.values():
        mark = "**UNVERIFIED**" if each.grade is Grade.UNVERIFIED else each.grade
        found.append(f"| {each.code} | {each.title} | {each.source} ({mark}) |")
    return [*found, ""]
