"""Rows of the chronology. Entries, subjects, links and shares are only added; firings can be dropped and made again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.fields.json import KeyTextTransform

from nightlight.store.keys.fields import SealedText
from nightlight.store.models import partial_from, partial_text, partial_to


class EntryRow(models.Model):
    """One entry. Personal data: all of it; kept as the child's record is. Only added (trigger).

    `part` numbers the entries of one source record; (system, record_id, version, part) is unique.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=50)
    occurred_from = partial_from()
    occurred_to = partial_to()
    occurred = partial_text()
    until_from = partial_from()
    until_to = partial_to()
    until = partial_text()
    recorded = models.DateTimeField()
    received = models.DateTimeField()
    attributes = models.JSONField(default=dict)
    words = SealedText(blank=True)
    text = SealedText(blank=True)
    agency = models.CharField(max_length=30)
    organisation = models.CharField(max_length=80, blank=True)
    system = models.CharField(max_length=120)
    record_id = models.CharField(max_length=300)
    version = models.IntegerField()
    part = models.SmallIntegerField()
    digest = models.CharField(max_length=64)
    supersedes = models.UUIDField(null=True)
    retracts = models.BooleanField(default=False)
    sensitivity = models.CharField(max_length=20, default="ordinary")
    written_by = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "chronology_entry"
        constraints = [
            models.UniqueConstraint(fields=["system", "record_id", "version", "part"], name="one_entry_a_version")
        ]
        indexes = [
            # "Who has it as their address": a residence names it as text.
            models.Index(
                KeyTextTransform("address", "attributes"),
                condition=models.Q(kind="housing.residence"),
                name="entry_residence",
            )
        ]


class EntrySubject(models.Model):
    """A source person or an address that an entry is about, and the person's part in it. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(EntryRow, on_delete=models.PROTECT, related_name="subjects")
    source_person = models.UUIDField(null=True)
    address = models.UUIDField(null=True)
    part = models.CharField(max_length=20, default="subject")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source_person__isnull=False) ^ models.Q(address__isnull=False),
                name="a_person_or_an_address",
            )
        ]
        indexes = [
            # "Every entry about this source person / at this address": how a child's chronology is read.
            models.Index(fields=["source_person"], name="subject_person", include=["entry", "part"]),
            models.Index(fields=["address"], name="subject_address", condition=models.Q(address__isnull=False)),
        ]


class LinkRow(models.Model):
    """A source person linked to another, or to an address, over a span. Only added (trigger); versions as entries."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=12)
    source_person = models.UUIDField()
    other_person = models.UUIDField(null=True)
    other_address = models.UUIDField(null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    recorded = models.DateTimeField()
    received = models.DateTimeField()
    agency = models.CharField(max_length=30)
    system = models.CharField(max_length=120)
    record_id = models.CharField(max_length=300)
    version = models.IntegerField()
    part = models.SmallIntegerField()
    supersedes = models.UUIDField(null=True)
    retracts = models.BooleanField(default=False)

    class Meta:
        db_table = "chronology_link"
        constraints = [
            models.UniqueConstraint(fields=["system", "record_id", "version", "part"], name="one_link_a_version")
        ]
        indexes = [
            models.Index(fields=["source_person"], name="link_person"),
            models.Index(fields=["other_person"], name="link_other", condition=models.Q(other_person__isnull=False)),
            models.Index(
                fields=["other_address"], name="link_address", condition=models.Q(other_address__isnull=False)
            ),
        ]


class Known(models.Model):
    """That an agency in fact learned of another's entry, from when and how. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(EntryRow, on_delete=models.PROTECT)
    agency = models.CharField(max_length=30)
    since = models.DateTimeField()
    how = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "agency"], name="learned_once")]


class FiringRow(models.Model):
    """A span over which an indicator holds for a child, in the pooled view. Derived: dropped and made again."""

    id = models.BigAutoField(primary_key=True)
    child = models.UUIDField()
    indicator = models.CharField(max_length=80)
    rule = models.CharField(max_length=64)
    level = models.CharField(max_length=10)
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True)
    evidence = ArrayField(models.UUIDField(), default=list)

    class Meta:
        db_table = "chronology_firing"
        indexes = [
            models.Index(fields=["child", "indicator"], name="firing_child"),
            models.Index(fields=["level", "starts"], name="firing_level"),
        ]


class Evaluated(models.Model):
    """When a child's indicators were last evaluated, and the next moment at which one changes by itself. Derived."""

    child = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    next_edge = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_edge"], name="evaluated_edge")]
