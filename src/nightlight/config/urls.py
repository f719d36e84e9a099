"""Every address that is served, and the pages for errors."""

from __future__ import annotations

from django.urls import include, path

from nightlight.api.service import addresses
from nightlight.web.views.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("api/v1/", addresses()),
    path("", include("nightlight.web.urls")),
    path("", include("nightlight.web.sign_in_urls")),
    path("", include("nightlight.web.oversight_urls")),
]

handler403 = "nightlight.web.page.denied"
handler404 = "nightlight.web.page.not_found"
handler500 = "nightlight.web.page.failed"
