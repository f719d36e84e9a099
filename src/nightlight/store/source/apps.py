from django.apps import AppConfig


class SourceConfig(AppConfig):
    name = "nightlight.store.source"
    label = "source"
