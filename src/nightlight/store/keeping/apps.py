from django.apps import AppConfig


class KeepingConfig(AppConfig):
    name = "nightlight.store.keeping"
    label = "keeping"
