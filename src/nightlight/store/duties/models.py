"""Rows of duties. What a duty is now is derived from its events (`mapping.state`), never set by hand."""

from __future__ import annotations

import uuid

from django.conf import settings as django_settings  # noqa: TID251 the name of the user model
from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.people.models import Organisation


class DutyRow(models.Model):
    """That something must be done for a child, or (without one) by the partnership for itself: an empty post.

    Personal data: the child's id; kept as the child's record is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.UUIDField(null=True)
    question = models.CharField(max_length=80)
    raised = models.DateTimeField()

    class Meta:
        db_table = "duties_duty"
        indexes = [models.Index(fields=["child", "question"], name="duty_child_question")]


class DutyEvent(models.Model):
    """One thing that happened to a duty, in its order. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    # The constraint on (duty, number) is its index; that the duty is there is asked once a statement (migration 0007).
    duty = models.ForeignKey(
        DutyRow, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
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
    child = models.UUIDField(null=True)
    question = models.CharField(max_length=80)
    level = models.CharField(max_length=10)
    status = models.CharField(max_length=20)
    role = models.CharField(max_length=40)
    organisation = models.CharField(max_length=80, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    pending_to = models.CharField(max_length=80, blank=True)
    due = models.DateTimeField()
    next_edge = models.DateTimeField(null=True)
    # When its time ran out and how it stood then (`mapping.lapse_of`), so that lapses are counted where they lie.
    lapsed_due = models.DateTimeField(null=True)
    lapse = models.JSONField(null=True)
    indicators = ArrayField(models.CharField(max_length=80), default=list)
    evidence = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [
            # One open duty a child and question; more evidence joins it.
            models.UniqueConstraint(
                fields=["child", "question"], name="one_open_duty", condition=~models.Q(status="discharged")
            ),
            models.UniqueConstraint(
                fields=["question"],
                name="one_open_duty_of_the_partnership",
                condition=~models.Q(status="discharged") & models.Q(child__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "due"], name="my_duties"),
            models.Index(fields=["due"], name="due"),
            # What the worker waits for; nothing else reads it.
            models.Index(fields=["next_edge"], name="duty_edge", condition=models.Q(next_edge__isnull=False)),
        ]


class Team(models.Model):
    """Some of an organisation's people who share a rota. No personal data."""

    code = models.CharField(max_length=80, primary_key=True)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)


class RotaRow(models.Model):
    """Who holds a role for an organisation, from when until when. Personal data: who works when.

    on_call: the hours of the week, as [weekday, "HH:MM", "HH:MM"], in London's time; empty for all of them.
    holidays: the whole day on bank holidays, too.
    """

    id = models.BigAutoField(primary_key=True)
    role = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    practitioner = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT)
    on_call = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    holidays = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["role", "organisation"], name="rota_role")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="shift_ends_after_it_begins",
            )
        ]


class AbsenceRow(models.Model):
    """Somebody is away from the rota, and who answers in their place. Personal data: that they are away; no diagnosis.

    why: leave, sickness, training, or left (for good, and then there is no end).
    """

    id = models.BigAutoField(primary_key=True)
    practitioner = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    why = models.CharField(max_length=20)
    cover = models.ForeignKey(django_settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="absence_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(cover__isnull=True) | ~models.Q(cover=models.F("practitioner")),
                name="nobody_covers_for_themselves",
            ),
        ]


class OrganisationHours(models.Model):
    """An organisation's own working hours, on a clock in London; without a row, the rules' hold. No personal data."""

    organisation = models.OneToOneField(Organisation, primary_key=True, on_delete=models.PROTECT)
    start = models.TimeField()
    end = models.TimeField()
    every_day = models.BooleanField(default=False, db_default=False)


class ClockRow(models.Model):
    """A clock that entries started for a child, as `domain.running` works it out. Derived: dropped and made again.

    ended, ended_by, how: when, by which entry and how it ended; open while `how` is empty.
    """

    id = models.BigAutoField(primary_key=True)
    child = models.UUIDField()
    rule = models.CharField(max_length=40)
    rule_version = models.IntegerField()
    anchor = models.UUIDField()
    entry = models.UUIDField()
    started = models.DateTimeField()
    due = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    how = models.CharField(max_length=10, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["child"], name="clock_child"),
            # What ran out and when, by rule: what lapsed before the hub knew of it as much as since.
            models.Index(fields=["rule", "due"], name="clock_rule"),
        ]


class Notice(models.Model):
    """That somebody is told something, and how far that has come. Personal data: who is told; no child's details.

    `key` is of the event that it follows from, so that it is made once however often that is tried. Where it went and
    what came of it are the rows of `NoticeTry`. `next_at` is when a worker looks at it next, to send it or to ask what
    became of it; while one is at it, when it is taken for dead.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200)
    why = models.CharField(max_length=20)
    person = models.CharField(max_length=80, blank=True)
    duty = models.UUIDField(null=True)
    about = models.CharField(max_length=400, blank=True)
    fast = models.BooleanField(default=False)
    made = models.DateTimeField()
    state = models.CharField(max_length=10)
    channel = models.CharField(max_length=10, blank=True)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=120, blank=True)
    sent = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)

    class Meta:
        # Not `unique=True`: that makes a second index for LIKE, which nobody asks and every notice would pay for.
        constraints = [models.UniqueConstraint(fields=["key"], name="one_notice_a_key")]
        indexes = [
            models.Index(fields=["next_at"], name="notice_next", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["person", "-made"], name="my_notices"),
            models.Index(fields=["duty"], name="notice_duty", condition=models.Q(duty__isnull=False)),
            models.Index(fields=["provider_id"], name="notice_provider", condition=~models.Q(provider_id="")),
            # How many failed lately, which `/health` and every page ask.
            models.Index(fields=["made"], name="notice_failed", condition=models.Q(state="failed")),
        ]


class NoticeTry(models.Model):
    """One try to reach somebody, or word of what became of it: sent, delivered, failed. Only added (trigger)."""

    id = models.BigAutoField(primary_key=True)
    notice = models.UUIDField()
    at = models.DateTimeField()
    channel = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    code = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["notice", "id"], name="tries_of_notice")]


class ContactRow(models.Model):
    """How somebody, or an organisation's system, is reached. Personal data: a work address or number.

    place: which is tried first. stopped: since when it is not used, because it bounced.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.CharField(max_length=80, blank=True)
    organisation = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=300)
    place = models.SmallIntegerField(default=0)
    stopped = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation", "channel"], name="one_contact_a_channel"),
            models.CheckConstraint(
                condition=models.Q(person="") ^ models.Q(organisation=""), name="contact_of_a_person_or_organisation"
            ),
        ]


class WorkerBeat(models.Model):
    """That a part of a worker was alive at a moment. `noticed`: when another saw that it had died."""

    id = models.BigAutoField(primary_key=True)
    worker = models.CharField(max_length=120)
    part = models.CharField(max_length=20)
    started = models.DateTimeField()
    at = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    noticed = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["worker", "part"], name="one_beat_a_part")]


class DailyRound(models.Model):
    """That something done once a day was done for a day; whichever worker comes first does it."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=20)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="once_a_day")]
