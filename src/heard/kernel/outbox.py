"""News: rare facts that later rooms want to hear of, told after commit, one row per fact and listener.

    tell("customer.merged", survivor_id=1, absorbed_id=2)      # inside the verb's transaction

    @listen("customer.merged")                                  # in a later room's reactions.py
    def refresh_timeline(survivor_id, absorbed_id): ...

A listener is called at least once, so it may be repeated. One that fails is tried again with growing pauses and never
holds up another.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from heard.kernel import bulk, claims, clock
from heard.kernel.models import News

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIELDS = ("name", "listener", "payload", "told_at", "due_at", "attempts", "claimed_by", "error")
PATIENCE = 12  # attempts; with the pauses below that is about a day and a half
_listeners: dict[str, dict[str, Callable]] = defaultdict(dict)


def listen(name: str) -> Callable[[Callable], Callable]:
    def plug(function: Callable) -> Callable:
        _listeners[name][f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return plug


def tell(name: str, **payload: object) -> None:
    """Write the fact down for each listener, in the transaction of the verb that tells it. Payload is JSON."""
    moment = clock.now()
    rows = [[name, listener, payload, moment, moment, 0, "", ""] for listener in _listeners[name]]
    bulk.insert(News, FIELDS, rows)  # a tenth of what making objects of it takes


def pass_on(*, worker: str, now: datetime, limit: int = 100) -> int:
    """Call the listeners of news that is due. Returns how many were called."""
    ids = claims.claim(
        News.objects.filter(heard_at=None, due_at__lte=now, attempts__lt=PATIENCE),
        worker=worker,
        now=now,
        lease=LEASE,
        limit=limit,
    )
    for news in News.objects.filter(id__in=ids).order_by("id"):
        _call(news, now)
    return len(ids)


def _call(news: News, now: datetime) -> None:
    try:
        function = _listeners[news.name][news.listener]
        with transaction.atomic():
            function(**news.payload)
            News.objects.filter(id=news.id).update(heard_at=now, error="")
    except Exception as error:
        log.exception("news %s did not reach %s", news.name, news.listener)
        pause = timedelta(seconds=min(6 * 3600, 5 * 4**news.attempts))
        News.objects.filter(id=news.id).update(claimed_by="", due_at=now + pause, error=repr(error)[:2000])
