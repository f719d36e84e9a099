"""The entries of the navigation bar, in their order. A page's view names the entry that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from nightlight.domain.roles import Permission, may


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the words, the name of its url, and the permission that shows it (None: everyone sees it)."""

    words: str
    url: str
    needs: Permission | None = None


ENTRIES: tuple[Entry, ...] = (
    Entry("My duties", "duties", Permission.DUTY_HOLD),
    Entry("My team's board", "team", Permission.TEAM_VIEW),
    Entry("Meetings", "meetings", Permission.DUTY_HOLD),
    Entry("Rota", "rota", Permission.DUTY_HOLD),
    Entry("What lapsed", "lapses", Permission.TEAM_VIEW),
    Entry("Raise a concern", "concern_new", Permission.CONCERN_RAISE),
    Entry("My concerns", "concerns", Permission.CONCERN_RAISE),
    Entry("My notices", "notices"),
    Entry("Sharing", "sharing", Permission.DUTY_HOLD),
    Entry("Find a child", "people", Permission.PERSON_FIND),
    Entry("Waiting matches", "matches", Permission.MATCH_DECIDE),
    Entry("Undone matches", "wrong_matches", Permission.AUDIT_VIEW),
    Entry("Refused records", "refused", Permission.REFUSAL_VIEW),
    Entry("Indicators", "indicators"),
    Entry("Broken glass", "glass", Permission.GLASS_REVIEW),
    Entry("Unusual access", "unusual", Permission.AUDIT_VIEW),
    Entry("Copies for people", "copies", Permission.AUDIT_VIEW),
    Entry("What was erased", "erasures", Permission.AUDIT_VIEW),
    Entry("Compartments", "compartments", Permission.COMPARTMENT_KEEP),
    Entry("Who may see what", "policy"),
)


def entries_for(role: str, current: str) -> list[dict]:
    """The entries a role sees, as the service navigation component takes them."""
    return [
        {"text": entry.words, "href": reverse(entry.url), "active": entry.url == current}
        for entry in ENTRIES
        if entry.needs is None or may(role, entry.needs)
    ]
