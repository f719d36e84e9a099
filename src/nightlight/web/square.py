"""A square code to scan, as a picture in the page. It asks no other site for it: what it holds is a secret."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup


def square_code(text: str) -> Markup:
    """The text as an SVG drawing, with no style in it (the content policy allows none)."""
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(
        drawn, kind="svg", scale=5, border=4, xmldecl=False, svgns=False, svgclass="nl-square", omitsize=True,
        lineclass=None, title="Square code for your app", light="#ffffff",
    )  # fmt: skip
    return Markup(drawn.getvalue().decode())  # noqa: S704 drawn here, from no markup
