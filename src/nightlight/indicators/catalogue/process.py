"""Social care's work with a child: decisions, visits, workers (S02, S04, S06 to S10)."""

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
BUCKS = Reference(
    "Buckinghamshire: conferences and plans; how much is to improve, and by when",
    "https://www.buckschildrensmapp.co.uk/cp-conferences-and-plans",
)
OWN = Reference("Nightlight's own design; see the evidence catalogue, section 5")

DECISIONS = Parameter("decisions", 3, Provenance.CONCEPT, "The panel names the pattern; the number is ours.")
REFERRERS = Parameter("agencies", 2, Provenance.CONCEPT, "Two agencies have each been told no.")
YEAR = Parameter("over", months(12), Provenance.CHOSEN, "A year.")
NOT_SEEN = Parameter("for", weeks(4), Provenance.STATED, "Not seen by the social worker for four weeks.")
NOT_SEEN_LONG = Parameter(
    "for", weeks(6), Provenance.CONCEPT, "The source says by any agency. Seen in class is not seen for the plan: ours."
)
NOT_ALONE = Parameter("visits running", 2, Provenance.CONCEPT, "Alone at least every other visit.")
EIGHT_WEEKS = Parameter("over", weeks(8), Provenance.CHOSEN, "Two visits at the slowest rhythm of a plan.")
AFTER_STEP_DOWN = Parameter("within", months(6), Provenance.CHOSEN, "Half a year after services stepped back.")
STEP_DOWN_SHOWN = Parameter("shown for", months(6), Provenance.CHOSEN, "Until the next decision.")
REVIEWS = Parameter("reviews running", 2, Provenance.CHOSEN, "One review may come too early.")
SCALINGS = Parameter("meetings", 3, Provenance.CHOSEN, "Two may differ by who was there.")
OLD_ENOUGH = Parameter("from age", years(4), Provenance.CONCEPT, "Old enough to speak alone.")
FAILED = Parameter("visits", 2, Provenance.CHOSEN, "Two failed visits and none in which the child was seen.")
SIX_WEEKS = Parameter("over", weeks(6), Provenance.CHOSEN, "Six weeks.")
CHANGES = Parameter("changes", 3, Provenance.CHOSEN, "A new worker every four months.")

dismissed = (
    entries("social_care.contact", outcome="no_further_action")
    | entries("social_care.referral", outcome="no_further_action")
).called("contact or referral that ended in no further action", "contacts or referrals that ended in no further action")
stepped_back = (
    entries("social_care.closed")
    | entries("social_care.conference", type="review", outcome=("child_in_need", "no_plan"))
).called("closing or step down", "closings or steps down")
serious_again = (
    entries("social_care.section_47") | entries("social_care.conference", type="initial")
    | entries("police.incident", category="domestic_abuse")
    | entries("health.emergency_attendance", reason="injury")
).called(
    "enquiry, conference, domestic abuse incident or injury", "enquiries, conferences, incidents or injuries"
)  # fmt: skip
decisions = (
    entries("meeting.decision") | entries("social_care.contact") | entries("social_care.referral")
    | entries("social_care.strategy_discussion") | entries("social_care.section_47") | entries("police.protection")
    | entries("police.welfare_check")
).called("decision", "decisions")  # fmt: skip
plan_reviews = entries("social_care.plan_review").called("review of the plan", "reviews of the plan")
no_better = entries("social_care.plan_review", progress=("unchanged", "worse")).called(
    "review without progress", "reviews without progress"
)
plan = (entries("social_care.child_protection_plan") | entries("social_care.child_in_need_plan")).called(
    "plan", "plans"
)
seen = (entries("social_care.visit", child_seen=True) | entries("police.welfare_check", child_seen=True)).called(
    "visit in which the child was seen", "visits in which the child was seen"
)
visits = entries("social_care.visit").called("visit of any kind", "visits of any kind")
protected = entries("social_care.child_protection_plan").called("child protection plan", "child protection plans")
# Where no visit was ever recorded, seen or failed, the view holds no visits: that the child was not seen is not known.
visited_and_protected = protected.going_on() & (visits.ever() >= 1)
visited_on_plan = plan.going_on() & (visits.ever() >= 1)
not_alone = entries("social_care.visit", result="seen", seen_alone=False).called(
    "visit in which the child was not seen alone", "visits in which the child was not seen alone"
)
said_alone_or_not = entries("social_care.visit", seen_alone=(True, False))
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
    "process.return_after_step_down", "S04", "Worse again after services stepped back",
    level="concern", parameters=(AFTER_STEP_DOWN, STEP_DOWN_SHOWN), sources=(OWN,),
    owner_role="front_door_team_manager", question="decisions",
    ask_next=("What was expected to hold when services stepped back, and did it?",),
)  # fmt: skip
def return_after_step_down() -> Condition:
    """An enquiry, a conference, domestic abuse or an injury in emergency care within six months of stepping back."""
    return stepped_back.then(serious_again, within=AFTER_STEP_DOWN.value, lasting=STEP_DOWN_SHOWN.value)


@indicator(
    "process.no_progress", "S06", "A plan without progress",
    level="concern", parameters=(REVIEWS, SCALINGS, YEAR), sources=(BUCKS,), owner_role="service_manager",
    question="plan_progress",
    ask_next=("What was to be different by now, for the child?", "Is this still the right plan?"),
)  # fmt: skip
def no_progress() -> Condition:
    """On a plan: two reviews running without progress, or safety no better scaled than two meetings before."""
    stuck = no_better.in_a_row(REVIEWS.value, among=plan_reviews, within=YEAR.value)
    no_safer = plan_reviews.latest("safety").in_last(YEAR.value).not_risen(over=SCALINGS.value)
    return (stuck | no_safer) & plan.going_on()


@indicator(
    "process.child_not_seen", "S07", "Child on a child protection plan not seen for four weeks",
    level="concern", parameters=(NOT_SEEN,), sources=(SOUTHWARK,), owner_role="social_worker",
    question="child_seen", ask_next=("When was the child last seen, by whom, and where?",),
    caveat="The source speaks of child protection plans. Of a child in need the six weeks are asked, and the clock of "
    "their visits runs beside.",
)  # fmt: skip
def child_not_seen() -> Condition:
    """No visit in which the child was seen for four weeks, while on a child protection plan."""
    return nothing(seen).for_(NOT_SEEN.value, since=visited_and_protected)


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
    """Two visits running, in eight weeks, in which the child, aged four or older, was seen and not seen alone."""
    running = not_alone.in_a_row(NOT_ALONE.value, among=said_alone_or_not, within=EIGHT_WEEKS.value)
    return running & (age() >= OLD_ENOUGH.value)


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
    no_further_action_accumulates, return_after_step_down, no_progress, child_not_seen, child_not_seen_long,
    visits_not_known, not_seen_alone, failed_visits, worker_churn,
)  # fmt: skip
