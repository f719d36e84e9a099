from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "nightlight.store.sharing"
    label = "sharing"
