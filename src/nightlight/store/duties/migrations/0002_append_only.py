from django.db import migrations

from nightlight.store.audit.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial"), ("audit", "0002_append_only")]

    operations = [guard("duties_dutyevent")]
