"""Fields that several apps share: a partial date in three columns, and the manager of rows that are only added."""

from __future__ import annotations

from django.db import models


def partial_from(**options) -> models.DateTimeField:
    """The earliest moment of a partial date (UTC); null where it has no lower bound. Paired with `partial_to`."""
    return models.DateTimeField(null=True, **options)


def partial_to(**options) -> models.DateTimeField:
    """The moment at which all of a partial date has passed (UTC); null where it has no upper bound."""
    return models.DateTimeField(null=True, **options)


def precision(**options) -> models.CharField:
    """How precise a partial date is: instant, day, month, year, bounds; empty where there is no date at all."""
    return models.CharField(max_length=8, blank=True, default="", **options)
