"""What a row of each table states: one function a table, named after it.

A date to come (a target, a review that is due) is not a fact and states no entry. docs/reference/feeds-ssd.md lists
which column lands where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nightlight.domain.people import LinkKind, normal_nhs_number, normal_postcode, normal_upn
from nightlight.feeds.records import AddressRecord, PersonRecord
from nightlight.feeds.ssd.codes import CLOSE_REASONS, PRIMARY_NEEDS, coded
from nightlight.feeds.ssd.row import ADULT_AT, Row, age
from nightlight.feeds.ssd.salvage import ADDRESS_KEYS, OUTCOME_KEYS
from nightlight.feeds.ssd.values import Refused, moment
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial

_LINES = ("FLAT", "ROOM", "FLOOR", "BUILDING", "HOUSE", "STREET", "TOWN")
_DETAILS = {
    "pers_ethnicity": "ethnicity",
    "pers_gender": "gender",
    "pers_nationality": "nationality",
    "pers_legacy_id": "legacy_id",
    "pers_upn_unknown": "upn_unknown",
}


def person(row: Row) -> None:
    """A child known to the service, or a mother of one; and a child's death, which is a fact of its own."""
    who = row.needed("pers_person_id")
    born = row.side_date("pers_dob")
    row.people.append(
        PersonRecord(
            source_id=who, role=_role(row, born), given=row.text("pers_forename"), family=row.text("pers_surname"),
            born=born, sex=row.text("pers_sex"), upn=_upn(row), nhs_number=_single_identifier(row),
            details=dict(_details(row)),
        )
    )  # fmt: skip
    died = row.side_date("pers_death_date")
    if died is not None and born is not None and age(born, local_date(died.earliest)) < ADULT_AT:
        row.entry("outcome.death", who, died)


def _role(row: Row, born: Partial | None) -> str:
    if born is not None:
        return "child" if age(born, local_date(row.now)) < ADULT_AT else "adult"
    return "child" if row.text("pers_expected_dob") else ""


def _upn(row: Row) -> str | None:
    text = row.text("pers_upn")
    if not text or (text.upper().startswith("UN") and len(text) <= 4):  # a reason for having none: UN1 to UN10
        return None
    if (upn := normal_upn(text)) is None:
        row.beside.append(Refused("pers_upn", "bad_upn", "a UPN: 13 characters with the right check letter; left out"))
    return upn


def _single_identifier(row: Row) -> str | None:
    """The single unique identifier is the NHS number in the clear, where a partnership has it."""
    return normal_nhs_number(row.text("pers_single_unique_id"))


def _details(row: Row) -> Iterator[tuple[str, Any]]:
    for column, name in _DETAILS.items():
        if text := row.text(column):
            yield name, text
    if row.text("pers_expected_dob") and (expected := _readable(row, "pers_expected_dob")):
        yield "expected_birth", expected
    if (mother := row.flag("pers_is_mother")) is not None:
        yield "is_mother", mother
    if (other := row.text("pers_single_unique_id")) and normal_nhs_number(other) is None:
        yield "single_unique_id", other


def _readable(row: Row, column: str) -> str | None:
    """A date that may be to come (an unborn child's), as text that `Partial.parse` reads."""
    try:
        found = moment(row.text(column), column)
    except Refused as refused:
        row.beside.append(refused)
        return None
    return found.isoformat() if found else None


def linked_identifiers(row: Row) -> None:
    """Another number of a person: their NHS number or UPN now, or one that they had before."""
    who, value = row.needed("link_person_id"), row.needed("link_identifier_value")
    kind = row.text("link_identifier_type").casefold()
    over = row.ended("link_valid_to_date", None) is not None
    if "nhs" in kind and not over:
        number = normal_nhs_number(value)
        row.people.append(PersonRecord(source_id=who, nhs_number=number))
        _told(row, number, "bad_nhs_number", "an NHS number: ten digits with the right check digit")
    elif kind in ("unique pupil number", "upn") and not over:
        upn = normal_upn(value)
        row.people.append(PersonRecord(source_id=who, upn=upn))
        _told(row, upn, "bad_upn", "a UPN: 13 characters with the right check letter")
    elif kind:
        name = "former_upn" if "pupil" in kind or "upn" in kind else f"identifier: {row.text('link_identifier_type')}"
        row.people.append(PersonRecord(source_id=who, details={name: value}))


def _told(row: Row, number: str | None, code: str, expected: str) -> None:
    if number is None:
        row.beside.append(Refused("link_identifier_value", code, f"{expected}; left out"))


def address(row: Row) -> None:
    """An address and who lives or lived there, over its dates; while it is current, its postcode is the person's."""
    key, who = row.needed("addr_table_id"), row.needed("addr_person_id")
    parts = row.json("addr_address_json", ADDRESS_KEYS).values
    lines = tuple(text for name in _LINES if (text := parts.get(name, "").strip()))
    postcode, uprn = normal_postcode(row.text("addr_address_postcode")), _uprn(parts.get("UPRN", ""))
    since = row.side_date("addr_address_start_date")
    until = row.ended("addr_address_end_date", since)
    row.addresses.append(AddressRecord(source_id=key, lines=lines, postcode=postcode, uprn=uprn))
    row.link(LinkKind.RESIDENCE, who, key, since, until)
    if until is None and postcode:  # for matching; where they live, and since when, is what the link says
        row.people.append(PersonRecord(source_id=who, postcode=postcode))


def _uprn(text: str) -> str | None:
    return text if text.isdecimal() and text.isascii() and len(text) <= 12 else None


def family(row: Row) -> None:
    """That a person belongs to a family, as the service groups them. It does not say who is what to whom."""
    details = {"family_id": row.needed("fami_family_id")}
    row.people.append(PersonRecord(source_id=row.needed("fami_person_id"), details=details))


def mother(row: Row) -> None:
    """Who is whose mother."""
    who, child = row.needed("moth_person_id"), row.needed("moth_childs_person_id")
    row.link(LinkKind.PARENT, who, child, row.side_date("moth_childs_dob"))


def contacts(row: Row) -> None:
    """A contact: from whom, and what came of it."""
    said = row.json("cont_contact_outcome_json", OUTCOME_KEYS)
    source = row.code("source", "cont_contact_source_code", "cont_contact_source_desc")
    text = _words(row.text("cont_contact_source_desc"), said.values.get("COMMENTS", ""))
    _event(
        row, "social_care.contact", "cont", "contact_date", text=text, from_=source,
        outcome=row.outcome("contact_outcome", said),
    )  # fmt: skip


def early_help_episodes(row: Row) -> None:
    """Family help, from its start to its end."""
    text = _words(row.text("earl_episode_reason"), row.text("earl_episode_end_reason"))
    _episode(row, "social_care.family_help", "earl", "episode_start_date", "episode_end_date", text=text)


def cin_episodes(row: Row) -> None:
    """A referral, and the closing of the case that it opened."""
    said = row.json("cine_referral_outcome_json", OUTCOME_KEYS)
    need = coded(row.text("cine_cin_primary_need_code"), PRIMARY_NEEDS)
    text = _words(
        row.text("cine_referral_source_desc"), _labelled("Primary need", need),
        said.values.get("COMMENTS", ""),
    )  # fmt: skip
    _event(
        row, "social_care.referral", "cine", "referral_date", text=text,
        from_=row.code("source", "cine_referral_source_code", "cine_referral_source_desc"),
        outcome=row.outcome("referral_outcome", said, row.flag("cine_referral_nfa")),
    )  # fmt: skip
    closed = row.ended("cine_close_date", row.entries[0].occurred)
    if closed is not None:
        reason = _labelled("Reason", coded(row.text("cine_close_reason"), CLOSE_REASONS))
        row.entry("social_care.closed", row.needed("cine_person_id"), closed, text=reason)


def cin_assessments(row: Row) -> None:
    """An assessment, from its start to the day it was authorised."""
    said = row.json("cina_assessment_outcome_json", OUTCOME_KEYS)
    seen = row.flag("cina_assessment_child_seen")
    text = _words("" if seen is None else f"Child seen: {'yes' if seen else 'no'}", said.values.get("COMMENTS", ""))
    _episode(
        row, "social_care.assessment", "cina", "assessment_start_date", "assessment_auth_date", text=text,
        outcome=row.outcome("assessment_outcome", said, row.flag("cina_assessment_outcome_nfa")),
    )  # fmt: skip


def assessment_factors(row: Row) -> None:
    """Factors found at an assessment: kept as they were sent; no kind of entry holds them, and no person is named."""


def cin_plans(row: Row) -> None:
    _episode(row, "social_care.child_in_need_plan", "cinp", "cin_plan_start_date", "cin_plan_end_date")


def cin_visits(row: Row) -> None:
    _visit(row, "cinv", "cin_visit")


def cp_visits(row: Row) -> None:
    _visit(row, "cppv", "cp_visit")


def _visit(row: Row, prefix: str, name: str) -> None:
    """A visit. A child who was not seen was not in; why not is not said."""
    seen = row.flag(f"{prefix}_{name}_seen")
    _event(
        row, "social_care.visit", prefix, f"{name}_date", child_seen=seen, result="seen" if seen else None,
        seen_alone=row.flag(f"{prefix}_{name}_seen_alone"), bedroom_seen=row.flag(f"{prefix}_{name}_bedroom"),
    )  # fmt: skip


def s47_enquiry(row: Row) -> None:
    """A section 47 enquiry, from its start to its end."""
    said = row.json("s47e_s47_outcome_json", OUTCOME_KEYS)
    _episode(
        row, "social_care.section_47", "s47e", "s47_start_date", "s47_end_date", text=said.values.get("COMMENTS", ""),
        outcome=row.outcome("section_47_outcome", said, row.flag("s47e_s47_nfa")),
    )  # fmt: skip


def initial_cp_conference(row: Row) -> None:
    """An initial child protection conference that was held."""
    if not row.text("icpc_icpc_date"):
        return
    said = row.json("icpc_icpc_outcome_json", OUTCOME_KEYS)
    plan = row.flag("icpc_icpc_outcome_cp_flag")
    outcome = "child_protection_plan" if plan else row.outcome("conference_outcome", said)
    _event(
        row, "social_care.conference", "icpc", "icpc_date", text=said.values.get("COMMENTS", ""),
        type="initial", outcome=outcome,
    )  # fmt: skip


def cp_plans(row: Row) -> None:
    """A child protection plan: its category is the latest; the initial one is told in the text where it differs."""
    latest = row.code("category", "cppl_cp_plan_latest_category")
    initial = row.code("category", "cppl_cp_plan_initial_category")
    text = f"initial category: {initial}" if initial and latest and initial != latest else ""
    _episode(
        row, "social_care.child_protection_plan", "cppl", "cp_plan_start_date", "cp_plan_end_date", text=text,
        category=latest or initial,
    )  # fmt: skip


def cp_reviews(row: Row) -> None:
    """A review conference that was held."""
    if not row.text("cppr_cp_review_date"):
        return
    goes_on = row.flag("cppr_cp_review_outcome_continue_cp")
    quorate = row.flag("cppr_cp_review_quorate")
    text = _words("the plan ends" if goes_on is False else "", "not quorate" if quorate is False else "")
    _event(
        row, "social_care.conference", "cppr", "cp_review_date", text=text, type="review",
        outcome="child_protection_plan" if goes_on else None,
    )  # fmt: skip


def cla_episodes(row: Row) -> None:
    text = _words(
        _labelled("Start", row.text("clae_cla_episode_start_reason")),
        _labelled("End", row.text("clae_cla_episode_ceased_reason")),
    )
    _episode(row, "social_care.looked_after", "clae", "cla_episode_start_date", "cla_episode_ceased_date", text=text)


def missing(row: Row) -> None:
    """Missing from care. Away without authorisation (A) is a child whose whereabouts are known: no entry."""
    if row.text("miss_missing_episode_type").upper() in ("A", "AWAY"):
        return
    since = row.happened("miss_missing_episode_start_date")
    until = row.ended("miss_missing_episode_end_date", since)
    overnight = local_date(until.earliest) > local_date(since.earliest) if until else None
    row.entry("police.missing", row.needed("miss_person_id"), since, until=until, overnight=overnight)


def involvements(row: Row) -> None:
    """A change of worker: an involvement that ended, with a reason for the change. Any other ending states no entry."""
    who, reason = row.needed("invo_person_id"), row.text("invo_worker_change_reason")
    until = row.ended("invo_involvement_end_date", row.side_date("invo_involvement_start_date"))
    if until is not None and reason:
        row.entry("social_care.worker_changed", who, until, text=reason)


def _event(row: Row, kind: str, prefix: str, date: str, *, text: str = "", **stated: Any) -> None:
    who = row.needed(f"{prefix}_person_id")
    occurred = row.happened(f"{prefix}_{date}")
    row.entry(kind, who, occurred, text=text, **stated)


def _episode(row: Row, kind: str, prefix: str, start: str, end: str, *, text: str = "", **stated: Any) -> None:
    who = row.needed(f"{prefix}_person_id")
    occurred = row.happened(f"{prefix}_{start}")
    row.entry(kind, who, occurred, until=row.ended(f"{prefix}_{end}", occurred), text=text, **stated)


def _words(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


MAPPERS: Mapping[str, Callable[[Row], None]] = {
    f"ssd_{function.__name__}": function
    for function in (
        person, linked_identifiers, address, family, mother, contacts, early_help_episodes, cin_episodes,
        cin_assessments, assessment_factors, cin_plans, cin_visits, s47_enquiry, initial_cp_conference, cp_plans,
        cp_reviews, cp_visits, cla_episodes, missing, involvements,
    )
}  # fmt: skip
"""How a row of each table is read; the same names as `tables.COLUMNS`."""
