"""Rows of the way between a source and a hub. No name, number or word of a child is among them but where it says so."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.keys.fields import SealedJSON, SealedText

# -- at a source


class Pointed(models.Model):
    """A signal of which the hub was told, or is about to be. Personal data: the child's id.

    said: a digest of what it was told last. evidence: the entries that it rested on when it was last seen to hold.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.UUIDField()
    indicator = models.CharField(max_length=120)
    since = models.DateTimeField()
    said = models.CharField(max_length=64)
    evidence = ArrayField(models.UUIDField(), default=list)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["child", "indicator", "since"], name="pointed_once")]


class SourceChild(models.Model):
    """How many events of a child the hub has. Personal data: the child's id."""

    child = models.UUIDField(primary_key=True)
    taken = models.IntegerField(default=0)


class OutEvent(models.Model):
    """An event for the hub, in the order of `number` among its child's. Personal data: data, sealed; the child's id.

    state: waiting, sent, or refused (by the hub, for good; `code` says why). sequence: its place among the child's
    events, given when it is first sent. data: emptied once the hub has it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField()
    child = models.UUIDField()
    type = models.CharField(max_length=60)
    about = models.UUIDField()
    data = SealedJSON(default=dict)
    made = models.DateTimeField()
    state = models.CharField(max_length=10, default="waiting")
    sequence = models.IntegerField(null=True)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=120, blank=True)
    sent = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["child", "number"], name="event_waits", condition=models.Q(state="waiting")),
        ]


class HubRequest(models.Model):
    """A request for information that a hub made of this source. Personal data: the child's id.

    id: the hub's. request: the one here that somebody answers. said: a digest of the answer that was sent last.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    request = models.UUIDField(unique=True)
    child = models.UUIDField()
    at = models.DateTimeField()
    said = models.CharField(max_length=64, blank=True)
    gone = models.DateTimeField(null=True)


class SourceRun(models.Model):
    """When the hub was last reached, and what it said to that. One row; no personal data."""

    id = models.IntegerField(primary_key=True, default=1)
    at = models.DateTimeField(null=True)
    reached = models.DateTimeField(null=True)
    code = models.CharField(max_length=120, blank=True)


# -- at a hub


class SourceKey(models.Model):
    """The secret with which a source signs what it sends, and seals who a child is. No personal data."""

    key = models.OneToOneField("signin.ServiceKey", primary_key=True, on_delete=models.CASCADE)
    secret = SealedText()


class ReceivedEvent(models.Model):
    """An event that a source sent and that was taken. Personal data: the source's token of a child."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.CharField(max_length=80)
    subject = models.UUIDField()
    sequence = models.IntegerField()
    type = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "subject", "sequence"], name="received_in_order")
        ]
