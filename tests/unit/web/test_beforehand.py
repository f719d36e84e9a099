"""A server has loaded the pages and the templates of a child's page before anybody asks."""

from __future__ import annotations

from django.template import engines

from nightlight.web import beforehand


def test_templates_of_a_child_s_page_are_compiled_before_it_is_asked_for() -> None:
    environment = engines.all()[0].env
    environment.cache.clear()
    loaded = beforehand.load()
    assert {"base.html", "child/page.html", "child/rows.html", "macros/child.html"} <= set(loaded)
    assert len(environment.cache) >= len(loaded)
