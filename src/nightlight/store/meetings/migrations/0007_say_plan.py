from django.db import migrations

# Whoever has a plan's page open is told at once that somebody else has changed it.
WAKE = """
CREATE FUNCTION nightlight_say_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('nightlight_plan', NEW.plan_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER say_plan AFTER INSERT ON meetings_planevent
    FOR EACH ROW EXECUTE FUNCTION nightlight_say_plan();
"""
SLEEP = """
DROP TRIGGER say_plan ON meetings_planevent;
DROP FUNCTION nightlight_say_plan();
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0006_withheld_last")]

    operations = [migrations.RunSQL(WAKE, SLEEP)]
