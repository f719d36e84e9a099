from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "nightlight.web"
    label = "web"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from nightlight.web import signed_in  # late: the apps are not ready when this module loads

        user_logged_in.connect(signed_in.keep, dispatch_uid="nightlight.signed_in")
