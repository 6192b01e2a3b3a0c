import json

from django.core.management.base import BaseCommand

from heard.project.api import api


class Command(BaseCommand):
    help = "Print the description of the REST API; docs/api/openapi.json is this, and a test keeps them equal."

    def handle(self, *args, **options) -> None:
        self.stdout.write(described())


def described() -> str:
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, sort_keys=True)
