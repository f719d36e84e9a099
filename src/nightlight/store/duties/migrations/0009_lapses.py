from django.db import migrations, models

from nightlight.domain.duties import state_of
from nightlight.store.duties import mapping


def draw(apps, schema_editor):
    """Of every duty whose time ran out: how it stood then, from its events."""
    events = apps.get_model("duties", "DutyEvent")
    now = apps.get_model("duties", "DutyNow")
    for duty in events.objects.filter(kind="Lapsed").values_list("duty", flat=True).distinct():
        rows = events.objects.filter(duty=duty).order_by("number").values_list("kind", "at", "by", "detail")
        child = now.objects.get(duty=duty).child or ""
        state = state_of(mapping.read_event(kind, at, by, detail, child) for kind, at, by, detail in rows)
        lapse = mapping.lapse_of(state)
        if lapse:
            now.objects.filter(duty=duty).update(lapsed_due=state.lapse.due, lapse=lapse)


class Migration(migrations.Migration):
    dependencies = [("duties", "0008_of_the_partnership")]

    operations = [
        migrations.AddField("dutynow", "lapsed_due", models.DateTimeField(null=True)),
        migrations.AddField("dutynow", "lapse", models.JSONField(null=True)),
        migrations.RunPython(draw, migrations.RunPython.noop),
    ]
