from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "apps.products"

    def ready(self) -> None:
        from . import refusals  # noqa: F401  (gives the refusal codes their sentences)
