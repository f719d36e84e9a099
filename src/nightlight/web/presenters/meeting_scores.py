"""Safety scores side by side on one scale, each where it was given: never one number made of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from nightlight.domain.meetings.scores import Scores
from nightlight.domain.meetings.state import Score
from nightlight.store.people.models import Person


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one child. field: what the names of its fields end in. name: whose, where there are several."""

    child: str
    field: str
    name: str
    scores: Scores
    own: Score | None


def by_child(of: Mapping[str, Scores], children: Mapping[str, Person], me: str) -> list[Scored]:
    """Each child's scores by themselves, in the order of the children."""
    several = len(of) > 1
    return [
        Scored(
            child=child,
            field=f"-{number}" if several else "",
            name=children[child].given if several and child in children else "",
            scores=scores,
            own=next((each for each in scores.scores if each.person == me), None),
        )
        for number, (child, scores) in enumerate(of.items(), 1)
    ]


def picture(scores: Scores) -> Markup:
    """A scale from 0 to 10 with a mark for each score; those that are the same stand on each other."""
    given: dict[int, int] = {}
    marks = []
    for each in scores.scores:
        given[each.score] = given.get(each.score, 0) + 1
        lowest = each in scores.lowest
        y = 62 - 20 * (given[each.score] - 1)
        marks.append((_x(each.score), y, "#d4351c" if lowest else "#1d70b8"))
    most = max(given.values(), default=1)
    height = 96 + 20 * max(0, most - 3)
    drop = height - 96
    dots = "".join(f'<circle cx="{x}%" cy="{y + drop}" r="8" fill="{fill}"/>' for x, y, fill in marks)
    scale = "".join(
        f'<line x1="{_x(n)}%" x2="{_x(n)}%" y1="{70 + drop}" y2="{78 + drop}" stroke="#505a5f"/>'
        f'<text x="{_x(n)}%" y="{93 + drop}" font-size="14" text-anchor="middle" fill="#0b0c0c">{n}</text>'
        for n in range(11)
    )
    said = Markup(f'<line x1="3%" x2="97%" y1="{74 + drop}" y2="{74 + drop}" stroke="#505a5f"/>{scale}{dots}')  # noqa: S704 numbers
    return Markup(
        '<svg class="nl-scale-picture" width="100%" height="{height}" role="img" aria-label="{label}">{said}</svg>'
    ).format(
        height=height, label=f"Scale from 0 to 10: {', '.join(str(each.score) for each in scores.scores)}", said=said
    )


def _x(score: int) -> str:
    return f"{3 + 9.4 * score:.1f}"
