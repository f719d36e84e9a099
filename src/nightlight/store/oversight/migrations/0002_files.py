"""The files that go with a copy are kept with it, exactly as they were given. Nothing is rewritten: no copy had any."""

from __future__ import annotations

from django.db import migrations

import nightlight.store.keys.fields


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="subjectcopy", name="files", field=nightlight.store.keys.fields.SealedBytes(default=b"")
        ),
    ]
