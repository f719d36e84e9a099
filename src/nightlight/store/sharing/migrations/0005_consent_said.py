"""Where a disclosure rests on consent, it is on record who gave it, when, to what, and how it is taken back."""

from __future__ import annotations

from django.db import migrations

import nightlight.store.keys.fields


class Migration(migrations.Migration):
    dependencies = [("sharing", "0004_of_another")]

    operations = [
        migrations.AddField(
            model_name="sharingdecision",
            name="consent_said",
            field=nightlight.store.keys.fields.SealedText(blank=True, default=""),
        ),
    ]
