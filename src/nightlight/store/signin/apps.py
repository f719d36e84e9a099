from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "nightlight.store.signin"
    label = "signin"
