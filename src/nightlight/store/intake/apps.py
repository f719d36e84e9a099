from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "nightlight.store.intake"
    label = "intake"
