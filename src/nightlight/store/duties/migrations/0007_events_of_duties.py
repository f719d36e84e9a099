import django.db.models.deletion
from django.db import migrations, models

# That an event is of a duty was asked of the server row by row, and was a tenth of what a lapse cost. It is asked once a
# statement instead. A duty that has events cannot be deleted, and its events are only added, so neither is left alone.
TOGETHER = """
CREATE FUNCTION nightlight_events_have_duties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added LEFT JOIN duties_duty d ON d.id = added.duty_id WHERE d.id IS NULL) THEN
        RAISE EXCEPTION 'an event is of a duty that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER events_have_duties AFTER INSERT ON duties_dutyevent REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION nightlight_events_have_duties();
CREATE FUNCTION nightlight_duty_has_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM duties_dutyevent e WHERE e.duty_id = OLD.id) THEN
        RAISE EXCEPTION 'a duty that has events is not deleted' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER duty_has_events BEFORE DELETE ON duties_duty
    FOR EACH ROW EXECUTE FUNCTION nightlight_duty_has_events();
"""
APART = """
DROP TRIGGER events_have_duties ON duties_dutyevent;
DROP TRIGGER duty_has_events ON duties_duty;
DROP FUNCTION nightlight_events_have_duties();
DROP FUNCTION nightlight_duty_has_events();
"""


class Migration(migrations.Migration):
    dependencies = [("duties", "0006_fewer_indexes")]

    operations = [
        migrations.AlterField(
            model_name="dutyevent",
            name="duty",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="duties.dutyrow",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["made"], name="notice_failed"),
        ),
        migrations.RunSQL(TOGETHER, APART),
    ]
