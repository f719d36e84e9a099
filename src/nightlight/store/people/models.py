"""Rows of people. An entry points at a *source person* (one system's record of somebody), never at a person.

Who a source person is, is a decision on record (`IdentityDecision`); `SourcePerson.person` is where the newest points.
A wrong match is undone by deciding again: no entry is touched (docs/adr/0004).
"""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from nightlight.store.models import partial_from, partial_text, partial_to


class Organisation(models.Model):
    """One member of the partnership: a school, a practice, a force. No personal data."""

    code = models.CharField(max_length=80, primary_key=True)
    name = models.CharField(max_length=200)
    agency = models.CharField(max_length=30)
    telephone = models.CharField(max_length=40, blank=True)


class Practitioners(BaseUserManager):
    """Makes practitioners; a password that is not given can't be signed in with."""

    def make(self, *, username: str, name: str, role: str, organisation: Organisation, password: str | None = None):
        practitioner = self.model(username=username, name=name, role=role, organisation=organisation)
        if password is None:
            practitioner.set_unusable_password()
        else:
            practitioner.set_password(password)
        practitioner.save(using=self._db)
        return practitioner


class WithoutPassword(Practitioners):
    """What pages read: a login of theirs may not read a password, however it is kept."""

    def get_queryset(self):
        return super().get_queryset().defer("password")


class Practitioner(AbstractBaseUser):
    """Somebody who signs in. Personal data: name, work address; kept while audit rows name them."""

    username = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    with_password = Practitioners()  # the first, which Django's own signing in asks
    objects = WithoutPassword()

    @property
    def agency(self) -> str:
        return self.organisation.agency


class DescribedColumns(models.Model):
    """How somebody is described, by a source or as decided so far. Numbers are normal, or empty."""

    given = models.CharField(max_length=200, blank=True)
    family = models.CharField(max_length=200, blank=True)
    born_from = partial_from()
    born_to = partial_to()
    born = partial_text()
    sex = models.CharField(max_length=1, blank=True)
    nhs_number = models.CharField(max_length=10, blank=True)
    upn = models.CharField(max_length=13, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        abstract = True


class Person(DescribedColumns):
    """One human being, as decided so far. Personal data: all of it; kept as their records are.

    The columns are drawn from their source persons (derived: `actions.people.describing.describe` makes them again).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    search_name = models.CharField(max_length=420, blank=True)
    is_child = models.BooleanField(default=False)
    created = models.DateTimeField()

    class Meta:
        indexes = [
            # Matching and finding: by number, by birth date, by name.
            models.Index(fields=["nhs_number"], name="person_nhs", condition=~models.Q(nhs_number="")),
            models.Index(fields=["upn"], name="person_upn", condition=~models.Q(upn="")),
            models.Index(fields=["born_from"], name="person_born"),
            GinIndex(fields=["search_name"], name="person_name", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["search_name"], name="person_exact_name"),
        ]


class SourcePerson(DescribedColumns):
    """One system's record of somebody. Personal data: all of it; kept as the source's records are.

    person: who it was decided to be; null while that waits for a person to decide.
    waiting_since: set while somebody has to decide. A child whom a concern only describes has both: a person of their
    own meanwhile, so that the concern has a record, an owner and a clock at once, and the question who it is.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    system = models.CharField(max_length=120)
    source_id = models.CharField(max_length=200)
    agency = models.CharField(max_length=30)
    organisation = models.CharField(max_length=80, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT)
    role = models.CharField(max_length=10, blank=True)
    address = models.ForeignKey("people.Address", null=True, on_delete=models.PROTECT)
    waiting_since = models.DateTimeField(null=True)
    updated = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "source_id"], name="one_source_person"),
        ]
        indexes = [
            models.Index(fields=["person"], name="source_person_person"),
            # The queue of waiting matches, oldest first.
            models.Index(fields=["waiting_since"], name="waiting", condition=models.Q(waiting_since__isnull=False)),
        ]


class MatchProposal(models.Model):
    """A person whom a waiting source person may be, and why it was doubted. Derived; gone once decided."""

    source_person = models.ForeignKey(SourcePerson, on_delete=models.CASCADE, related_name="proposals")
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    why = models.CharField(max_length=200)
    # What the model of this version made of the two, if it did.
    probability = models.FloatField(null=True)
    model = models.CharField(max_length=12, blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_person", "person"], name="one_proposal")]


class SealedMatch(models.Model):
    """That a source person came with a number of somebody in a sealed compartment. Its keeper's alone to see.

    Personal data: that the two may be one person; goes with the source person. To everybody else the source person is
    somebody new. outcome: empty while it waits; `sealed` (put into the compartment) or `apart` (somebody else).
    """

    source_person = models.ForeignKey(SourcePerson, on_delete=models.CASCADE, related_name="sealed_matches")
    compartment = models.UUIDField()
    why = models.CharField(max_length=60)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True, db_default="")
    decided = models.DateTimeField(null=True)
    by = models.CharField(max_length=80, blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_person", "compartment"], name="one_sealed_match")]


class MatchRecord(models.Model):
    """A source person made ready to be compared, and the keys by which it is found. Personal data: all of it; goes
    with the source person. Derived: `store.people.linkage.keep` makes it again.
    """

    source_person = models.OneToOneField(SourcePerson, primary_key=True, on_delete=models.CASCADE)
    form = models.TextField()
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        # Without a list of pending rows, which the next search would have to read through.
        indexes = [GinIndex(fields=["keys"], name="match_record_keys", fastupdate=False)]


class OpenLink(models.Model):
    """That two records are certainly the same taken by themselves, and are not together: there is a rival, or somebody
    knows them as two. From each side. Personal data: that the two may be one person; goes with either. Derived
    (`actions.people.settling`): whoever comes between them is judged with both in sight.
    """

    record = models.ForeignKey(SourcePerson, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(SourcePerson, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "other"], name="one_open_link")]


class MatchModel(models.Model):
    """A trained linkage model with the record of its training. The newest counts; only added. Names that many bear."""

    version = models.CharField(max_length=12, primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    text = models.TextField()


class MatchThreshold(models.Model):
    """How sure the model must be, from a day on, in this partnership. Only added; the last of a day counts."""

    valid_from = models.DateField()
    same = models.FloatField()
    ask = models.FloatField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    source = models.TextField()


class IdentityDecision(models.Model):
    """That a source person is this person, a new one, or waits; by a rule or by somebody, and why. Only added."""

    id = models.BigAutoField(primary_key=True)
    source_person = models.UUIDField()
    person = models.UUIDField(null=True)
    outcome = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["source_person", "-id"], name="decision_by_source_person")]


class Address(models.Model):
    """A place. Personal data: where families live; kept as their records are. `key` is what its id was made of.

    form: as `domain.addresses` brings every spelling to one; empty where what is written names no place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=300, unique=True)
    form = models.CharField(max_length=300, blank=True, db_default="")
    lines = models.JSONField(default=list)
    postcode = models.CharField(max_length=8, blank=True)
    uprn = models.CharField(max_length=12, blank=True)

    class Meta:
        # Whole: for a list of more than a hundred, the server does not see that a partial one would do.
        indexes = [
            models.Index(fields=["form"], name="address_form"),
            models.Index(fields=["uprn"], name="address_uprn"),
        ]


class SourceAddress(models.Model):
    """A source's own key of an address."""

    system = models.CharField(max_length=120)
    source_id = models.CharField(max_length=200)
    address = models.ForeignKey(Address, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "source_id"], name="one_source_address")]
