"""The audit table. It holds no foreign key, so that it never hinders, nor is hindered by, the live rows."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One act or view. Personal data: who acted, and the id of the child concerned; kept as long as the child's record.

    Only added: a trigger refuses update, delete and truncate.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80, blank=True)
    act = models.CharField(max_length=60)
    child = models.UUIDField(null=True)
    about = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # "Who looked at this child?" and "what has this person done?"
            models.Index(fields=["child", "-id"], name="audit_by_child"),
            models.Index(fields=["by", "-id"], name="audit_by_person"),
        ]
