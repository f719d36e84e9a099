"""The addresses of the screens. A child is in an address by a random id only: never a name or a number."""

from __future__ import annotations

from django.urls import path

from nightlight.web.views import session

urlpatterns = [
    path("sign-in", session.sign_in, name="sign_in"),
    path("sign-in/as", session.sign_in_as, name="sign_in_as"),
    path("sign-out", session.sign_out, name="sign_out"),
]
