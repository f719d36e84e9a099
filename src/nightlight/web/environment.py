"""Jinja's environment: GOV.UK's macros, our own, and filters that say times and codes as people do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.duty_events import outcome_words
from nightlight.domain.roles import role_title
from nightlight.web.presenters import acts, rules, words


def environment(**options: Any) -> Environment:
    loader = ChoiceLoader(
        [
            options.pop("loader"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    env = Environment(loader=loader, **options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 Django turns it on
    env.globals.update(static=static, url=_url)
    env.filters.update(
        moment=words.moment,
        until=words.until,
        day=words.day,
        day_and_time=words.day_and_time,
        day_short=words.day_short,
        how_many=words.how_many,
        role=role_title,
        agency=lambda code: AGENCIES.get(code, code),
        kind=words.kind,
        theme=words.theme,
        question=rules.question,
        outcome=outcome_words,
        rule=rules.rule_words,
        month=words.month,
        named=words.named,
        ago=words.seconds,
        day_text=words.day_text,
        capital=words.capital,
        act=acts.act,
        ground=acts.ground,
        doer=acts.doer,
    )
    return env


def _url(name: str, *args: Any, **query: Any) -> str:
    """The address of a page; what is left of `query` after Nones are dropped follows the question mark."""
    asked = {key: value for key, value in query.items() if value not in (None, "")}
    return reverse(name, args=args) + (f"?{urlencode(asked)}" if asked else "")
