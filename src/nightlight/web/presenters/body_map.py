"""The body map: each region by its words for a checkbox, and the same as a drawing with what is marked filled in.

The checkboxes are the map: the drawing shows what they say, for those who see it. Left and right are the child's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from nightlight.domain.concern_content import REGIONS, SIDES

_LIMBS = {
    "upper_arm": ("rect", 137, 86, 19, 60),
    "forearm": ("rect", 140, 150, 17, 58),
    "hand": ("ellipse", 149, 223, 10, 13),
    "thigh": ("rect", 103, 214, 28, 74),
    "lower_leg": ("rect", 105, 292, 24, 74),
    "foot": ("ellipse", 119, 378, 16, 9),
}
_SHAPES: dict[str, tuple[str, int, int, int, int]] = {
    "front_face": ("ellipse", 100, 38, 24, 30),
    "front_left_eye": ("ellipse", 109, 32, 6, 5),
    "front_right_eye": ("ellipse", 91, 32, 6, 5),
    "front_mouth": ("ellipse", 100, 53, 9, 4),
    "front_left_ear": ("ellipse", 127, 40, 5, 9),
    "front_right_ear": ("ellipse", 73, 40, 5, 9),
    "front_neck": ("rect", 89, 68, 22, 14),
    "front_chest": ("rect", 66, 83, 68, 56),
    "front_stomach": ("rect", 68, 141, 64, 42),
    "front_groin": ("rect", 70, 185, 60, 26),
    "back_back_of_head": ("ellipse", 100, 38, 24, 30),
    "back_back_of_neck": ("rect", 89, 68, 22, 14),
    "back_upper_back": ("rect", 66, 83, 68, 52),
    "back_lower_back": ("rect", 68, 137, 64, 42),
    "back_bottom": ("rect", 70, 181, 60, 30),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its name, its regions (code, words, whether marked), and the drawing."""

    code: str
    name: str
    regions: tuple[tuple[str, str, bool], ...]
    drawing: Markup


def sides(marked: Iterable[str]) -> tuple[Side, ...]:
    """Front and back, with these regions marked.

    >>> [side.name for side in sides(["front_chest"])]
    ['Front', 'Back']
    """
    on = set(marked)
    return tuple(_side(side, on) for side in SIDES)


def _side(side: str, on: set[str]) -> Side:
    regions = [(code, words, code in on) for code, words in REGIONS.items() if code.startswith(f"{side}_")]
    drawn = Markup("").join(_shape(code, marked) for code, _, marked in regions)
    names = ", ".join(words.lower() for _, words, marked in regions if marked) or "nothing"
    left, right = ("R", "L") if side == "front" else ("L", "R")
    drawing = Markup(
        '<svg class="nl-body" viewBox="20 0 160 392" role="img" aria-label="{label}">'
        '{shapes}<text class="nl-body__side" x="30" y="20">{left}</text>'
        '<text class="nl-body__side" x="160" y="20">{right}</text></svg>'
    ).format(label=f"Drawing of a child's {side}: {names} marked", shapes=drawn, left=left, right=right)
    return Side(side, side.capitalize(), tuple(regions), drawing)


def _shape(code: str, marked: bool) -> Markup:
    kind, a, b, c, d = _SHAPES[code] if code in _SHAPES else _limb(code)
    place = (
        f'x="{a}" y="{b}" width="{c}" height="{d}" rx="8"' if kind == "rect" else f'cx="{a}" cy="{b}" rx="{c}" ry="{d}"'
    )
    state = " nl-body__part--marked" if marked else ""
    return Markup(f'<{kind} class="nl-body__part{state}" data-region="{escape(code)}" {place}/>')  # noqa: S704 our own


def _limb(code: str) -> tuple[str, int, int, int, int]:
    """A limb as drawn on the right of the picture; the child's left when they face us, their right from behind."""
    side, hand, limb = code.split("_", 2)
    kind, a, b, c, d = _LIMBS[limb]
    if (hand == "left") == (side == "front"):
        return kind, a, b, c, d
    return kind, (200 - a - c if kind == "rect" else 200 - a), b, c, d
