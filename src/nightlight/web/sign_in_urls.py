"""The addresses of signing in besides a name and password, and of how one signs in."""

from __future__ import annotations

from django.urls import path

from nightlight.web.views import my_sign_in, session

urlpatterns = [
    path("sign-in/second", session.second, name="sign_in_second"),
    path("sign-in/set-up", session.set_up, name="sign_in_set_up"),
    path("sign-in/passkey", session.by_passkey, name="sign_in_passkey"),
    path("sign-in/provider", session.by_provider, name="sign_in_provider"),
    path("sign-in/provider/back", session.from_provider, name="sign_in_provider_back"),
    path("my-sign-in", my_sign_in.mine, name="my_sign_in"),
    path("my-sign-in/app", my_sign_in.app, name="factor_app"),
    path("my-sign-in/passkey", my_sign_in.passkey, name="factor_passkey"),
    path("my-sign-in/password", my_sign_in.password, name="password"),
    path("my-sign-in/codes", my_sign_in.codes, name="factor_codes"),
    path("my-sign-in/factors/<uuid:factor>/remove", my_sign_in.remove, name="factor_remove"),
    path("my-sign-in/<uuid:sign_in>/end", my_sign_in.end, name="sign_in_end"),
]
