"""What the inbox shows of a conversation, worked out again from its messages, cases and clocks.

Always the whole answer, never a change to the last one: the order in which things happened cannot make it wrong.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, Max, Min, Window
from django.db.models.functions import RowNumber

from heard.kernel import bulk, stream
from heard.listening import selectors as listening
from heard.listening.selectors import Glimpse
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry
from heard.routing.rules.order import order_reasons
from heard.understanding import selectors as understanding

FIELDS = [
    "state",
    "team_id",
    "preview",
    "channel_kinds",
    "kinds",
    "sentiment",
    "language",
    "is_public",
    "urgency",
    "last_at",
    "last_inbound_at",
    "waiting_since",
    "due_at",
    "order_reasons",
    "message_count",
]
LOOKED_AT = 60  # newest messages whose kinds and channels are shown; a longer story is told on its page
PREVIEW_LENGTH = 200


def refresh(conversation_ids: Iterable[int]) -> None:
    """Work out and store the summaries, and tell live pages. A constant number of statements for any number."""
    ids = sorted(set(conversation_ids))
    if not ids:
        return
    known = {c.pk: c for c in Conversation.objects.filter(id__in=bulk.among(ids))}
    totals: dict[int, dict] = {
        row["conversation_id"]: dict(row)
        for row in Entry.objects.filter(conversation_id__in=bulk.among(ids))
        .values("conversation_id")
        .annotate(n=Count("id"), last_at=Max("occurred_at"))
    }
    recent = _recent(ids)
    voices = listening.glimpses(i for found in recent.values() for i in found)
    verdicts = understanding.gists(i for i, v in voices.items() if v.direction == "inbound")
    waiting = _waiting_since(ids)
    cases = _cases(ids)
    rows, news = [], []
    for id_ in ids:
        story = sorted((voices[i] for i in recent.get(id_, ()) if i in voices), key=lambda v: (v.occurred_at, v.id))
        row = _summary(known[id_], totals.get(id_), story, verdicts, waiting.get(id_), cases.get(id_, []))
        rows.append([id_, *(row[f] for f in FIELDS)])
        news.append(stream.News("conversation", {"id": id_}, row["team_id"]))
    bulk.update(Conversation, "id", FIELDS, rows)
    stream.publish(*news)


def _summary(
    c: Conversation, totals: dict | None, story: list[Glimpse], verdicts: dict, waiting: datetime | None, cases: list[dict]
) -> dict:
    inbound = [v for v in story if v.direction == "inbound"]
    last = story[-1] if story else None
    newest = inbound[-1] if inbound else None
    read = [verdicts[v.id] for v in inbound if v.id in verdicts]
    newest_read = verdicts.get(newest.id) if newest else None
    due = min((case["due_at"] for case in cases if case["due_at"]), default=None)
    first_due = min((case for case in cases if case["due_at"]), key=lambda case: case["due_at"], default=None)
    urgency = max((case["urgency"] for case in cases), default=0)
    return {
        "state": _state(c, waiting, last),
        "team_id": c.channel_team_id or (cases[0]["queue__team_id"] if cases else c.team_id),
        "preview": _preview(last),
        "channel_kinds": _hops(story),
        "kinds": sorted({kind for verdict in read for kind in verdict.kinds}),
        "sentiment": newest_read.sentiment if newest_read else "neutral",
        "language": newest_read.language if newest_read else "",
        "is_public": any(v.visibility == "public" for v in story),
        "urgency": urgency,
        "last_at": totals["last_at"] if totals else c.last_at,
        "last_inbound_at": newest.occurred_at if newest else c.last_inbound_at,
        "waiting_since": waiting,
        "due_at": due if waiting else None,
        "order_reasons": _reasons(urgency, first_due) if waiting and first_due else [],
        "message_count": totals["n"] if totals else 0,
    }


def _reasons(urgency: int, case: dict) -> list[str]:
    return order_reasons(urgency=urgency, queue_name=case["queue__name"], target_seconds=case["queue__response_target_seconds"])


def _state(c: Conversation, waiting: datetime | None, last: Glimpse | None) -> str:
    """Open while somebody waits for us; waiting while we wait for them; quiet when neither does, or a colleague said so."""
    State = Conversation.State
    if waiting:
        return State.OPEN.value
    if last and c.quieted_at and c.quieted_at >= last.occurred_at:
        return State.QUIET.value
    return State.WAITING.value if last and last.direction == "outbound" else State.QUIET.value


def _preview(last: Glimpse | None) -> str:
    if last is None:
        return ""
    if last.is_withdrawn:
        return "(withdrawn by its author)"
    return " ".join(last.words.split())[:PREVIEW_LENGTH]


def _hops(story: list[Glimpse]) -> list[str]:
    """Channel kinds in the order in which the conversation reached them."""
    return list(dict.fromkeys(v.account_kind for v in story))


def _recent(ids: list[int]) -> dict[int, list[int]]:
    """The newest messages of each conversation, by a window: one statement for any number of conversations."""

    ranked = Entry.objects.filter(conversation_id__in=bulk.among(ids)).annotate(
        place=Window(
            RowNumber(), partition_by=F("conversation_id"), order_by=[F("occurred_at").desc(), F("interaction_id").desc()]
        )
    )
    found: dict[int, list[int]] = {}
    for conversation_id, interaction_id in ranked.filter(place__lte=LOOKED_AT).values_list("conversation_id", "interaction_id"):
        found.setdefault(conversation_id, []).append(interaction_id)
    return found


def _waiting_since(ids: list[int]) -> dict[int, datetime]:
    waiting = Disposition.objects.filter(outcome=Disposition.Outcome.WAITING, case__conversation_id__in=bulk.among(ids))
    return dict(
        waiting.values("case__conversation_id")
        .annotate(since=Min("interaction__occurred_at"))
        .values_list("case__conversation_id", "since")
    )


def _cases(ids: list[int]) -> dict[int, list[dict]]:
    """Open cases with their running clock, oldest first."""
    fields = ["id", "conversation_id", "urgency", "queue__team_id", "queue__name", "queue__response_target_seconds"]
    cases = list(Case.objects.filter(conversation_id__in=bulk.among(ids), state=Case.State.OPEN).order_by("id").values(*fields))
    due = dict(
        Clock.objects.filter(case_id__in=bulk.among(c["id"] for c in cases), stopped_at=None).values_list("case_id", "due_at")
    )
    found: dict[int, list[dict]] = {}
    for case in cases:
        found.setdefault(case["conversation_id"], []).append(case | {"due_at": due.get(case["id"])})
    return found
