from django.db import migrations

from nightlight.store.audit.append_only import guard


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0001_initial"),
        ("audit", "0002_append_only"),
        ("access", "0002_standing_and_wall"),  # the web's role may use the tables that are made after it
    ]

    operations = [
        guard(
            "sharing_request",
            "sharing_decision",
            "sharing_review",
            "sharing_disclosure",
            "sharing_item",
            "sharing_itemchange",
            "sharing_receipt",
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON sharing_agreement FROM nightlight_web; "
            "REVOKE INSERT ON sharing_agreement FROM nightlight_web;",
            migrations.RunSQL.noop,
        ),
    ]
