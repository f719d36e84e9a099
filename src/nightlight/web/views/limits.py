"""How often, for how long and until when: the limits and times of keeping in force, each with its source."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.domain.clocks import rules_in_use
from nightlight.domain.keeping import keeping_on
from nightlight.domain.limits import limits_in_use
from nightlight.timeline.london import local_date
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads


@reads(Of.NOTHING)
@signed_in
@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    at = now()
    held = limits_in_use()
    context = {
        "limits": held.on(at),
        "times": [(rules_in_use().in_force(bound.rule, at), bound) for bound in held.bounds],
        "keeping": keeping_on(local_date(at)),
    }
    return render(request, "access/limits.html", context, at="policy")
