from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "nightlight.store.audit"
    label = "audit"
