"""Who has looked at a child's record."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions.child.children import who_looked
from nightlight.actions.oversight import lookers
from nightlight.domain.roles import Permission, may
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads

PAGE = 100


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def looked(request: HttpRequest, child_id: UUID) -> HttpResponse:
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 0 < int(asked) < 100_000 else 1
    child, lines, count = who_looked(by=request.user, child=child_id, now=now(), page=number)
    pages = max(1, -(-count // PAGE))
    here = reverse("who_looked", args=[child_id])
    may_copy = may(request.user.role, Permission.AUDIT_VIEW)
    near = [n for n in range(1, pages + 1) if n in (1, pages) or abs(n - number) <= 2]
    context = {
        "child": child,
        "lines": lines,
        "count": count,
        "page": min(number, pages),
        "pages": pages,
        "links": {n: f"{here}?page={n}" for n in near},
        "may_copy": may_copy,
        "organisations": lookers.organisations_of(child_id) if may_copy else (),
    }
    return render(request, "child/looked.html", context)
