"""Police incidents, missing episodes and notifications as NDJSON of the police envelope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from nightlight.sample.dirt import Written
from nightlight.sample.happenings import Happening
from nightlight.sample.organisations import POLICE, Delivery, slug
from nightlight.sample.population import Family
from nightlight.sample.writers.base import Setting, person_of

_FEED = "police"
SYSTEM = "niche:" + slug(POLICE)
PATH = "police/incidents.ndjson"


class PoliceWriter:
    """One force's stream, an envelope a line."""

    feed = _FEED
    _KINDS = frozenset({"police.incident", "police.missing", "police.notification"})

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._any = False

    def carries(self, happening: Happening) -> bool:
        return happening.kind in self._KINDS

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        for number, happening in enumerate(happenings):
            self._any = True
            self._setting.count(_FEED)
            line = orjson.dumps(self._envelope(family, number, happening)) + b"\n"
            self._setting.files.append(PATH, line)

    def _envelope(self, family: Family, number: int, happening: Happening) -> dict[str, Any]:
        return {}

    def finish(self) -> list[Delivery]:
        if not self._any:
            return []
        return [
            Delivery(
                feed=_FEED,
                path=PATH,
                agency="police",
                organisation=slug(POLICE),
                organisation_name=POLICE,
                system=SYSTEM,
            )
        ]
