"""What voices point to, on a web server that does its worst; threats 40, 41, and what a site asks of robots."""

import contextlib
import threading
import zlib
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as some

from heard.kernel import http
from heard.kernel.clock import now
from heard.listening import sources
from heard.listening.models import LinkedSource, SourceOf
from heard.listening.rules.article import article_of
from heard.listening.rules.links import links_of, tidy
from tests.support.wire import delivery, person, said

REVIEW = """<!doctype html><html><head><title>Blog &middot; A review</title><meta property="og:title" content="Four weeks with the router">
<meta property="og:site_name" content="Dana&#39;s blog"></head><body><nav>Home About Imprint</nav><header>Logo</header>
<article><h1>Four weeks with the router</h1><p>{words}</p><script>steal()</script><aside>Subscribe!</aside></article>
<footer>Cookies</footer></body></html>""".format(words="The range is wonderful and the app forgets every setting. " * 8)


class Site(ThreadingHTTPServer):
    """`pages` are (status, headers, body) by path; `asked` is what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.endless: set[str] = set()

    def show(self, path: str, body: str | bytes = REVIEW, status: int = 200, **headers: str) -> str:
        given = {"Content-Type": "text/html; charset=utf-8", **{name.replace("_", "-"): v for name, v in headers.items()}}
        self.pages[path] = (status, given, body.encode() if isinstance(body, str) else body)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *_: object) -> None:
        """A caller that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, headers, body = self.server.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)
            while self.path in self.server.endless:
                self.wfile.write(b"<p>and on and on</p>" * 1000)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def we_live_elsewhere(settings) -> None:
    settings.PUBLIC_URL = "https://desk.example"


@pytest.fixture
def fetched(wire, arrive, site, settings):
    """A function: somebody points to this address; what becomes of it."""
    settings.ALLOW_PRIVATE_ADDRESSES = True

    def of(url: str, at=None) -> LinkedSource:
        if not LinkedSource.objects.exists():
            text = f"I like parts of it but there are problems, please help: {url}"
            arrive(wire(), delivery(said("1", person("Dana"), text)))
        sources.work_off(worker="w", now=at or now())
        return LinkedSource.objects.get()

    return of


pytestmark = pytest.mark.django_db(transaction=True)


def test_the_linked_review_is_kept_as_a_source_of_the_voice(fetched, site):
    source = fetched(site.show("/review") + "?utm_source=feed#top")
    assert (source.state, source.title, source.site) == ("fetched", "Four weeks with the router", "Dana's blog")
    assert source.text.count("the app forgets every setting") == 8
    assert not {w for w in ("steal", "Imprint", "Cookies", "Subscribe", "Logo") if w in source.text}
    [kept] = sources.sources_of([SourceOf.objects.get().interaction_id]).values()
    assert kept[0].url.endswith("/review")


def test_one_page_that_many_point_to_is_fetched_once(wire, arrive, site, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    url = site.show("/review")
    arrive(wire(), *(delivery(said(str(n), person(f"P{n}"), f"Please help, see {url}")) for n in range(5)))
    sources.work_off(worker="w", now=now())
    assert (LinkedSource.objects.count(), SourceOf.objects.count(), site.asked.count("/review")) == (1, 5, 1)


def test_a_site_that_asks_robots_to_stay_away_is_left_alone(fetched, site):
    site.show("/robots.txt", "User-agent: *\nDisallow: /private", Content_Type="text/plain")
    source = fetched(site.show("/private/review"))
    assert (source.state, "robots" in source.why, "/private/review" in site.asked) == ("refused", True, False)


def test_a_site_whose_robots_txt_is_broken_is_asked_again_later(fetched, site):
    site.show("/robots.txt", "", status=503)
    source = fetched(site.show("/review"))
    assert (source.state, "/review" in site.asked) == ("waiting", False)
    site.show("/robots.txt", "", status=404)
    assert fetched("", now() + timedelta(hours=1)).state == "fetched"


@pytest.mark.parametrize(
    ("page", "state", "words"),
    [
        ({"status": 404}, "refused", "404"),
        ({"status": 500}, "waiting", "500"),
        ({"Content_Type": "application/octet-stream"}, "refused", "no page of words"),
        ({"body": "<script>render()</script>"}, "refused", "says nothing"),
        ({"body": zlib.compress(b"<p>" + b"x" * 50_000_000), "Content_Encoding": "deflate"}, "refused", "more than"),
    ],
)
def test_what_cannot_be_read_says_why(fetched, site, page, state, words):
    source = fetched(site.show("/review", **page))
    assert (source.state, words in source.why) == (state, True)


def test_a_page_that_never_ends_is_cut_off(fetched, site):
    site.endless.add("/review")
    assert fetched(site.show("/review")).state == "refused"


def test_redirects_in_a_circle_end(fetched, site):
    site.show("/b", "", status=302, Location="/a")
    source = fetched(site.show("/a", "", status=302, Location="/b"))
    assert (source.state, "without an end" in source.why) == ("refused", True)


def test_each_hop_is_asked_about_at_its_own_site(fetched, site):
    site.show("/robots.txt", "User-agent: *\nDisallow: /b", Content_Type="text/plain")
    site.show("/b")
    source = fetched(site.show("/a", "", status=302, Location="/b"))
    assert (source.state, "/b" in site.asked) == ("refused", False)


@pytest.mark.parametrize("how", ["directly", "by a redirect", "by a name"])
def test_nothing_in_our_own_network_is_ever_asked(wire, arrive, site, settings, monkeypatch, how):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    inside = site.show("/metadata")
    url = inside
    if how == "by a redirect":  # from an address that is allowed to one that is not
        monkeypatch.setattr(http, "is_public", lambda address: address == "127.0.0.1")
        inside = inside.replace("127.0.0.1", "127.0.0.2")
        url = site.show("/a", "", status=302, Location=inside)
    elif how == "by a name":
        url = inside.replace("127.0.0.1", "localhost.localdomain")
    arrive(wire(), delivery(said("1", person("Dana"), f"Please help, see {url}")))
    sources.work_off(worker="w", now=now())
    assert "/metadata" not in site.asked
    assert LinkedSource.objects.get().state in ("refused", "waiting")


def test_chatter_makes_us_fetch_nothing(wire, arrive, site):
    eve = person("Eve")
    arrive(wire(), delivery(said("1", eve, f"lol {site.show('/review')}", visibility="public", addressed=False)))
    assert not LinkedSource.objects.exists()


def test_it_is_given_up_after_a_few_tries(fetched, site):
    url = site.show("/review", status=500)
    at = now() + timedelta(minutes=1)
    for _ in range(sources.PATIENCE):
        source = fetched(url, at)
        at += timedelta(days=1)
    assert source.state == "failed"


def test_a_source_that_nobody_points_to_any_more_is_dropped(fetched, site):
    fetched(site.show("/review"))
    SourceOf.objects.all().delete()
    assert (sources.forget_unused(), LinkedSource.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://Blog.example/Review.", "https://blog.example/Review"),
        ("https://en.example/wiki/Router_(network)", "https://en.example/wiki/Router_(network)"),
        ("(https://blog.example/a)", "https://blog.example/a"),
        ("https://blog.example/a?utm_source=x&id=7#top", "https://blog.example/a?id=7"),
        ("https://blog.example", "https://blog.example/"),
        ("https://blog.example/cat.JPG", ""),
        ("https://user:pw@blog.example/", ""),
        ("https://localhost/", ""),
        ("http://[::1", ""),
    ],
)
def test_an_address_is_written_in_one_way(written, address):
    assert (links_of(f"see {written} now") or [""])[0] == address


def test_no_more_than_three_links_of_one_voice_and_none_of_our_own():
    text = " ".join(f"https://s{n}.example/" for n in range(9)) + " https://desk.example/join/secret"
    assert links_of(text) == ["https://s0.example/", "https://s1.example/", "https://s2.example/"]
    assert links_of("https://desk.example/join/secret", not_to="desk.example") == []


@given(some.text(max_size=300))
def test_no_text_breaks_the_search_for_links(text):
    for link in links_of(f"http://{text}"):
        assert tidy(link) == link


@given(some.text(alphabet="<>/navrticlemhdfo \"'=&;x\n", max_size=400))
def test_no_page_breaks_the_reading(html):
    article_of(html)
