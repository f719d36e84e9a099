"""The feeds that the hub can read, by the name that the command line and the API use.

A feed is loaded when it is first asked for: reading a register must not cost the start-up of FHIR.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from nightlight.feeds.records import Feed

_MODULES = {
    "school-register": "school_register",
    "concern-log": "concern_log",
    "police": "police",
    "fhir": "fhir",
    "ssd": "ssd",
}


class UnknownFeed(KeyError):
    """No feed has this name; the message lists those there are."""

    def __str__(self) -> str:
        return str(self.args[0])


class _Feeds(Mapping[str, Feed]):
    """Name to feed, each loaded on first use."""

    def __getitem__(self, name: str) -> Feed:
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


FEEDS: Mapping[str, Feed] = _Feeds()
"""Every feed by its name, in the order in which they are listed to people."""


@cache
def _loaded(name: str) -> Feed:
    feed = import_module(f"nightlight.feeds.{_MODULES[name]}").FEED
    if not isinstance(feed, Feed):
        raise TypeError(f"nightlight.feeds.{_MODULES[name]}.FEED: expected a Feed.")
    return feed


def feed_named(name: str) -> Feed:
    """The feed of this name.

    >>> feed_named("school-register").agency
    'education'
    >>> feed_named("school-registers")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    nightlight.feeds.registry.UnknownFeed: no feed of this name; did you mean school-register? ...
    """
    if name in _MODULES:
        return FEEDS[name]
    close = get_close_matches(name, _MODULES, n=1)
    hint = f" did you mean {close[0]}?" if close else ""
    raise UnknownFeed(f"no feed of this name;{hint} Expected one of {', '.join(_MODULES)}.")
