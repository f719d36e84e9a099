"""Rows of the guardian's oversight. A page's connection reaches none of them: an action lifts the wall, saying why."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.keys.fields import SealedBytes, SealedText


class Near(models.Model):
    """What is on record of who is near to a practitioner: their own postcode, another family name, a child.

    Personal data: the practitioner's, and the child's id. until: null while it holds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    value = SealedText(blank=True)
    child = models.UUIDField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)


class PublicNote(models.Model):
    """That the guardian named a child as of public note, so that looks without need show. Personal data: the id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.UUIDField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    reason = models.TextField()


class Unusual(models.Model):
    """A look that was unusual (`domain.unusual.Finding`), with the audit lines that it counts.

    Drawn from the log, which says for itself that it was found. `lines` grows while its day lasts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200, unique=True)
    what = models.CharField(max_length=20)
    person = models.CharField(max_length=80)
    child = models.UUIDField(null=True)
    at = models.DateTimeField()
    sentence = models.TextField()
    lines = ArrayField(models.BigIntegerField())
    row_version = models.IntegerField()
    found = models.DateTimeField()
    settled = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "id"], name="unusual_newest")]


class UnusualDeed(models.Model):
    """What the guardian did about an unusual look: asked, explained, referred; their words. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    unusual = models.ForeignKey(Unusual, on_delete=models.PROTECT, related_name="deeds")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    did = models.CharField(max_length=12)
    words = models.TextField()


class SubjectRequest(models.Model):
    """That somebody asked for a copy of all that is held on a person. Personal data: who asked; the subject's id.

    due, rule, rule_version: by when, as the rules of that day had it. closed: when it was answered, or not pursued.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.UUIDField()
    asked_by = SealedText()
    received = models.DateTimeField()
    due = models.DateTimeField()
    rule = models.CharField(max_length=40)
    rule_version = models.IntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    closed = models.DateTimeField(null=True)


class SubjectLonger(models.Model):
    """That more time was taken for a request, once, and why, as the person was told. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    request = models.OneToOneField(SubjectRequest, on_delete=models.PROTECT, related_name="longer")
    first_due = models.DateTimeField()
    due = models.DateTimeField()
    rule = models.CharField(max_length=40)
    rule_version = models.IntegerField()
    why = SealedText()
    told = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)


class SubjectChoice(models.Model):
    """Whether a field of the copy is given, as the guardian decided, and why. The newest of a field counts.

    field: where it stands, by ids. Only added (trigger).
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="choices")
    field = models.CharField(max_length=160)
    give = models.BooleanField()
    why = SealedText(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["request", "field", "-id"], name="choice_newest")]


class SubjectCopy(models.Model):
    """A copy as it was made and given: exactly its content. Personal data: all of it. Only added (trigger).

    files: the files that go with it, as one ZIP file; empty where none does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="copies")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    given = models.IntegerField()
    withheld = models.IntegerField()
    content = SealedBytes()
    files = SealedBytes(default=b"")
