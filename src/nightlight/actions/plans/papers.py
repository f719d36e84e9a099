"""A plan on paper: the whole of it, and for each child the same in plain words for them and their family.

Of any plan, begun by a meeting or without one, drawn from its own log at any moment. What is closed or withheld is left
out for whoever does not see it on its page. Every reading is on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from nightlight.actions.meetings import family
from nightlight.actions.meetings import papers as meeting_papers
from nightlight.actions.meetings.papers import child_name, owner_of, when_words
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans.deeds import PlanPage
from nightlight.actions.trail import audit
from nightlight.domain.clocks import Unit, in_words
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.seen import for_family as family_sees
from nightlight.domain.meetings.seen import of_child
from nightlight.domain.protection import at_words
from nightlight.paper.blocks import Block, Document, Facts, Listed, Table, Text, sections
from nightlight.paper.pdf import pdf
from nightlight.store.meetings import mapping
from nightlight.store.people.models import Practitioner

PAPERS = ("plan", "plain")


def paper(*, by: Practitioner, plan: UUID, which: str, child: str = "", now: datetime) -> Document:
    """One of `PAPERS`, to somebody with a part in the plan. child: whose, of the plain one; each has their own."""
    page = plans.page(by=by, plan=plan, now=now)
    children = page.state.begun.children
    of = family.which(child, children) if which == "plain" else children[0]
    audit.record(at=now, by=by, act=f"plan.{which}_read", child=UUID(of), about=str(plan))
    return plain(page, of) if which == "plain" else whole(page)


def paper_as_pdf(*, by: Practitioner, plan: UUID, which: str, child: str = "", now: datetime) -> bytes:
    """The same as an accessible PDF."""
    return pdf(paper(by=by, plan=plan, which=which, child=child, now=now), at=now)


def for_family(*, by: Practitioner, plan: UUID, now: datetime) -> tuple[family.ForChild, ...]:
    """The papers for the family: one a child, each with whom it goes to."""
    return of_page(plans.page(by=by, plan=plan, now=now))


def of_page(page: PlanPage) -> tuple[family.ForChild, ...]:
    """The same of a plan whose page is open."""
    if page.opened.withheld:
        return ()
    begun = page.state.begun
    meeting = UUID(begun.meeting) if begun.meeting else None
    found = mapping.meeting_of(meeting) if meeting else None
    people = {str(each.id): each for each in page.children}
    known = [people[child] for child in begun.children if child in people]
    return family.papers_of_plan(known, meeting, found[0] if found else None)


def whole(page: PlanPage) -> Document:
    """What must be different, what protects, who does what by when, how often the child is seen, and what if not."""
    state, names = page.state, dict(page.names)
    return Document(
        title=page.title,
        subtitle=", ".join(child_name(each) for each in page.children),
        facts=_facts(page),
        footer="Confidential",
        sections=sections(
            ("Why there is a plan", [Text(state.begun.why)]),
            ("Dangers and what protects", list(_dangers(page))),
            ("Protections", [meeting_papers.protections_table(state, names)] if state.protections else []),
            ("What must be different for the child", list(_outcomes(page))),
            ("Actions", [meeting_papers.actions_table(state, names)] if state.actions else []),
            ("How often the child is seen", [Text(_visits(item, names)) for item in state.visits]),
            ("If it does not work", [Text(_if(item, names)) for item in state.contingencies]),
            ("The child's view", list(meeting_papers.views(state))),
            ("What is still missing", [Text(each.missing) for each in page.missing] if state.ended is None else []),
            ("Where the plan drifts", [Text(each.words, strong=True) for each in page.drift]),
        ),
    )


def plain(page: PlanPage, child: str) -> Document:
    """For one child and their family: in the words written for them, where somebody wrote them, and in short ones."""
    state, names = of_child(family_sees(page.state), child), dict(page.names)
    of = next((each for each in of_page(page) if each.child == child), None)
    own = [item.text("text") for item in state.notes if item.text("block") == "family_version" and item.text("text")]
    lead = names.get(state.lead, state.lead) or "whoever leads the plan"
    return Document(
        title=meeting_papers.plain_title(next((each.given for each in page.children if str(each.id) == child), "")),
        footer="For you and your family",
        sections=sections(
            ("Who this is for", family.for_whom(of) if of else []),
            ("The plan in our words", [Text(text) for text in own]),
            ("What people are worried about", [Listed(tuple(i.text("what") for i in state.dangers))]
             if state.dangers else []),
            ("What keeps you safe", [Text(meeting_papers.plain_protection(item, names)) for item in state.protections
                                     if meeting_papers.is_accepted(state, item)]),
            ("What we want to be better", [Listed(tuple(i.text("what") for i in state.outcomes))]
             if state.outcomes else []),
            ("Who does what", [Text(meeting_papers.plain_action(item, names)) for item in state.actions]),
            ("Who comes to see you", [Text(_plain_visits(item, names)) for item in state.visits]),
            ("If it does not get better", [Text(_plain_if(item, names)) for item in state.contingencies]),
            ("What you said", meeting_papers.said_by(state)),
            ("When we look at it again", [Text(f"By {at_words(state.review)}.")] if state.review else []),
            ("If you do not agree, or something is wrong", [
                Text(f"Tell {lead}, or any adult you trust. If you are in danger now, call 999."),
            ]),
        ),
    )  # fmt: skip


# -- parts


def _facts(page: PlanPage) -> Facts:
    state, names = page.state, page.names
    rows = [
        ("Begun", at_words(state.begun.at)),
        ("Led by", names.get(state.lead, state.lead)),
        ("Core group", ", ".join(names.get(each, each) for each in state.members)),
        ("Reviewed next by", at_words(state.review) if state.review else "No review is set"),
        ("How it stands", f"Ended {at_words(state.ended.at)}: {state.ended.reason}" if state.ended else "Running"),
    ]
    return Facts(tuple((name, value) for name, value in rows if value))


def _dangers(page: PlanPage) -> Iterator[Block]:
    still = {each.danger.id for each in page.coverage.still_open()}
    for each in page.coverage.dangers:
        words = meeting_papers.danger_words(page.state.items[each.danger.id], page.coverage.words(each.danger))
        yield Text(words, strong=each.danger.id in still)


def _outcomes(page: PlanPage) -> Iterator[Block]:
    rows = []
    for item in page.state.outcomes:
        seen = page.state.progress.get(item.id, ())
        last = f"{seen[-1].moved.capitalize()}: {seen[-1].what}" if seen else "Nothing seen yet"
        rows.append((item.text("what"), item.text("measure"), when_words(item["by_when"]), last))
    if rows:
        columns = ("What", "How it will be seen", "By when", "Last seen")
        yield Table("What must be different", columns, tuple(rows))


def _every(item: Item) -> str:
    said = item["every"]
    every = said if isinstance(said, int) else 1
    return in_words(every, Unit(item.text("unit")))


def _visits(item: Item, names: dict[str, str]) -> str:
    told = ", ".join(
        words for words, is_so in (("seen alone", item["alone"]), ("the bedroom seen too", item["bedroom"])) if is_so
    )
    where = f" {item.text('where').rstrip('.')}." if item.text("where") else ""
    return f"By {owner_of(item, names)}, every {_every(item)}{f', {told}' if told else ''}.{where}"


def _if(item: Item, names: dict[str, str]) -> str:
    hours = item["within_hours"]
    within = f", within {in_words(hours, Unit.CLOCK_HOURS)}" if isinstance(hours, int) and hours > 0 else ""
    what, then = item.text("if_").rstrip(". "), item.text("then").rstrip(". ")
    return f"If {what}: {then}. By {owner_of(item, names)}{within}."


def _plain_visits(item: Item, names: dict[str, str]) -> str:
    alone = " You can talk without anybody else there." if item["alone"] else ""
    return f"{owner_of(item, names)} comes to see you every {_every(item)}.{alone}"


def _plain_if(item: Item, names: dict[str, str]) -> str:
    what, then = item.text("if_").rstrip(". "), item.text("then").rstrip(". ")
    return f"If this happens: {what}. {owner_of(item, names)} makes sure of this: {then}."
