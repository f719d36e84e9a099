"""Rows of erasing: what sources asked for, and by which marks an erased record is known when it is sent again.

A mark is a keyed digest: without the key, which is sealed, nobody can tell whose it is. No name is here, no number
and no word.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.keys.fields import SealedText


class ErasureAsked(models.Model):
    """That a source erased a child's record, and what became here of what it told and gave. Personal data: the child's
    id and the source's token, until it is done.

    id: of the event. state: waiting (for a person: something stops it), agreed (the worker erases it), done, or kept.
    by, why: of whoever agreed or kept it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.CharField(max_length=80)
    subject = models.UUIDField(null=True)
    child = models.UUIDField(null=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10)
    decided = models.DateTimeField(null=True)
    by = models.CharField(max_length=80, blank=True)
    why = SealedText(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["state", "at"], name="erasure_asked_state")]


class Suppression(models.Model):
    """That the records of one erasure are turned away when they are sent again. No personal data: whose they were is
    in the audit log alone, by an id that means nothing any more.

    lifted: since when they are taken in again; then no mark of theirs is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    records = models.IntegerField(default=0)
    lifted = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=80, blank=True)
    why = SealedText(blank=True, default="")


class SuppressedRecord(models.Model):
    """One record that was erased, or who described a person there, by marks alone. No personal data without the key.

    facts: of each thing that it said; none for a description. recorded: the newest of their dates.
    """

    id = models.BigAutoField(primary_key=True)
    suppression = models.ForeignKey(Suppression, on_delete=models.CASCADE, related_name="marks")
    mark = models.CharField(max_length=64, unique=True)
    facts = ArrayField(models.CharField(max_length=64), default=list)
    recorded = models.DateTimeField(null=True)


class SuppressionKey(models.Model):
    """The key of the marks. One row; no personal data. It stays when the keys that seal it turn."""

    id = models.IntegerField(primary_key=True, default=1)
    secret = SealedText()
