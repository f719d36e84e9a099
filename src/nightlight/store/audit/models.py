"""The audit table and its chain. No foreign keys, so that it never hinders, nor is hindered by, the live rows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
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


class Waiting(models.Model):
    """A row of the log that no seal holds yet: put here by a trigger as the row is added, taken away by the sealer."""

    event = models.BigIntegerField(primary_key=True)


class SealRow(models.Model):
    """A signed link of the chain (`domain.audit_chain.Seal`). No personal data. Only added (trigger).

    digests: of each row in turn, 32 bytes each. sealed: as text, since the text is what was hashed.
    """

    number = models.BigIntegerField(primary_key=True)
    version = models.SmallIntegerField()
    sealed = models.CharField(max_length=40)
    before = models.BinaryField()
    rows = ArrayField(models.BigIntegerField())
    digests = models.BinaryField()
    hash = models.BinaryField()
    key = models.CharField(max_length=40)
    signature = models.BinaryField()

    class Meta:
        db_table = "audit_seal"


class KeyInUse(models.Model):
    """That a key was in use here, so that a start with the wrong key file is refused. Never the key itself.

    retired: since when nothing here is sealed with it any more.
    """

    id = models.CharField(primary_key=True, max_length=40)
    kind = models.CharField(max_length=10)
    made = models.CharField(max_length=10)
    retired = models.DateTimeField(null=True)


class Hold(models.Model):
    """That a child's record must not be erased: an inquiry, a court, a claim. Personal data: the child's id; why."""

    id = models.BigAutoField(primary_key=True)
    child = models.UUIDField()
    why = models.TextField()
    by = models.CharField(max_length=80)
    since = models.DateTimeField()
    released = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["child"], name="hold_child", condition=models.Q(released=None))]
