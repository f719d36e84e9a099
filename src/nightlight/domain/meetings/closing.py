"""Whether a meeting may close: what is missing, which danger nothing covers, and the ways out of that.

Saving, leaving or losing power never closes a meeting; only the event `Closed` does, and only where this finds no
reason against it. What the meeting decided and protects is in force from when it was agreed: staying open delays none
of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from nightlight.domain.clocks import Rules, due
from nightlight.domain.coverage import Coverage, first_moment, grace_of
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.covering import coverage_of
from nightlight.domain.meetings.gate_rows import Gate
from nightlight.domain.meetings.gates import Reason, reason_of, row_of
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.routes import Offered, offered, routes_in_use
from nightlight.domain.meetings.rows import Content, MeetingRow, MeetingRows, Need, rows_in_use
from nightlight.domain.meetings.state import Emergency, Meeting, Participant
from nightlight.domain.protection import Protection, Uncovered, at_words
from nightlight.domain.roles import Permission, may, role_title
from nightlight.timeline.calendar import WorkingCalendar

OVERRIDE_RULES = ("OVERRIDE-ON-CALL", "OVERRIDE-DIRECTOR")
"""The rows of the duties that an override raises: one to the out-of-hours team, one to the director, both at once."""
UNCOVERED = "uncovered"


@dataclass(frozen=True, slots=True)
class BringForward:
    """A protection that would cover a danger, if it were in force from when the danger begins."""

    danger: str
    protection: str
    from_: datetime
    words: str


@dataclass(frozen=True, slots=True)
class WaysOut:
    """How a meeting with danger uncovered can still come to a close: one of these for each danger, or an override."""

    forward: tuple[BringForward, ...]
    routes: tuple[Offered, ...]
    names_missing: int


@dataclass(frozen=True, slots=True)
class ToRaise:
    """A duty that must be raised: the row of its clock, what it says, and for which children."""

    rule: str
    question: str
    what: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseCheck:
    """Whether a meeting may close now.

    reasons: why not; none, and it may. still_open: the dangers that nothing covers from now on. in_hand: those of them
    that an emergency route answers. overridden: whether enough names stand for the rest. raises: what an override owes.
    """

    reasons: tuple[Reason, ...]
    coverage: Coverage
    still_open: tuple[Uncovered, ...]
    in_hand: tuple[str, ...]
    overridden: bool
    ways_out: WaysOut | None
    raises: tuple[ToRaise, ...] = ()

    @property
    def may_close(self) -> bool:
        return not self.reasons


def close_check(
    meeting: Meeting, now: datetime, *, rules: Rules, calendar: WorkingCalendar, rows: MeetingRows | None = None
) -> CloseCheck:
    """Every reason against closing this meeting now, and every way out."""
    known = rows or rows_in_use()
    row = known.in_force(meeting.kind, meeting.called.at)
    found = coverage_of(meeting, now, grace_of(rules, now, calendar))
    still_open = found.still_open()
    in_hand = tuple(u.danger.id for u in still_open if _in_hand(meeting, u, rules, calendar))
    left = tuple(u for u in still_open if u.danger.id not in in_hand)
    names, wanted = _names(meeting, left), row_of(Gate.CONFERENCE, meeting.called.at).names
    overridden = bool(left) and len(names) >= wanted
    missing = [*_about_dangers(meeting, found), *missing_from(meeting, row, known)]
    against = () if overridden else tuple(_uncovered(meeting, u) for u in left)
    return CloseCheck(
        reasons=(*against, *missing),
        coverage=found,
        still_open=still_open,
        in_hand=in_hand,
        overridden=overridden,
        ways_out=_ways_out(found, left, wanted - len(names), rules, calendar) if against else None,
        raises=_owed(meeting, left) if overridden else (),
    )


# -- danger that nothing covers


def _uncovered(meeting: Meeting, found: Uncovered) -> Reason:
    """Gate G5 holds in every meeting: no exception lifts it, only a way out does."""
    words = f"{_bare(found.danger.what) or 'A danger'}. {found.words()}"
    return reason_of(row_of(Gate.CONFERENCE, meeting.called.at), UNCOVERED, words)


def _bare(text: str) -> str:
    """What somebody wrote, without the full stop that the sentence around it brings."""
    return text.strip().rstrip(".")


def _in_hand(meeting: Meeting, found: Uncovered, rules: Rules, calendar: WorkingCalendar) -> bool:
    return any(_answers(each, found, rules, calendar) for each in meeting.emergencies.values())


def _answers(emergency: Emergency, found: Uncovered, rules: Rules, calendar: WorkingCalendar) -> bool:
    """Whether a route is somebody's who took it, and comes before the danger, or as soon as its own clock asks."""
    route = emergency.invoked
    known = routes_in_use().find(route.route, route.at)
    if emergency.accepted_at is None or emergency.ended is not None or known is None:
        return False
    if route.dangers and found.danger.id not in route.dangers:
        return False
    row = rules.in_force(known.clock, route.at)
    return route.by_when <= max(first_moment(found), due(row, route.at, calendar))


def _names(meeting: Meeting, left: Iterable[Uncovered]) -> tuple[str, ...]:
    """Whose names stand under closing with these dangers uncovered: managers, who each read them as they are now."""
    wanted = {u.danger.id for u in left}
    return tuple(person for person, signed in meeting.overrides.items() if _stands(meeting, signed, wanted))


def _stands(meeting: Meeting, signed: ev.OverrideSigned, wanted: set[str]) -> bool:
    as_read = all(meeting.items[each].changed_at <= signed.at for each in wanted)
    return wanted <= set(signed.dangers) and as_read and may(signed.role, Permission.TEAM_VIEW)


def _ways_out(
    found: Coverage, left: tuple[Uncovered, ...], names_missing: int, rules: Rules, calendar: WorkingCalendar
) -> WaysOut:
    forward = tuple(each for u in left for each in _forward(found, u))
    return WaysOut(forward, offered(found.at, rules, calendar), names_missing)


def _forward(found: Coverage, of: Uncovered) -> Iterator[BringForward]:
    """The protections that come after the danger begins: each would do, if it came first."""
    begins = max(first_moment(of), found.at)
    for protection in found.against(of.danger):
        if protection.surely[0] > begins:
            yield BringForward(of.danger.id, protection.id, begins, _forward_words(protection, begins))


def _forward_words(protection: Protection, begins: datetime) -> str:
    now = at_words(protection.surely[0])
    return f"{_bare(protection.what) or 'A protection'} is in force from {now}. Bring it forward to {at_words(begins)}."


def _owed(meeting: Meeting, left: tuple[Uncovered, ...]) -> tuple[ToRaise, ...]:
    hours = " ".join(u.words() for u in left)
    signed = "; ".join(f"{role_title(s.role)}: {s.reason}" for s in meeting.overrides.values())
    what = f"A meeting was closed with danger uncovered. {hours} Signed by {len(meeting.overrides)} names. {signed}"
    question = f"meeting:{meeting.id}:override"
    return tuple(ToRaise(rule, f"{question}:{rule}", what, meeting.called.children) for rule in OVERRIDE_RULES)


# -- what else is missing


def missing_from(meeting: Meeting, row: MeetingRow, rows: MeetingRows | None = None) -> tuple[Reason, ...]:
    """What this kind of meeting needs before it closes and does not have, save for what an exception was recorded."""
    known = rows or rows_in_use()
    found = [*_not_held(meeting, row), *_quorum(meeting, row, known), *_contents(meeting, row, closes=True)]
    found += [*_actions(meeting, row), *_edits(meeting, row)]
    return tuple(r for r in found if not (r.can_except and r.code in meeting.exceptions))


def still_to_record(meeting: Meeting, row: MeetingRow) -> tuple[Reason, ...]:
    """What the full record must hold and does not yet; the meeting may be closed without it."""
    return tuple(_contents(meeting, row, closes=False))


def _reason(row: MeetingRow, code: str, missing: str, *, can_except: bool = True) -> Reason:
    gate = Gate(row.gate) if row.gate else Gate.CONFERENCE
    return Reason(gate=gate, code=code, missing=missing, source=row.source, grade=row.grade, can_except=can_except)


def _not_held(meeting: Meeting, row: MeetingRow) -> Iterator[Reason]:
    if meeting.held_at is None:
        yield _reason(row, "held", "Nobody has arrived: it has not been held.", can_except=False)
    if not meeting.chair:
        yield _reason(row, "chair", "Nobody is named as its chair.", can_except=False)


def _quorum(meeting: Meeting, row: MeetingRow, rows: MeetingRows) -> Iterator[Reason]:
    came = [p for p in meeting.participants.values() if p.came]
    for need in row.quorum:
        if _stand_for(need, came, rows) < need.at_least:
            source, grade = row.quorum_source or row.source, row.quorum_grade
            yield Reason(
                gate=Gate(row.gate) if row.gate else Gate.CONFERENCE,
                code=f"quorum.{need.of[0]}",
                missing=_quorum_words(need, rows),
                source=source,
                grade=grade,
                can_except=True,
            )


def _stand_for(need: Need, came: Iterable[Participant], rows: MeetingRows) -> int:
    """How many of the parts somebody here stands for; two from one agency are one."""
    wanted = set(need.of)
    return len({min(found) for p in came if (found := rows.parts_of(p.part, p.agency) & wanted)})


def _quorum_words(need: Need, rows: MeetingRows) -> str:
    titles = [rows.part(code).title for code in need.of]
    missing = f"Fewer than {need.at_least} of these are here: {'; '.join(titles)}"
    if need.at_least == 1:
        missing = f"Nobody is here from {' or '.join(titles)}"
    return f"{missing}. Get them by telephone, or record why it goes on without."


def _contents(meeting: Meeting, row: MeetingRow, *, closes: bool) -> Iterator[Reason]:
    for content in row.contents:
        if content.closes == closes and not _is_recorded(meeting, content, row):
            yield _reason(row, content.code, _content_words(meeting, content, row))


def _is_recorded(meeting: Meeting, content: Content, row: MeetingRow) -> bool:
    structural = _STRUCTURAL.get(content.code)
    if structural is not None:
        return structural(meeting, row)
    return any(note["block"] == content.code and note.text("text").strip() for note in meeting.notes)


def _content_words(meeting: Meeting, content: Content, row: MeetingRow) -> str:
    if content.code == "scores":
        names = scores.still_to_come(meeting)
        return f"Safety scores have not been shown: {len(names)} still to come. The chair may show them without."
    if content.code == "told":
        return _told_words(meeting)
    if content.code == "decision" and meeting.decisions:
        return f"No decision has an outcome and its reasons. The outcomes are: {'; '.join(row.outcomes.values())}."
    return f"Not recorded: {content.title}."


def _told_words(meeting: Meeting) -> str:
    if _with_nobody(meeting):
        whom = "each child" if len(meeting.called.children) > 1 else "the child"
        return f"Record who has parental responsibility for {whom}, and whether they were told, or why not."
    return "For somebody with parental responsibility it is not recorded that they were told, or why not."


def _with_nobody(meeting: Meeting) -> set[str]:
    """The children for whom nobody is on record as having parental responsibility."""
    covered = {child for each in meeting.responsible.values() for child in each.children}
    return set(meeting.called.children) - covered


def _told(meeting: Meeting, _row: MeetingRow) -> bool:
    """Every child has somebody with parental responsibility on record, and each such person is answered for."""
    return not _with_nobody(meeting) and all(each.is_answered() for each in meeting.responsible.values())


def _views(meeting: Meeting, _row: MeetingRow) -> bool:
    """Each child's words, with how and whether alone; or why there are none."""
    heard = {item["child"] for item in meeting.views if _is_heard(item)}
    return heard >= set(meeting.called.children)


def _is_heard(view: Item) -> bool:
    if view.text("not_heard").strip():
        return True
    how = view.text("how").strip() and view["when"] is not None and view["seen_alone"] is not None
    return bool(view.text("words").strip() and how)


def _decided(meeting: Meeting, row: MeetingRow) -> bool:
    return any(d.text("outcome") in row.outcomes and d.text("reasons").strip() for d in meeting.decisions)


def _scored(meeting: Meeting, _row: MeetingRow) -> bool:
    return meeting.scores_shown is not None or bool(meeting.scores_complete)


def _voiced(meeting: Meeting, _row: MeetingRow) -> bool:
    return bool(meeting.dangers)


_STRUCTURAL: Mapping[str, Callable[[Meeting, MeetingRow], bool]] = MappingProxyType(
    {"told": _told, "views": _views, "decision": _decided, "scores": _scored, "dangers": _voiced}
)


def _actions(meeting: Meeting, row: MeetingRow) -> Iterator[Reason]:
    for item in meeting.actions:
        if not item.text("owner") or item["due"] is None:
            words = f"An action has no named person, or no date: {_bare(item.text('what'))}."
            yield _reason(row, "actions", words, can_except=False)


def _edits(meeting: Meeting, row: MeetingRow) -> Iterator[Reason]:
    if meeting.unsettled:
        words = "Somebody's words came after another's on the same item: read both, and say which stand."
        yield _reason(row, "edits", words, can_except=False)


def _about_dangers(meeting: Meeting, found: Coverage) -> Iterator[Reason]:
    row = row_of(Gate.CONFERENCE, meeting.called.at)
    for code, missing in (*_undated(meeting), *_unreviewed(found.counted)):
        yield reason_of(row, code, missing)


def _undated(meeting: Meeting) -> Iterator[tuple[str, str]]:
    for item in meeting.dangers:
        if item["starts"] is None:
            yield (
                "danger_undated",
                f"From when? {_bare(item.text('what'))}. It counts from when it was voiced until that is said.",
            )


def _unreviewed(counted: Iterable[Protection]) -> Iterator[tuple[str, str]]:
    for protection in counted:
        if protection.until is None and protection.review is None:
            yield "review", f"Until when, or when is it looked at again? {_bare(protection.what) or 'A protection'}."
