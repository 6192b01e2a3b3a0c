from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class ProjectConfig(AppConfig):
    name = "heard.project"
    label = "project"

    def ready(self) -> None:
        """Let every installed room plug itself in: `reactions` is where it says what it listens to and what it adds."""
        for config in apps.get_app_configs():
            if config.name.startswith("heard.") and find_spec(f"{config.name}.reactions"):
                import_module(f"{config.name}.reactions")
