from django.db import migrations

from nightlight.store.audit.append_only import guard

# Whoever waits is woken by what it waits for, whichever part of the program stored it. A worker's own writing of next
# edges wakes nobody: it asks for the earliest itself before it sleeps, and the others look again within seconds.
WAKE = """
CREATE FUNCTION nightlight_wake_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('nightlight.worker', true), '') = '' THEN
        PERFORM pg_notify('nightlight_clock', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER wake_clock AFTER INSERT OR UPDATE ON duties_dutynow
    FOR EACH STATEMENT EXECUTE FUNCTION nightlight_wake_clock();
CREATE FUNCTION nightlight_wake_sender() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('nightlight_notice', '');
    RETURN NULL;
END $$;
CREATE TRIGGER wake_sender AFTER INSERT ON duties_notice
    FOR EACH STATEMENT EXECUTE FUNCTION nightlight_wake_sender();
"""
SLEEP = """
DROP TRIGGER wake_clock ON duties_dutynow;
DROP TRIGGER wake_sender ON duties_notice;
DROP FUNCTION nightlight_wake_clock();
DROP FUNCTION nightlight_wake_sender();
"""
# Duties that were open before there was a worker are looked at by the first one, which works their edges out.
LOOK = "UPDATE duties_dutynow SET next_edge = due WHERE status <> 'discharged'"


class Migration(migrations.Migration):
    dependencies = [("duties", "0003_notices_and_workers"), ("audit", "0002_append_only")]

    operations = [
        guard("duties_noticetry"),
        migrations.RunSQL(LOOK, migrations.RunSQL.noop),
        migrations.RunSQL(WAKE, SLEEP),
    ]
