from django.db import migrations

from nightlight.store.audit.append_only import DROP_FUNCTION, FUNCTION, guard


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTION, DROP_FUNCTION), guard("audit_auditevent")]
