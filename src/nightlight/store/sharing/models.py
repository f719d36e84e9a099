"""Rows of sharing. Requests, decisions, disclosures and corrections are only added (triggers).

A disclosure names the entries and fields that were given. Entries never change, so that says for ever what somebody
was shown; no content is copied here.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.keys.fields import SealedText


class SharingRequest(models.Model):
    """Somebody asks an organisation for what it holds of a child. Personal data: the child's id, and why. Only added.

    key: the form's own id, so that a request sent twice is one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=80, unique=True)
    child = models.UUIDField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80)
    holder = models.CharField(max_length=80)
    asked = models.CharField(max_length=30)
    harm = models.CharField(max_length=30)
    mode = models.CharField(max_length=10)
    consent = models.CharField(max_length=20)
    what = SealedText()
    why = SealedText()

    class Meta:
        db_table = "sharing_request"
        indexes = [
            models.Index(fields=["child"], name="request_child"),
            models.Index(fields=["holder", "-at"], name="request_holder"),
            models.Index(fields=["organisation", "-at"], name="request_asker"),
        ]


class SharingDecision(models.Model):
    """What a named person decided, what the rules had proposed, and why. Personal data: all of it. Only added.

    did: given, part, existence, refused, nothing (there is nothing to give), advice, withdrawn (by whoever asked).
    request: null for what is given unasked. told: what whoever asked is told of the reason.
    consent_said: where it rests on consent, who gave it, when and to what, and how they take it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=80, unique=True)
    request = models.ForeignKey(SharingRequest, null=True, on_delete=models.PROTECT, related_name="decisions")
    child = models.UUIDField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80)
    did = models.CharField(max_length=12)
    proposed = models.CharField(max_length=30)
    rule = models.CharField(max_length=20)
    rule_version = models.IntegerField()
    harm = models.CharField(max_length=30)
    consent = models.CharField(max_length=20)
    consent_needed = models.BooleanField()
    consent_said = SealedText(blank=True, default="")
    informed = models.CharField(max_length=30)
    reason = SealedText(blank=True)
    told = SealedText(blank=True)
    detriment = SealedText(blank=True)
    comparison = SealedText(blank=True)
    alternatives = SealedText(blank=True)
    reviewer = models.CharField(max_length=80, blank=True)
    review_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sharing_decision"
        indexes = [models.Index(fields=["child", "-at"], name="decision_child")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(did="refused")
                | (
                    models.Q(review_at__isnull=False, review_at__gt=models.F("at"))
                    & ~models.Q(reviewer="")
                    & ~models.Q(by="")
                    & ~models.Q(reviewer=models.F("by"))
                ),
                name="refusal_is_reviewed_by_another",
            )
        ]


class SharingReview(models.Model):
    """What the second person found about a refusal: that it stands, until when, or not. Only added."""

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(SharingDecision, on_delete=models.PROTECT, related_name="reviews")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    stands = models.BooleanField()
    reason = SealedText()

    class Meta:
        db_table = "sharing_review"


class Disclosure(models.Model):
    """That something was given: by whom, to whom, on what basis, with what note. Only added.

    until: until when the receiver may open the record, where that was given too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.OneToOneField(SharingDecision, on_delete=models.PROTECT, related_name="disclosure")
    child = models.UUIDField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80)
    to_person = models.CharField(max_length=80)
    to_organisation = models.CharField(max_length=80)
    note = SealedText(blank=True)
    powers = ArrayField(models.CharField(max_length=120), default=list)
    basis = ArrayField(models.CharField(max_length=20), default=list)
    confidentiality = models.CharField(max_length=80, blank=True)
    restrictions = ArrayField(models.CharField(max_length=20), default=list)
    approved = ArrayField(models.CharField(max_length=20), default=list)
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "sharing_disclosure"
        indexes = [
            models.Index(fields=["child", "-at"], name="disclosure_child"),
            models.Index(fields=["to_person", "-at"], name="disclosure_to"),
            models.Index(fields=["organisation", "-at"], name="disclosure_from"),
        ]


class DisclosedItem(models.Model):
    """One entry that was given: that it exists, or these fields of it; and those left out. Only added."""

    id = models.BigAutoField(primary_key=True)
    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="items")
    entry = models.UUIDField()
    mode = models.CharField(max_length=10)
    fields = ArrayField(models.CharField(max_length=120), default=list)
    left_out = ArrayField(models.CharField(max_length=120), default=list)

    class Meta:
        db_table = "sharing_item"
        indexes = [models.Index(fields=["entry"], name="item_entry")]


class ItemChange(models.Model):
    """That an entry which was given has been corrected (by this entry) or withdrawn, or was of another. Only added.

    shows: whether the receiver sees the same fields of the correction; not where it has become more sensitive.
    of_another: the match was undone by which the entry counted for the child (entry: the one that was given).
    """

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(DisclosedItem, on_delete=models.PROTECT, related_name="changes")
    entry = models.UUIDField()
    at = models.DateTimeField()
    withdrawn = models.BooleanField()
    shows = models.BooleanField()
    of_another = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "sharing_itemchange"
        constraints = [models.UniqueConstraint(fields=["item", "entry"], name="changed_once")]
        indexes = [models.Index(fields=["entry"], name="change_entry")]


class Receipt(models.Model):
    """That a receiver opened what was given, with so many corrections in it. Only added."""

    id = models.BigAutoField(primary_key=True)
    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="receipts")
    person = models.CharField(max_length=80)
    changes = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "sharing_receipt"
        constraints = [models.UniqueConstraint(fields=["disclosure", "person", "changes"], name="read_once")]


class Agreement(models.Model):
    """An information-sharing agreement: who, what for, which feeds, who uses it, from when until when. No child in it.

    parties: codes of organisations; feeds: names of feeds; users: roles that use what comes by them. ends: null while
    no end is set.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    purpose = models.TextField()
    reference = models.CharField(max_length=200, blank=True)
    parties = ArrayField(models.CharField(max_length=80))
    feeds = ArrayField(models.CharField(max_length=40), default=list)
    users = ArrayField(models.CharField(max_length=40), default=list)
    starts = models.DateField()
    ends = models.DateField(null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        db_table = "sharing_agreement"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")), name="ends_after_start"
            )
        ]


class ConsentTakenBack(models.Model):
    """That somebody took their consent back: whose it was, when they said so and how. Personal data: all. Only added.

    key: the form's own id. organisation: of whoever put it on record.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=80, unique=True)
    child = models.UUIDField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80)
    whose = SealedText()
    on = models.DateTimeField()
    how = models.CharField(max_length=20)
    said = SealedText(blank=True, default="")

    class Meta:
        db_table = "sharing_consenttakenback"
        indexes = [models.Index(fields=["child", "-at"], name="taken_back_child")]


class ConsentEnd(models.Model):
    """One decision to share, or one open request, that rested on consent which was taken back. Only added.

    holder: the organisation that shared, or was asked. opened: until when the record was open to the receiver by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    taken_back = models.ForeignKey(ConsentTakenBack, on_delete=models.PROTECT, related_name="ends")
    decision = models.OneToOneField(SharingDecision, null=True, on_delete=models.PROTECT, related_name="consent_end")
    request = models.OneToOneField(SharingRequest, null=True, on_delete=models.PROTECT, related_name="consent_end")
    child = models.UUIDField()
    holder = models.CharField(max_length=80)
    opened = models.DateTimeField(null=True)

    class Meta:
        db_table = "sharing_consentend"
        indexes = [models.Index(fields=["child", "holder"], name="consent_end_child")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision__isnull=False, request__isnull=True)
                | models.Q(decision__isnull=True, request__isnull=False),
                name="ends_one_thing",
            )
        ]


class ConsentAnew(models.Model):
    """What was decided anew of what rested on consent: that it goes on, by which rule, or ends. Only added."""

    end = models.OneToOneField(ConsentEnd, primary_key=True, on_delete=models.PROTECT, related_name="anew")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    goes_on = models.BooleanField()
    rule = models.CharField(max_length=20)
    rule_version = models.IntegerField()
    proposed = models.CharField(max_length=30)
    reason = SealedText()

    class Meta:
        db_table = "sharing_consentanew"


class ConsentAnswer(models.Model):
    """What a receiver says that they do with what they were given on it; the newest counts. Only added."""

    id = models.BigAutoField(primary_key=True)
    end = models.ForeignKey(ConsentEnd, on_delete=models.PROTECT, related_name="answers")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    does = models.CharField(max_length=20)
    reason = SealedText(blank=True, default="")

    class Meta:
        db_table = "sharing_consentanswer"
