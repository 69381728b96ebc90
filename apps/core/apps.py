from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        """Read the declarations of every app: events first, then who reacts, the steps of the night, the API."""
        import policyops.celery  # noqa: F401  every door, not only the workers', pings through this app

        from . import arrays, lookups  # noqa: F401  every list and every ``in`` of the project goes through them

        for module in ("events", "refusals", "types", "handlers", "steps", "checks", "api"):
            autodiscover_modules(module)
