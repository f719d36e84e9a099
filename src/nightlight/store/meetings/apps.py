from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "nightlight.store.meetings"
    label = "meetings"
