"""A document as an accessible PDF (PDF/UA-1): tagged, titled, in English, with headed tables. The one door to typst."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.resources import files

import orjson
import typst

from nightlight.paper.blocks import Document, data


def pdf(document: Document, *, at: datetime) -> bytes:
    """The PDF of a document as it stood at that moment; the same document at the same moment is the same bytes.

    Text with characters that no font of ours has is kept, and shown as a box.
    """
    made = typst.compile(
        _layout(),
        format="pdf",
        sys_inputs={"document": orjson.dumps(data(document)).decode()},
        pdf_standards="ua-1",
        timestamp=int(at.timestamp()),
        ignore_system_fonts=True,
    )
    return made


@cache
def _layout() -> bytes:
    return files("nightlight.paper").joinpath("page.typ").read_bytes()
