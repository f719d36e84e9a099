import django.contrib.postgres.fields
from django.db import migrations, models

from nightlight.store.audit.append_only import guard

# From here on a guarded row may be deleted, or a sealed value put in its place, by an act that wrote itself down first:
# `nightlight.passage` names its audit row, which no seal holds yet. The log itself has no passage.
FUNCTION = r"""
CREATE OR REPLACE FUNCTION nightlight_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    passage text := current_setting('nightlight.passage', true);
    allowed text;
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') AND TG_TABLE_NAME NOT LIKE 'audit%' AND passage ~ '^[0-9]+$' THEN
        SELECT e.act INTO allowed FROM audit_auditevent e JOIN audit_waiting w ON w.event = e.id
        WHERE e.id = passage::bigint;
        IF TG_OP = 'DELETE' AND allowed = 'record.erased' THEN
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND allowed = 'keys.resealed' AND NOT EXISTS (
            SELECT FROM jsonb_each_text(to_jsonb(NEW)) n JOIN jsonb_each_text(to_jsonb(OLD)) o USING (key)
            WHERE n.value IS DISTINCT FROM o.value AND n.value !~ '^(nl1:|\\x004e4c31)'
        ) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'nightlight: % only takes new rows; % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
QUEUE = """
CREATE FUNCTION nightlight_audit_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (event) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER waits AFTER INSERT ON audit_auditevent REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION nightlight_audit_waits();
INSERT INTO audit_waiting (event) SELECT id FROM audit_auditevent;
"""
NO_QUEUE = "DROP TRIGGER waits ON audit_auditevent; DROP FUNCTION nightlight_audit_waits();"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="Waiting",
            fields=[("event", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="SealRow",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.SmallIntegerField()),
                ("sealed", models.CharField(max_length=40)),
                ("before", models.BinaryField()),
                (
                    "rows",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("digests", models.BinaryField()),
                ("hash", models.BinaryField()),
                ("key", models.CharField(max_length=40)),
                ("signature", models.BinaryField()),
            ],
            options={"db_table": "audit_seal"},
        ),
        migrations.CreateModel(
            name="KeyInUse",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("made", models.CharField(max_length=10)),
                ("retired", models.DateTimeField(null=True)),
            ],
        ),
        guard("audit_seal"),
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(QUEUE, NO_QUEUE),
    ]
