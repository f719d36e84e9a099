"""Rows of the intake. A raw record is kept as it came; a refused one is kept with its line, field and reason."""

from __future__ import annotations

import mimetypes
import uuid

from django.conf import settings as django_settings  # noqa: TID251 the name of the user model
from django.db import models

from nightlight.store.keys.fields import SealedBytes, SealedJSON


class Delivery(models.Model):
    """One file (or folder) as it was delivered, and what became of it. No personal data but a file's name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    feed = models.CharField(max_length=40)
    file_name = models.CharField(max_length=300)
    agency = models.CharField(max_length=30)
    organisation = models.CharField(max_length=80)
    system = models.CharField(max_length=120)
    received = models.DateTimeField()
    finished = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    accepted = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    outside = models.IntegerField(default=0, db_default=0)
    erased = models.IntegerField(default=0, db_default=0)
    entries = models.IntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["-received"], name="newest_delivery")]


class RawRecord(models.Model):
    """One record as it came. Personal data: all of it; kept as the entries drawn from it. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.UUIDField()
    system = models.CharField(max_length=120)
    record_id = models.CharField(max_length=300)
    version = models.IntegerField()
    digest = models.CharField(max_length=64)
    raw = SealedBytes()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "record_id", "version"], name="one_raw_a_version")]
        indexes = [models.Index(fields=["delivery", "id"], name="record_by_delivery")]


class Refusal(models.Model):
    """A record that could not be kept: where it stood, the field, and what was expected. Personal data: `raw`.

    `mark` is a digest of the raw record and the fault, so that a file sent again refuses it once.
    """

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="refusals")
    system = models.CharField(max_length=120)
    position = models.CharField(max_length=80)
    field = models.CharField(max_length=120)
    code = models.CharField(max_length=60)
    expected = models.TextField()
    raw = SealedBytes(default=b"")
    mark = models.CharField(max_length=64)
    received = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "mark"], name="refused_once")]
        indexes = [models.Index(fields=["-received", "-id"], name="newest_refusal")]


class OutOfScope(models.Model):
    """How much of a feed was out of scope on a day, and why: counts, and nothing of whom. No personal data.

    records, children: as they came; a child whom a file names again on another day is counted again.
    """

    feed = models.CharField(max_length=40)
    reason = models.CharField(max_length=40)
    day = models.DateField()
    records = models.IntegerField(default=0)
    children = models.IntegerField(default=0)

    class Meta:
        db_table = "intake_out_of_scope"
        constraints = [models.UniqueConstraint(fields=["feed", "reason", "day"], name="counted_by_day")]


class Draft(models.Model):
    """A concern as it is being written, kept with every pause of the writer. Personal data: all; gone once raised."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    content = SealedJSON(default=dict)
    version = models.IntegerField(default=0)
    started = models.DateTimeField()
    saved = models.DateTimeField()
    raised_as = models.UUIDField(null=True)


class Attachment(models.Model):
    """A photo, recording, document or body map with a concern. Personal data: all; kept as its entry is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    content = SealedBytes()
    added = models.DateTimeField()

    @property
    def ending(self) -> str:
        """The ending of a file's name, for whoever saves it: by what it is, whatever it was called."""
        return {"application/zip": ".docx"}.get(self.media_type) or mimetypes.guess_extension(self.media_type) or ""


class RaisedConcern(models.Model):
    """A concern that somebody raised in the hub: its entries, so that whoever raised it sees what became of it."""

    id = models.UUIDField(primary_key=True, editable=False)
    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, related_name="concern")
    author = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField()
    child = models.UUIDField(null=True)
    source_person = models.UUIDField()
    danger_now = models.BooleanField()
    entries = models.JSONField(default=list)
    duty = models.UUIDField(null=True)
