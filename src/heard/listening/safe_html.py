"""HTML from outside, made safe once, at intake, so that pages can show it as it is stored."""

import re

import nh3

LONGEST_HTML = 400_000
_TAGS = frozenset(
    "a abbr b blockquote br caption code col colgroup dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins "  # noqa: SIM905
    "kbd li mark ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr u ul wbr".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
    "*": {"dir", "lang"},
}


_IMAGE_SOURCE = re.compile(r'(<img\b[^>]*?) src="')


def safe_html(html: str) -> str:
    """No script, style, form, frame, SVG or handler; links open outside and tell nobody where they were found.

    A remote picture tells its sender who read the mail and when, so `src` becomes `data-src` for a person who asks.
    """
    if not html:
        return ""
    clean = nh3.clean(
        html[:LONGEST_HTML],
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        clean_content_tags={"script", "style", "svg", "math", "title", "noscript", "iframe", "object", "template"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    # What nh3 wrote is well formed: a bare "<" is never text, and quotes inside values are escaped.
    return _IMAGE_SOURCE.sub(r'\1 data-src="', clean)
