"""Fields that several apps share: a partial date in three columns, and the manager of rows that are only added."""

from __future__ import annotations

from django.db import models


def partial_from(**options) -> models.DateTimeField:
    """The earliest moment of a partial date (UTC); null where it has no lower bound. Paired with `partial_to`."""
    return models.DateTimeField(null=True, **options)


def partial_to(**options) -> models.DateTimeField:
    """The moment at which all of a partial date has passed (UTC); null where it has no upper bound."""
    return models.DateTimeField(null=True, **options)


def partial_text(**options) -> models.CharField:
    """A partial date as its own text (`timeline.Partial.isoformat`: 2017-09, 2017-09-04, ..2017-11); empty for none."""
    return models.CharField(max_length=80, blank=True, default="", **options)
