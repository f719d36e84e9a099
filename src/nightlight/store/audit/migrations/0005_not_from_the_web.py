from django.db import migrations

# Pages write audit rows, and a trigger lets each wait for its seal. They seal nothing, unhold nothing and hide nothing.
REVOKE = """
REVOKE UPDATE, DELETE ON audit_waiting FROM nightlight_web;
REVOKE INSERT, UPDATE, DELETE ON audit_seal, audit_keyinuse, audit_hold FROM nightlight_web;
"""
GRANT = """
GRANT UPDATE, DELETE ON audit_waiting TO nightlight_web;
GRANT INSERT, UPDATE, DELETE ON audit_seal, audit_keyinuse, audit_hold TO nightlight_web;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_hold"), ("access", "0002_standing_and_wall")]

    operations = [migrations.RunSQL(REVOKE, GRANT)]
