"""Who holds each role of each organisation: at a moment, over its week, and where nobody does. Reads only.

The rota holds staff, not children, so anybody who may hold a duty may read it: they need to know who is next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import cast

from nightlight.actions.seeing.access import Refused, require
from nightlight.domain.clocks import RuleRow
from nightlight.domain.raising import Arrangements
from nightlight.domain.roles import ROLES, Permission, may
from nightlight.domain.rota import Absence, NobodyOnRota, OnRota, Rota, Shift, Turn, gaps, turns, who
from nightlight.domain.rule_types import OfficeHours
from nightlight.store.duties import mapping
from nightlight.store.duties.models import AbsenceRow, OrganisationHours, RotaRow, Team
from nightlight.store.people.models import Organisation, Practitioner
from nightlight.timeline.instants import END
from nightlight.timeline.london import local_date, start_of_day


@dataclass(frozen=True, slots=True)
class Post:
    """One role of one organisation (empty: the whole partnership), who answers at the moment, and over its week."""

    role: str
    organisation: str
    answer: OnRota | NobodyOnRota
    week: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Vacant:
    """A rung of somebody's ladder with nobody on it, and why."""

    role: str
    organisation: str
    because: str


@dataclass(frozen=True, slots=True)
class Hours:
    """An organisation's working hours; own: its own, not those of the partnership's rules."""

    hours: OfficeHours
    own: bool


@dataclass(frozen=True, slots=True)
class RotaPage:
    """The rota of one organisation and of the partnership at a moment. may_edit: this person may change its rows."""

    at: datetime
    organisation: Organisation
    organisations: tuple[Organisation, ...]
    local: tuple[Post, ...]
    partnership: tuple[Post, ...]
    vacant: tuple[Vacant, ...]
    shifts: tuple[RotaRow, ...]
    absences: tuple[AbsenceRow, ...]
    hours: Hours
    teams: tuple[Team, ...]
    may_edit: bool


def rota_page(*, by: Practitioner, now: datetime, at: datetime | None = None, organisation: str = "") -> RotaPage:
    """The rota as at a moment, past or to come; of this person's organisation unless their role answers for all."""
    require(by, Permission.DUTY_HOLD)
    moment = at or now
    chosen = Organisation.objects.filter(code=organisation or by.organisation_id).first()
    wide = ROLES[by.role].partnership_wide
    if chosen is None or not (wide or chosen.code == by.organisation_id):
        raise Refused("You can see the rota of your own organisation and of the partnership.")
    rota = mapping.rota()
    posts = _Posts(rota, Arrangements(rota=rota).rules.rows)
    seen = tuple(Organisation.objects.order_by("name")) if wide else (chosen,)
    local = tuple(posts.post(role, chosen.code, moment) for role in posts.local_roles(chosen.code))
    partnership = tuple(posts.post(role, "", moment) for role in posts.partnership_roles())
    return RotaPage(
        at=moment,
        organisation=chosen,
        organisations=seen if wide else (),
        local=local,
        partnership=partnership,
        vacant=tuple(posts.vacant([each.code for each in seen], moment)),
        shifts=_shifts(chosen.code, moment),
        absences=_absences(chosen.code, moment),
        hours=hours_of(chosen.code),
        teams=tuple(teams_of(chosen.code)),
        may_edit=_may_edit(by, chosen.code),
    )


def hours_of(organisation: str) -> Hours:
    """The working hours that hold for an organisation."""
    row = OrganisationHours.objects.filter(organisation=organisation).first()
    if row is None:
        return Hours(Arrangements().rules.office_hours, own=False)
    return Hours(OfficeHours(row.start, row.end, row.every_day), own=True)


def teams_of(organisation: str) -> list[Team]:
    """The teams of an organisation, by name."""
    return list(Team.objects.filter(organisation=organisation).order_by("name", "code"))


def new_team_code(organisation: str, name: str) -> str:
    """A code that no team has: the organisation's and the name's letters, and a number where that is taken."""
    letters = "".join(each if each.isalnum() else "-" for each in name.lower()).strip("-")
    stem = f"{organisation}-{letters}"[:70]
    taken = set(Team.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in count(1) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)


def _may_edit(by: Practitioner, organisation: str) -> bool:
    own = by.organisation_id == organisation and may(by.role, Permission.ROTA_EDIT)
    return own or may(by.role, Permission.ROTA_EDIT_ALL)


def _shifts(organisation: str, at: datetime) -> tuple[RotaRow, ...]:
    """The rows that hold then or are to come; those that have ended are history, and `at` may be in it."""
    rows = RotaRow.objects.filter(organisation=organisation).select_related("practitioner", "team")
    rows = rows.defer("practitioner__password")
    return tuple(row for row in rows.order_by("role", "since", "id") if row.until is None or row.until > at)


def _absences(organisation: str, at: datetime) -> tuple[AbsenceRow, ...]:
    rows = AbsenceRow.objects.filter(practitioner__organisation=organisation).select_related("practitioner", "cover")
    rows = rows.defer("practitioner__password", "cover__password")
    return tuple(row for row in rows.order_by("since", "id") if row.until is None or row.until > at)


class _Posts:
    """The posts of a rota, each looked up among its own shifts only."""

    def __init__(self, rota: Rota, rows: Iterable[RuleRow]) -> None:
        self._rota = rota
        self._shifts: Mapping[tuple[str, str], list[Shift]] = defaultdict(list)
        for shift in rota.shifts:
            self._shifts[shift.role, shift.organisation].append(shift)
        self._named = named_by(rows)
        wide = [role for role in ROLES if ROLES[role].partnership_wide]
        self._homes = set(RotaRow.objects.filter(role__in=wide).values_list("organisation", flat=True))

    def partnership_roles(self) -> list[str]:
        return [role for role in ROLES if ROLES[role].partnership_wide and self._is_post(role, "")]

    def local_roles(self, organisation: str) -> list[str]:
        return [role for role in ROLES if not ROLES[role].partnership_wide and self._is_post(role, organisation)]

    def _is_post(self, role: str, organisation: str) -> bool:
        """Whether somebody was ever put on it, or a ladder names it and it is the organisation's to fill.

        Where the partnership's own roles are at home (the local authority), the roles of a school or a practice are not
        missing because nobody was ever put on them.
        """
        ever = (role, organisation) in self._shifts
        return ever or (role in self._named and organisation not in self._homes)

    def _of(self, role: str, organisation: str) -> Rota:
        keys = {(role, organisation), (role, "")}
        shifts = tuple(shift for key in sorted(keys) for shift in self._shifts.get(key, ()))
        return Rota(shifts, self._rota.absences, self._rota.hours, self._rota.calendar)

    def post(self, role: str, organisation: str, at: datetime) -> Post:
        rota = self._of(role, organisation)
        since, until = week_of(at)
        return Post(
            role, organisation, who(rota, role, organisation, at), turns(rota, role, organisation, since, until)
        )

    def vacant(self, organisations: Sequence[str], at: datetime) -> Iterable[Vacant]:
        """Every post that a ladder names and nobody answers for then: the partnership's, then organisations'."""
        wide = [(role, "") for role in self.partnership_roles()]
        local = [(role, each) for each in organisations for role in self.local_roles(each)]
        for role, organisation in (*wide, *local):
            answer = who(self._of(role, organisation), role, organisation, at)
            if role in self._named and isinstance(answer, NobodyOnRota):
                yield Vacant(role, organisation, answer.because)


def named_by(rows: Iterable[RuleRow]) -> frozenset[str]:
    """The roles that duties come to or climb to by the rules."""
    raising = [row for row in rows if row.level or row.duty_level]
    first = {role for row in raising for role in (row.role, row.out_of_hours)}
    climbed_to = {role for row in raising for rung in row.ladder for role in (rung.role, rung.out_of_hours)}
    return frozenset((first | climbed_to) - {""})


def week_of(at: datetime) -> tuple[datetime, datetime]:
    """The week in London that a moment is in, from Monday's midnight to the next."""
    monday = local_date(at) - timedelta(days=local_date(at).weekday())
    return start_of_day(monday), start_of_day(monday + timedelta(days=7))


# -- before a change is made


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the coming weeks in which a change would leave a role with nobody."""

    role: str
    organisation: str
    since: datetime
    until: datetime


AHEAD = timedelta(days=28)
"""How far ahead of a change gaps are looked for."""


def gaps_if_ended(*, shift: RotaRow, until: datetime) -> tuple[Gap, ...]:
    """Where nobody would answer if this shift ended then, who would if it did not."""
    rota = mapping.rota()
    same = (shift.role, shift.practitioner.username, shift.since, shift.until or END)
    ended = [each for each in rota.shifts if (each.role, each.person, each.since, each.until) == same][:1]
    shifts = tuple(replace(each, until=until) if each in ended else each for each in rota.shifts)
    return _new_gaps(rota, replace(rota, shifts=shifts), {(each.role, each.organisation) for each in ended}, until)


def of_organisation(*, by: Practitioner, organisation: str) -> tuple[Organisation, list[Practitioner], list[str]]:
    """An organisation whose rota this person may change, its people, and the roles they can be put on."""
    require(by, Permission.ROTA_EDIT)
    found = Organisation.objects.filter(code=organisation or by.organisation_id).first()
    if found is None or not _may_edit(by, found.code):
        raise Refused("You can change the rota of your own organisation. Ask theirs, or a service manager.")
    holding = [role for role in ROLES if may(role, Permission.DUTY_HOLD)]
    people = Practitioner.objects.filter(organisation=found, is_active=True, role__in=holding).order_by("name")
    here = set(RotaRow.objects.filter(organisation=found).values_list("role", flat=True))
    here |= {person.role for person in people}
    return found, list(people), [role for role in holding if role in here]


def shift(*, by: Practitioner, shift_id: int) -> RotaRow:
    """A row of the rota that this person may change."""
    rows = RotaRow.objects.select_related("practitioner", "organisation").defer("practitioner__password")
    row = rows.filter(id=shift_id).first()
    of_organisation(by=by, organisation=row.organisation_id if row else "-")
    return cast(RotaRow, row)


def absence(*, by: Practitioner, absence_id: int) -> AbsenceRow:
    """An absence that this person may change."""
    rows = AbsenceRow.objects.select_related("practitioner", "cover")
    row = rows.defer("practitioner__password", "cover__password").filter(id=absence_id).first()
    of_organisation(by=by, organisation=row.practitioner.organisation_id if row else "-")
    return cast(AbsenceRow, row)


def gaps_if_away(*, person: str, cover: str, since: datetime, until: datetime | None) -> tuple[Gap, ...]:
    """Where nobody would answer if this person were away so, and somebody (or nobody) covered."""
    rota = mapping.rota()
    away = Absence(person=person, since=since, until=until or END, cover=cover)
    posts = {(shift.role, shift.organisation) for shift in rota.shifts if shift.person == person}
    return _new_gaps(rota, replace(rota, absences=(*rota.absences, away)), posts, since)


def _new_gaps(before: Rota, after: Rota, posts: Iterable[tuple[str, str]], since: datetime) -> tuple[Gap, ...]:
    found = []
    for role, organisation in sorted(posts):
        had = {(gap.since, gap.until) for gap in gaps(before, role, organisation, since, since + AHEAD)}
        for gap in gaps(after, role, organisation, since, since + AHEAD):
            if (gap.since, gap.until) not in had:
                found.append(Gap(role, organisation, gap.since, gap.until))
    return tuple(found)
