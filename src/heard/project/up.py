"""`heard up`: the whole house in one process: web, intake, workers. Apart, the parts are `heard web`, `listen`, `worker`."""

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable

import uvicorn
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from heard.engagement import sender
from heard.governance import webhook_sender
from heard.identity import import_jobs
from heard.kernel import outbox
from heard.kernel.checkpoint import Checkpoint
from heard.kernel.clock import now
from heard.listening import sources
from heard.listening.wake import wait_for_news
from heard.project import environment, jetstream, timetable, worker
from heard.project.intake import Intake
from heard.understanding.learning import in_use, reread
from heard.understanding.learning import learn as learning

log = logging.getLogger(__name__)


checkpoint = Checkpoint()
LOOK_EVERY_SECONDS = 0.1  # of a worker in a process of its own, which nothing wakes when a web process receives
SENDERS = 2  # a network that hangs holds up one of them, and never the walk of what comes in


def run() -> None:
    """Bring the store up to date and run everything until interrupted."""
    check_port()
    prepare()
    stop = threading.Event()
    threads = [*start_workers(stop.is_set), _thread("intake", lambda: Intake().run(stop.is_set))]
    try:
        serve()
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=15)


def work(stopping: Callable[[], bool]) -> None:
    """What `heard worker` does: walk, send, pass on and keep the timetable, until it is to stop."""
    for thread in start_workers(stopping, look_every_seconds=LOOK_EVERY_SECONDS):
        thread.join()


def start_workers(
    stopping: Callable[[], bool], *, look_every_seconds: float = worker.LOOK_EVERY_SECONDS
) -> list[threading.Thread]:
    def walk() -> None:
        worker.get_ready_to_walk()
        worker.work(stopping, walk_and_tell, rest=wait_for_news, look_every_seconds=look_every_seconds)

    threads = [_thread("worker", walk)]
    for n in range(SENDERS):
        threads.append(_thread(f"sender-{n}", lambda: worker.work(stopping, send, rest=time.sleep)))
    threads.append(_thread("webhooks", lambda: worker.work(stopping, tell_others, rest=time.sleep)))
    threads.append(_thread("sources", lambda: worker.work(stopping, fetch, rest=time.sleep)))
    threads.append(_thread("rights", lambda: worker.work(stopping, forget, rest=time.sleep, look_every_seconds=1)))
    threads.append(_thread("learning", lambda: worker.work(stopping, learn, rest=time.sleep, look_every_seconds=1)))
    threads.append(_thread("imports", lambda: worker.work(stopping, bring, rest=time.sleep, look_every_seconds=1)))
    if environment.read("HEARD_NATS_URL"):
        threads.append(_thread("jetstream", lambda: jetstream.work(stopping)))
    return threads


def walk_and_tell(name: str) -> int:
    done = worker.walk_some(name) + outbox.pass_on(worker=name, now=now()) + timetable.keep(name)
    checkpoint.keep_short()
    return done


def send(name: str) -> int:
    return sender.work_off(worker=name, now=now(), limit=20)


def tell_others(name: str) -> int:
    return webhook_sender.work_off(worker=name, now=now())


def fetch(name: str) -> int:
    return sources.work_off(worker=name, now=now())


def forget(name: str) -> int:
    return timetable.keep(name, timetable.IN_THEIR_OWN_TIME)


def learn(name: str) -> int:
    """Read with what is in use by now, learn from corrections, and read the past again where somebody asked for it."""
    in_use.notice()
    return learning.work_off(worker=name, now=now()) + reread.work_off(worker=name, now=now())


def bring(name: str) -> int:
    return import_jobs.work_off(worker=name, now=now())


def prepare() -> None:
    """The store has the tables of this version. May be repeated; several processes may start at once.

    Django's command works out every table that there ever was, also where nothing is to be done: half a second of each start.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_lock(4801)")  # two processes migrating at once would trip over each other
    try:
        if _is_behind():
            call_command("migrate", interactive=False, verbosity=0)
    finally:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(4801)")


def _is_behind() -> bool:
    known = MigrationExecutor(connection)
    return bool(known.migration_plan(known.loader.graph.leaf_nodes()))


class PortTaken(Exception):
    """Another program, or another Heard, listens there already. Nothing was started."""


def check_port() -> None:
    """Raises PortTaken before anything is started that would have to be stopped again."""
    host, port = environment.listen_address()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror}. Set HEARD_LISTEN to another one.") from error


def serve(processes: int = 1) -> None:
    """The web until interrupted. With several processes each has the whole of it; a page is then drawn on whichever is free."""
    check_port()
    host, port = environment.listen_address()
    print(f"Heard is up at http://{host}:{port}", flush=True)
    uvicorn.run(
        "heard.project.asgi:application",
        host=host,
        port=port,
        workers=processes,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,  # live pages never end by themselves
        server_header=False,
        forwarded_allow_ips="127.0.0.1",
    )


def until_interrupted(run: Callable[[Callable[[], bool]], None]) -> None:
    """Run a loop that asks whether to stop, until SIGINT or SIGTERM; what is under way is finished first."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run(stop.is_set)


def _thread(name: str, target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread
