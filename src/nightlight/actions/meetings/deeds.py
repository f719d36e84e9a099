"""What people do in a meeting: each deed one function, which adds one event. What may follow is the domain's to say.

`key` is the page's own id for the deed, so that one sent again after a broken connection counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from nightlight.actions.meetings.log import Acted, Opened, Right, act
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.phrases import Ask, Reading, read_time
from nightlight.domain.raising import Arrangements
from nightlight.domain.school_holidays import holidays_in_use
from nightlight.store.people.models import Practitioner

# -- who was asked and came


def invite(
    *, by: Practitioner, meeting: UUID, key: str, person: str, part: str, agency: str = "", name: str = "",
    needs: str = "", now: datetime,
) -> Acted:  # fmt: skip
    """Ask somebody: a practitioner by sign-in name, or one of the family by an id of the meeting's own and name."""
    known = Practitioner.objects.filter(username=person, is_active=True).select_related("organisation").first()
    agency, name = (known.agency, known.name) if known else (agency, name)

    def make(_: Opened) -> ev.Event:
        if not name:
            raise ev.MeetingError("give the name of somebody who does not sign in here.")
        return ev.Invited(
            id=key, at=now, by=by.username, person=person, part=part, agency=agency, name=name, needs=needs
        )

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


def support(*, by: Practitioner, meeting: UUID, key: str, now: datetime) -> Acted:
    """A senior manager says that they support that it is called (gate G9)."""

    def make(_: Opened) -> ev.Event:
        return ev.Supported(id=key, at=now, by=by.username, role=by.role)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.MANAGER)


def schedule(
    *, by: Practitioner, meeting: UUID, key: str, starts: datetime, place: str = "", covers: str = "", now: datetime
) -> Acted:
    """Say when and where it is held. covers: who covers the days after, where it is late before a break."""

    def make(_: Opened) -> ev.Event:
        return ev.Scheduled(id=key, at=now, by=by.username, starts=starts, place=place, covers=covers)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


def chaired(*, by: Practitioner, meeting: UUID, key: str, chair: str, minutes: str = "", now: datetime) -> Acted:
    """Say who chairs, and who takes the minutes."""

    def make(_: Opened) -> ev.Event:
        if not Practitioner.objects.filter(username=chair, is_active=True).exists():
            raise ev.MeetingError("whoever chairs signs in here: choose somebody who can.")
        return ev.Chaired(id=key, at=now, by=by.username, chair=chair, minutes=minutes)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


def report_received(
    *, by: Practitioner, meeting: UUID, key: str, person: str = "", shared: datetime | None = None,
    document: str = "", now: datetime,
) -> Acted:  # fmt: skip
    """A report for the meeting is here: one's own, or (for whoever runs it) somebody else's."""
    whose = _self_or_other(by, person)

    def make(opened: Opened) -> ev.Event:
        _own(opened, whose)
        return ev.ReportReceived(
            id=key, at=now, by=by.username, person=whose, received=now, shared=shared, document=document
        )

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def arrive(*, by: Practitioner, meeting: UUID, key: str, person: str = "", how: str = "", now: datetime) -> Acted:
    """Somebody is here: oneself, or (for whoever runs it) somebody in the room."""
    whose = _self_or_other(by, person)

    def make(opened: Opened) -> ev.Event:
        _own(opened, whose)
        return ev.Arrived(id=key, at=now, by=by.username, person=whose, how=how)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def leave(*, by: Practitioner, meeting: UUID, key: str, person: str = "", now: datetime) -> Acted:
    """Somebody leaves. The meeting goes on, and is not closed by it."""
    whose = _self_or_other(by, person)

    def make(opened: Opened) -> ev.Event:
        _own(opened, whose)
        return ev.LeftMeeting(id=key, at=now, by=by.username, person=whose)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def apologise(
    *, by: Practitioner, meeting: UUID, key: str, person: str = "", reason: str = "", instead: str = "", now: datetime
) -> Acted:
    """Somebody who was asked cannot come."""
    whose = _self_or_other(by, person)

    def make(opened: Opened) -> ev.Event:
        _own(opened, whose)
        return ev.ApologiesGiven(id=key, at=now, by=by.username, person=whose, reason=reason, instead=instead)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def _self_or_other(by: Practitioner, person: str) -> str:
    return person or by.username


def _own(opened: Opened, person: str) -> None:
    if person != opened.person and not opened.runs:
        raise Refused("You can record this for yourself. Whoever runs the meeting records it for others.")


# -- parental responsibility, exceptions


def has_responsibility(
    *, by: Practitioner, meeting: UUID, key: str, person: str, child: str, name: str = "", basis: str = "",
    now: datetime,
) -> Acted:  # fmt: skip
    """Record that somebody has parental responsibility."""

    def make(_: Opened) -> ev.Event:
        return ev.HasResponsibility(id=key, at=now, by=by.username, person=person, child=child, name=name, basis=basis)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


def told(
    *, by: Practitioner, meeting: UUID, key: str, person: str, how: str, what: str = "meeting", now: datetime
) -> Acted:
    """Record that somebody with parental responsibility was told of the meeting, or (`decisions`) of its decisions."""

    def make(_: Opened) -> ev.Event:
        return ev.Told(id=key, at=now, by=by.username, person=person, how=how, what=what)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def not_told(
    *, by: Practitioner, meeting: UUID, key: str, person: str, why: str, what: str = "meeting",
    review: datetime | None = None, now: datetime,
) -> Acted:  # fmt: skip
    """Record that they were not told, and why not."""

    def make(_: Opened) -> ev.Event:
        return ev.NotTold(id=key, at=now, by=by.username, person=person, why=why, what=what, review=review)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


def go_on_without(*, by: Practitioner, meeting: UUID, key: str, requirement: str, reason: str, now: datetime) -> Acted:
    """Record why a requirement is not met and the meeting goes on."""

    def make(_: Opened) -> ev.Event:
        return ev.ExceptionRecorded(id=key, at=now, by=by.username, requirement=requirement, reason=reason)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


# -- scores


def score(
    *, by: Practitioner, meeting: UUID, key: str, score: int, reason: str, child: str = "", author: str = "",
    now: datetime,
) -> Acted:  # fmt: skip
    """Give one's own safety score with its reason; hidden from the others until all are shown. child: which of several;
    of one, nothing need be said."""

    def make(opened: Opened) -> ev.Event:
        if child not in scores.of_whom(opened.state):
            raise ev.MeetingError("say for which child this score is: each of them has their own.")
        return ev.ScoreGiven(id=key, at=now, by=by.username, author=author, score=score, reason=reason, child=child)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, draft="score" if not author else "", states=True)


def score_each(
    *, by: Practitioner, meeting: UUID, key: str, given: Mapping[str, tuple[int, str]], author: str = "", now: datetime
) -> Acted:
    """Give one's scores for several children at once, each with its own reason: all of them are kept, or none."""
    with transaction.atomic():
        acted = [
            score(
                by=by, meeting=meeting, key=f"{key}/{number}", score=said, reason=why, child=child, author=author,
                now=now,
            )
            for number, (child, (said, why)) in enumerate(given.items())
        ]  # fmt: skip
    return acted[-1]


def show_scores(*, by: Practitioner, meeting: UUID, key: str, now: datetime) -> Acted:
    """The chair shows the scores though some are missing; whose is on record."""

    def make(opened: Opened) -> ev.Event:
        return ev.ScoresShown(id=key, at=now, by=by.username, missing=scores.still_to_come(opened.state))

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS, states=True)


# -- items

ITEMS: Mapping[str, tuple[type[ev.ItemAdded], type[ev.ItemChanged]]] = {
    "danger": (ev.DangerVoiced, ev.DangerCorrected),
    "protection": (ev.ProtectionProposed, ev.ProtectionChanged),
    "action": (ev.ActionAgreed, ev.ActionChanged),
    "decision": (ev.DecisionMade, ev.DecisionChanged),
    "dissent": (ev.DissentRecorded, ev.DissentChanged),
    "view": (ev.ViewGiven, ev.ViewChanged),
    "note": (ev.NoteWritten, ev.NoteChanged),
}
"""What is written down in items: by its name in a page, the events that add and change it."""
_STATES = frozenset({"protection", "action", "decision", "dissent", "view"})
_RUN = frozenset({"decision"})
"""Whoever chairs decides where there is no consensus, so that decisions are typed by whoever runs the meeting."""


def add(
    *, by: Practitioner, meeting: UUID, key: str, what: str, item: str, fields: Mapping[str, Any], author: str = "",
    now: datetime, draft: str = "",
) -> Acted:  # fmt: skip
    """Add an item: a danger, protection, action, decision, dissent, view or note (`ITEMS`); `item` is its new id."""
    kind = ITEMS[what][0]
    check_fields(kind, fields)
    said = {**fields, **times_said(what, fields, now), **owner_said(kind, fields)}

    def make(opened: Opened) -> ev.Event:
        about = opened.state.items.get(str(said.get("decision") or ""))
        where = {"closed_part": about.text("closed_part")} if about else {}
        return kind(id=key, at=now, by=by.username, author=author, item=str(UUID(item)), **{**where, **said})

    right = Right.RUNS if what in _RUN else Right.PLACE
    return act(
        by=by,
        meeting=meeting,
        key=key,
        make=make,
        now=now,
        right=right,
        draft=draft,
        states=what in _STATES - {"protection"},
    )


def change(
    *, by: Practitioner, meeting: UUID, key: str, what: str, item: str, of_version: int, changes: Mapping[str, Any],
    author: str = "", now: datetime, draft: str = "",
) -> Acted:  # fmt: skip
    """Change an item from the version that one saw. `Acted.refused` says that it came too late; both texts are kept."""
    added, changed = ITEMS[what]
    check_fields(added, changes)

    def make(_: Opened) -> ev.Event:
        return changed(id=key, at=now, by=by.username, author=author, item=item, of_version=of_version, changes=changes)

    right = Right.RUNS if what in _RUN else Right.PLACE
    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=right, draft=draft, states=what in _STATES)


_TIMES = {"danger": ("starts", "ends"), "protection": ("in_force_from", "until"), "action": ("due",)}


def reading(text: str, now: datetime) -> Reading | Ask:
    """How words for a time ("this weekend") are read at this moment: shown while they are typed, and correctable."""
    under = Arrangements()
    hours = under.rules.office_hours
    return read_time(text, now, under.calendar, hours, holidays_in_use().known(now, hours, under.calendar))


def times_said(what: str, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The times that `said_when` means, where the fields give none themselves. Words that can't be read give none: a
    danger then counts from now, and a protection not at all, until somebody says from when."""
    named = _TIMES.get(what, ())
    words = str(fields.get("said_when") or "").strip()
    if not words or any(fields.get(name) is not None for name in named):
        return {}
    read = reading(words, now)
    if isinstance(read, Ask):
        return {}
    if what == "action":
        return {"due": (read.ends or read.starts).latest}
    found: dict[str, Any] = {named[0]: read.starts, named[1]: read.ends}
    return {**found, "read_as": read.how} if what == "danger" else found


def owner_said(kind: type[ev.ItemAdded], fields: Mapping[str, Any]) -> dict[str, str]:
    """The name and agency of an owner who signs in, where they are not given: a named person, never a team."""
    if "owner_name" not in kind.EDITABLE or not fields.get("owner") or fields.get("owner_name"):
        return {}
    found = Practitioner.objects.filter(username=fields["owner"], is_active=True).select_related("organisation").first()
    known = {"owner_name": found.name, "agency": found.agency} if found else {}
    return {name: value for name, value in known.items() if name in kind.EDITABLE}


def check_fields(kind: type[ev.ItemAdded], fields: Mapping[str, Any]) -> None:
    """Refuse a field that this kind of item does not have."""
    named = {*kind.EDITABLE, "child", "block", "decision", "closed_part"} & set(kind.__dataclass_fields__)
    unknown = sorted(set(fields) - named)
    if unknown:
        raise ev.MeetingError(f"{', '.join(unknown)} cannot be said of it: only {', '.join(sorted(named))}.")


def withdraw(
    *, by: Practitioner, meeting: UUID, key: str, item: str, of_version: int, reason: str, now: datetime
) -> Acted:
    """Take an item back, with a reason: one's own, or (for whoever runs the meeting) any."""

    def make(opened: Opened) -> ev.Event:
        held = opened.state.items.get(item)
        if held and held.author != by.username and not opened.runs:
            raise Refused("Whoever said it takes it back, or whoever runs the meeting.")
        return ev.ItemWithdrawn(id=key, at=now, by=by.username, item=item, of_version=of_version, reason=reason)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, states=True)


def settle(*, by: Practitioner, meeting: UUID, key: str, item: str, edit: str, kept: str, now: datetime) -> Acted:
    """Say which of two texts stands, having read both (`theirs`, `mine`, `both`)."""

    def make(_: Opened) -> ev.Event:
        return ev.EditSettled(id=key, at=now, by=by.username, item=item, edit=edit, kept=kept)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def accept(
    *, by: Practitioner, meeting: UUID, key: str, item: str, of_version: int, author: str = "", how: str = "",
    now: datetime,
) -> Acted:  # fmt: skip
    """Say: this protection is mine, I do it. Only its owner; or, for one in the room or who does not sign in, whoever
    runs the meeting writes down that they said so, and how."""

    def make(_: Opened) -> ev.Event:
        _said_how(by, author, how)
        return ev.ProtectionAccepted(
            id=key, at=now, by=by.username, author=author, item=item, of_version=of_version, how=how
        )

    return act(by=by, meeting=meeting, key=key, make=make, now=now, states=True)


def _said_how(by: Practitioner, author: str, how: str) -> None:
    """A word that somebody else wrote down says how it was given: a name alone is nobody's acceptance."""
    if author not in ("", by.username) and not how.strip():
        raise ev.MeetingError("say how they accepted it: in the room, by telephone, in writing.")


def decline(
    *, by: Practitioner, meeting: UUID, key: str, item: str, reason: str, author: str = "", now: datetime
) -> Acted:
    """Say that one will not, or cannot."""

    def make(opened: Opened) -> ev.Event:
        held = opened.state.items.get(item)
        if held and (author or by.username) != held.text("owner"):
            raise Refused("Whoever it was given to declines it.")
        return ev.ProtectionDeclined(id=key, at=now, by=by.username, author=author, item=item, reason=reason)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, states=True)


def confirm(
    *, by: Practitioner, meeting: UUID, key: str, item: str, how: str, in_force: bool = True, author: str = "",
    now: datetime,
) -> Acted:  # fmt: skip
    """Say that one checked, how, and whether the protection is in force."""
    kind = ev.ProtectionConfirmed if in_force else ev.ProtectionFailed

    def make(_: Opened) -> ev.Event:
        return kind(id=key, at=now, by=by.username, author=author, item=item, how=how)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def accept_action(
    *, by: Practitioner, meeting: UUID, key: str, item: str, author: str = "", how: str = "", now: datetime
) -> Acted:
    """Take an action."""

    def make(opened: Opened) -> ev.Event:
        held = opened.state.items.get(item)
        if held and (author or by.username) != held.text("owner"):
            raise Refused("Whoever the action was given to takes it.")
        _said_how(by, author, how)
        return ev.ActionAccepted(id=key, at=now, by=by.username, author=author, item=item, how=how)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def action_done(
    *, by: Practitioner, meeting: UUID, key: str, item: str, how: str, author: str = "", now: datetime
) -> Acted:
    """Say that an action was done, and how that shows."""

    def make(_: Opened) -> ev.Event:
        return ev.ActionDone(id=key, at=now, by=by.username, author=author, item=item, how=how)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def answer_dissent(*, by: Practitioner, meeting: UUID, key: str, item: str, answer: str, now: datetime) -> Acted:
    """Answer a dissent in writing."""

    def make(_: Opened) -> ev.Event:
        return ev.DissentAnswered(id=key, at=now, by=by.username, item=item, answer=answer)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)
