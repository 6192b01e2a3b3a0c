from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def _ask_for_plans_as_they_are(connection: BaseDatabaseWrapper, **_: object) -> None:
    """PostgreSQL compiles what it thinks dear, for longer than any question of ours takes to answer."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")


class ProjectConfig(AppConfig):
    name = "heard.project"
    label = "project"

    def ready(self) -> None:
        """Let every installed room plug itself in: `reactions` is where it says what it listens to and what it adds, `personal`
        what its tables hold about people."""
        connection_created.connect(_ask_for_plans_as_they_are)
        for config in apps.get_app_configs():
            for module in (f"{config.name}.reactions", f"{config.name}.personal"):
                if config.name.startswith("heard.") and find_spec(module):
                    import_module(module)
