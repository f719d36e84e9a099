"""Social care's work with a child: decisions, visits, workers (S02, S07 to S10)."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, SpeaksOf, indicator
from nightlight.indicators.language import Condition, age, entries, months, nothing, weeks, years

PANEL = Reference(
    "Child Safeguarding Practice Review Panel, annual report 2022-23: single episodes instead of the history",
    "https://localgovernmentlawyer.co.uk/child-protection/392-children-protection-news/"
    "56293-more-than-half-of-reviews-of-serious-child-safeguarding-cases-concerned-children-who-had-suffered-neglect-"
    "before-incident-independent-panel-reveals",
)
SOUTHWARK = Reference(
    "Southwark: visits to children on a plan; child not seen for 4 or 6 weeks",
    "http://southwark.proceduresonline.com/chapters/p_monitor_visits.htm",
)
OWN = Reference("Nightlight's own design; see the evidence catalogue, section 5")

DECISIONS = Parameter("decisions", 3, Provenance.CONCEPT, "The panel names the pattern; the number is ours.")
REFERRERS = Parameter("agencies", 2, Provenance.CONCEPT, "Two agencies have each been told no.")
YEAR = Parameter("over", months(12), Provenance.CHOSEN, "A year.")
NOT_SEEN = Parameter("for", weeks(4), Provenance.STATED, "Not seen by the social worker for four weeks.")
NOT_SEEN_LONG = Parameter(
    "for", weeks(6), Provenance.CONCEPT, "The source says by any agency. Seen in class is not seen for the plan: ours."
)
NOT_ALONE = Parameter("visits", 2, Provenance.CONCEPT, "Alone at least every other visit.")
EIGHT_WEEKS = Parameter("over", weeks(8), Provenance.CHOSEN, "Two visits at the slowest rhythm of a plan.")
OLD_ENOUGH = Parameter("from age", years(4), Provenance.CONCEPT, "Old enough to speak alone.")
FAILED = Parameter("visits", 2, Provenance.CHOSEN, "Two failed visits and none in which the child was seen.")
SIX_WEEKS = Parameter("over", weeks(6), Provenance.CHOSEN, "Six weeks.")
CHANGES = Parameter("changes", 3, Provenance.CHOSEN, "A new worker every four months.")

dismissed = (
    entries("social_care.contact", outcome="no_further_action")
    | entries("social_care.referral", outcome="no_further_action")
).called("contact or referral that ended in no further action", "contacts or referrals that ended in no further action")
plan = (entries("social_care.child_protection_plan") | entries("social_care.child_in_need_plan")).called(
    "plan", "plans"
)
seen = (entries("social_care.visit", child_seen=True) | entries("police.welfare_check", child_seen=True)).called(
    "visit in which the child was seen", "visits in which the child was seen"
)
visits = entries("social_care.visit").called("visit of any kind", "visits of any kind")
# Where no visit was ever recorded, seen or failed, the view holds no visits: that the child was not seen is not known.
visited_on_plan = plan.going_on() & (visits.ever() >= 1)
held_visits = entries("social_care.visit", result="seen", seen_alone=False).called(
    "visit in which the child was not seen alone", "visits in which the child was not seen alone"
)
alone = entries("social_care.visit", seen_alone=True).called(
    "visit alone with the child", "visits alone with the child"
)
failed = entries("social_care.visit", result=("no_access", "cancelled_by_family")).called(
    "failed visit", "failed visits"
)
changed = entries("social_care.worker_changed").called("change of social worker", "changes of social worker")


@indicator(
    "process.no_further_action_accumulates", "S02", "Concerns set aside, one at a time",
    level="threshold", parameters=(DECISIONS, REFERRERS, YEAR), sources=(PANEL,),
    owner_role="front_door_team_manager", question="decisions",
    ask_next=("Read the earlier ones together: what would be decided if they had come on one day?",),
)  # fmt: skip
def no_further_action_accumulates() -> Condition:
    """Three or more contacts or referrals, from two or more agencies, ended in no further action in twelve months."""
    often = dismissed.in_last(YEAR.value) >= DECISIONS.value
    return often & (dismissed.distinct("from").in_last(YEAR.value) >= REFERRERS.value)


@indicator(
    "process.child_not_seen", "S07", "Child on a plan not seen for four weeks",
    level="concern", parameters=(NOT_SEEN,), sources=(SOUTHWARK,), owner_role="social_worker",
    question="child_seen", ask_next=("When was the child last seen, by whom, and where?",),
)  # fmt: skip
def child_not_seen() -> Condition:
    """No visit in which the child was seen for four weeks, while on a child protection or child in need plan."""
    return nothing(seen).for_(NOT_SEEN.value, since=visited_on_plan)


@indicator(
    "process.child_not_seen_long", "S07", "Child on a plan not seen for six weeks",
    level="threshold", parameters=(NOT_SEEN_LONG,), sources=(SOUTHWARK,), owner_role="front_door_team_manager",
    question="child_seen", ask_next=("Who will see the child today?", "Is a strategy discussion needed?"),
)  # fmt: skip
def child_not_seen_long() -> Condition:
    """No visit in which the child was seen for six weeks, while on a child protection or child in need plan."""
    return nothing(seen).for_(NOT_SEEN_LONG.value, since=visited_on_plan)


@indicator(
    "process.visits_not_known", "S07", "No visit on record of a child on a plan",
    level="note", parameters=(NOT_SEEN,), sources=(SOUTHWARK,), owner_role="social_worker",
    question="visits_recorded", speaks_of=SpeaksOf.SERVICE,
    ask_next=("Was nobody there, or did nobody write it down, or has this agency not been told?",),
    caveat="Not known is not the same as not seen: the other two wait until some visit is on record.",
)  # fmt: skip
def visits_not_known() -> Condition:
    """No visit of any kind is on record for four weeks, while on a child protection or child in need plan."""
    return nothing(visits).for_(NOT_SEEN.value, since=plan.going_on())


@indicator(
    "process.not_seen_alone", "S08", "Visited and not seen alone",
    level="concern", parameters=(NOT_ALONE, EIGHT_WEEKS, OLD_ENOUGH), sources=(SOUTHWARK,), owner_role="social_worker",
    question="child_seen", ask_next=("What has the child had no chance to say?",),
)  # fmt: skip
def not_seen_alone() -> Condition:
    """Two or more visits in eight weeks and the child, aged four or older, seen alone in none of them."""
    visited = held_visits.in_last(EIGHT_WEEKS.value) >= NOT_ALONE.value
    return (visited & (age() >= OLD_ENOUGH.value)).unless(alone.in_last(EIGHT_WEEKS.value) >= 1)


@indicator(
    "process.failed_visits", "S09", "Visits that failed",
    level="concern", parameters=(FAILED, SIX_WEEKS), sources=(OWN,), owner_role="social_worker",
    question="child_seen", ask_next=("Has anyone gone at another time, or unannounced?",),
)  # fmt: skip
def failed_visits() -> Condition:
    """Two or more visits failed in six weeks and the child was seen in none."""
    return (failed.in_last(SIX_WEEKS.value) >= FAILED.value).unless(seen.in_last(SIX_WEEKS.value) >= 1)


@indicator(
    "process.worker_churn", "S10", "One social worker after another",
    level="note", parameters=(CHANGES, YEAR), sources=(OWN,), owner_role="service_manager",
    question="service_continuity", speaks_of=SpeaksOf.SERVICE, ask_next=("Who knows this child?",),
)  # fmt: skip
def worker_churn() -> Condition:
    """The social worker changed three or more times in twelve months."""
    return changed.in_last(YEAR.value) >= CHANGES.value


INDICATORS = (
    no_further_action_accumulates, child_not_seen, child_not_seen_long, visits_not_known, not_seen_alone,
    failed_visits, worker_churn,
)  # fmt: skip
