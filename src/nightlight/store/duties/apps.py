from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "nightlight.store.duties"
    label = "duties"
