"""Rows of meetings and plans. What a meeting is now is folded from its events (`mapping`), never set by hand."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.keys.fields import SealedJSON, SealedText


class MeetingRow(models.Model):
    """That a meeting was called. No personal data of its own; kept as its events are. Only added (trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    organisation = models.CharField(max_length=80)
    called = models.DateTimeField()
    called_by = models.CharField(max_length=80)

    class Meta:
        db_table = "meetings_meeting"


class PlanRow(models.Model):
    """That a plan was begun. No personal data of its own; kept as its events are. Only added (trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    organisation = models.CharField(max_length=80)
    begun = models.DateTimeField()
    begun_by = models.CharField(max_length=80)

    class Meta:
        db_table = "meetings_plan"


class EventColumns(models.Model):
    """One thing that happened, in its order. Personal data: all of it; kept as the child's record is. Only added.

    event: the id that whoever did it gave it, so that what is sent twice counts once.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.IntegerField()
    event = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    item = models.CharField(max_length=80, blank=True)
    detail = SealedJSON(default=dict)

    class Meta:
        abstract = True


class MeetingEvent(EventColumns):
    """One thing that happened in or for a meeting. Only added (trigger)."""

    meeting = models.ForeignKey(MeetingRow, on_delete=models.PROTECT, related_name="events", db_index=False)

    class Meta:
        constraints = [
            # In order, and each once. The first is also how a meeting is read.
            models.UniqueConstraint(fields=["meeting", "number"], name="meeting_events_in_order"),
            models.UniqueConstraint(fields=["meeting", "event"], name="meeting_event_once"),
        ]


class PlanEvent(EventColumns):
    """One thing that happened to a plan. Only added (trigger)."""

    plan = models.ForeignKey(PlanRow, on_delete=models.PROTECT, related_name="events", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_events_in_order"),
            models.UniqueConstraint(fields=["plan", "event"], name="plan_event_once"),
        ]


class MeetingNow(models.Model):
    """Where a meeting stands, drawn from its events in the same transaction. Derived: dropped and made again.

    number: of the newest event it was drawn from. next_edge: when something in it falls due by itself.
    """

    meeting = models.OneToOneField(MeetingRow, primary_key=True, on_delete=models.CASCADE, related_name="now")
    number = models.IntegerField()
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=20)
    children = ArrayField(models.UUIDField())
    chair = models.CharField(max_length=80, blank=True)
    starts = models.DateTimeField(null=True)
    due = models.DateTimeField(null=True)
    next_edge = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_edge"], name="meeting_edge", condition=models.Q(next_edge__isnull=False)),
        ]


class MeetingPlace(models.Model):
    """Somebody whom a meeting concerns and who signs in: asked, chairing, or owning something in it. Derived."""

    meeting = models.ForeignKey(MeetingRow, on_delete=models.CASCADE, related_name="places", db_index=False)
    person = models.CharField(max_length=80)
    part = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="one_place_a_person")]
        indexes = [models.Index(fields=["person"], name="my_meetings")]


class MeetingChild(models.Model):
    """A child whom a meeting or a plan is about, so that both are found by child.

    called: the person whom its events name. child: whom that is found to be now. records: the source records that the
    child was made of when it was called; where a match moves the last of them, the child of the meeting goes with it.
    """

    child = models.UUIDField()
    called = models.UUIDField()
    records = ArrayField(models.UUIDField(), default=list)
    meeting = models.ForeignKey(MeetingRow, null=True, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(PlanRow, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["called", "meeting", "plan"], name="one_row_a_child", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(meeting__isnull=False) ^ models.Q(plan__isnull=False), name="of_a_meeting_or_a_plan"
            ),
        ]
        indexes = [models.Index(fields=["child"], name="meetings_of_child")]


class PlanNow(models.Model):
    """Where a plan stands, drawn from its events in the same transaction. Derived: dropped and made again.

    tripwires: the indicators that its contingencies wait for.
    """

    plan = models.OneToOneField(PlanRow, primary_key=True, on_delete=models.CASCADE, related_name="now")
    number = models.IntegerField()
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=20)
    children = ArrayField(models.UUIDField())
    lead = models.CharField(max_length=80, blank=True)
    meeting = models.UUIDField(null=True)
    tripwires = ArrayField(models.CharField(max_length=80), default=list)
    next_edge = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_edge"], name="plan_edge", condition=models.Q(next_edge__isnull=False)),
            models.Index(fields=["meeting"], name="plan_of_meeting", condition=models.Q(meeting__isnull=False)),
        ]


class MeetingDraft(models.Model):
    """What somebody at a meeting is typing, until they submit it. Personal data: all of it; gone once submitted.

    place: what it is the draft of (`danger:ID`, `score`). open: whether the others see it as it is typed. sequence: of
    the page that sent it, so that an older one that comes late changes nothing.
    """

    id = models.BigAutoField(primary_key=True)
    meeting = models.ForeignKey(MeetingRow, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    person = models.CharField(max_length=80)
    place = models.CharField(max_length=80)
    open = models.BooleanField(default=False)
    content = SealedJSON(default=dict)
    sequence = models.BigIntegerField(default=0)
    saved = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "person", "place"], name="one_draft_a_place")]


class Sending(models.Model):
    """That what a meeting decided went to somebody, or was withheld and why. Personal data: who; only added (trigger).

    person: a practitioner's name, or the meeting's own id of somebody in the family. why_withheld: empty when sent.
    """

    id = models.BigAutoField(primary_key=True)
    meeting = models.ForeignKey(MeetingRow, on_delete=models.PROTECT, related_name="sendings", db_index=False)
    person = models.CharField(max_length=80)
    number = models.IntegerField()
    how = models.CharField(max_length=40, blank=True)
    why_withheld = SealedText(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        indexes = [
            models.Index(fields=["meeting", "person", "-id"], name="sent_to"),
            # What is withheld from somebody: asked each time that they open a record.
            models.Index(fields=["person"], name="sent_to_whom"),
        ]


class Acknowledgement(models.Model):
    """That somebody says they have read what a meeting decided. Personal data: who; only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    meeting = models.ForeignKey(MeetingRow, on_delete=models.PROTECT, related_name="acknowledgements", db_index=False)
    person = models.CharField(max_length=80)
    number = models.IntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["meeting", "person"], name="acknowledged_by")]


class PlanPlace(models.Model):
    """Somebody whom a plan concerns and who signs in: leading, a member, or owning something in it. Derived."""

    plan = models.ForeignKey(PlanRow, on_delete=models.CASCADE, related_name="places", db_index=False)
    person = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "person"], name="one_place_in_a_plan")]
        indexes = [models.Index(fields=["person"], name="my_plans")]
