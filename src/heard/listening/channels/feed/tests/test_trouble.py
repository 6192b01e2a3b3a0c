"""Against a real web server: feeds that are broken, gone, moved, busy, hostile."""

import time

import msgspec
import pytest

from heard.kernel import http
from heard.listening.channels.contract import (
    Gone,
    NotFound,
    RateLimited,
    Rejected,
    Retryable,
)
from heard.listening.channels.feed.tests.reading import Reader, adapter, item, reader, rss  # noqa: F401
from tests.support.servers.feeds import site  # noqa: F401


def test_broken_xml_gives_what_can_be_read_and_is_read_again(site, reader):
    whole = rss(item("One", guid="1"), item("Two", guid="2"))
    site.show("/feed", whole[: whole.index("<title>Two")])
    assert "One" in reader.titles()
    site.show("/feed", whole)
    assert "Two" in reader.titles()
    assert site.statuses == [200, 200]


def test_feed_that_is_gone_for_good_says_so(site, reader):
    site.show("/feed", "", status=410)
    with pytest.raises(Gone, match="gone for good"):
        reader.hear()


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (403, Rejected), (500, Retryable), (503, Retryable), (429, RateLimited)]
)
def test_refusal_has_its_type(site, reader, status, error):
    site.show("/feed", "", status=status, headers={"Retry-After": "77"})
    with pytest.raises(error):
        reader.hear()


def test_busy_site_is_left_alone_for_as_long_as_it_asks(site, reader):
    site.show("/feed", "", status=429, headers={"Retry-After": "77"})
    with pytest.raises(RateLimited) as refused:
        reader.hear()
    assert refused.value.after_seconds == 77


def test_web_page_is_no_feed_but_names_one(site, reader):
    link = '<link rel="alternate" type="application/rss+xml" href="https://dana.example/rss">'
    site.show("/feed", f"<html><head>{link}</head><body>Hello</body></html>", headers={"Content-Type": "text/html"})
    with pytest.raises(Rejected, match="names one: https://dana.example/rss"):
        reader.hear()


def test_redirect_is_followed_and_the_test_button_tells(site, reader):
    site.show("/new", rss(item("A", guid="1")))
    site.show("/feed", "", status=301, headers={"Location": "/new"})
    health = adapter.check(reader.ctx)
    assert (health.ok, health.details["moved to"]) == (True, site.url + "/new")
    assert reader.titles() == ["A"]


@pytest.mark.parametrize(("status", "asked_later"), [(301, "/new"), (308, "/new"), (302, "/feed"), (307, "/feed")])
def test_permanent_move_is_remembered_and_a_passing_one_is_not(site, reader, status, asked_later):
    site.show("/new", rss(item("A", guid="1")))
    site.show("/feed", "", status=status, headers={"Location": "/new"})
    reader.hear()
    before = len(site.asked)
    assert reader.titles() == []
    assert site.asked[before][0] == asked_later


def test_move_through_a_passing_step_is_not_remembered(site, reader):
    site.show("/new", rss(item("A", guid="1")))
    site.show("/today", "", status=302, headers={"Location": "/new"})
    site.show("/feed", "", status=301, headers={"Location": "/today"})
    reader.hear()
    assert "moved" not in reader.cursor


@pytest.mark.parametrize("status", [404, 410])
def test_old_address_is_asked_again_where_the_new_one_has_nothing(site, reader, status):
    site.show("/new", rss(item("A", guid="1")))
    site.show("/feed", "", status=301, headers={"Location": "/new"})
    reader.hear()
    site.show("/new", "", status=status)
    site.show("/feed", rss(item("B", guid="2"), item("A", guid="1")))
    assert reader.titles() == ["B"]
    assert "moved" not in reader.cursor


def test_new_address_in_the_settings_counts_more_than_an_old_move(site, reader):
    site.show("/new", rss(item("A", guid="1")))
    site.show("/feed", "", status=301, headers={"Location": "/new"})
    reader.hear()
    reader.url = site.show("/other", rss(item("B", guid="2")))
    assert reader.titles() == ["B"]


def test_site_that_moves_makes_nothing_new(site, reader):
    """Articles without guid go by their link, which is another one now."""
    entries = item("A", link="/a", body="words"), item("B", link="/b", body="words", date="Tue, 03 Mar 2026 10:00:00 GMT")
    site.show("/feed", rss(*entries))
    assert len(reader.titles()) == 2
    site.show("/blog/feed", rss(*(entry.replace("<link>/", "<link>") for entry in entries)))
    site.show("/feed", "", status=301, headers={"Location": "/blog/feed"})
    assert reader.titles() == []


def test_relative_links_and_pictures_lead_to_where_the_feed_lies(site, reader):
    more = '<enclosure url="sound.mp3" type="audio/mpeg"/>'
    site.show("/blog/feed", rss(item("A", guid="1", link="posts/a", body='<a href="../b">b</a>', more=more)))
    site.show("/feed", "", status=302, headers={"Location": "/blog/feed"})
    (said,) = reader.hear()
    assert said.permalink == f"{site.url}/blog/posts/a"
    assert f'href="{site.url}/b"' in said.html
    assert said.attachments[0].url == f"{site.url}/blog/sound.mp3"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", "application/xml; charset=utf-8"),
        ("utf-8-sig", "utf-8", "application/xml"),
        ("utf-16", "utf-16", "application/xml"),
        ("iso-8859-1", "iso-8859-1", "application/xml"),
        ("iso-8859-1", "iso-8859-1", "text/xml; charset=utf-8"),
        ("windows-1252", "windows-1252", "application/rss+xml"),
        ("utf-8", "utf-8", "text/html"),
    ],
)
def test_words_are_read_in_whatever_encoding(site, reader, encoding, declared, content_type):
    xml = rss(item("Größe", guid="1", body="zu spät")).replace('version="1.0"', f'version="1.0" encoding="{declared}"', 1)
    site.show("/feed", xml.encode(encoding), headers={"Content-Type": content_type})
    (said,) = reader.hear()
    assert (said.subject, said.text) == ("Größe", "zu spät")


@pytest.mark.parametrize(
    ("encoding", "words"), [("shift_jis", "荷物が遅い"), ("koi8-r", "посылка"), ("gb18030", "包裹"), ("big5", "包裹")]
)
def test_other_alphabets_are_read_as_well(site, reader, encoding, words):
    xml = rss(item(words, guid="1")).replace('version="1.0"', f'version="1.0" encoding="{encoding}"', 1)
    site.show("/feed", xml.encode(encoding))
    assert reader.titles() == [words]


def test_test_button_explains_what_is_wrong(site, reader):
    assert adapter.check(reader.ctx).message.endswith("was not found")
    assert "expected https://" in adapter.check(Reader(url="dana.example").ctx).message


def test_feed_may_not_point_into_our_own_network(site):
    """Threat 40."""
    site.show("/feed", rss(item("A", guid="1")))
    reader = Reader(url=site.url + "/feed")
    guarded = msgspec.structs.replace(reader.ctx, http=http.client(allow_private=False))
    with pytest.raises(Retryable, match="private address"):
        adapter.pull(guarded, {})
    assert site.asked == []


def test_entity_bomb_and_files_of_ours_are_not_unfolded(site, reader):
    """Threats 17 and 41."""
    bomb = "".join(f'<!ENTITY a{n} "{"".join([f"&a{n - 1};"] * 10)}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY a0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">{bomb}]>'
    site.show(
        "/feed",
        f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel><title>x</title><item><guid>1</guid><title>&a9;&file;</title></item></channel></rss>',
    )
    heard = str(reader.hear())
    assert len(heard) < 10_000
    assert "root:" not in heard


def test_document_fetches_nothing_by_itself(site, reader):
    """Threats 17 and 40."""
    doctype = f'<!DOCTYPE rss SYSTEM "{site.url}/dtd" [<!ENTITY x SYSTEM "{site.url}/secret"><!ENTITY % y SYSTEM "{site.url}/more"> %y;]>'
    feed = rss(item("A", guid="1", body="&x;")).replace("<rss", f"{doctype}<rss", 1)
    site.show("/feed", feed)
    reader.hear()
    assert [path for path, _, _ in site.asked] == ["/feed"]


@pytest.mark.parametrize("fault", ["drips", "endless", "breaks_off"])
def test_site_that_is_too_slow_or_never_ends_is_left_and_tried_later(site, reader, fault):
    """Threat 41."""
    site.show("/feed", rss(item("A", guid="1")), **{fault: True})
    client = http.client(allow_private=True, timeout_seconds=0.6, max_bytes=3_000_000)
    started = time.monotonic()
    with pytest.raises(Retryable):
        adapter.pull(msgspec.structs.replace(reader.ctx, http=client), {})
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("given", ["Tue, 10 Mar 2026 00:02:17 GMT", "77"])
def test_wait_is_given_in_seconds_or_as_a_date(site, reader, given):
    site.show("/feed", "", status=503, headers={"Retry-After": given})
    with pytest.raises(Retryable) as refused:
        reader.hear()
    assert refused.value.after_seconds == 77


@pytest.mark.parametrize("to", ["http://[", "ftp://x.example/", "http://x:99999/"])
def test_redirect_into_nonsense_is_refused_in_words(site, reader, to):
    site.show("/feed", "", status=301, headers={"Location": to})
    with pytest.raises((Rejected, Retryable), match="/feed"):
        reader.hear()


def test_huge_document_is_refused_before_it_is_read(site, reader):
    """Threat 41."""
    site.show("/feed", rss(item("A", guid="1", body="x" * 5_000_000)))
    with pytest.raises(Rejected, match="5 MB"):
        reader.hear()


def test_script_and_foreign_schemes_do_not_get_through(site, reader):
    """Threat 38."""
    site.show(
        "/feed", rss(item("A", guid="1", link="javascript:alert(1)", body="<script>alert(2)</script><p onclick='x()'>hi</p>"))
    )
    (said,) = reader.hear()
    assert (said.permalink, said.text) == ("", "hi")
    assert "script" not in said.html
