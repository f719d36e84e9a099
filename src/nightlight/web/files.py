"""Answers that are files: a paper to be read in the browser, or one to be saved. Never kept by a browser or a proxy."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from nightlight.paper.blocks import Document, data
from nightlight.paper.html import page as as_html
from nightlight.paper.pdf import pdf as as_pdf
from nightlight.web.moment import now
from nightlight.web.page import render


def to_save(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file to be saved, whatever the browser could show."""
    return _file(content, media_type, f'attachment; filename="{name}"')


def pdf_to_read(content: bytes, name: str) -> HttpResponse:
    """A PDF that the browser may show. name: without its ending."""
    return _file(content, "application/pdf", f'inline; filename="{name}.pdf"')


def document_to_save(document: Document, form: str, name: str) -> HttpResponse:
    """A document as a PDF or as HTML; never shown as a page of ours. name: without its ending."""
    if form == "pdf":
        return to_save(as_pdf(document, at=now()), "application/pdf", f"{name}.pdf")
    return to_save(as_html(document).encode(), "text/html; charset=utf-8", f"{name}.html")


def paper(request: HttpRequest, document: Document, **where: Any) -> HttpResponse:
    """The page of a paper. where: the addresses `back` and `pdf`."""
    context = {"document": document, "sections": data(document)["sections"], **where}
    return render(request, "meetings/paper.html", context, at="meetings")


def _file(content: bytes, media_type: str, disposition: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = disposition
    response["Cache-Control"] = "no-store, private"
    return response
