from django.db import migrations

from nightlight.store.audit.append_only import guard

# Whoever has a meeting's page open sees within the second what another has saved, and what another types in the open.
# A worker's own drawing of next edges wakes no worker: it asks for the earliest itself before it sleeps.
WAKE = """
CREATE FUNCTION nightlight_say_meeting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('nightlight_meeting', NEW.meeting_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER say_meeting AFTER INSERT ON meetings_meetingevent
    FOR EACH ROW EXECUTE FUNCTION nightlight_say_meeting();
CREATE FUNCTION nightlight_say_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.open THEN
        PERFORM pg_notify('nightlight_meeting', NEW.meeting_id::text || ' ' || NEW.id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER say_draft AFTER INSERT OR UPDATE ON meetings_meetingdraft
    FOR EACH ROW EXECUTE FUNCTION nightlight_say_draft();
CREATE FUNCTION nightlight_wake_meetings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('nightlight.worker', true), '') = '' THEN
        PERFORM pg_notify('nightlight_meeting_edge', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER wake_meetings AFTER INSERT OR UPDATE ON meetings_meetingnow
    FOR EACH STATEMENT EXECUTE FUNCTION nightlight_wake_meetings();
CREATE TRIGGER wake_meetings AFTER INSERT OR UPDATE ON meetings_plannow
    FOR EACH STATEMENT EXECUTE FUNCTION nightlight_wake_meetings();
"""
SLEEP = """
DROP TRIGGER say_meeting ON meetings_meetingevent;
DROP TRIGGER say_draft ON meetings_meetingdraft;
DROP TRIGGER wake_meetings ON meetings_meetingnow;
DROP TRIGGER wake_meetings ON meetings_plannow;
DROP FUNCTION nightlight_say_meeting();
DROP FUNCTION nightlight_say_draft();
DROP FUNCTION nightlight_wake_meetings();
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        guard(
            "meetings_meeting",
            "meetings_plan",
            "meetings_meetingevent",
            "meetings_planevent",
            "meetings_sending",
            "meetings_acknowledgement",
        ),
        migrations.RunSQL(WAKE, SLEEP),
    ]
