"""What a voice points to: noted when it becomes work, fetched behind the guard, reduced to its words, kept as a source.

A link of a stranger is an invitation to call any address in the world, our own network included. So it is fetched by the
guarded door of kernel/http.py, only where its site lets robots, never with a cookie, and at most two megabytes of it.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx
from django.conf import settings

from heard.kernel import bulk, claims, clock, http
from heard.listening.models import LinkedSource, SourceOf
from heard.listening.rules.article import article_of
from heard.listening.rules.links import links_of

log = logging.getLogger(__name__)
State = LinkedSource.State
LEASE = timedelta(minutes=2)
SECONDS, MOST_BYTES = 15, 2_000_000
PATIENCE = 3  # attempts
ROBOT = "Heard"
READABLE = ("text/html", "application/xhtml+xml", "text/plain")
_FIELDS = ["id", "key", "url", "state", "why", "title", "site", "text", "due_at", "attempts", "claimed_by"]


class _No(Exception):
    """It will not be fetched, now or later. The text says why."""


class _NotNow(Exception):
    """It may work later. The text says why not now."""


@dataclass(frozen=True)
class Source:
    url: str
    state: str
    why: str
    title: str
    site: str
    text: str


def note(said: Iterable[tuple[int, str]]) -> None:
    """Remember what voices, (interaction, its words), point to, so that it is fetched. Three statements at most, none without a link."""
    own = urlsplit(settings.PUBLIC_URL).hostname or ""
    links = [(id_, link) for id_, words in said if "http" in words for link in links_of(words, not_to=own)]
    if not links:
        return
    keys = {link: hashlib.sha256(link.encode()).hexdigest() for _, link in links}
    known = bulk.existing(LinkedSource, ["key"], {(key,) for key in keys.values()}, ["id"])
    ids = {key[0]: row[0] for key, row in known.items()}
    new = {key: link for link, key in keys.items() if key not in ids}
    moment = clock.now()
    fresh = list(zip(bulk.reserve_ids(LinkedSource, len(new)), new.items(), strict=True))
    rows = [[id_, key, link, State.WAITING.value, "", "", "", "", moment, 0, ""] for id_, (key, link) in fresh]
    bulk.insert(LinkedSource, _FIELDS, rows)
    ids |= {key: id_ for id_, (key, _) in fresh}
    pairs = dict.fromkeys((ids[keys[link]], id_) for id_, link in links)
    bulk.insert(SourceOf, ["source_id", "interaction_id"], list(pairs), ignore_conflicts=True)


def sources_of(interaction_ids: Sequence[int]) -> dict[int, list[Source]]:
    """{interaction: what it points to}. One query. Whoever may see the voice may see its sources."""
    found: dict[int, list[Source]] = {}
    names = ["source__url", "source__state", "source__why", "source__title", "source__site", "source__text"]
    pairs = SourceOf.objects.filter(interaction_id__in=interaction_ids).order_by("id").values_list("interaction_id", *names)
    for interaction_id, *row in pairs:
        found.setdefault(interaction_id, []).append(Source(*row))
    return found


def forget_unused() -> int:
    """Drop what no voice points to any more."""
    return LinkedSource.objects.exclude(id__in=SourceOf.objects.values("source_id")).delete()[0]


# ── Fetching ────────────────────────────────────────────────────────────────────────────────────────────────────────


def work_off(*, worker: str, now: datetime, limit: int = 20) -> int:
    """Fetch what waits, one after another. Returns how many were tried. Not inside a transaction."""
    taken = 0
    while taken < limit:
        waiting = LinkedSource.objects.filter(state=State.WAITING, due_at__lte=now)
        ids = claims.claim(waiting, worker=worker, now=now, lease=LEASE, limit=1)
        if not ids:
            break
        source = LinkedSource.objects.get(id=ids[0])
        _finish(source, worker, _outcome(source, now))
        taken += 1
    return taken


def _outcome(source: LinkedSource, now: datetime) -> Mapping[str, object]:
    """What becomes of it, as columns."""
    try:
        with http.client(timeout_seconds=SECONDS, max_bytes=MOST_BYTES) as door:
            html = _fetched(source.url, door)
    except _No as no:
        return {"state": State.REFUSED, "why": str(no)[:300]}
    except (_NotNow, httpx.HTTPError, httpx.InvalidURL) as error:
        why = (str(error) or type(error).__name__)[:300]
        if isinstance(error, http.AddressRefused | http.TooLarge | httpx.InvalidURL | httpx.UnsupportedProtocol):
            return {"state": State.REFUSED, "why": why}
        if source.attempts >= PATIENCE:
            return {"state": State.FAILED, "why": why}
        return {"why": why, "due_at": now + timedelta(minutes=10 * 6 ** (source.attempts - 1))}
    except Exception as error:  # whatever a hostile page does to a parser stays with that page
        log.exception("the source %s could not be read", source.pk)
        return {"state": State.FAILED, "why": type(error).__name__}
    article = article_of(html)
    if not article.text and not article.title:
        return {"state": State.REFUSED, "why": "It says nothing that can be read without running it."}
    found = {"title": article.title, "site": article.site or (urlsplit(source.url).hostname or ""), "text": article.text}
    return {"state": State.FETCHED, "why": "", "fetched_at": now, **{k: v.replace("\0", "") for k, v in found.items()}}


def _fetched(url: str, door: httpx.Client) -> str:
    """The page as text. Each hop is asked about at its own site. Raises _No, _NotNow and what httpx raises."""
    for _ in range(http.MAX_REDIRECTS + 1):
        if not _lets_robots(url, door):
            raise _No("Its site asks robots to stay away.")
        answer = door.get(url, follow_redirects=False)
        if answer.is_redirect and (target := answer.headers.get("location")):
            url = str(httpx.URL(url).join(target))
            continue
        break
    else:
        raise _No("It leads from one address to the next without an end.")
    if answer.status_code in (408, 425, 429) or answer.is_server_error:
        raise _NotNow(f"It answered {answer.status_code}.")
    if not answer.is_success:
        raise _No(f"It answered {answer.status_code}.")
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in READABLE:
        raise _No(f"It is no page of words ({content_type or 'no type'}).")
    return answer.text


def _lets_robots(url: str, door: httpx.Client) -> bool:
    """RFC 9309: none, or an error of the asker's, lets everybody; a site that is broken lets nobody, for now."""
    parts = urlsplit(url)
    answer = door.get(f"{parts.scheme}://{parts.netloc}/robots.txt")
    if answer.is_server_error or answer.status_code == 429:
        raise _NotNow(f"Its robots.txt answered {answer.status_code}.")
    if not answer.is_success:
        return True
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    return rules.can_fetch(ROBOT, url)


def _finish(source: LinkedSource, worker: str, changes: Mapping[str, object]) -> None:
    """Let go of the claim; a worker whose lease another took over changes nothing."""
    LinkedSource.objects.filter(pk=source.pk, claimed_by=worker).update(claimed_by="", lease_until=None, **changes)
