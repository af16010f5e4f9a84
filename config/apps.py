"""The project itself, as an app: what concerns the models of all three."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.model_names import translate_names

        translate_names()
