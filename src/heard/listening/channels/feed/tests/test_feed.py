"""Against a real web server that shows feeds as the world writes them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heard.kernel import http
from heard.listening.channels.contract import Account, Context, Edited, Event, NotFound, RateLimited, Rejected, Retryable, Said
from heard.listening.channels.feed.adapter import Adapter
from tests.support.servers.feeds import site  # noqa: F401

adapter = Adapter()


def item(
    title: str, *, guid: str = "", link: str = "", body: str = "", date: str = "Mon, 02 Mar 2026 10:00:00 GMT", more: str = ""
) -> str:
    guid_tag = f"<guid>{guid}</guid>" if guid else ""
    link_tag = f"<link>{link}</link>" if link else ""
    return f"<item><title>{title}</title>{guid_tag}{link_tag}<description><![CDATA[{body}]]></description><pubDate>{date}</pubDate>{more}</item>"


def rss(*items: str) -> str:
    head = "<title>Dana writes</title><link>https://www.dana.example/blog</link><language>en-GB</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


@dataclass
class Reader:
    """Pulls from where it was, a minute later each time."""

    url: str
    cursor: dict = field(default_factory=dict)
    minutes: int = 0

    @property
    def ctx(self) -> Context:
        account = Account(id=1, kind="feed", name="Dana", address=self.url, config={"url": self.url})
        now = datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=self.minutes)
        return Context(account=account, http=http.client(allow_private=True, timeout_seconds=5), now=lambda: now)

    def hear(self, **limits) -> list[Event]:
        self.minutes += 1
        page = adapter.pull(self.ctx, self.cursor, **limits)
        self.cursor = msgspec.json.decode(msgspec.json.encode(page.cursor)) if page.cursor is not None else self.cursor
        return [event for raw in page.deliveries for event in adapter.normalise(raw, self.ctx.account)]

    def titles(self, **limits) -> list[str]:
        return [event.subject for event in self.hear(**limits) if isinstance(event, Said)]


@pytest.fixture
def reader(site) -> Reader:
    return Reader(url=site.url + "/feed")


def test_article_is_heard_as_a_public_voice_that_is_not_addressed_to_us(site, reader):
    more = '<author>dana@dana.example (Dana)</author><enclosure url="https://dana.example/a.mp3" type="audio/mpeg" length="12"/>'
    site.show(
        "/feed",
        rss(
            item(
                "Slow parcels", guid="a1", link="https://dana.example/slow", body="<p>Six <b>days</b>.</p><p>Why?</p>", more=more
            )
        ),
    )
    (said,) = reader.hear()
    assert (said.kind, said.visibility, said.addressed, said.subject) == ("article", "public", False, "Slow parcels")
    assert (said.text, said.permalink, said.language) == ("Six days.\n\nWhy?", "https://dana.example/slow", "en-GB")
    assert (said.author.network, said.author.external_id, said.author.name) == ("feed", "dana.example#dana", "Dana")
    assert [(file.name, file.content_type, file.size_bytes) for file in said.attachments] == [("a.mp3", "audio/mpeg", 12)]
    assert said.occurred_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_feed_that_did_not_change_costs_one_short_answer(site, reader):
    site.show("/feed", rss(item("One", guid="1")))
    assert (reader.titles(), reader.titles(), reader.titles()) == (["One"], [], [])
    assert site.statuses == [200, 304, 304]


def test_time_of_change_is_asked_for_where_that_is_all_the_site_gives(site, reader):
    when = "Mon, 02 Mar 2026 10:00:00 GMT"
    site.show("/feed", rss(item("One", guid="1")), headers={"Last-Modified": when}, conditional=False)
    reader.hear()
    reader.hear()
    assert site.asked[-1][1]["If-Modified-Since"] == when


def test_only_the_new_article_is_heard_and_the_oldest_first(site, reader):
    site.show("/feed", rss(item("One", guid="1")))
    reader.hear()
    later, earlier = (f"{day}, 0{day_number} Mar 2026 10:00:00 GMT" for day, day_number in (("Wed", 4), ("Tue", 3)))
    site.show("/feed", rss(item("Three", guid="3", date=later), item("Two", guid="2", date=earlier), item("One", guid="1")))
    assert reader.titles() == ["Two", "Three"]


def test_article_whose_words_change_is_an_edit(site, reader):
    site.show("/feed", rss(item("Slow parcels", guid="1", body="six days")))
    (first,) = reader.hear()
    site.show("/feed", rss(item("Slow parcels", guid="1", body="six days. Update: they called!")))
    said, edit = reader.hear()
    assert isinstance(edit, Edited)
    assert (said.external_id, edit.target, edit.text) == (first.external_id, first.external_id, "six days. Update: they called!")


def test_second_edit_comes_after_the_first(site, reader):
    versions = []
    for words in ("first", "second", "third"):
        site.show("/feed", rss(item("A", guid="1", body=words)))
        versions += [event.version for event in reader.hear() if isinstance(event, Edited)]
    assert len(versions) == 2
    assert versions == sorted(versions)


def test_words_that_change_back_are_another_delivery_and_win(site, reader):
    heard = []
    for words in ("first", "second", "first"):
        site.show("/feed", rss(item("A", guid="1", body=words)))
        page = adapter.pull(reader.ctx, reader.cursor)
        reader.cursor, reader.minutes = page.cursor, reader.minutes + 1
        heard += page.deliveries
    last = adapter.normalise(heard[-1], reader.ctx.account)[-1]
    assert (len({raw.key for raw in heard}), last.text) == (3, "first")


def test_new_markup_around_the_same_words_is_no_edit(site, reader):
    site.show("/feed", rss(item("A", guid="1", body="<p>same</p>")))
    reader.hear()
    site.show("/feed", rss(item("A", guid="1", body='<div class="new">same</div>')))
    assert reader.hear() == []


def test_article_whose_guid_changed_is_still_the_same_article(site, reader):
    site.show("/feed", rss(item("A", guid="old", link="https://dana.example/a")))
    reader.hear()
    site.show("/feed", rss(item("A", guid="new", link="https://dana.example/a")))
    assert reader.hear() == []


def test_two_articles_under_one_guid_are_two(site, reader):
    site.show(
        "/feed", rss(item("A", guid="1", link="https://dana.example/a"), item("B", guid="1", link="https://dana.example/b"))
    )
    heard = reader.hear()
    assert sorted(said.subject for said in heard) == ["A", "B"]
    assert len({said.external_id for said in heard}) == 2


def test_article_that_stands_twice_is_heard_once(site, reader):
    twice = item("A", guid="1", link="https://dana.example/a")
    site.show("/feed", rss(twice, twice))
    assert reader.titles() == ["A"]


def test_articles_that_all_link_to_the_front_page_are_told_apart(site, reader):
    front = "https://dana.example/"
    site.show("/feed", rss(item("A", guid="1", link=front), item("B", guid="2", link=front)))
    reader.hear()
    site.show("/feed", rss(item("C", guid="3", link=front), item("A", guid="1", link=front), item("B", guid="2", link=front)))
    assert reader.titles() == ["C"]


@pytest.mark.parametrize("entry", [item("A", link="https://dana.example/a"), item("A", body="words only")])
def test_article_without_guid_is_heard_once(site, reader, entry):
    site.show("/feed", rss(entry))
    reader.hear()
    site.show("/feed", rss(item("B", guid="b"), entry))
    assert reader.titles() == ["B"]


def test_atom_is_read_as_well(site, reader):
    entry = "<entry><id>tag:x,1</id><title>A</title><updated>2026-03-02T10:00:00Z</updated><author><name>Jo</name></author><content type='html'>&lt;p&gt;hi&lt;/p&gt;</content></entry>"
    site.show("/feed", f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{entry}</feed>')
    (said,) = reader.hear()
    assert (said.external_id, said.text, said.author.name) == ("tag:x,1", "hi", "Jo")


def test_many_articles_come_in_portions_and_none_is_lost(site, reader):
    site.show("/feed", rss(*(item(f"T{n}", guid=str(n)) for n in range(7))))
    heard = [title for _ in range(4) for title in reader.titles(limit=3)]
    assert sorted(heard) == [f"T{n}" for n in range(7)]


def test_memory_of_a_long_feed_stays_bounded_and_hears_nothing_twice(site, reader):
    for start in range(0, 1200, 300):
        site.show("/feed", rss(*(item(f"T{n}", guid=str(n)) for n in range(start, start + 300))))
        assert len(reader.titles(limit=1000)) == 300
    assert len(reader.cursor["seen"]) == 600
    assert reader.titles(limit=1000) == []


def test_article_announced_for_next_year_was_said_when_we_saw_it(site, reader):
    site.show("/feed", rss(item("A", guid="1", date="Mon, 01 Mar 2027 10:00:00 GMT")))
    assert reader.hear()[0].occurred_at == datetime(2026, 3, 10, 0, 1, tzinfo=UTC)


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_broken_xml_gives_what_can_be_read_and_is_read_again(site, reader):
    whole = rss(item("One", guid="1"), item("Two", guid="2"))
    site.show("/feed", whole[: whole.index("<title>Two")])
    assert "One" in reader.titles()
    site.show("/feed", whole)
    assert "Two" in reader.titles()
    assert site.statuses == [200, 200]


def test_feed_that_is_gone_for_good_says_so(site, reader):
    site.show("/feed", "", status=410)
    with pytest.raises(Rejected, match="gone for good"):
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
