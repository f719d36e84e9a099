"""What is sealed from somebody, as it has stood since migration 0005: with what a meeting decided and withheld from
them, so that they do not read in the child's chronology what the meeting's own pages keep from them.

Both walls ask this one function. It names the practitioner; nothing that was withheld from a parent is touched by it.
"""

from __future__ import annotations

from nightlight.store.access import sql_stays

# Everything that such a meeting stated goes, and what the plan begun from it states: an entry of a meeting says on
# whose act it was written, not who said it. What somebody said there themselves they read on the meeting's page.
_WITHHELD = """DECLARE
    logs uuid[];
BEGIN
    logs := ARRAY(
        SELECT newest.meeting_id FROM (
            SELECT DISTINCT ON (s.meeting_id) s.meeting_id, s.why_withheld FROM meetings_sending s
            WHERE s.person = me AND s.at <= at_ ORDER BY s.meeting_id, s.id DESC) newest
        WHERE newest.why_withheld <> '');
    IF logs <> '{}' THEN
        logs := logs || ARRAY(SELECT n.plan_id FROM meetings_plannow n WHERE n.meeting = ANY(logs));
        RETURN QUERY
        SELECT 'entry'::text, e.id FROM meetings_meetingchild c
        JOIN people_sourceperson p ON p.system = 'nightlight:meetings' AND p.source_id = c.called::text
        JOIN chronology_entrysubject u ON u.source_person = p.id
        JOIN chronology_entry e ON e.id = u.entry_id AND e.system = 'nightlight:meetings'
        WHERE (c.meeting_id = ANY(logs) OR c.plan_id = ANY(logs))
        AND split_part(e.record_id, '/', 1) = ANY(logs::text[]);
    END IF;
    RETURN QUERY
"""
_BEGINS = "BEGIN RETURN QUERY\n"

assert sql_stays.SEALED.count(_BEGINS) == 1  # noqa: S101 a part of the statement that this one goes on from
SEALED_FROM = sql_stays.SEALED.replace(_BEGINS, _WITHHELD).replace(
    "pg_temp AS $$", "pg_temp SET plan_cache_mode = force_generic_plan AS $$"
)
