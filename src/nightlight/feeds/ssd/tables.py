"""The tables of the Standard Safeguarding Dataset: what each is called, its columns, and the order to read them in.

The three systems' scripts do not create the columns that the specification names, so columns go by lists of names
(from the project's own comparison of what is deployed). What a row means is for `mapping`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

READ_IN_ORDER = (
    "ssd_person", "ssd_linked_identifiers", "ssd_address", "ssd_family", "ssd_mother", "ssd_contacts",
    "ssd_early_help_episodes", "ssd_cin_episodes", "ssd_cin_assessments", "ssd_assessment_factors", "ssd_cin_plans",
    "ssd_cin_visits", "ssd_s47_enquiry", "ssd_initial_cp_conference", "ssd_cp_plans", "ssd_cp_reviews",
    "ssd_cp_visits", "ssd_cla_episodes", "ssd_missing", "ssd_involvements",
)  # fmt: skip
"""People first, then where they live and who they are to each other, then what happened."""

NOT_READ = frozenset(
    """ssd_api_data_staging ssd_care_leavers ssd_cla_care_plan ssd_cla_convictions ssd_cla_health
    ssd_cla_immunisations ssd_cla_placement ssd_cla_previous_permanence ssd_cla_reviews ssd_cla_substance_misuse
    ssd_cla_visits ssd_cohort ssd_department ssd_dim_date ssd_disability ssd_ehcp_active_plans ssd_ehcp_assessment
    ssd_ehcp_named_plan ssd_ehcp_requests ssd_immigration_status ssd_legal_status ssd_permanence
    ssd_pre_cla_care_plan ssd_pre_proceedings ssd_professionals ssd_s251_finance ssd_sdq_scores ssd_sen_need ssd_send
    ssd_version_log ssd_voice_of_child""".split()
)
"""Tables of the standard that this feed knows and does not read: nothing in them has a kind of entry yet."""

OTHER_NAMES: Mapping[str, str] = {
    "ssd_contact": "ssd_contacts",
    "ssd_s47_enquiries": "ssd_s47_enquiry",
    "ssd_s47": "ssd_s47_enquiry",
    "ssd_initial_cp_conferences": "ssd_initial_cp_conference",
    "ssd_assessments": "ssd_cin_assessments",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """A table's columns: `key` and `needed` must be there; `also` gives other names that a column goes by."""

    key: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.key, *self.needed, *self.optional)))


def _columns(
    prefix: str, key: str, needed: str, optional: str = "", also: Mapping[str, tuple[str, ...]] | None = None
) -> Columns:
    def named(words: str) -> tuple[str, ...]:
        return tuple(f"{prefix}_{word}" for word in words.split())

    others = {f"{prefix}_{name}": names for name, names in (also or {}).items()}
    return Columns(f"{prefix}_{key}", named(needed), named(optional), others)


COLUMNS: Mapping[str, Columns] = {
    "ssd_person": _columns(
        "pers", "person_id", "person_id",
        "legacy_id forename surname sex gender ethnicity dob expected_dob death_date upn upn_unknown single_unique_id "
        "is_mother nationality",
        {"single_unique_id": ("pers_common_child_id",)},
    ),
    "ssd_linked_identifiers": _columns(
        "link", "table_id", "person_id identifier_type identifier_value", "valid_from_date valid_to_date"
    ),
    "ssd_address": _columns(
        "addr", "table_id", "person_id",
        "address_type address_start_date address_end_date address_postcode address_json",
    ),
    "ssd_family": _columns("fami", "table_id", "family_id person_id"),
    "ssd_mother": _columns("moth", "table_id", "person_id childs_person_id", "childs_dob"),
    "ssd_contacts": _columns(
        "cont", "contact_id", "person_id contact_date",
        "contact_source_code contact_source_desc contact_outcome_json",
        {"contact_date": ("cont_contact_start",), "contact_source_desc": ("cont_contact_source",)},
    ),
    "ssd_early_help_episodes": _columns(
        "earl", "episode_id", "person_id episode_start_date",
        "episode_end_date episode_reason episode_end_reason episode_organisation",
    ),
    "ssd_cin_episodes": _columns(
        "cine", "referral_id", "person_id referral_date",
        "cin_primary_need_code referral_source_code referral_source_desc referral_outcome_json referral_nfa "
        "close_reason close_date",
        {"referral_source_desc": ("cine_referral_source",)},
    ),
    "ssd_cin_assessments": _columns(
        "cina", "assessment_id", "person_id assessment_start_date",
        "assessment_child_seen assessment_auth_date assessment_outcome_json assessment_outcome_nfa",
    ),
    "ssd_assessment_factors": _columns("cinf", "table_id", "assessment_id", "assessment_factors_json"),
    "ssd_cin_plans": _columns(
        "cinp", "cin_plan_id", "person_id cin_plan_start_date", "cin_plan_end_date", {"cin_plan_id": ("cin_plan_id",)}
    ),
    "ssd_cin_visits": _columns(
        "cinv", "cin_visit_id", "person_id cin_visit_date", "cin_visit_seen cin_visit_seen_alone cin_visit_bedroom",
        {"person_id": ("person_id",)},
    ),
    "ssd_s47_enquiry": _columns(
        "s47e", "s47_enquiry_id", "person_id s47_start_date", "s47_end_date s47_nfa s47_outcome_json"
    ),
    "ssd_initial_cp_conference": _columns(
        "icpc", "icpc_id", "person_id icpc_date", "icpc_transfer_in icpc_outcome_cp_flag icpc_outcome_json"
    ),
    "ssd_cp_plans": _columns(
        "cppl", "cp_plan_id", "person_id cp_plan_start_date",
        "cp_plan_end_date cp_plan_ola cp_plan_initial_category cp_plan_latest_category",
    ),
    "ssd_cp_reviews": _columns(
        "cppr", "cp_review_id", "person_id cp_review_date",
        "cp_review_due cp_review_outcome_continue_cp cp_review_quorate",
        {
            "cp_review_id": ("workflow_step_id",), "person_id": ("person_id",), "cp_review_date": ("actual_date",),
            "cp_review_due": ("due_date",), "cp_review_outcome_continue_cp": ("review_outcome",),
            "cp_review_quorate": ("quorate",),
        },
    ),
    "ssd_cp_visits": _columns(
        "cppv", "cp_visit_id", "person_id cp_visit_date", "cp_visit_seen cp_visit_seen_alone cp_visit_bedroom",
        {"person_id": ("person_id",)},
    ),
    "ssd_cla_episodes": _columns(
        "clae", "cla_episode_id", "person_id cla_episode_start_date",
        "cla_episode_start_reason cla_episode_ceased_date cla_episode_ceased_reason",
    ),
    "ssd_missing": _columns(
        "miss", "table_id", "person_id missing_episode_start_date", "missing_episode_end_date missing_episode_type"
    ),
    "ssd_involvements": _columns(
        "invo", "involvements_id", "person_id", "involvement_start_date involvement_end_date worker_change_reason",
        {"person_id": ("person_id",)},
    ),
}  # fmt: skip


def table_named(file_name: str) -> str | None:
    """The table a file holds, by its name, whatever stands before and after it; None when no table is named.

    >>> table_named("dbo.SSD_CP_Plans_20260701.csv")
    'ssd_cp_plans'
    """
    folded = file_name.casefold().replace(" ", "_").replace("-", "_")
    names = (*READ_IN_ORDER, *NOT_READ, *OTHER_NAMES)
    found = max((name for name in names if name in folded), key=len, default=None)
    return OTHER_NAMES.get(found, found) if found else None


def table_of(columns: tuple[str, ...]) -> str | None:
    """The table that a header belongs to, for a file whose name says nothing: the one whose key it has."""
    there = {column.casefold() for column in columns}
    return next(
        (name for name in READ_IN_ORDER if COLUMNS[name].key in there and there.issuperset(COLUMNS[name].needed)), None
    )


def order(file_name: str) -> int:
    """Where a file comes in a folder.

    >>> sorted(["ssd_contacts.csv", "ssd_address.csv", "ssd_person.csv"], key=order)
    ['ssd_person.csv', 'ssd_address.csv', 'ssd_contacts.csv']
    """
    table = table_named(file_name)
    return READ_IN_ORDER.index(table) if table in READ_IN_ORDER else len(READ_IN_ORDER)
