"""What happens by the clock, and how often. Each entry is held by one process at a time."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from heard.engagement import pledging
from heard.governance import erasure, retention, webhook_sender
from heard.identity import finding, import_jobs, matching
from heard.kernel import claims, stream
from heard.kernel.clock import now
from heard.listening import files, sources, trouble
from heard.routing import groups, unattended
from heard.understanding.remote import asking
from heard.understanding.topics import learn as topics_learnt
from heard.understanding.topics import proposals, sorting

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    name: str
    every: timedelta
    do: Callable[[], object]


ENTRIES = (
    Entry("make who is new findable", timedelta(seconds=2), finding.catch_up),
    Entry("find those that say the same", timedelta(seconds=5), groups.catch_up),
    Entry("remind of promises", timedelta(seconds=20), lambda: pledging.remind(now())),
    Entry("forget what nobody repeated", timedelta(days=1), lambda: groups.forget_single(now())),
    Entry("clear the event stream", timedelta(hours=1), lambda: stream.clear(now() - timedelta(days=2))),
    Entry("clear old outward webhooks", timedelta(hours=6), lambda: webhook_sender.clear(now())),
    Entry("drop sources that nobody points to", timedelta(days=1), sources.forget_unused),
    Entry("look for voices without an end", timedelta(minutes=5), lambda: unattended.look_back(now())),
    Entry("look for voices without an end, from the first", timedelta(days=1), lambda: unattended.look_back(now(), anew=True)),
)
# These take long, a little at a time, and have a thread of their own: no walk waits for them.
IN_THEIR_OWN_TIME = (
    Entry("match those of whom more is known", timedelta(seconds=5), lambda: matching.work_off(seconds=4)),
    Entry(
        "erase who is to be erased",
        timedelta(seconds=5),
        lambda: erasure.work_off(worker=claims.new_worker_name(), now=now(), drop_files=files.drop_files, seconds=4),
    ),
    Entry("sort the newest voices with the newest topics", timedelta(seconds=5), lambda: sorting.catch_up(seconds=4)),
    Entry("learn topics anew where examples are gone", timedelta(minutes=5), topics_learnt.keep_true),
    Entry("look for themes that nobody named", timedelta(hours=1), lambda: proposals.look(now())),
    Entry("ask assessors elsewhere about what is unsure", timedelta(seconds=15), asking.work_off),
    Entry("forget what assessors elsewhere said long ago", timedelta(days=1), asking.forget),
    Entry("tell of channels in trouble", timedelta(minutes=1), lambda: trouble.tell(now())),
    Entry("remove what rules say is old", timedelta(minutes=10), lambda: retention.work_off(now=now(), seconds=60)),
    Entry("drop files that nobody imported", timedelta(hours=1), lambda: import_jobs.drop_old(now())),
    Entry("drop files that nothing points to", timedelta(days=1), files.drop_forgotten),
)


def keep(worker: str, entries: Sequence[Entry] = ENTRIES) -> int:
    """Do what is due. A lease as long as the rhythm is both the lock and the memory of the last time. Always returns 0:
    the timetable never keeps a worker from resting."""
    for entry in entries:
        if claims.hold_once(f"timetable:{entry.name}", worker=worker, now=now(), lease=entry.every):
            try:
                entry.do()
            except Exception:
                log.exception("timetable: %s failed; next time in %s", entry.name, entry.every)
    return 0
