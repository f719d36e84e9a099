from django.db import migrations

from nightlight.store.audit.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("audit", "0002_append_only")]

    operations = [guard("intake_rawrecord")]
