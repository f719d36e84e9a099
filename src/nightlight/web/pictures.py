"""Timeline pictures drawn lately, kept while the child's record, what holds and the hour are the same.

Everyone who may see a child sees the same picture of them, so that one drawn for one person serves the next; the page
asks for it only after `access_child`. Nothing is kept of a look at the past.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock

from nightlight.actions.child.children import ChildPage
from nightlight.domain.chronology import Fact
from nightlight.web.presenters import firings, timeline
from nightlight.web.presenters.timeline import Band

MOST = 60
NAME = "Timeline of what agencies have recorded"

_kept: OrderedDict[tuple[str, str], tuple[object, str]] = OrderedDict()
_lock = Lock()


def picture_of(
    page: ChildPage,
    shown: Sequence[Fact],
    here: str,
    query: str,
    look: str,
    addresses: Callable[[], Callable[[Fact], str]],
) -> str:
    """The picture of these facts. query: what chose them. look: the part of it that
    an indicator's address takes on. addresses: makes what gives an entry its row's address."""
    until = _until(page)
    bands = tuple(firings.bands(page.firings, until, here, look))
    same = (page.mark, until, bands)
    key = (here, query)
    with _lock:
        kept = _kept.get(key)
    if page.mark is not None and kept is not None and kept[0] == same:
        return kept[1]
    drawn = timeline.picture(shown, bands, until=until, href=addresses(), name=NAME)
    if page.mark is not None:
        _keep(key, same, drawn)
    return drawn


def _until(page: ChildPage) -> datetime:
    """Up to when it is drawn: a look at now to the end of the hour, which no eye can tell from now."""
    return page.at if page.look.as_at else page.at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _keep(key: tuple[str, str], same: tuple[object, datetime, tuple[Band, ...]], drawn: str) -> None:
    with _lock:
        _kept[key] = (same, drawn)
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
