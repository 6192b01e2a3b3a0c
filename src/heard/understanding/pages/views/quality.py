"""How well voices are understood: the figures, and the rows behind each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.listening import pages as listening_pages
from heard.understanding.learning.quality import WEEKS, FieldQuality, Share, quality
from heard.understanding.learning.values import LEARNT
from heard.understanding.pages import words
from heard.understanding.pages.figure import Figure
from heard.understanding.pages.judgements import LOOKED_AT, Judgement, Narrowed, judgements, unsure
from heard.understanding.slots import FIELDS

PAGE = 25
VERDICTS, PARTS, LENGTHS = ("right", "wrong"), ("lately", "before"), ("short", "medium", "long")


@dataclass(frozen=True)
class FieldCard:
    """One field on the page."""

    field: str
    name: Any
    quality: FieldQuality
    all: Figure
    lately: Figure
    before: Figure
    points: int | None  # of percent, by which it changed lately
    weeks: Sequence[Figure]
    slices: Sequence[tuple[str, Sequence[Figure]]]
    unsure: int


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    doubts = unsure(request.viewer)
    counts = doubts.counts()
    cards = [_card(one, counts[one.field]) for one in quality(request.viewer)]
    judged = {card.field for card in cards}
    quiet = [(field, words.name_of(field), counts[field]) for field in LEARNT if field not in judged]
    about = {
        "tab": "quality",
        "cards": cards,
        "quiet": sorted(quiet, key=lambda row: -row[2]),
        "looked_at": doubts.looked_at,
        "weeks": WEEKS,
    }
    return render(request, "understanding/quality.html", about)


def _card(one: FieldQuality, doubts: int) -> FieldCard:
    last = len(one.weeks) - 1
    return FieldCard(
        field=one.field,
        name=words.name_of(one.field),
        quality=one,
        all=Figure(one.all, "", ""),
        lately=Figure(one.lately, "", "part=lately"),
        before=Figure(one.before, "", "part=before"),
        points=None if one.drift is None else round(100 * one.drift),
        weeks=[Figure(share, start, f"week={last - n}") for n, (start, share) in enumerate(one.weeks)],
        slices=[(name, [_of_slice(name, *row) for row in rows.items()]) for name, rows in one.slices.items() if rows],
        unsure=doubts,
    )


def _of_slice(by: str, value: str, share: Share) -> Figure:
    asked = QueryDict(mutable=True)
    asked[by] = value
    name = words.EXAMPLES_OF.get(value, value) if by == "length" else words.dialect(value) if by == "dialect" else value
    return Figure(share, name, asked.urlencode())


@require_GET
def rows(request: HttpRequest, field: str) -> HttpResponse:
    """The voices behind a figure."""
    if field not in FIELDS:
        raise Http404
    if request.GET.get("unsure"):
        return _unsure(request, field)
    narrowed, start = narrowed_by(request.GET), _number(request.GET.get("from", "")) or 0
    found = judgements(request.viewer, field, narrowed)
    hits = _with_voices(request, found[start : start + PAGE])
    about = _about(request, field, len(found), start) | {
        "rows": hits,
        "narrowed": narrowed,
        "dialect": words.dialect(narrowed.dialect),
        "weeks": WEEKS,
    }
    return render(request, "understanding/quality_rows.html", about)


def _unsure(request: HttpRequest, field: str) -> HttpResponse:
    start = _number(request.GET.get("from", "")) or 0
    ids = list(unsure(request.viewer).by_field.get(field, ()))
    hits = [(hit, None) for hit in listening_pages.hits(request.viewer, ids[start : start + PAGE])]
    about = _about(request, field, len(ids), start) | {"rows": hits, "is_unsure": True, "looked_at": LOOKED_AT}
    return render(request, "understanding/quality_rows.html", about)


def _about(request: HttpRequest, field: str, count: int, start: int) -> dict[str, Any]:
    older = request.GET.copy()
    older["from"] = str(start + PAGE)
    return {
        "tab": "quality",
        "field": field,
        "name": words.name_of(field),
        "count": count,
        "older": older.urlencode() if start + PAGE < count else "",
        "can_be_taught": field in LEARNT,
    }


def _with_voices(request: HttpRequest, found: Sequence[Judgement]) -> list[tuple[listening_pages.Hit, dict[str, Any]]]:
    by_voice = {hit.voice.id: hit for hit in listening_pages.hits(request.viewer, [row.interaction_id for row in found])}
    return [
        (
            by_voice[row.interaction_id],
            {"row": row, "said": words.value_words(row.said), "true": words.value_words(row.true)},
        )
        for row in found
        if row.interaction_id in by_voice
    ]


def narrowed_by(given: QueryDict) -> Narrowed:
    """What is none of the values narrows nothing."""
    week = _number(given.get("week", ""))
    return Narrowed(
        verdict=_one_of(given.get("verdict", ""), VERDICTS),
        part=_one_of(given.get("part", ""), PARTS),
        week=week if week is not None and week < WEEKS else None,
        language=given.get("language", ""),
        channel=given.get("channel", ""),
        length=_one_of(given.get("length", ""), LENGTHS),
        dialect=given.get("dialect", ""),
    )


def _one_of(given: str, allowed: Sequence[str]) -> str:
    return given if given in allowed else ""


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
