from django.apps import AppConfig


class ChronologyConfig(AppConfig):
    name = "nightlight.store.chronology"
    label = "chronology"
