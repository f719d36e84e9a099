from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "nightlight.store.people"
    label = "people"
