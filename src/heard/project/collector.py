"""What Python's collector of cycles looks at while pages are served.

By itself it goes through everything that is loaded again and again, a quarter of what a page costs, and finds nothing: modules,
models and templates stay until the end. And it looks at what is new after every 700 objects, when a page is half drawn.
"""

import gc

from django.urls import resolve, reverse

A_PAGE = 10_000  # objects that refer to others: about as many as a page holds at once


def spare_what_stays() -> None:
    """Load what every page needs, and leave all that is there by now alone. May be repeated."""
    resolve("/")
    reverse("routing:inbox")
    gc.collect()
    gc.freeze()
    gc.set_threshold(A_PAGE, 20, 20)
