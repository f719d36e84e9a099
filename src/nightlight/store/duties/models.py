"""Rows of duties. What a duty is now is derived from its events (`mapping.state`), never set by hand."""

from __future__ import annotations

import uuid

from django.conf import settings as django_settings  # noqa: TID251 the name of the user model
from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.people.models import Organisation


class DutyRow(models.Model):
    """That something must be done for a child. Personal data: the child's id; kept as the child's record is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.UUIDField()
    question = models.CharField(max_length=80)
    raised = models.DateTimeField()

    class Meta:
        db_table = "duties_duty"
        indexes = [models.Index(fields=["child", "question"], name="duty_child_question")]


class DutyEvent(models.Model):
    """One thing that happened to a duty, in its order. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    duty = models.ForeignKey(DutyRow, on_delete=models.PROTECT, related_name="events")
    number = models.IntegerField()
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["duty", "number"], name="events_in_order")]


class DutyNow(models.Model):
    """Where a duty stands, drawn from its events in the same transaction. Derived: dropped and made again."""

    duty = models.OneToOneField(DutyRow, primary_key=True, on_delete=models.CASCADE, related_name="now")
    child = models.UUIDField()
    question = models.CharField(max_length=80)
    level = models.CharField(max_length=10)
    status = models.CharField(max_length=20)
    role = models.CharField(max_length=40)
    organisation = models.CharField(max_length=80, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    pending_to = models.CharField(max_length=80, blank=True)
    due = models.DateTimeField()
    indicators = ArrayField(models.CharField(max_length=80), default=list)
    evidence = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [
            # One open duty a child and question; more evidence joins it.
            models.UniqueConstraint(
                fields=["child", "question"], name="one_open_duty", condition=~models.Q(status="discharged")
            )
        ]
        indexes = [models.Index(fields=["owner", "due"], name="my_duties"), models.Index(fields=["due"], name="due")]


class RotaRow(models.Model):
    """Who holds a role for an organisation, from when until when."""

    id = models.BigAutoField(primary_key=True)
    role = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    practitioner = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["role", "organisation"], name="rota_role")]
