"""School: attendance, what staff notice, and what children say there (E01, E03, E10, E11)."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, entries, months, percent, weeks

BRIGHTON = Reference(
    "Brighton & Hove framework: persistent absence",
    "https://www.brightonandhovesafeguarding.org.uk/bh-rs-rt-online-framework/",
)
OWN = Reference("Nightlight's own design; see the evidence catalogue, section 2")
WARRINGTON = Reference(
    "Warrington safeguarding partnership: neglect is cumulative",
    "https://www.warringtonsafeguardingpartnerships.org.uk/p/i-work-or-volunteer-with-children-and-young-people/neglect-gcp2",
)

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

registers = entries("education.register").called("register", "registers")
truancy = registers.share("unauthorised", of="possible")
attendance = registers.share("attended", of="possible")
neglect_seen = entries(
    "education.concern",
    category=("hunger", "hygiene", "clothing", "tired", "untreated_illness", "not_collected"),
).called("observation of possible neglect at school", "observations of possible neglect at school")
child_said = entries("voice.words").called("record of the child's own words", "records of the child's own words")
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


INDICATORS = (persistent_absence, attendance_drop, neglect_log, childs_words, feels_unsafe)
