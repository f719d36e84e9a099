"""Children's social care as tables of the Standard Safeguarding Dataset, one CSV a table.

Its outcome columns are called JSON and are text that was joined by hand: some come broken, as they do.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from nightlight.sample.dirt import Written
from nightlight.sample.happenings import Happening
from nightlight.sample.organisations import LOCAL_AUTHORITY, LOCAL_AUTHORITY_CODE, Delivery, slug
from nightlight.sample.population import Family
from nightlight.sample.writers.base import Setting, person_of

_FEED = "ssd"
SYSTEM = "mosaic:" + slug(LOCAL_AUTHORITY)

TABLES: dict[str, str] = {
    "ssd_person": "pers_person_id pers_legacy_id pers_forename pers_surname pers_sex pers_ethnicity pers_dob pers_upn "
    "pers_upn_unknown pers_is_mother",
    "ssd_linked_identifiers": "link_table_id link_person_id link_identifier_type link_identifier_value "
    "link_valid_from_date link_valid_to_date",
    "ssd_address": "addr_table_id addr_person_id addr_address_type addr_address_start_date addr_address_end_date "
    "addr_address_postcode addr_address_json",
    "ssd_family": "fami_table_id fami_family_id fami_person_id",
    "ssd_mother": "moth_table_id moth_person_id moth_childs_person_id moth_childs_dob",
    "ssd_contacts": "cont_contact_id cont_person_id cont_contact_date cont_contact_source_code "
    "cont_contact_source_desc cont_contact_outcome_json",
    "ssd_early_help_episodes": "earl_episode_id earl_person_id earl_episode_start_date earl_episode_end_date "
    "earl_episode_reason earl_episode_end_reason earl_episode_organisation earl_episode_worker_id",
    "ssd_cin_episodes": "cine_referral_id cine_person_id cine_referral_date cine_cin_primary_need_code "
    "cine_referral_source_code cine_referral_source_desc cine_referral_outcome_json cine_referral_nfa "
    "cine_close_reason cine_close_date cine_referral_team cine_referral_worker_id",
    "ssd_cin_assessments": "cina_assessment_id cina_person_id cina_referral_id cina_assessment_start_date "
    "cina_assessment_child_seen cina_assessment_auth_date cina_assessment_outcome_json cina_assessment_outcome_nfa "
    "cina_assessment_team cina_assessment_worker_id",
    "ssd_cin_plans": "cinp_cin_plan_id cinp_referral_id cinp_person_id cinp_cin_plan_start_date "
    "cinp_cin_plan_end_date cinp_cin_plan_team cinp_cin_plan_worker_id",
    "ssd_cin_visits": "cinv_cin_visit_id cinv_person_id cinv_cin_visit_date cinv_cin_visit_seen "
    "cinv_cin_visit_seen_alone cinv_cin_visit_bedroom",
    "ssd_s47_enquiry": "s47e_s47_enquiry_id s47e_referral_id s47e_person_id s47e_s47_start_date s47e_s47_end_date "
    "s47e_s47_nfa s47e_s47_outcome_json s47e_s47_completed_by_worker_id s47e_s47_completed_by_team",
    "ssd_initial_cp_conference": "icpc_icpc_id icpc_s47_enquiry_id icpc_person_id icpc_cp_plan_id icpc_referral_id "
    "icpc_icpc_transfer_in icpc_icpc_target_date icpc_icpc_date icpc_icpc_outcome_cp_flag icpc_icpc_outcome_json "
    "icpc_icpc_team icpc_icpc_worker_id",
    "ssd_cp_plans": "cppl_cp_plan_id cppl_referral_id cppl_icpc_id cppl_person_id cppl_cp_plan_start_date "
    "cppl_cp_plan_end_date cppl_cp_plan_ola cppl_cp_plan_initial_category cppl_cp_plan_latest_category",
    "ssd_cp_reviews": "cppr_cp_review_id cppr_person_id cppr_cp_plan_id cppr_cp_review_due cppr_cp_review_date "
    "cppr_cp_review_outcome_continue_cp cppr_cp_review_quorate cppr_cp_review_participation",
    "ssd_cp_visits": "cppv_cp_visit_id cppv_person_id cppv_cp_plan_id cppv_cp_visit_date cppv_cp_visit_seen "
    "cppv_cp_visit_seen_alone cppv_cp_visit_bedroom",
    "ssd_involvements": "invo_involvements_id invo_professional_id invo_professional_role_id "
    "invo_professional_team invo_involvement_start_date invo_involvement_end_date invo_worker_change_reason "
    "invo_person_id invo_referral_id",
}
"""Each table that is written, with its columns: people first, so that whoever is named later is known."""

_SOURCES = {
    "police": ("6", "Police"), "education": ("2A", "Schools"), "health.gp": ("3A", "GP"),
    "health.hospital": ("3E", "A&E"), "health.community": ("3B", "Health visitor"), "family": ("1A", "Family member"),
    "anonymous": ("9", "Anonymous"), "social_care": ("5D", "LA services - early help"), "housing": ("4", "Housing"),
    "voluntary": ("8", "Voluntary organisation"),
    "adult_services": ("5A", "Adult social care"), "public": ("1B", "Acquaintance"),
}  # fmt: skip
_CATEGORIES = {"neglect": "NEG", "physical": "PHY", "sexual": "SAB", "emotional": "EMO", "multiple": "MUL"}
_OUTCOMES: dict[tuple[str, str], str] = {
    ("contact", "referral"): "NEW_REFERRAL_FLAG",
    ("contact", "already_open"): "EXISTING_REFERRAL_FLAG",
    ("contact", "information"): "ADVICE_FLAG",
    ("contact", "no_further_action"): "NFA_FLAG",
    ("contact", "family_help"): "EH Referral",
    ("referral", "assessment"): "SINGLE_ASSESSMENT_FLAG",
    ("referral", "section_47"): "STRATEGY_DISCUSSION_FLAG",
    ("referral", "no_further_action"): "NFA_FLAG",
    ("referral", "family_help"): "Step-down to Early Help",
    ("assessment", "child_in_need"): "PROV_OF_SERVICES_FLAG",
    ("assessment", "section_47"): "STRATEGY_DISCUSSION_FLAG",
    ("assessment", "no_further_action"): "NFA_FLAG",
    ("assessment", "family_help"): "Step-down to Early Help",
    ("section_47", "conference"): "CP_CONFERENCE_FLAG",
    ("section_47", "child_in_need"): "PROV_OF_SERVICES_FLAG",
    ("section_47", "no_further_action"): "NFA_FLAG",
    ("conference", "child_protection_plan"): "CP_FLAG",
    ("conference", "child_in_need"): "PROV_OF_SERVICES_FLAG",
    ("conference", "no_plan"): "NFA_FLAG",
}
"""What each step's outcome is called in its column: a flag, or words where the data set has no flag for it."""
_TEAM = "Assessment and Family Safeguarding"


class SsdWriter:
    """The local authority's export."""

    feed = _FEED

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        for table, columns in TABLES.items():
            self._row(table, columns.split())
        self._kinds = frozenset(_STEPS)

    def carries(self, happening: Happening) -> bool:
        return happening.kind in self._kinds

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        mine: dict[str, list[Happening]] = defaultdict(list)
        for happening in happenings:
            mine[happening.about[0]].append(happening)
        if not mine:
            return
        self._people(family, list(mine))
        for true_id, facts in mine.items():
            case = _Case(self, family, self._written(family, true_id), facts)
            case.write()
        self._setting.count(_FEED, len(happenings))

    def _written(self, family: Family, true_id: str) -> Written:
        person = person_of(family, true_id)
        identified = "nhs_number" if person.is_child else ""
        return self._setting.written(person, family, system=SYSTEM, feed=_FEED, identified=identified)

    def _people(self, family: Family, children: list[str]) -> None:
        written = [self._written(family, true_id) for true_id in children]
        adults = [self._written(family, adult.true_id) for adult in family.adults]
        family_id = f"FAM{family.number + 10:07d}"
        for each in (*written, *adults):
            self._person(each)
            self._homes(family, each)
            self._row("ssd_family", [f"{family_id}-{each.source_id}", family_id, each.source_id])
        mother = next((a for a in adults if a.person.role == "mother"), None)
        for child in written if mother else ():
            self._row(
                "ssd_mother",
                [f"M{child.source_id}", mother.source_id if mother else "", child.source_id, _iso(child.born)],
            )

    def _person(self, each: Written) -> None:
        person, unknown = each.person, "" if each.upn or not each.person.is_child else "UN4"
        self._row(
            "ssd_person",
            [
                each.source_id, "", each.given, each.family, each.sex, person.ethnicity, _iso(each.born), each.upn,
                unknown, "Y" if person.role == "mother" else "N",
            ],
        )  # fmt: skip
        if each.nhs_number:
            self._row(
                "ssd_linked_identifiers",
                [f"L{each.source_id}", each.source_id, "NHS Number", each.nhs_number, _iso(each.born), ""],
            )
            if each.nhs_number != person.nhs_number:
                self._setting.refuse(_FEED)

    def _homes(self, family: Family, each: Written) -> None:
        ends = [home.since for home in family.homes[1:]]
        for number, home in enumerate(family.homes):
            since = max(home.since, each.born) if each.person.is_child else home.since
            until = ends[number] if number < len(ends) else None
            if until is not None and until <= since:
                continue
            a = home.address
            details = {"HOUSE": a.number, "STREET": a.street, "TOWN": a.town, "UPRN": a.uprn}
            self._row(
                "ssd_address",
                [
                    f"{a.key}-{each.source_id}", each.source_id, "Home", _iso(since), _iso(until), a.postcode,
                    json.dumps(details),
                ],
            )  # fmt: skip

    def _row(self, table: str, cells: Sequence[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(cells)
        self._setting.files.append(f"ssd/{table}.csv", line.getvalue().encode())

    def outcome(self, said: str, serial: str, *, may_break: bool) -> str:
        """An outcome column: JSON joined by hand, its quotation marks not escaped, and sometimes cut short."""
        if not said.endswith("_FLAG"):
            return said
        roll = self._setting.rng("json", serial).random() if may_break else 1.0
        if roll < 0.008:
            self._setting.dirt.note("truncated_json", _FEED)
            self._setting.refuse(_FEED)
            return f'{{"{said}":"Y","COMMENTS":"Mother said "not today" and'
        if roll < 0.02:
            self._setting.dirt.note("broken_json", _FEED)
            return f'{{"{said}":"Y","COMMENTS":"Mother said "not today" on the telephone"}}'
        return json.dumps({said: "Y", "COMMENTS": ""})

    def finish(self) -> list[Delivery]:
        return [
            Delivery(
                feed=_FEED, path="ssd", agency="social_care", organisation=LOCAL_AUTHORITY_CODE,
                organisation_name=LOCAL_AUTHORITY, system=SYSTEM,
            )
        ]  # fmt: skip


class _Case:
    """One child's record: referrals hold what follows them, so the rows are made in the order of events."""

    def __init__(self, writer: SsdWriter, family: Family, child: Written, facts: list[Happening]) -> None:
        self.writer, self.child = writer, child
        self.clean = family.number < 0
        self.facts = facts
        self.referral = self.enquiry = self.conference = self.plan = ""
        self.protected_until: date | None = None
        self._serial = 0

    def serial(self, prefix: str) -> str:
        self._serial += 1
        return f"{prefix}{self.child.source_id}{self._serial:04d}"

    def row(self, table: str, cells: Sequence[str]) -> None:
        self.writer._row(table, cells)

    def outcome(self, fact: Happening) -> str:
        step, came = fact.kind.removeprefix("social_care."), fact.attributes.get("outcome", "")
        said = _OUTCOMES.get((step, came), "")
        return self.writer.outcome(said, self.serial("J"), may_break=not self.clean)

    def write(self) -> None:
        for fact in self.facts:
            _STEPS[fact.kind](self, fact)

    def next_end(self, fact: Happening) -> date | None:
        """When a referral's last step ends; None while any is open, or where it had none."""
        later = [f for f in self.facts if f.instant >= fact.instant and f.kind in _LASTING]
        following = next((f.day for f in self.facts if f.kind == "social_care.referral" and f.day > fact.day), None)
        mine = [f for f in later if following is None or f.day < following]
        ends = [f.until for f in mine]
        return max((end for end in ends if end), default=None) if all(ends) else None


_LASTING = frozenset(
    {
        "social_care.assessment", "social_care.section_47", "social_care.child_in_need_plan",
        "social_care.child_protection_plan",
    }
)  # fmt: skip


def _iso(day: date | None) -> str:
    return f"{day.isoformat()} 00:00:00" if day else ""


def _yes(value: object) -> str:
    return "Y" if value else "N"


def _contact(case: _Case, fact: Happening) -> None:
    code, words = _SOURCES[fact.attributes["from"]]
    outcome = case.outcome(fact)
    case.row("ssd_contacts", [case.serial("CO"), case.child.source_id, _iso(fact.day), code, words, outcome])


def _family_help(case: _Case, fact: Happening) -> None:
    case.row(
        "ssd_early_help_episodes",
        [case.serial("EH"), case.child.source_id, _iso(fact.day), _iso(fact.until), "Family support", "", _TEAM, ""],
    )


def _referral(case: _Case, fact: Happening) -> None:
    code, words = _SOURCES[fact.attributes["from"]]
    case.referral = case.serial("RE")
    outcome = fact.attributes["outcome"]
    closed = fact.day if outcome == "no_further_action" else case.next_end(fact)
    case.row(
        "ssd_cin_episodes",
        [
            case.referral, case.child.source_id, _iso(fact.day), "N1", code, words, case.outcome(fact),
            _yes(outcome == "no_further_action"), "RC8" if closed else "", _iso(closed), _TEAM, "SW001",
        ],
    )  # fmt: skip


def _assessment(case: _Case, fact: Happening) -> None:
    outcome = fact.attributes.get("outcome", "")
    case.row(
        "ssd_cin_assessments",
        [
            case.serial("AS"), case.child.source_id, case.referral, _iso(fact.day), "Y", _iso(fact.until),
            case.outcome(fact), _yes(outcome == "no_further_action") if outcome else "", _TEAM, "SW001",
        ],
    )  # fmt: skip


def _section_47(case: _Case, fact: Happening) -> None:
    outcome = fact.attributes.get("outcome", "")
    case.enquiry = case.serial("S4")
    case.row(
        "ssd_s47_enquiry",
        [
            case.enquiry, case.referral, case.child.source_id, _iso(fact.day), _iso(fact.until),
            _yes(outcome == "no_further_action") if outcome else "", case.outcome(fact), "SW001", _TEAM,
        ],
    )  # fmt: skip


def _conference(case: _Case, fact: Happening) -> None:
    made = fact.attributes["outcome"] == "child_protection_plan"
    if fact.attributes["type"] == "review":
        case.row(
            "ssd_cp_reviews",
            [
                case.serial("RV"),
                case.child.source_id,
                case.plan,
                _iso(fact.day),
                _iso(fact.day),
                _yes(made),
                "Y",
                "PN2",
            ],
        )
        return
    case.conference = case.serial("IC")
    case.row(
        "ssd_initial_cp_conference",
        [
            case.conference, case.enquiry, case.child.source_id, "", case.referral, "N", _iso(fact.day), _iso(fact.day),
            _yes(made), case.outcome(fact), _TEAM, "SW001",
        ],
    )  # fmt: skip


def _protection_plan(case: _Case, fact: Happening) -> None:
    case.plan, case.protected_until = case.serial("CP"), fact.until or date.max
    category = _CATEGORIES[fact.attributes["category"]]
    case.row(
        "ssd_cp_plans",
        [
            case.plan, case.referral, case.conference, case.child.source_id, _iso(fact.day), _iso(fact.until), "N",
            category, category,
        ],
    )  # fmt: skip


def _need_plan(case: _Case, fact: Happening) -> None:
    case.row(
        "ssd_cin_plans",
        [case.serial("CN"), case.referral, case.child.source_id, _iso(fact.day), _iso(fact.until), _TEAM, "SW001"],
    )


def _visit(case: _Case, fact: Happening) -> None:
    seen = [_yes(fact.attributes.get(name)) for name in ("child_seen", "seen_alone", "bedroom_seen")]
    if case.protected_until and fact.day <= case.protected_until:
        case.row("ssd_cp_visits", [case.serial("CV"), case.child.source_id, case.plan, _iso(fact.day), *seen])
    else:
        case.row("ssd_cin_visits", [case.serial("NV"), case.child.source_id, _iso(fact.day), *seen])


def _worker_changed(case: _Case, fact: Happening) -> None:
    case.row(
        "ssd_involvements",
        [
            case.serial("IN"), case.serial("SW"), "Allocated worker", _TEAM,
            _iso(fact.day - timedelta(days=150)), _iso(fact.day), "Worker left",
            case.child.source_id, case.referral,
        ],
    )  # fmt: skip


_STEPS: dict[str, Callable[[_Case, Happening], None]] = {
    "social_care.contact": _contact,
    "social_care.family_help": _family_help,
    "social_care.referral": _referral,
    "social_care.assessment": _assessment,
    "social_care.section_47": _section_47,
    "social_care.conference": _conference,
    "social_care.child_in_need_plan": _need_plan,
    "social_care.child_protection_plan": _protection_plan,
    "social_care.visit": _visit,
    "social_care.worker_changed": _worker_changed,
}
