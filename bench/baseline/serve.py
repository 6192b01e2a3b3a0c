"""Serves the views of one module of this folder, and nothing else, at HEARD_LISTEN, behind the server and the middleware of the
product:

    .venv/bin/python bench/baseline/serve.py webhook         pages in threads, as the product serves its own
    .venv/bin/python bench/baseline/serve.py live --asgi     by Django's own ASGI handler, which streaming answers need
"""

import os
import sys

import uvicorn
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

PAGE_THREADS = 8


def main(module: str, *how: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heard.project.settings")
    settings.ROOT_URLCONF = module
    app = get_asgi_application() if "--asgi" in how else WSGIMiddleware(get_wsgi_application(), workers=PAGE_THREADS)
    host, _, port = os.environ["HEARD_LISTEN"].rpartition(":")
    uvicorn.run(
        app, host=host, port=int(port), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
