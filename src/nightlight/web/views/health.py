"""`/health`: whether the database answers and the clocks run, for whatever watches the service. No personal data."""

from __future__ import annotations

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from nightlight.actions.watching.clockwork import Standing, standing
from nightlight.web.moment import now
from nightlight.web.reads import Of, reads


@reads(Of.NOTHING, public=True)
def health(request: HttpRequest) -> JsonResponse:
    """200 when all is well, 503 when somebody must look. Anyone may ask: it names nobody."""
    try:
        found = standing(now=now())
    except Error:
        connection.close()
        return _answer({"status": "database away", "database": False}, well=False)
    return _answer(_said(found), well=found.well)


def _said(found: Standing) -> dict[str, object]:
    return {
        "status": "well" if found.well else "late" if found.alive else "no worker",
        "database": True,
        "worker_seconds_since_beat": found.beat_age,
        "oldest_overdue_edge_seconds": found.oldest_edge or 0,
        "oldest_waiting_notice_seconds": found.oldest_notice or 0,
        "notices_failed_in_7_days": found.failed_notices,
    }


def _answer(said: dict[str, object], *, well: bool) -> JsonResponse:
    response = JsonResponse(said, status=200 if well else 503)
    response["Cache-Control"] = "no-store"
    return response
