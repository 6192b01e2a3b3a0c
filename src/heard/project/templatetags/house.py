"""What templates of every room may say: icons, moments, faces. Load it with {% load house %}."""

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template import engines
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from heard.governance.permissions import Viewer
from heard.kernel import clock
from heard.kernel.rules import moments

register = template.Library()

# What a channel kind or a network looks like, and how a sentence names it: "went on by mail".
CHANNELS = {
    "email": ("mail", "by mail"),
    "mastodon": ("at-sign", "on Mastodon"),
    "bluesky": ("at-sign", "on Bluesky"),
    "facebook": ("thumbs-up", "on Facebook"),
    "instagram": ("image", "on Instagram"),
    "whatsapp": ("message-circle", "on WhatsApp"),
    "telegram": ("send", "on Telegram"),
    "x": ("x", "on X"),
    "youtube": ("play", "on YouTube"),
    "google_play": ("star", "on Google Play"),
    "reddit": ("messages-square", "on Reddit"),
    "sms": ("message-square", "by SMS"),
    "matrix": ("hash", "on Matrix"),
    "xmpp": ("messages-square", "on XMPP"),
    "social": ("at-sign", "on social media"),
    "feed": ("rss", "on a blog or news site"),
    "form": ("globe", "by web form"),
    "web": ("globe", "on the web site"),
    "log": ("phone", "by phone or in person"),
    "phone": ("phone", "by phone"),
    "meeting": ("handshake", "in person"),
    "letter": ("mailbox", "by letter"),
    "api": ("plug", "by another system"),
    "file": ("upload", "in imported files"),
}
OTHER_GLYPH = "message-square"
# Other spellings: the networks of identities, and the demo's own kinds, which stand for real ones.
ALSO = {
    "mail": "email",
    "call": "phone",
    "visit": "web",
    "webchat": "web",
    "simulated": "social",
    "simulated_mail": "email",
    "simulated_phone": "phone",
    "simulated_web": "web",
    "simulated_social": "social",
}


@register.simple_tag
@lru_cache(maxsize=1000)
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """A Lucide icon of frontend/icons.txt. Decorative unless it has a label."""
    classes = f"icon icon-{size}" if size else "icon"
    meaning = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"></use></svg>', classes, meaning, static("built/icons.svg"), name)


@register.simple_tag
@lru_cache(maxsize=1000)
def channel_icon(kind: str, size: str = "") -> SafeString:
    return icon(CHANNELS[known(kind)][0] if known(kind) in CHANNELS else OTHER_GLYPH, size)


@register.simple_tag
@lru_cache(maxsize=100)
def asset(path: str) -> str:
    """As {% static %}, which joins the address anew each time."""
    return static(path)


@register.simple_tag(takes_context=True)
def when(context: template.Context, at: datetime | None, style: str = "ago") -> SafeString | str:
    """A moment in words, exact with its zone in the title. style: ago, short, due, exact, clock (15:04), on."""
    return moment(at, style, zone_of(context.get("company"))) if at else ""


def moment(at: datetime, style: str, zone: tzinfo) -> SafeString:
    words = _in_style(at, style, zone)  # ours, letter for letter: nothing to escape
    return SafeString(f'<time {_exactly(at, zone)} data-style="{style}">{words}</time>')


@lru_cache(maxsize=5000)
def _exactly(at: datetime, zone: tzinfo) -> str:
    """What does not change with the present; a page shows a hundred moments, and the next one shows most of them again."""
    return f'datetime="{at.isoformat()}" title="{moments.exact(at, zone)}"'


def _in_style(at: datetime, style: str, zone: tzinfo) -> str:
    if style == "exact":
        return moments.exact(at, zone)
    if style == "clock":
        return f"{at.astimezone(zone):%H:%M}"
    if style == "short":
        return moments.short(at, clock.now(), zone)
    if style == "due":
        return moments.until(at, clock.now())
    if style == "on":
        return moments.on_day(at, clock.now(), zone)
    return moments.ago(at, clock.now())


@register.simple_tag(takes_context=True)
def day_name(context: template.Context, at: datetime) -> str:
    return day_words(at, zone_of(context.get("company")))


def day_words(at: datetime, zone: tzinfo) -> str:
    return moments.day_words(at, clock.now(), zone)


@register.filter
def nearness(due: datetime) -> str:
    """late, soon or calm."""
    return moments.nearness(due, clock.now())


@register.filter
def known(kind: str) -> str:
    """The kind under the name that CHANNELS and the glyphs' tints have for it."""
    return ALSO.get(kind, kind)


@register.filter
def way(kind: str) -> str:
    """ "by mail", "on Mastodon"; an adapter's own kind as it is."""
    return CHANNELS[known(kind)][1] if known(kind) in CHANNELS else f"on {kind}"


@register.filter
def way_name(kind: str) -> str:
    """ "Mail", "Mastodon": for a list of channels."""
    words = way(kind).split(" ", 1)[-1].removeprefix("the ")
    return words[:1].upper() + words[1:]


@register.filter
def lasting(seconds: float) -> str:
    return moments.in_words(seconds)


@register.filter
def may(viewer: Viewer, verb: str) -> bool:
    """{% if viewer|may:"channel.manage" %}: so that nobody is offered what would be refused."""
    return viewer.may(verb)


@register.filter
def initials(name: str) -> str:
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[:1].isalnum()]
    letters = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in letters).upper() or "?"


def zone_of(company: Any) -> ZoneInfo:
    return ZoneInfo(company.timezone if company and company.timezone else "UTC")


@register.simple_tag(takes_context=True)
def draw(context: template.Context, name: str, **more: Any) -> SafeString:
    """A template of a room's jinja2/ folder, with what this one knows and `more`. See project/jinja.py."""
    found = engines["jinja2"].env.get_template(name)  # type: ignore[attr-defined]
    return mark_safe(found.render(context.flatten() | more))
