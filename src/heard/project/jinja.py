"""Jinja2 for what is drawn often: rows, messages, verdicts. Pages and their frame stay Django's templates.

Django's templates take 2–3 µs for each value they show and its components a tenth of a millisecond each; a conversation shows
thousands of values. What lies in a room's `jinja2/` folder is compiled to Python and takes a tenth of that. Views name it like
any template; a Django template brings it in by {% draw "routing/rows.html" %}. Icons, moments and faces are those of
templatetags/house.py, so that both look the same.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template import defaultfilters
from django.urls import reverse
from django.utils.html import urlize as with_links
from jinja2 import ChainableUndefined, Environment, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import Markup, _escape_inner, escape

from heard.project import navigation
from heard.project.templatetags import house
from heard.routing.templatetags import verdicts

PLACE = 1234567890123456789  # stands for a number in an address until it is known
PERHAPS_AN_ADDRESS = re.compile(r"\S[.:@]\S")  # a text without it has nothing to link


class Compiled(CodeGenerator):
    """Values go through `shown` on their way to the page."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.shown(")
        else:
            super()._output_child_pre(node, frame, finalize)


def shown(value: Any) -> str:
    """As markupsafe.escape, which says of each of a thousand values on a page that it is safe: a third of what showing it costs,
    and nobody asks, because what is joined is the page."""
    if type(value) is str:
        return _escape_inner(value)
    return value.__html__() if hasattr(value, "__html__") else _escape_inner(str(value))


class OurEnvironment(Environment):
    code_generator_class = Compiled
    shown = staticmethod(shown)


def environment(**options: Any) -> Environment:
    env = OurEnvironment(**(options | {"undefined": ChainableUndefined, "trim_blocks": True, "lstrip_blocks": True}))
    env.globals |= {
        "url": url,
        "when": when,
        "day_name": day_name,
        "due": due,
        "icon": house.icon,
        "channel_icon": house.channel_icon,
        "glyph": glyph,
        "avatar": avatar,
        "places": navigation.places,
    }
    env.filters |= {
        "known": house.known,
        "way": house.way,
        "way_glyph": way_glyph,
        "way_name": house.way_name,
        "moment": house.moment,
        "zone": house.zone_of,
        "lasting": house.lasting,
        "may": house.may,
        "initials": house.initials,
        "nearness": house.nearness,
        "urlize": urlize,
        "main_reasons": verdicts.main_reasons,
        "other_reasons": verdicts.other_reasons,
        "judged": verdicts.judged,
        "by_role": verdicts.by_role,
        "headline": verdicts.headline,
        "evidence": verdicts.evidence,
    }
    from_django = ("capfirst", "default_if_none", "filesizeformat", "pluralize", "truncatechars", "urlencode", "yesno")
    env.filters |= {name: getattr(defaultfilters, name) for name in from_django}
    return env


def url(name: str, *numbers: int) -> str:
    """As {% url %}, for addresses whose parts are whole numbers."""
    address = _address(name, len(numbers))
    return address % numbers if numbers else address


@lru_cache(maxsize=500)
def _address(name: str, count: int) -> str:
    return reverse(name, args=[PLACE] * count).replace("%", "%%" if count else "%").replace(str(PLACE), "%d")


@pass_context
def when(context: Context, at: datetime | None, style: str = "ago") -> str:
    return house.moment(at, style, house.zone_of(context.get("company"))) if at else ""


@pass_context
def day_name(context: Context, at: datetime) -> str:
    return house.day_words(at, house.zone_of(context.get("company")))


@pass_context
def due(context: Context, at: datetime | None) -> str:
    """When an answer is due, in the colour of its nearness."""
    return Markup('<span class="due due-{}">{}</span>').format(house.nearness(at), when(context, at, "due")) if at else ""


@lru_cache(maxsize=2000)
def glyph(kind: str, name: str = "") -> Markup:
    """The sign of a channel; its name is read out when it has one."""
    meaning = Markup('role="img" aria-label="{0}" title="{0}"').format(name) if name else Markup('aria-hidden="true"')
    return Markup('<span class="glyph glyph-{}" {}>{}</span>').format(house.known(kind), meaning, house.channel_icon(kind))


@lru_cache(maxsize=2000)
def way_glyph(kind: str) -> Markup:
    """The sign of a channel, and in words the way that it is."""
    return Markup('<span class="glyph glyph-{}" title="{}">{}</span>').format(
        house.known(kind), house.way(kind), house.channel_icon(kind)
    )


@lru_cache(maxsize=2000)
def avatar(name: str, size: str = "", ours: bool = False) -> Markup:
    look = (" avatar-ours" if ours else "") + (f" avatar-{size}" if size else "")
    return Markup('<span class="avatar-h{}" aria-hidden="true" title="{}">{}</span>').format(look, name, house.initials(name))


def urlize(text: str) -> str:
    """Escaped, with its addresses as links."""
    return Markup(with_links(text, nofollow=True, autoescape=True)) if PERHAPS_AN_ADDRESS.search(text) else escape(text)
