"""Rows of signing in. No secret is kept that would let whoever reads the tables in: sealed, or a digest, or public.

The role of web requests may read none of them: `actions` lift the wall for the one question that they ask.
"""

from __future__ import annotations

import uuid

from django.conf import settings as django_settings  # noqa: TID251 the name of the user model
from django.contrib.postgres.fields import ArrayField
from django.db import models

from nightlight.store.keys.fields import SealedBytes

PERSON = django_settings.AUTH_USER_MODEL


class Factor(models.Model):
    """A second factor of somebody: an app that makes codes, or a passkey. Personal data: whose; kept until removed.

    secret: of a code app, sealed; of a passkey its public key. counter: the newest code's step, or the passkey's count
    of uses, so that neither is taken twice. confirmed: null until it has proved itself once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    secret = SealedBytes()
    credential = models.CharField(max_length=400, null=True, unique=True)
    counter = models.BigIntegerField(default=0)
    made = models.DateTimeField()
    confirmed = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """A code on paper for whoever lost their second factor; it works once. Only its digest is kept."""

    practitioner = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practitioner", "digest"], name="one_recovery_code")]


class SignIn(models.Model):
    """One sign-in on one device, until it ends. Personal data: who, when, on what; kept while the person works here.

    proved: when whoever sits there last proved who they are. ended: null while it may still be used.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="sign_ins")
    how = models.CharField(max_length=20)
    device = models.CharField(max_length=200, blank=True)
    began = models.DateTimeField()
    seen = models.DateTimeField()
    proved = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["practitioner", "-began"], name="sign_in_of")]


class WrongTry(models.Model):
    """That a password or code was wrong. name: a user name, or a digest of what nobody is called."""

    name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "-at"], name="wrong_try_of")]


class Subject(models.Model):
    """Whom an identity provider's subject is here, from when until when. Personal data: who."""

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    practitioner = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="subjects")
    since = models.DateTimeField()
    by = models.CharField(max_length=80)
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="one_subject", condition=models.Q(ended__isnull=True)
            )
        ]


class ServiceKey(models.Model):
    """A key with which one organisation's system calls the API. No personal data but who made it. Its digest only.

    may: what it may do at all. feeds: the feeds that it may deliver, always as its own organisation.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT)
    system = models.CharField(max_length=120)
    may = ArrayField(models.CharField(max_length=20))
    feeds = ArrayField(models.CharField(max_length=40), default=list)
    made = models.DateTimeField()
    by = models.CharField(max_length=80)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)


class Counted(models.Model):
    """How often something was asked in a span of time, to say no when it is too often. what: a digest, never a name."""

    what = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()
    times = models.IntegerField()
