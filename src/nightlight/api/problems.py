"""What went wrong, as a problem of RFC 9457: never a word of a record, a key, or whether there is what is not yours."""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from nightlight.actions.seeing.access import Refused
from nightlight.actions.sharing.agreements import NoAgreement
from nightlight.actions.source.events import OutOfOrder
from nightlight.actions.source.signed import BadSignature
from nightlight.domain.pointers import BadEvent
from nightlight.feeds.registry import UnknownFeed

TYPE = "application/problem+json"
TITLES = {
    400: "Not understood",
    401: "A key is needed",
    403: "Not for this key",
    404: "There is nothing here",
    405: "Not so",
    409: "Not in its place",
    413: "Too large",
    422: "Not what was expected",
    429: "Too often",
    500: "An error of Nightlight's own",
}


_log = logging.getLogger("nightlight.api")


class Problem(Schema):
    """A problem. detail: what to do; fields: what of the question was not as expected, by name."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    fields: list[str] = []


class TooOften(Exception):
    """Asked more often than a key may. wait: seconds until it may again."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


def problem(status: int, detail: str, fields: list[str] | None = None, **headers: str) -> HttpResponse:
    """A problem, as an answer."""
    said: dict[str, Any] = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    response = HttpResponse(json.dumps({**said, "fields": fields or []}), status=status, content_type=TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def speak(api: NinjaAPI) -> None:
    """Answer every refusal and error of this API as a problem."""

    @api.exception_handler(AuthenticationError)
    def no_key(request: HttpRequest, error: Any) -> HttpResponse:
        said = "Send a key that works, as: Authorization: Bearer KEY. It may have ended, or been revoked."
        return problem(401, said, WWW_Authenticate="Bearer")

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return problem(404 if request.method == "GET" else 403, str(error))

    @api.exception_handler(NoAgreement)
    def no_agreement(request: HttpRequest, error: NoAgreement) -> HttpResponse:
        return problem(403, str(error))

    @api.exception_handler(BadSignature)
    def not_signed(request: HttpRequest, error: BadSignature) -> HttpResponse:
        return problem(401, f"This was {error}.", WWW_Authenticate="Bearer")

    @api.exception_handler(BadEvent)
    def bad_event(request: HttpRequest, error: BadEvent) -> HttpResponse:
        return problem(422, f"{error} ({error.code}).", [error.field])

    @api.exception_handler(OutOfOrder)
    def out_of_order(request: HttpRequest, error: OutOfOrder) -> HttpResponse:
        words = f"{error}. The next of this child has the number {error.expected}."
        return problem(409, words, ["sequence"], Nightlight_Expected=str(error.expected))

    @api.exception_handler(UnknownFeed)
    def no_feed(request: HttpRequest, error: UnknownFeed) -> HttpResponse:
        return problem(403, "This key may not deliver this feed.")

    @api.exception_handler(ValidationError)
    def not_expected(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = sorted({".".join(str(part) for part in each["loc"][1:]) for each in error.errors})
        return problem(422, "See the description of this operation for what is expected.", fields)

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code if error.status_code in TITLES else 400, "The question was not understood.")

    @api.exception_handler(TooOften)
    def too_often(request: HttpRequest, error: TooOften) -> HttpResponse:
        return problem(429, f"Wait {error.wait} seconds, then go on.", Retry_After=str(error.wait))

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        _log.error("an error of %s in the API: %s", type(error).__name__, _where(error))
        return problem(500, "It is not known what became of this. Ask for it, or send it again: nothing is doubled.")


def _where(error: Exception) -> str:
    """Where an error arose; never its words, which may quote a record."""
    last = traceback.extract_tb(error.__traceback__)[-3:]
    return ", ".join(f"{frame.name}:{frame.lineno}" for frame in last)
