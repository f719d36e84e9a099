"""Every address that is served, and the pages for errors."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("nightlight.web.urls"))]

handler403 = "nightlight.web.page.denied"
handler404 = "nightlight.web.page.not_found"
handler500 = "nightlight.web.page.failed"
