"""What every answer tells the browser, besides the content policy: pages run alone and ask for no device."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADERS = {
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(self), midi=(), payment=(), usb=(), publickey-credentials-create=(self), "
        "publickey-credentials-get=(self)"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""The microphone is for a concern that is spoken; all else that a page could ask a device for, none does."""


class Headers:
    """Middleware; the first, so that an answer of any other has them too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response
