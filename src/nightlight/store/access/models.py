"""Rows on which the access policy is asked. None holds anything that a record says."""

from __future__ import annotations

import uuid

from django.db import models


class Granted(models.Model):
    """That somebody stands in a relationship to a child: asked to a meeting, given information, broke the glass.

    Personal data: who, and the child's id; kept as the audit is. What follows from other rows (an organisation's own
    record, a duty) is not written here. about: the meeting, the request, or nothing. until: null while it is open.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)
    child = models.UUIDField()
    person = models.CharField(max_length=80)
    about = models.CharField(max_length=120, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "access_granted"
        indexes = [
            models.Index(fields=["child", "person"], name="granted_child_person"),
            models.Index(fields=["kind", "about"], name="granted_about"),
        ]


class GlassReview(models.Model):
    """What the Caldicott guardian found about a glass that was broken. Only added (trigger)."""

    glass = models.OneToOneField(Granted, primary_key=True, on_delete=models.PROTECT, related_name="review")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    finding = models.CharField(max_length=20)
    reason = models.TextField()

    class Meta:
        db_table = "access_glassreview"


class Compartment(models.Model):
    """A sealed compartment: what is in it is there for its named members only. closed: its seals hold no longer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    reason = models.TextField()

    class Meta:
        db_table = "access_compartment"


class Member(models.Model):
    """Somebody who may see what is in a compartment, from when until when. Personal data: who."""

    compartment = models.ForeignKey(Compartment, on_delete=models.PROTECT, related_name="members")
    person = models.CharField(max_length=80)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    reason = models.TextField()

    class Meta:
        db_table = "access_member"
        indexes = [models.Index(fields=["person"], name="member_person")]


class Seal(models.Model):
    """That an entry, a source's record of somebody, an address or a whole child is in a compartment. Only added."""

    compartment = models.ForeignKey(Compartment, on_delete=models.PROTECT, related_name="seals")
    what = models.CharField(max_length=20)
    item = models.UUIDField()
    since = models.DateTimeField()
    by = models.CharField(max_length=80)
    reason = models.TextField()

    class Meta:
        db_table = "access_seal"
        constraints = [models.UniqueConstraint(fields=["compartment", "what", "item"], name="sealed_once")]
        indexes = [models.Index(fields=["item"], name="seal_item")]


class PolicySignature(models.Model):
    """That somebody signed the access policy as it read: by its digest. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "access_policysignature"
