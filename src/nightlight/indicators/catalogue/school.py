"""School: attendance, what staff notice, and what children say there (E01 to E11, E15, E17, C01)."""

from __future__ import annotations

from nightlight.indicators.catalogue import process
from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, SpeaksOf, indicator
from nightlight.indicators.language import (
    Condition,
    any_of,
    at_least,
    days,
    entries,
    months,
    percent,
    weeks,
    working_days,
)  # fmt: skip

BRIGHTON = Reference(
    "Brighton & Hove framework: persistent absence",
    "https://www.brightonandhovesafeguarding.org.uk/bh-rs-rt-online-framework/",
)
OWN = Reference("Nightlight's own design; see the evidence catalogue, section 2")
WARRINGTON = Reference(
    "Warrington safeguarding partnership: neglect is cumulative",
    "https://www.warringtonsafeguardingpartnerships.org.uk/p/i-work-or-volunteer-with-children-and-young-people/neglect-gcp2",
)
ATTENDANCE_NOTICES = Reference(
    "Working together to improve school attendance (statutory guidance), as quoted by Melling Primary School",
    "https://www.mellingprimaryschool.co.uk/news/detail/attendance-please-be-aware-of-new-guidelines/",
)
ATTENDANCE_GUIDANCE = Reference(
    "Working together to improve school attendance (statutory guidance), page 53",
    "https://online.flipbuilder.com/ruih/lrev/files/basic-html/page53.html",
)
HOME_EDUCATION = Reference(
    "Children's Wellbeing and Schools Act 2026, section 38: consent to home education of a child on a plan",
    "https://www.legislation.gov.uk/ukpga/2026/21/section/38/enacted",
)
KCSIE_FILE = Reference("Keeping children safe in education 2026, paragraph 150: the child protection file")

ATTENDED = Parameter("attended, per cent", 90, Provenance.STATED, "Persistent absence: a tenth or more is missed.")
SCHOOL_YEAR = Parameter("over", months(12), Provenance.CONCEPT, "The source counts the school year; this rolls.")
SESSIONS = Parameter("sessions at least", 40, Provenance.CHOSEN, "Four weeks: below that a cold is a tenth.")
FALL = Parameter("points", 15, Provenance.CHOSEN, "Three half-days more of each two weeks than before.")
RECENT = Parameter("recent", weeks(8), Provenance.CHOSEN, "Not four weeks: too few sessions after a holiday.")
EARLIER = Parameter("before", weeks(12), Provenance.CHOSEN, "The term before.")
OBSERVATIONS = Parameter("observations", 3, Provenance.CHOSEN, "Once is a bad morning.")
OBSERVERS = Parameter("members of staff", 2, Provenance.CHOSEN, "Two people have seen it.")
MANY_OBSERVATIONS = Parameter("or observations", 4, Provenance.CHOSEN, "Where nobody wrote down who had seen it.")
TWO_TERMS = Parameter(
    "over", months(6), Provenance.CHOSEN, "Not six weeks: neglect in published reviews came a note every other month."
)
WORDS = Parameter("times", 1, Provenance.CONCEPT, "Each time a child says something, someone reads it.")
WORDS_SHOWN = Parameter("shown for", months(6), Provenance.CHOSEN, "Two terms.")
UNSAFE = Parameter("score", 3, Provenance.CHOSEN, "Of 10, in the child's own judgement.")

UNAUTHORISED = Parameter("unauthorised sessions", 10, Provenance.STATED, "Ten sessions in ten school weeks.")
TEN_WEEKS = Parameter("over", weeks(10), Provenance.CONCEPT, "The guidance counts school weeks; this counts all.")
CONTINUOUS = Parameter("sessions", 20, Provenance.STATED, "Ten school days without permission.")
ALL_OF_THEM = Parameter("absent, per cent", 100, Provenance.STATED, "All of them: continuously.")
TWO_WEEKS = Parameter("over", weeks(2), Provenance.STATED, "Ten school days.")
WITH_HOLIDAY = Parameter("or over", weeks(4), Provenance.CHOSEN, "Ten school days with a holiday of two weeks between.")
UNEXPLAINED = Parameter("sessions", 10, Provenance.UNVERIFIED, "Five school days of twenty.")
TWENTY_DAYS = Parameter("over", weeks(4), Provenance.UNVERIFIED, "Twenty school days.")
REMOVED = Parameter("times", 1, Provenance.CONCEPT, "One is enough where someone is worried.")
OFF_ROLL_SHOWN = Parameter("shown for", months(6), Provenance.CHOSEN, "Two terms.")
RECENT_WORRY = Parameter("worry within", days(90), Provenance.CHOSEN, "A quarter of a year.")
AFTER_EVENT = Parameter("within", working_days(3), Provenance.CHOSEN, "Three school days.")
TIMES_AFTER = Parameter("times", 2, Provenance.CHOSEN, "Once is chance.")
DAY_OFF = Parameter("sessions off", 2, Provenance.CHOSEN, "A whole day.")
RECEIPT = Parameter("within", working_days(5), Provenance.STATED, "Five days, or the first five of a new term.")
RECEIPT_SHOWN = Parameter("shown for", months(3), Provenance.CHOSEN, "A term.")
ANSWERED = Parameter("answered within", working_days(1), Provenance.CHOSEN, "The same day or the next.")
ANSWER_SHOWN = Parameter("shown for", weeks(4), Provenance.CHOSEN, "Then the next visit has asked.")

registers = entries("education.register").called("register", "registers")
truancy = registers.share("unauthorised", of="possible")
attendance = registers.share("attended", of="possible")
off_roll = entries("education.removed_from_roll", destination=("home_education", "unknown")).called(
    "removal from the roll without another school", "removals from the roll without another school"
)
worry = (entries("social_care.contact") | entries("social_care.referral") | entries("concern.raised")).called(
    "contact, referral or concern", "contacts, referrals or concerns"
)
at_work = (
    entries("social_care.assessment") | entries("social_care.section_47") | entries("social_care.family_help")
    | entries("social_care.child_in_need_plan") | entries("social_care.child_protection_plan")
).called("assessment, enquiry or plan", "assessments, enquiries or plans")  # fmt: skip
events = (
    entries("police.incident", category="domestic_abuse") | entries("health.injury")
    | entries("education.concern", category="injury") | entries("social_care.visit", result="seen")
).called("incident, injury or home visit", "incidents, injuries or home visits")  # fmt: skip
days_off = (
    entries("education.register", unauthorised=at_least(DAY_OFF.value))
    | entries("education.register", unexplained=at_least(DAY_OFF.value))
).called("day of absence", "days of absence")
file_sent = entries("education.file_transfer", receipt=False).called(
    "child protection file sent", "child protection files sent"
)
file_received = entries("education.file_transfer", receipt=True).called(
    "child protection file received", "child protection files received"
)
neglect_seen = entries(
    "education.concern",
    category=("hunger", "hygiene", "clothing", "tired", "untreated_illness", "not_collected"),
).called("observation of possible neglect at school", "observations of possible neglect at school")
child_said = entries("voice.words").called("record of the child's own words", "records of the child's own words")
answers = (process.decisions | entries("social_care.visit", child_seen=True)).called(
    "decision or visit", "decisions or visits"
)
safety_scale = entries("voice.scale").called("answer of the child on a scale", "answers of the child on a scale")


@indicator(
    "school.persistent_absence", "E01", "Persistently absent",
    level="note", parameters=(ATTENDED, SCHOOL_YEAR, SESSIONS), sources=(BRIGHTON,), owner_role="safeguarding_lead",
    question="attendance", ask_next=("What does the child say about school mornings?", "Which days are missed?"),
)  # fmt: skip
def persistent_absence() -> Condition:
    """The child missed a tenth or more of the sessions of the last twelve months."""
    return attendance.in_last(SCHOOL_YEAR.value, minimum=SESSIONS.value) <= percent(ATTENDED.value)


@indicator(
    "school.attendance_drop", "E03", "Attendance has fallen",
    level="concern", parameters=(FALL, RECENT, EARLIER, SESSIONS), sources=(OWN,), owner_role="safeguarding_lead",
    question="attendance", ask_next=("What changed at home at about that time?",),
    caveat="Illness that the school accepted is left out: a week in bed is not a pattern. It counts in E01.",
)  # fmt: skip
def attendance_drop() -> Condition:
    """Unauthorised absence of the last eight weeks is fifteen points or more above the twelve weeks before."""
    return truancy.risen_by(FALL.value, recent=RECENT.value, earlier=EARLIER.value, minimum=SESSIONS.value)


@indicator(
    "school.unauthorised_absence", "E04", "Ten sessions of unauthorised absence",
    level="note", parameters=(UNAUTHORISED, TEN_WEEKS), sources=(ATTENDANCE_NOTICES,),
    owner_role="safeguarding_lead", question="attendance",
    ask_next=("What support was offered before any penalty?", "What does the child say?"),
)  # fmt: skip
def unauthorised_absence() -> Condition:
    """Ten or more sessions of unauthorised absence in ten weeks."""
    return registers.total("unauthorised").in_last(TEN_WEEKS.value) >= UNAUTHORISED.value


@indicator(
    "school.continuous_absence", "E05", "Away for ten school days without permission",
    level="concern", parameters=(CONTINUOUS, ALL_OF_THEM, TWO_WEEKS, WITH_HOLIDAY),
    sources=(ATTENDANCE_GUIDANCE,), owner_role="safeguarding_lead", question="whereabouts",
    ask_next=("Who has seen the child since the last day at school?", "Has the local authority been told?"),
)  # fmt: skip
def continuous_absence() -> Condition:
    """All sessions of ten or more school days running were missed without permission, holidays between not counted."""
    return any_of(
        *(
            truancy.in_last(over.value, minimum=CONTINUOUS.value) >= percent(ALL_OF_THEM.value)
            for over in (TWO_WEEKS, WITH_HOLIDAY)
        )
    )


@indicator(
    "school.unexplained_absence", "E06", "Absent, and nobody has said why",
    level="concern", parameters=(UNEXPLAINED, TWENTY_DAYS), sources=(ATTENDANCE_GUIDANCE,),
    owner_role="safeguarding_lead", question="whereabouts",
    ask_next=("Who was called, and who answered?", "Has anyone gone to the door?"),
)  # fmt: skip
def unexplained_absence() -> Condition:
    """Ten or more sessions in four weeks were missed and not explained."""
    return registers.total("unexplained").in_last(TWENTY_DAYS.value) >= UNEXPLAINED.value


@indicator(
    "school.off_roll_with_open_concern", "E09", "Taken off the roll while there is concern",
    level="concern", parameters=(REMOVED, OFF_ROLL_SHOWN, RECENT_WORRY), sources=(HOME_EDUCATION, OWN),
    owner_role="front_door_team_manager", question="whereabouts",
    ask_next=("Who sees the child now that school does not?", "Did the social worker know before?"),
    caveat="Home education is a right and no danger of itself. Part-time timetables are not recorded here.",
)  # fmt: skip
def off_roll_with_open_concern() -> Condition:
    """Taken off the roll without another school, while there is a plan, an enquiry or a worry within ninety days."""
    worried = at_work.going_on() | (worry.in_last(RECENT_WORRY.value) >= 1)
    return (off_roll.in_last(OFF_ROLL_SHOWN.value) >= REMOVED.value) & worried


@indicator(
    "school.absence_after_event", "E15", "Absent just after something happened",
    level="note", parameters=(AFTER_EVENT, TIMES_AFTER, DAY_OFF, SCHOOL_YEAR), sources=(OWN,),
    owner_role="safeguarding_lead", question="attendance",
    ask_next=("Did anyone see the child in those days?", "Was there a mark to be hidden, or just a bad night?"),
    caveat="Where a child is often absent it happens by chance, and a weekly register gives only the week.",
)  # fmt: skip
def absence_after_event() -> Condition:
    """Twice in twelve months a day was missed within three school days of an incident, an injury or a home visit."""
    return events.followed_by(days_off, within=AFTER_EVENT.value).in_last(SCHOOL_YEAR.value) >= TIMES_AFTER.value


@indicator(
    "school.file_not_received", "E17", "Child protection file sent and not received",
    level="note", parameters=(RECEIPT, RECEIPT_SHOWN), sources=(KCSIE_FILE,), owner_role="safeguarding_lead",
    question="file_transfer", speaks_of=SpeaksOf.SERVICE,
    ask_next=("Does the new school know what the old one knew?",),
)  # fmt: skip
def file_not_received() -> Condition:
    """A child protection file was sent and nobody confirmed it within five working days."""
    return file_sent.not_followed_by(
        file_received, within=RECEIPT.value, lasting=RECEIPT_SHOWN.value, since=file_sent.ever() >= 1
    )


@indicator(
    "school.neglect_log", "E10", "Signs of neglect seen at school, again",
    level="concern", parameters=(OBSERVATIONS, OBSERVERS, MANY_OBSERVATIONS, TWO_TERMS), sources=(WARRINGTON,),
    owner_role="safeguarding_lead", question="neglect",
    ask_next=("What has the child said?", "Who at home has been spoken to, and what changed?"),
    caveat="Poverty is not neglect: ask what would help before asking who is to blame.",
)  # fmt: skip
def neglect_log() -> Condition:
    """Hunger, dirt, clothing, tiredness, untreated illness or not being collected, three times in six months."""
    seen = neglect_seen.in_last(TWO_TERMS.value)
    by_two = neglect_seen.distinct("observer").in_last(TWO_TERMS.value) >= OBSERVERS.value
    return ((seen >= OBSERVATIONS.value) & by_two) | (seen >= MANY_OBSERVATIONS.value)


@indicator(
    "voice.childs_words", "E11", "The child said something",
    level="note", parameters=(WORDS, WORDS_SHOWN), sources=(OWN,), owner_role="safeguarding_lead",
    question="childs_voice",
    ask_next=("Read the words as they were said. What was done about them that day?",),
    caveat="No rule reads what a child said: a person does.",
)  # fmt: skip
def childs_words() -> Condition:
    """The child's own words are on record in the last six months, and someone must have read them."""
    return child_said.in_last(WORDS_SHOWN.value) >= WORDS.value


@indicator(
    "voice.feels_unsafe", "E11", "The child does not feel safe",
    level="concern", parameters=(UNSAFE, WORDS_SHOWN), sources=(OWN,), owner_role="safeguarding_lead",
    question="childs_voice", ask_next=("What would make it one point better? Ask the child, alone.",),
)  # fmt: skip
def feels_unsafe() -> Condition:
    """On a scale of 0 to 10 the child's latest answer, in the last six months, is 3 or less."""
    return safety_scale.latest("score").in_last(WORDS_SHOWN.value) <= UNSAFE.value


@indicator(
    "voice.words_unanswered", "C01", "Nothing followed what the child said",
    level="note", parameters=(ANSWERED, ANSWER_SHOWN), sources=(OWN,), owner_role="social_worker",
    question="childs_voice", ask_next=("Who has read it, and what did they decide?",),
    caveat="Asked only while a service is working with the child. Most of what children say needs no decision.",
)  # fmt: skip
def words_unanswered() -> Condition:
    """The child's own words are on record, and no decision or visit by the next working day, while a service works."""
    return child_said.not_followed_by(
        answers, within=ANSWERED.value, lasting=ANSWER_SHOWN.value, since=at_work.going_on()
    )


INDICATORS = (
    persistent_absence, attendance_drop, unauthorised_absence, continuous_absence, unexplained_absence,
    off_roll_with_open_concern, absence_after_event, file_not_received, neglect_log, childs_words, words_unanswered,
    feels_unsafe,
)  # fmt: skip
