"""What a meeting leaves on paper: its record, the outline plan, and for each child the plan in plain language.

Drawn from the meeting's own log at any moment, so that nobody waits for minutes to act. The same blocks become a page
and an accessible PDF. Every reading is on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import family
from nightlight.actions.meetings.log import Opened, access_meeting
from nightlight.actions.meetings.words import children_of, names_in
from nightlight.actions.trail import audit
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import Record
from nightlight.domain.meetings.routes import routes_in_use
from nightlight.domain.meetings.rows import MeetingRow, rows_in_use
from nightlight.domain.meetings.seen import for_family as family_sees
from nightlight.domain.meetings.seen import of_child
from nightlight.domain.meetings.state import Meeting, Responsible
from nightlight.domain.protection import at_words
from nightlight.paper.blocks import Block, Document, Facts, Listed, Section, Table, Text, sections
from nightlight.paper.pdf import pdf
from nightlight.store.people.models import Practitioner
from nightlight.timeline.partial import Partial

PAPERS = ("record", "outline", "plain")


def paper(*, by: Practitioner, meeting: UUID, which: str, child: str = "", now: datetime) -> Document:
    """One of `PAPERS`, to somebody with a place in the meeting. child: whose, of the plain one; each has their own."""
    opened = access_meeting(by=by, meeting=meeting, now=now)
    of = family.which(child, opened.state.called.children) if which == "plain" else str(opened.child)
    audit.record(at=now, by=by, act=f"meeting.{which}_read", child=UUID(of), about=str(meeting))
    if which == "plain":
        return plain(opened, of)
    return {"record": record, "outline": outline}[which](opened, now)


def paper_as_pdf(*, by: Practitioner, meeting: UUID, which: str, child: str = "", now: datetime) -> bytes:
    """The same as an accessible PDF."""
    return pdf(paper(by=by, meeting=meeting, which=which, child=child, now=now), at=now)


def for_family(*, by: Practitioner, meeting: UUID, now: datetime) -> tuple[family.ForChild, ...]:
    """The papers for the family: one a child, each with whom it goes to."""
    opened = access_meeting(by=by, meeting=meeting, now=now)
    return () if opened.withheld else family.papers_of(opened)


def record(opened: Opened, now: datetime) -> Document:
    """Everything that the record holds, in the order of the rows."""
    state, names = opened.state, names_in(opened.state)
    row = rows_in_use().in_force(state.kind, state.called.at)
    titles = {content.code: content.title for content in row.contents}
    notes = {item.text("block"): item for item in state.notes}
    return Document(
        title=row.title,
        subtitle=", ".join(child_name(each) for each in children_of(state).values()),
        facts=_facts(state, names),
        footer="Confidential",
        sections=(
            *sections(
                ("Why it was called", [Text(state.called.why)]),
                ("Who was asked and who came", [_people(state, names)] if state.participants else []),
                ("Parental responsibility", _responsible(state, names)),
                ("The child's view", list(views(state))),
                ("Safety scores", list(_scores(state, opened.person, names))),
                ("Dangers and what protects", list(_dangers(state, now))),
                ("Protections", [protections_table(state, names)] if state.protections else []),
                ("Actions", [actions_table(state, names)] if state.actions else []),
                ("Decisions", [Text(_decision(item, row)) for item in state.decisions]),
                ("Dissent", [Text(f"{names.get(i.author, i.author)}: {i.text('reasons')}") for i in state.dissents]),
                ("Emergency routes", list(_emergencies(state, names))),
                ("Closed with danger uncovered", list(_overrides(state, names))),
            ),
            *(Section(titles.get(code, code), (Text(item.text("text")),)) for code, item in notes.items()),
        ),
    )


def outline(opened: Opened, now: datetime) -> Document:
    """The outline plan: what protects, from when, who; what is done, by whom, by when. In force as agreed."""
    state, names = opened.state, names_in(opened.state)
    row = rows_in_use().in_force(state.kind, state.called.at)
    titles = {content.code: content.title for content in row.contents}
    return Document(
        title="Outline plan",
        subtitle=", ".join(child_name(each) for each in children_of(state).values()),
        facts=_facts(state, names),
        footer="Confidential",
        sections=sections(
            ("Decisions", [Text(_decision(item, row)) for item in state.decisions]),
            ("Dangers and what protects", list(_dangers(state, now))),
            ("Protections", [protections_table(state, names)] if state.protections else []),
            ("Actions", [actions_table(state, names)] if state.actions else []),
            *((titles.get(code, code), [Text(text)]) for code, text in _of_the_plan(state)),
        ),
    )


_PLAN_BLOCKS = ("outline_plan", "detailed_plan", "core_group_date", "next_date", "review_date")


def _of_the_plan(state: Meeting) -> Iterator[tuple[str, str]]:
    """What was written of the plan itself, and of when it is looked at again."""
    written = {item.text("block"): item.text("text") for item in state.notes}
    yield from ((code, written[code]) for code in _PLAN_BLOCKS if written.get(code, "").strip())


def plain(opened: Opened, child: str) -> Document:
    """For one child and their family: what people worry about, what keeps the child safe, who does what, who to ask."""
    state, names = of_child(family_sees(opened.state), child), names_in(opened.state)
    papers = () if opened.withheld else family.papers_of(opened)
    of = next((each for each in papers if each.child == child), None)
    return Document(
        title=plain_title(given_of(opened.state, child)),
        footer="For you and your family",
        sections=sections(
            ("Who this is for", family.for_whom(of) if of else []),
            ("What people are worried about", [Listed(tuple(item.text("what") for item in state.dangers))]
             if state.dangers else []),
            ("What keeps you safe", [Text(plain_protection(item, names)) for item in state.protections
                                     if is_accepted(state, item)]),
            ("Who does what", [Text(plain_action(item, names)) for item in state.actions]),
            ("What you said", said_by(state)),
            ("When we look at it again", [Text(text) for code, text in _of_the_plan(state) if code in _AGAIN]),
            ("If you do not agree, or something is wrong", [
                Text(f"Tell {names.get(state.chair, 'whoever ran the meeting')}, or any adult you trust. "
                     "If you are in danger now, call 999."),
            ]),
        ),
    )  # fmt: skip


_AGAIN = ("core_group_date", "next_date", "review_date")


def plain_title(given: str) -> str:
    """The plan for Wren."""
    return f"The plan for {given}" if given else "The plan"


def said_by(state: Record) -> list[Block]:
    """The child's own words."""
    return [Text(item.text("words")) for item in state.views if item.text("words")]


def given_of(state: Meeting, child: str) -> str:
    """The child's given name, as the hub has it."""
    person = children_of(state).get(child)
    return person.given if person else ""


# -- parts


def child_name(person) -> str:  # type: ignore[no-untyped-def]
    return f"{person.given} {person.family}".strip()


def _facts(state: Meeting, names: dict[str, str]) -> Facts:
    rows = [
        ("Held", at_words(state.held_at) if state.held_at else "Not held yet"),
        ("Place", state.place),
        ("Chair", names.get(state.chair, state.chair)),
        (
            "How it stands",
            {"closed": "Closed", "stood_down": "Not held"}.get(state.status.value, "Open: not closed yet"),
        ),
    ]
    return Facts(tuple((name, value) for name, value in rows if value))


def _people(state: Meeting, names: dict[str, str]) -> Table:
    rows = []
    absent = "Did not come" if state.held_at else "Not held yet"
    for each in state.participants.values():
        came = "Came" if each.came else "Sent apologies" if each.apologies else absent
        report = "Yes" if each.report_received else "No"
        part = rows_in_use().part(each.part).title
        rows.append((names.get(each.person, each.name or each.person), part, came, report))
    return Table("Who was asked", ("Name", "As", "Came", "Report"), tuple(rows))


def _responsible(state: Meeting, names: dict[str, str]) -> list[Block]:
    found: list[Block] = []
    for each in state.responsible.values():
        name = names.get(each.person, each.person)
        told = each.told.get("meeting")
        not_told = each.not_told.get("meeting")
        said = f"told: {told.how}" if told else f"not told: {not_told.why}" if not_told else "not on record"
        found.append(Text(f"{name}: {said.rstrip('.')}.{_of_the_decisions(each)}"))
    return found


def _of_the_decisions(known: Responsible) -> str:
    told, not_told = known.told.get("decisions"), known.not_told.get("decisions")
    said = f"told: {told.how}" if told else f"not told: {not_told.why}" if not_told else ""
    return f" Of what was decided, {said.rstrip('.')}." if said else ""


def views(state: Record) -> Iterator[Block]:
    for item in state.views:
        if item.text("words"):
            alone = {True: "seen alone", False: "not seen alone"}.get(item["seen_alone"], "")  # type: ignore[arg-type]
            when = item["when"].describe() if isinstance(item["when"], Partial) else ""
            how = ", ".join(each for each in (item.text("how"), when, alone) if each)
            yield Text(f"“{item.text('words')}” ({how or 'how it was heard is not on record'})")
        else:
            yield Text(f"Not heard: {item.text('not_heard')}")


def _scores(state: Meeting, person: str, names: dict[str, str]) -> Iterator[Block]:
    """Each beside the others, the lowest first: never one number made of several."""
    people = children_of(state)
    for child in dict.fromkeys(child for _, child in state.scores):
        seen = scores.visible(state, person, child)
        of = f" of {people[child].given}" if child in people else ""
        yield Text(f"{people[child].given}: {seen.words()}" if of else seen.words())
        rows = tuple((names.get(s.person, s.person), str(s.score), s.reason) for s in seen.scores)
        if seen.shown and rows:
            yield Table(f"Safety scores{of}, 0 (no safety) to 10", ("Who", "Score", "Why"), rows)


def _dangers(state: Meeting, now: datetime) -> Iterator[Block]:
    found = meeting_closing.check(state, now).coverage
    still = {each.danger.id for each in found.still_open()}
    for each in found.dangers:
        yield Text(danger_words(state.items[each.danger.id], found.words(each.danger)), strong=each.danger.id in still)


def danger_words(item: Item, covered: str) -> str:
    """What could happen, how bad, from when until when, and what covers it."""
    what = (item.text("what") or "A danger").rstrip(". ")
    bad, when = item.text("how_bad").capitalize().rstrip(". "), _danger_when(item).rstrip(". ")
    return " ".join(f"{each}." for each in (what, bad, when, covered.rstrip(".")) if each)


def _danger_when(item: Item) -> str:
    if item.text("read_as"):
        return item.text("read_as")[:1].upper() + item.text("read_as")[1:]
    if item["starts"] is None:
        return "Nobody has said from when"
    until = f" to {when_words(item['ends'])}" if item["ends"] else " on, with no end said"
    return f"From {when_words(item['starts'])}{until}"


def protections_table(state: Record, names: dict[str, str]) -> Table:
    rows = tuple(
        (item.text("what"), owner_of(item, names), when_words(item["in_force_from"]), when_words(item["until"]),
         item.text("how_confirmed"), _became(state, item))
        for item in state.protections
    )  # fmt: skip
    return Table("What protects", ("What", "Who", "In force from", "Until", "How confirmed", "How it stands"), rows)


def is_accepted(state: Record, item: Item) -> bool:
    agreement = state.agreements.get(item.id)
    return agreement is not None and agreement.accepted is not None


def _became(state: Record, item: Item) -> str:
    agreement = state.agreements.get(item.id)
    if agreement is None:
        return "Not accepted yet"
    if agreement.failed:
        return "Found not in force"
    if agreement.confirmed:
        return "Confirmed"
    if agreement.accepted:
        return f"Accepted, {agreement.accepted.how}" if agreement.accepted.how else "Accepted"
    return "Declined" if agreement.declined else "Not accepted yet"


def actions_table(state: Record, names: dict[str, str]) -> Table:
    rows = tuple(
        (
            item.text("what"),
            owner_of(item, names),
            when_words(item["due"]),
            "Done" if item.id in state.actions_done else "To do",
        )
        for item in state.actions
    )
    return Table("What is done", ("What", "Who", "By when", "How it stands"), rows)


def owner_of(item: Item, names: dict[str, str]) -> str:
    return item.text("owner_name") or names.get(item.text("owner"), item.text("owner")) or "Nobody named"


def when_words(value: object) -> str:
    if isinstance(value, datetime):
        return at_words(value)
    if isinstance(value, Partial):
        return at_words(value.earliest) if value.earliest == value.latest else value.describe()
    return ""


def _decision(item: Item, row: MeetingRow) -> str:
    """What was decided, which outcome that is, and why."""
    outcome = row.outcomes.get(item.text("outcome"), "")
    reasons = f"Reasons: {item.text('reasons')}" if item.text("reasons") else ""
    said = (item.text("what"), outcome and f"Outcome: {outcome}", reasons)
    return " ".join(f"{each.rstrip('. ')}." for each in said if each.strip())


def _emergencies(state: Meeting, names: dict[str, str]) -> Iterator[Block]:
    """Each with what made it lawful on the day that it was taken."""
    for each in state.emergencies.values():
        invoked, route = each.invoked, routes_in_use().find(each.invoked.route, each.invoked.at)
        title = route.title if route else invoked.route.replace("_", " ").capitalize()
        ended = f" What came of it: {each.ended.outcome}" if each.ended else ""
        yield Text(
            f"{title}, by {names.get(invoked.owner, invoked.owner)}, by {at_words(invoked.by_when)}: "
            f"{invoked.reason}{ended}"
        )
        lawful = routes_in_use().lawful(invoked.basis, invoked.at)
        if lawful:
            yield Listed(tuple(f"{basis.words} ({basis.source}; {basis.read()})" for basis in lawful))


def _overrides(state: Meeting, names: dict[str, str]) -> Iterator[Block]:
    if state.overridden:
        for person, signed in state.overrides.items():
            yield Text(f"{names.get(person, person)}: {signed.reason}", strong=True)


def plain_protection(item: Item, names: dict[str, str]) -> str:
    until = f" until {when_words(item['until'])}" if item["until"] else ""
    what, since = item.text("what").rstrip("."), when_words(item["in_force_from"])
    return f"{what}. {owner_of(item, names)} does this from {since}{until}."


def plain_action(item: Item, names: dict[str, str]) -> str:
    by_when = f" by {when_words(item['due'])}" if item["due"] else ""
    return f"{owner_of(item, names)} will do this{by_when}: {item.text('what').rstrip('. ')}."
