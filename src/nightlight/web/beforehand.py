"""What the first visitor would wait for, loaded as the server starts: the pages' code, and the most opened templates.

It reads no child and no database.
"""

from __future__ import annotations

from django.template import engines
from django.urls import get_resolver

_MOST_OPENED = ("base.html", "macros/", "child/", "duties/", "govuk_frontend_jinja/components/service-navigation/")


def load() -> list[str]:
    """Load them; returns the templates that are compiled now."""
    _ = get_resolver().url_patterns
    environment = engines.all()[0].env
    found: list[str] = environment.list_templates(filter_func=lambda name: name.startswith(_MOST_OPENED))
    pages = [name for name in found if name.endswith(".html")]
    for name in pages:
        environment.get_template(name)
    return pages
