"""A source person may have a person of their own while who they are waits (post: old code never makes such a row)."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0002_append_only")]

    operations = [migrations.RemoveConstraint(model_name="sourceperson", name="waits_or_is_matched")]
