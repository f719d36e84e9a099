from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "nightlight.store.access"
    label = "access"

    def ready(self) -> None:
        post_migrate.connect(_lay_the_policy, sender=self)


def _lay_the_policy(**_: object) -> None:
    """The second wall stands on the text of this version, from the moment that its tables do."""
    # Late: the apps are not ready when this module loads.
    from nightlight.store.access import compiled, granted_laid, limits_laid

    compiled.lay()
    limits_laid.lay()
    granted_laid.lay()
