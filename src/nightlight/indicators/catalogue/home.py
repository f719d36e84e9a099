"""Home: what the police know of the place and the people in it, and where the child lives (P01 to P08, M01 to M04)."""

from __future__ import annotations

from nightlight.indicators.catalogue import process
from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, SpeaksOf, indicator
from nightlight.indicators.language import (
    Condition,
    age,
    any_of,
    at_least,
    at_most,
    days,
    entries,
    months,
    weeks,
    working_days,
    years,
)

ENCOMPASS = Reference(
    "Victims and Prisoners Act 2024, section 20 (Domestic Abuse Act 2021, section 49A)",
    "https://www.legislation.gov.uk/ukpga/2024/21/section/20/enacted",
)
KINGSTON = Reference(
    "Kingston: when domestic abuse goes to a multi-agency risk assessment conference",
    "https://www.kingston.gov.uk/info/200201/working_within_adult_safeguarding/241/risk_assessment_tools_and_maracs",
)
RETURN_INTERVIEWS = Reference(
    "Missing People: the delivery of return interviews across England 2023-24",
    "https://www.missingpeople.org.uk/the-delivery-of-return-interviews-across-england-2023-24",
)
INVISIBLE_ADULTS = Reference(
    "Child Safeguarding Practice Review Panel, annual report 2023-24: adults whom no service sees",
    "https://www.childprotectionprofessionals.org.uk/parental-mental-health-and-pre-school-children",
)
OWN_POLICE = Reference("Nightlight's own design; see the evidence catalogue, section 3")
OWN_HOME = Reference("Nightlight's own design; see the evidence catalogue, section 6")

ONE_INCIDENT = Parameter("incidents", 1, Provenance.STATED, "Each one is told to the child's school.")
ONE_DRUGS = Parameter("incidents", 1, Provenance.CHOSEN, "One where the child lives is enough to ask.")
YEAR = Parameter("over", months(12), Provenance.CHOSEN, "A year.")
DASH = Parameter("ticks", 14, Provenance.STATED, "Fourteen or more; seventeen elsewhere.")
MISSING_OFTEN = Parameter("episodes", 3, Provenance.CHOSEN, "Once a month.")
MISSING_ONCE = Parameter("one if younger than", years(11), Provenance.CHOSEN, "A child of primary school age.")
NINETY_DAYS = Parameter("over", days(90), Provenance.CHOSEN, "A quarter of a year.")
INTERVIEW = Parameter("within", days(3), Provenance.STATED, "Within 72 hours of the child's return.")
INTERVIEW_SHOWN = Parameter("shown for", weeks(4), Provenance.CHOSEN, "After that there is little left to ask.")
ONE_ADULT = Parameter("adults", 1, Provenance.CHOSEN, "One who is known for violence, sexual offences or cruelty.")
UNSEEN_FOR = Parameter("unseen for", days(28), Provenance.CHOSEN, "Four weeks to find out who someone is.")
UNSEEN_SHOWN = Parameter("shown for", months(6), Provenance.CHOSEN, "Until the next review.")
DISAGREE_FOR = Parameter("for", days(28), Provenance.CHOSEN, "Records take weeks to follow a move.")
MISSED = Parameter("missed", 1, Provenance.CHOSEN, "One visit, appointment or week of school to which no child came.")
NOT_FOUND_FOR = Parameter("not seen for", days(28), Provenance.CHOSEN, "By anybody at all, in four weeks.")

PLACES = Parameter("addresses", 3, Provenance.CHOSEN, "The third within a year.")
NO_ADDRESS_FOR = Parameter("for", working_days(10), Provenance.CHOSEN, "Two weeks to follow a move.")
NOT_ON_RECORD = Parameter("places", 1, Provenance.CHOSEN, "One place that no register knows of is enough to ask.")

domestic_abuse = entries("police.incident", category="domestic_abuse").called(
    "domestic abuse incident", "domestic abuse incidents"
)
grave_abuse = (
    entries("police.incident", category="domestic_abuse", dash=at_least(DASH.value))
    | entries("police.incident", category="domestic_abuse", risk="high")
    | entries("police.marac")
).called("record of domestic abuse at high risk", "records of domestic abuse at high risk")
drugs = entries("police.incident", category="drugs").called("drug incident", "drug incidents")
missing = entries("police.missing").called("time missing", "times missing")
missing_overnight = entries("police.missing", overnight=True).called("night missing", "nights missing")
interviewed = entries("social_care.return_interview", result=("done", "declined")).called(
    "return interview offered", "return interviews offered"
)
social_care_records = (
    entries("social_care.contact") | entries("social_care.referral") | entries("social_care.assessment")
    | entries("social_care.visit") | entries("social_care.return_interview")
).called("entry from children's social care", "entries from children's social care")  # fmt: skip
adult_of_concern = entries("police.adult_of_concern", reason=("violence", "sexual", "child_cruelty")).called(
    "adult known to the police for violence, sexual offences or cruelty",
    "adults known to the police for violence, sexual offences or cruelty",
)
moved_in = entries("housing.residence", through="adult").called("residence of an adult", "residences of an adult")
assessed = (entries("social_care.assessment") | entries("social_care.section_47")).called("assessment", "assessments")
residences = entries("housing.residence", through="child").called("address held for the child", "addresses held")
known_at = (entries("housing.residence", through="child") | entries("housing.named", through="child")).called(
    "address held or named", "addresses held or named"
)
lived_at = (
    entries("housing.moved_in", through="child") | entries("housing.left", through="child")
    | entries("housing.named", through="child")
).called("address where the child lived", "addresses where the child lived")  # fmt: skip
differing = entries("housing.differs", through="child").called(
    "address that another agency has otherwise", "addresses that other agencies have otherwise"
)
missed_child = (
    entries("social_care.visit", result=("no_access", "cancelled_by_family"))
    | entries("police.welfare_check", result="no_access") | entries("health.appointment", result="not_brought")
    | entries("health.universal_review", result="missed")
    | entries("education.removed_from_roll", destination="unknown")
    | entries("education.register", attended=at_most(0), possible=at_least(1))
).called("time when the child was missed", "times when the child was missed")  # fmt: skip
found_child = (
    entries("social_care.visit", child_seen=True) | entries("social_care.visit", result="seen")
    | entries("police.welfare_check", child_seen=True) | entries("police.incident", child_present="present")
    | entries("education.register", attended=at_least(1)) | entries("education.concern") | entries("voice")
    | entries("health.appointment", result="attended") | entries("health.emergency_attendance")
    | entries("health.admission") | entries("health.injury") | entries("health.review") | entries("health.growth")
    | entries("health.universal_review", result="done")
).called("time when somebody saw the child", "times when somebody saw the child")  # fmt: skip
unregistered = entries("housing.unregistered", through="child").called(
    "stay at an address that no register has", "stays at addresses that no register has"
)


@indicator(
    "place.domestic_abuse_incident", "P01", "Domestic abuse where the child lives",
    level="concern", parameters=(ONE_INCIDENT, YEAR), sources=(ENCOMPASS,), owner_role="safeguarding_lead",
    question="domestic_abuse", ask_next=("Was the school told before the next morning?", "Where was the child?"),
)  # fmt: skip
def domestic_abuse_incident() -> Condition:
    """The police recorded domestic abuse at the child's home, or by or of an adult of it, in twelve months."""
    return domestic_abuse.in_last(YEAR.value) >= ONE_INCIDENT.value


@indicator(
    "place.domestic_abuse_high_risk", "P02", "Domestic abuse at high risk where the child lives",
    level="concern", parameters=(DASH, ONE_INCIDENT, YEAR), sources=(KINGSTON,), owner_role="safeguarding_lead",
    question="domestic_abuse",
    ask_next=("Was the child's own danger talked about, or only the adult's?", "Who keeps the child safe tonight?"),
    caveat="Honour-based abuse and forced marriage are no attribute of a record here: a person must name them.",
)  # fmt: skip
def domestic_abuse_high_risk() -> Condition:
    """Domestic abuse with 14 ticks or more, at high risk, or heard at a multi-agency conference, in twelve months."""
    return grave_abuse.in_last(YEAR.value) >= ONE_INCIDENT.value


@indicator(
    "place.drug_incident", "P04", "Drugs where the child lives",
    level="concern", parameters=(ONE_DRUGS, YEAR), sources=(OWN_POLICE,), owner_role="safeguarding_lead",
    question="substances_at_home", ask_next=("Did anyone see the child, and where the child sleeps?", "Who was told?"),
)  # fmt: skip
def drug_incident() -> Condition:
    """The police recorded a drug incident at the child's address, or by an adult of the household, in twelve months."""
    return drugs.in_last(YEAR.value) >= ONE_DRUGS.value


@indicator(
    "place.missing", "P05", "The child goes missing",
    level="concern", parameters=(MISSING_OFTEN, NINETY_DAYS, MISSING_ONCE), sources=(RETURN_INTERVIEWS, OWN_POLICE),
    owner_role="safeguarding_lead", question="missing",
    ask_next=("What is the child going to, or away from?", "Who did the child come back to?"),
)  # fmt: skip
def missing_episodes() -> Condition:
    """Missing three times in ninety days, or once overnight, or once and younger than eleven."""
    return any_of(
        missing.in_last(NINETY_DAYS.value) >= MISSING_OFTEN.value,
        missing_overnight.in_last(NINETY_DAYS.value) >= 1,
        (missing.in_last(NINETY_DAYS.value) >= 1) & (age() < MISSING_ONCE.value),
    )


@indicator(
    "place.no_return_interview", "P06", "No return interview after the child was missing",
    level="note", parameters=(INTERVIEW, INTERVIEW_SHOWN), sources=(RETURN_INTERVIEWS,), owner_role="service_manager",
    question="return_interview", speaks_of=SpeaksOf.SERVICE,
    ask_next=("Was the interview offered, and by somebody whom the child can trust?",),
    caveat="Judged only where children's social care's records are known.",
)  # fmt: skip
def no_return_interview() -> Condition:
    """No return interview was held or declined within 72 hours of the child's return."""
    return missing.not_followed_by(
        interviewed, within=INTERVIEW.value, lasting=INTERVIEW_SHOWN.value, since=social_care_records.ever() >= 1
    )


@indicator(
    "place.adult_of_concern", "P07", "An adult of concern in the child's life",
    level="concern", parameters=(ONE_ADULT,), sources=(OWN_POLICE,), owner_role="front_door_team_manager",
    question="adults_at_home",
    ask_next=("Does the parent know?", "What contact is there, and who is there with the child?"),
    caveat="It is about a third party: mind who reads it, and ask the police before anything is said to the family.",
)  # fmt: skip
def adult_of_concern_linked() -> Condition:
    """An adult known to the police for violence, sexual offences or cruelty is linked to the child or the address."""
    return adult_of_concern.going_on()


@indicator(
    "place.unassessed_adult", "P08", "A new adult at home whom nobody has assessed",
    level="note", parameters=(UNSEEN_FOR, UNSEEN_SHOWN), sources=(INVISIBLE_ADULTS,), owner_role="social_worker",
    question="adults_at_home", ask_next=("Who is it, what does the child call them, and has anyone met them?",),
    caveat="Asked only of children with a plan. One assessment answers for all who moved in before it: read it.",
)  # fmt: skip
def unassessed_adult() -> Condition:
    """An adult moved in at least four weeks ago, with a child on a plan, and no assessment has begun since."""
    lives_there = moved_in.within_of_start(UNSEEN_SHOWN.value).lasting(UNSEEN_FOR.value)
    since = moved_in.then(assessed, within=UNSEEN_SHOWN.value, lasting=UNSEEN_SHOWN.value)
    return (lives_there & process.plan.going_on()).unless(since)


@indicator(
    "place.frequent_moves", "M01", "The child moves often",
    level="concern", parameters=(PLACES, YEAR), sources=(OWN_HOME,), owner_role="safeguarding_lead",
    question="whereabouts", ask_next=("What does the family move away from, and who has known them all along?",),
    caveat="Addresses that agencies write differently may count apart. No feed says which local authority an address "
    "is in, so two authorities in two years, which the evidence catalogue asks for too, can't be seen here.",
)  # fmt: skip
def frequent_moves() -> Condition:
    """Three addresses or more that the child came to, left, or was said to live at in twelve months."""
    return lived_at.distinct("address").in_last(YEAR.value) >= PLACES.value


@indicator(
    "place.address_unknown", "M02", "Nobody knows where the child lives",
    level="concern", parameters=(NO_ADDRESS_FOR,), sources=(OWN_HOME,), owner_role="safeguarding_lead",
    question="whereabouts", ask_next=("Who saw the child last, and where?", "Where is the family said to be?"),
    caveat='"No fixed abode" is no address. Of a child who never had one on record nothing can be said. An address '
    "that the police or a hospital were told counts for ninety days.",
)  # fmt: skip
def address_unknown() -> Condition:
    """The child's address was on record, and for ten working days no agency has had one."""
    nowhere = (residences.ever() >= 1).unless(known_at.going_on())
    return nowhere.lasting(NO_ADDRESS_FOR.value)


@indicator(
    "place.not_on_record", "M04", "The child stays where no register says so",
    level="concern", parameters=(NOT_ON_RECORD,), sources=(OWN_HOME,), owner_role="safeguarding_lead",
    question="whereabouts", ask_next=("Who else lives there?", "Who looks after the child there, and since when?"),
    caveat="Counted for ninety days from when the child was seen in somebody's home. A visit may be only a visit. That "
    "agencies count brothers and sisters differently is not seen: few feeds name them.",
)  # fmt: skip
def not_on_record() -> Condition:
    """The child was seen or is said to stay in a home, while every register that is known has the child elsewhere."""
    return unregistered.going_on()


@indicator(
    "place.address_conflict", "M03", "Agencies hold different addresses for the child",
    level="note", parameters=(DISAGREE_FOR,), sources=(OWN_HOME,), owner_role="safeguarding_lead",
    question="address_on_record", ask_next=("Which of them is right, and which agency has still to be told?",),
    caveat="Mostly one agency was not told of a move, so by itself it is a note and opens no duty. A child of two "
    "homes has two addresses: one agency should know of both. What the police or a hospital were told counts for "
    "ninety days, and not against a later move.",
)  # fmt: skip
def address_conflict() -> Condition:
    """Two agencies have each held another address as the child's for four weeks."""
    return differing.going_on().lasting(DISAGREE_FOR.value)


@indicator(
    "place.address_conflict_not_found", "M03", "Agencies hold different addresses and the child is missed",
    level="concern", parameters=(DISAGREE_FOR, MISSED, NOT_FOUND_FOR), sources=(OWN_HOME,),
    owner_role="safeguarding_lead", question="whereabouts",
    ask_next=("Where did the child sleep last night, and who has seen it?", "Who goes to each of the addresses?"),
    caveat="Who is due nowhere is missed nowhere: of a child whom no school, practice or visitor expects, it says "
    "nothing.",
)  # fmt: skip
def address_conflict_not_found() -> Condition:
    """Agencies differ for four weeks, the child was missed in the last four, and nobody has seen them in that time."""
    missed = missed_child.in_last(NOT_FOUND_FOR.value) >= MISSED.value
    not_found = missed.unless(found_child.in_last(NOT_FOUND_FOR.value) >= 1)
    return differing.going_on().lasting(DISAGREE_FOR.value) & not_found


INDICATORS = (
    domestic_abuse_incident, domestic_abuse_high_risk, drug_incident, missing_episodes, no_return_interview,
    adult_of_concern_linked, unassessed_adult, frequent_moves, address_unknown, address_conflict,
    address_conflict_not_found, not_on_record,
)  # fmt: skip
