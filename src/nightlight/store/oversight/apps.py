from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "nightlight.store.oversight"
    label = "oversight"
