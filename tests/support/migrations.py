"""Checks the migrations on the database of DATABASE_URL: none is missing, and they lead from nothing to the present."""

import os
import sys
import tempfile


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/from-zero.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "heard.project.settings"
        return check()


def check() -> int:
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    try:
        call_command("makemigrations", check=True, dry_run=True)
    except SystemExit:
        print("models.py and migrations differ; run manage.py makemigrations", file=sys.stderr)
        return 1
    call_command("migrate", verbosity=0)
    print(f"migrations: from zero on {connection.vendor}")
    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
