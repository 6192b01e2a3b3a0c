"""Colleagues at their desks, in a process of its own: some turn pages and type, some only watch. Runs until its input ends.

    .venv/bin/python bench/readers.py     the order is the first line of the input, one JSON object

The order is {"host", "port", "session", "readers", "watchers", "pause_seconds", "conversations", "customers"}. A reader asks for
the inbox, a conversation, keeps a draft there (a small write), then a customer and a search, with a pause after each. The
first reader goes round once before the day begins: what a process does once for all is not what a page takes. A watcher holds a live page open. The answer is one JSON object:

ms         every request in milliseconds, by what was asked for: {"inbox": [...], "draft": [...]}
trouble    what should not have happened, in words: another status than 200, a broken line; each with how often
events     live events that the watchers got                      reopened   live pages that ended and were opened again
"""

import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

TOKEN = "a" * 32
PATIENCE_SECONDS = 30
WORDS = ("router", "broadband yesterday", "order down", "Nummer", "ayudar", "match coffee goal")


class Desk:
    """What all of them share: the order, and what they met."""

    def __init__(self, order: dict) -> None:
        self.order = order
        self.ms: dict[str, list[float]] = defaultdict(list)
        self.trouble: Counter[str] = Counter()
        self.events = self.reopened = 0
        self.over = threading.Event()
        self._lock = threading.Lock()

    def connection(self, *, patience: float = PATIENCE_SECONDS) -> HTTPConnection:
        return HTTPConnection(self.order["host"], self.order["port"], timeout=patience)

    def headers(self) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.order['session']}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}

    def met(self, kind: str, took_ms: float) -> None:
        with self._lock:
            self.ms[kind].append(round(took_ms, 1))

    def complain(self, what: str) -> None:
        with self._lock:
            self.trouble[what] += 1

    def saw(self, *, events: int = 0, reopened: int = 0) -> None:
        with self._lock:
            self.events += events
            self.reopened += reopened


def read(desk: Desk, number: int) -> None:
    """One colleague, who finishes the round that is begun. Nobody else writes in the conversations of this one."""
    chance, order = random.Random(number), desk.order
    mine = order["conversations"][number :: order["readers"]]
    versions: dict[int, int] = {}
    line = desk.connection()
    desk.over.wait(order["pause_seconds"] * number / order["readers"])  # not all at once
    while not desk.over.is_set():
        talk, customer = chance.choice(mine), chance.choice(order["customers"])
        for kind, path, form in a_round(talk, customer, chance.choice(WORDS), versions.get(talk, 0)):
            answer = ask(desk, line, kind, path, form)
            if kind == "draft" and answer:
                versions[talk] = json.loads(answer)["version"]
            desk.over.wait(order["pause_seconds"])


def a_round(talk: int, customer: int, word: str, version: int) -> list[tuple[str, str, dict | None]]:
    """(what, address, what is typed there) of what a colleague does in turn."""
    typed = {"mode": "reply", "text": f"We look into it, {time.monotonic()}", "version": version}
    return [
        ("inbox", "/", None),
        ("conversation", f"/conversations/{talk}/", None),
        ("draft", f"/conversations/{talk}/draft/", typed),
        ("customer", f"/customers/{customer}/", None),
        ("search", "/search/?" + urlencode({"q": word}), None),
    ]


def warm_up(desk: Desk) -> None:
    line = desk.connection()
    for kind, path, form in a_round(desk.order["conversations"][0], desk.order["customers"][0], WORDS[0], 0):
        if form is None:
            ask(desk, line, kind, path, form)
    line.close()
    desk.ms.clear()


def ask(desk: Desk, line: HTTPConnection, kind: str, path: str, form: dict | None) -> bytes:
    began = time.perf_counter()
    try:
        if form is None:
            line.request("GET", path, headers=desk.headers())
        else:
            typed = desk.headers() | {"Content-Type": "application/x-www-form-urlencoded"}
            line.request("POST", path, body=urlencode(form), headers=typed)
        answer = line.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        desk.complain(f"{kind}: {type(error).__name__} {error}")
        line.close()
        return b""
    desk.met(kind, (time.perf_counter() - began) * 1000)
    if answer.status != 200:
        desk.complain(f"{kind}: {answer.status}")
        return b""
    return body


def watch(desk: Desk) -> None:
    """A live page. Told to load anew, it opens again, as a browser does."""
    while not desk.over.is_set():
        line = desk.connection(patience=PATIENCE_SECONDS)
        try:
            line.request("GET", "/live", headers=desk.headers())
            answer = line.getresponse()
            if answer.status != 200:
                desk.complain(f"live: {answer.status}")
                desk.over.wait(1)
                continue
            while not desk.over.is_set() and (told := answer.readline()):
                desk.saw(events=told.startswith(b"event:"))
        except (OSError, HTTPException) as error:
            desk.complain(f"live: {type(error).__name__} {error}")
        finally:
            line.close()
        desk.saw(reopened=not desk.over.is_set())


def main() -> None:
    desk = Desk(json.loads(sys.stdin.readline()))
    warm_up(desk)
    people = [threading.Thread(target=read, args=(desk, n), daemon=True) for n in range(desk.order["readers"])]
    watchers = [threading.Thread(target=watch, args=(desk,), daemon=True) for _ in range(desk.order["watchers"])]
    for thread in (*people, *watchers):
        thread.start()
    sys.stdin.read()
    desk.over.set()
    for thread in people:
        thread.join(timeout=PATIENCE_SECONDS)
    print(json.dumps({"ms": desk.ms, "trouble": desk.trouble, "events": desk.events, "reopened": desk.reopened}))


if __name__ == "__main__":
    main()
