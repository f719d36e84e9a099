"""Each table of a Standard Safeguarding Dataset extract: what lands, what is left out beside, what is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nightlight.domain.kinds import problems_with
from nightlight.domain.people import LinkKind
from nightlight.feeds.records import EntryRecord, FeedContext, Record, Rejection, UnreadableFile
from nightlight.feeds.ssd import FEED
from nightlight.feeds.ssd.mapping import MAPPERS
from nightlight.feeds.ssd.tables import COLUMNS, NOT_READ, READ_IN_ORDER, table_named

EXTRACT = Path(__file__).parents[2] / "data" / "ssd"
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


def context(file_name: str) -> FeedContext:
    return FeedContext(
        agency="social_care", organisation="Sample City", system="ssd:sample", now=NOW, file_name=file_name
    )


def sample(name: str) -> list[Record | Rejection]:
    path = EXTRACT / name
    with path.open("rb") as stream:
        return list(FEED.read(stream, context(path.name)))


def read(table: str, *lines: str) -> list[Record | Rejection]:
    return list(FEED.read(io.BytesIO("\n".join(lines).encode()), context(f"{table}.csv")))


def records(found: list[Record | Rejection]) -> list[Record]:
    return [one for one in found if isinstance(one, Record)]


def refused(found: list[Record | Rejection]) -> list[tuple[str, str, str]]:
    return [(one.position, one.field, one.code) for one in found if isinstance(one, Rejection)]


def entry(table: str, *lines: str) -> EntryRecord:
    found = read(table, *lines)
    assert refused(found) == []
    entries = [one for record in records(found) for one in record.entries]
    assert len(entries) == 1
    return entries[0]


FILES = [*sorted((EXTRACT / "systemc").glob("*.csv")), EXTRACT / "mosaic" / "ssd_cp_reviews.csv"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_entries_are_valid_and_ids_are_its_own(path):
    found = records(sample(str(path.relative_to(EXTRACT))))
    assert len({record.record_id for record in found}) == len(found) > 0
    for record in found:
        assert record.record_id.startswith(path.stem + "/")
        for one in record.entries:
            assert problems_with(one.kind, one.attributes) == []
            assert one.recorded <= NOW


def test_persons_land_with_their_numbers():
    wren, kit, unborn, dana = (record.people[0] for record in records(sample("systemc/ssd_person.csv")))
    assert (wren.source_id, wren.given, wren.family, wren.sex, wren.role) == ("1001", "Wren", "Ashdown", "F", "child")
    assert wren.born is not None
    assert (wren.born.isoformat(), wren.upn, wren.nhs_number) == ("2015-06-01", "Z820123410001", "9992000007")
    assert wren.details["ethnicity"] == "WBRI"
    assert kit.upn is None
    assert (unborn.role, unborn.born, unborn.details["expected_birth"]) == ("child", None, "2026-12-20")
    assert (dana.role, dana.details["is_mother"]) == ("adult", True)


def test_person_with_a_wrong_upn_is_told_beside():
    found = sample("systemc/ssd_person.csv")
    assert refused(found) == [("line 3", "pers_upn", "bad_upn")]
    assert "Z820123410002" not in "".join(str(one) for one in found if isinstance(one, Rejection))


def test_person_of_the_specification_has_the_common_child_id():
    found = read("ssd_person", "pers_person_id,pers_common_child_id", "7,9992000023")
    assert records(found)[0].people[0].nhs_number == "9992000023"


def test_child_who_died_is_an_entry():
    found = entry("ssd_person", "pers_person_id,pers_dob,pers_death_date", "7,2015-01-01,2024-05-06")
    assert (found.kind, found.occurred.isoformat()) == ("outcome.death", "2024-05-06")


def test_linked_identifiers_give_numbers_and_keep_former_ones():
    found = sample("systemc/ssd_linked_identifiers.csv")
    nhs, upn, former, wrong = (record.people[0] for record in records(found))
    assert (nhs.source_id, nhs.nhs_number) == ("1002", "9992000015")
    assert upn.upn == "N820123410002"
    assert (former.upn, former.details) == (None, {"former_upn": "A999999999999"})
    assert wrong.nhs_number is None
    assert refused(found) == [("line 5", "link_identifier_value", "bad_nhs_number")]


def test_addresses_are_salvaged_and_lived_at_over_a_span():
    old, now, _ = records(sample("systemc/ssd_address.csv"))
    assert old.addresses[0].lines == ("2", 'The "Old" Mill', "14", "Canal Row", "Leeds")
    assert (old.addresses[0].postcode, old.addresses[0].uprn) == (None, "100012345678")
    link = old.links[0]
    assert (link.kind, link.person, link.other) == (LinkKind.RESIDENCE, "1001", "A1")
    assert link.since is not None
    assert link.until is not None
    assert (link.since.isoformat(), link.until.isoformat()) == ("2021-05-01", "2025-03-31")
    assert old.people == ()
    assert (now.people[0].postcode, now.links[0].until) == ("LS1 6AE", None)
    assert now.people[0].address_lines == ()  # a residence without dates would come beside the dated one


def test_family_and_mother():
    first, second = records(sample("systemc/ssd_family.csv"))
    assert first.people[0].details == second.people[0].details == {"family_id": "F77"}
    assert first.links == ()
    link = records(sample("systemc/ssd_mother.csv"))[0].links[0]
    assert (link.kind, link.person, link.other) == (LinkKind.PARENT, "2001", "1001")


def test_contacts_have_their_source_and_outcome():
    found = sample("systemc/ssd_contacts.csv")
    school, police, anonymous, unknown = (record.entries[0] for record in records(found))
    assert school.kind == "social_care.contact"
    assert school.attributes == {"from": "education", "outcome": "referral"}
    assert school.text == 'SCHOOLS; School says she is "always hungry"'
    assert (police.attributes, police.occurred.isoformat()) == (
        {"from": "police", "outcome": "already_open"}, "2025-02-03T16:40:00Z",
    )  # fmt: skip
    assert (anonymous.attributes, anonymous.occurred.isoformat()) == (
        {"from": "anonymous", "outcome": "no_further_action"}, "2025-02-03",
    )  # fmt: skip
    assert unknown.attributes == {}


def test_contacts_that_cannot_be_are_refused_and_what_is_lost_is_told():
    assert refused(sample("systemc/ssd_contacts.csv")) == [
        ("line 3", "cont_contact_outcome_json", "truncated"),
        ("line 5", "cont_contact_date", "bad_date"),
        ("line 6", "cont_contact_date", "future_date"),
        ("line 7", "cont_contact_source_code", "unknown_code"),
    ]


def test_referrals_and_closings():
    open_, closed = records(sample("systemc/ssd_cin_episodes.csv"))
    assert [one.kind for one in open_.entries] == ["social_care.referral"]
    assert open_.entries[0].attributes == {"from": "education", "outcome": "assessment"}
    assert [(one.kind, one.occurred.isoformat()) for one in closed.entries] == [
        ("social_care.referral", "2024-03-01"), ("social_care.closed", "2024-03-04"),
    ]  # fmt: skip
    assert closed.entries[0].attributes == {"outcome": "no_further_action"}
    assert closed.entries[1].text == "Reason: case closed after assessment, no further action (RC8)"


def test_plans_have_their_latest_category_and_their_span():
    first, second = (record.entries[0] for record in records(sample("systemc/ssd_cp_plans.csv")))
    assert (first.kind, first.attributes, first.until) == (
        "social_care.child_protection_plan", {"category": "emotional"}, None,
    )  # fmt: skip
    assert first.text == "initial category: neglect"
    assert second.until is not None
    assert (second.until.isoformat(), second.attributes) == ("2022-12-01", {"category": "physical"})


def test_open_plan_closed_later_is_a_new_version_of_the_same_record():
    header = "cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date"
    opened = records(read("ssd_cp_plans", header, "P1,1001,2025-03-10,"))[0]
    closed = records(read("ssd_cp_plans", header, "P1,1001,2025-03-10,2025-09-01"))[0]
    assert opened.record_id == closed.record_id == "ssd_cp_plans/P1"
    assert opened.digest != closed.digest
    assert opened.entries[0].until is None
    assert closed.entries[0].until is not None


def test_plan_whose_end_cannot_be_read_has_ended_by_the_delivery():
    header = "cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date"
    found = read("ssd_cp_plans", header, "P1,1001,2025-03-10,31/02/2025", "P2,1001,2025-03-10,2025-03-09")
    assert [record.entries[0].until.isoformat() for record in records(found) if record.entries[0].until] == [
        "..2026-11-01T09:00:00Z"
    ] * 2
    assert [(field, code) for _, field, code in refused(found)] == [
        ("cppl_cp_plan_end_date", "bad_date"), ("cppl_cp_plan_end_date", "backwards"),
    ]  # fmt: skip


def test_visits_say_who_was_seen():
    found = sample("systemc/ssd_cp_visits.csv")
    assert [record.entries[0].attributes for record in records(found)] == [
        {"child_seen": True, "result": "seen", "seen_alone": True, "bedroom_seen": False},
        {"child_seen": False},
        {"child_seen": True, "result": "seen", "bedroom_seen": True},
    ]
    assert refused(found) == [("line 4", "cppv_cp_visit_seen_alone", "unknown_code")]


def test_mosaic_reviews_by_their_other_names():
    held, due = records(sample("mosaic/ssd_cp_reviews.csv"))
    assert held.record_id == "ssd_cp_reviews/901"
    assert (held.entries[0].kind, held.entries[0].occurred.isoformat()) == ("social_care.conference", "2025-06-09")
    assert held.entries[0].attributes == {"type": "review", "outcome": "child_protection_plan"}
    assert due.entries == ()


def test_mosaic_visits_without_a_person_are_refused_as_a_file():
    with pytest.raises(UnreadableFile, match="cppv_person_id"):
        sample("mosaic/ssd_cp_visits.csv")


CASES = [
    (
        "ssd_early_help_episodes",
        "earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date",
        "1,7,2024-01-01,2024-03-01", "social_care.family_help", {},
    ),
    (
        "ssd_cin_assessments",
        "cina_assessment_id,cina_person_id,cina_assessment_start_date,cina_assessment_auth_date,"
        "cina_assessment_outcome_json",
        '1,7,2024-01-01,2024-03-01,"{""STRATEGY_DISCUSSION_FLAG"":""Y"",""NFA_FLAG"":""Y""}"',
        "social_care.assessment", {"outcome": "section_47"},
    ),
    (
        "ssd_cin_assessments",
        "cina_assessment_id,cina_person_id,cina_assessment_start_date,cina_assessment_auth_date,"
        "cina_assessment_outcome_nfa",
        "1,7,2024-01-01,2024-03-01,Y", "social_care.assessment", {"outcome": "no_further_action"},
    ),
    (
        "ssd_cin_plans", "cin_plan_id,cinp_person_id,cinp_cin_plan_start_date,cinp_cin_plan_end_date",
        "1,7,2024-01-01,2024-03-01", "social_care.child_in_need_plan", {},
    ),
    (
        "ssd_s47_enquiries",
        "s47e_s47_enquiry_id,s47e_person_id,s47e_s47_start_date,s47e_s47_end_date,s47e_s47_outcome_json",
        '1,7,2024-01-01,2024-03-01,"{""OUTCOME_CP_CONFERENCE_FLAG"":""Y""}"',
        "social_care.section_47", {"outcome": "conference"},
    ),
    (
        "ssd_cla_episodes",
        "clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,clae_cla_episode_ceased_date",
        "1,7,2024-01-01,2024-03-01", "social_care.looked_after", {},
    ),
    (
        "ssd_missing", "miss_table_id,miss_person_id,miss_missing_episode_start_date,miss_missing_episode_end_date",
        "1,7,2024-01-01 22:00:00,2024-03-01 07:00:00", "police.missing", {"overnight": True},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "header", "row", "kind", "attributes"), CASES, ids=[case[3] for case in CASES])
def test_episode_tables_give_a_span(table, header, row, kind, attributes):
    found = entry(table, header, row)
    assert (found.kind, found.attributes) == (kind, attributes)
    assert found.until is not None
    assert (found.occurred.isoformat()[:10], found.until.isoformat()[:10]) == ("2024-01-01", "2024-03-01")
    assert problems_with(found.kind, found.attributes) == []


def test_initial_conference_held_and_one_to_come():
    header = "icpc_icpc_id,icpc_person_id,icpc_icpc_date,icpc_icpc_target_date,icpc_icpc_outcome_cp_flag"
    found = read("ssd_initial_cp_conference", header, "1,7,2024-01-09,2024-01-10,Y", "2,7,,2026-12-01,")
    held, to_come = records(found)
    assert held.entries[0].attributes == {"type": "initial", "outcome": "child_protection_plan"}
    assert to_come.entries == ()


def test_visit_of_a_child_in_need():
    header = "cinv_cin_visit_id,cinv_person_id,cinv_cin_visit_date,cinv_cin_visit_seen"
    assert entry("ssd_cin_visits", header, "1,7,2024-01-09,No").attributes == {"child_seen": False}


def test_away_without_authorisation_is_no_missing_episode():
    header = "miss_table_id,miss_person_id,miss_missing_episode_start_date,miss_missing_episode_type"
    assert records(read("ssd_missing", header, "1,7,2024-01-01,A"))[0].entries == ()


def test_involvement_that_ended_with_a_reason_is_a_change_of_worker():
    header = "invo_involvements_id,invo_person_id,invo_involvement_end_date,invo_worker_change_reason"
    found = entry("ssd_involvements", header, "1,7,2024-01-09,Worker left")
    assert (found.kind, found.text) == ("social_care.worker_changed", "Worker left")
    assert records(read("ssd_involvements", header, "1,7,2024-01-09,"))[0].entries == ()


def test_assessment_factors_are_kept_and_state_no_entry():
    header = "cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json"
    kept = records(read("ssd_assessment_factors", header, '1,9,"[""1A"",""2B""]"'))[0]
    assert (kept.record_id, kept.entries) == ("ssd_assessment_factors/1", ())


def test_row_without_its_person_or_its_id_is_refused():
    header = "cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date"
    found = read("ssd_cp_plans", header, "P1,,2025-01-01", ",7,2025-01-01", "P3,7,NULL", "P4,7,2025-01-01")
    assert refused(found) == [
        ("line 2", "cppl_person_id", "missing"),
        ("line 3", "cppl_cp_plan_id", "missing"),
        ("line 4", "cppl_cp_plan_start_date", "missing"),
    ]
    assert [record.record_id for record in records(found)] == ["ssd_cp_plans/P4"]


def test_row_whose_id_or_name_is_too_long_to_keep_is_refused_not_cut():
    found = read("ssd_person", "pers_person_id,pers_surname", "7" * 301 + ",A", "8," + "x" * 201, "9,B")
    assert refused(found) == [("line 2", "row", "too_long"), ("line 3", "row", "too_long")]
    assert len(records(found)) == 1


def test_not_utf8_in_one_row_is_that_row_alone():
    raw = b"fami_table_id,fami_family_id,fami_person_id\n1,F,\xff\xfe\n2,F,8\n"
    found = list(FEED.read(io.BytesIO(raw), context("ssd_family.csv")))
    assert refused(found) == [("line 2", "row", "not_utf8")]
    assert len(records(found)) == 1


def test_table_that_is_known_and_not_read_is_one_refusal():
    found = read("ssd_sdq_scores", "csdq_table_id,csdq_person_id", "1,7", "2,8")
    assert refused(found) == [("file", "ssd_sdq_scores", "table_not_read")]


def test_table_that_is_not_known_is_refused_with_the_list():
    with pytest.raises(UnreadableFile, match="ssd_person, ssd_linked_identifiers"):
        read("people", "id,name", "1,x")


def test_table_by_its_columns_where_the_name_says_nothing():
    found = read("export", "FAMI_TABLE_ID;FAMI_FAMILY_ID;FAMI_PERSON_ID", "1;F;7")
    assert records(found)[0].record_id == "ssd_family/1"


def test_xml_is_refused_unread():
    with pytest.raises(UnreadableFile, match="XML"):
        read("ssd_person", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>')


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("ssd_person.csv", "ssd_person"), ("dbo.ssd_CP_Plans_20260701.csv", "ssd_cp_plans"),
        ("SSD_Contact.csv", "ssd_contacts"), ("ssd cla episodes.csv", "ssd_cla_episodes"), ("x.csv", None),
    ],
)  # fmt: skip
def test_table_named(name, table):
    assert table_named(name) == table


def test_folder_is_read_people_first():
    names = [
        "ssd_cp_visits.csv",
        "ssd_mother.csv",
        "ssd_person.csv",
        "ssd_address.csv",
        "notes.csv",
        "ssd_contacts.csv",
    ]
    assert sorted(names, key=FEED.order) == [
        "ssd_person.csv", "ssd_address.csv", "ssd_mother.csv", "ssd_contacts.csv", "ssd_cp_visits.csv", "notes.csv",
    ]  # fmt: skip


def test_every_table_that_is_listed_is_mapped():
    assert set(READ_IN_ORDER) == set(COLUMNS) == set(MAPPERS)
    assert not set(READ_IN_ORDER) & NOT_READ
