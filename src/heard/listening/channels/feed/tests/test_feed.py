"""Against a real web server that shows feeds as the world writes them."""

from datetime import UTC, datetime

import pytest

from heard.listening.channels.contract import (
    Edited,
    Said,
)
from heard.listening.channels.feed.tests.reading import Reader, adapter, item, reader, rss  # noqa: F401
from tests.support.servers.feeds import site  # noqa: F401


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


DAY, NEXT_DAY = "Mon, 02 Mar 2026 10:00:00 GMT", "Tue, 03 Mar 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("story", "before", "after", "is_new"),
    [
        ("renumbered", {"link": "https://d.example/a"}, {"link": "https://d.example/a"}, False),
        (
            "renumbered and dated anew at each visit",
            {"link": "https://d.example/a"},
            {"link": "https://d.example/a", "date": NEXT_DAY},
            False,
        ),
        (
            "renumbered and the title corrected",
            {"link": "https://d.example/a"},
            {"link": "https://d.example/a", "title": "A!"},
            False,
        ),
        ("renumbered and moved to https", {"link": "http://d.example/a"}, {"link": "https://d.example/a"}, False),
        ("renumbered without links", {}, {}, False),
        (
            "next thing announced at one address",
            {"link": "https://d.example/now"},
            {"link": "https://d.example/now", "title": "B", "date": NEXT_DAY},
            True,
        ),
        ("same title another day", {}, {"date": NEXT_DAY}, True),
        (
            "same title another day at the front page",
            {"link": "https://www.dana.example/blog"},
            {"link": "https://www.dana.example/blog", "date": NEXT_DAY},
            True,
        ),
        ("another title the same day", {}, {"title": "B"}, True),
    ],
)
def test_changed_guid_is_the_same_article_where_two_of_link_title_and_date_say_so(site, reader, story, before, after, is_new):
    usual = {"title": "A", "body": "words", "date": DAY}
    site.show("/feed", rss(item(**{**usual, **before}, guid="old")))
    (first,) = reader.hear()
    site.show("/feed", rss(item(**{**usual, **after}, guid="new")))
    later = [event.external_id for event in reader.hear() if isinstance(event, Said)]
    assert (any(id_ != first.external_id for id_ in later)) is is_new, story


def three_days(*articles: tuple[str, str, str]) -> str:
    return rss(*(item(title, guid=guid, link=link, date=DAYS[title]) for title, guid, link in articles))


DAYS = {
    title: f"{day}, 0{number} Mar 2026 10:00:00 GMT"
    for number, (title, day) in enumerate((("A", "Mon"), ("B", "Tue"), ("C", "Wed"), ("D", "Thu")), 2)
}


@pytest.mark.parametrize("link", ["", "https://dana.example/{}"])
@pytest.mark.parametrize("later", [("1", "2", "3"), ("b", "c", "a"), ("c", "a", "z")])
def test_feed_that_renumbers_everything_makes_nothing_new(site, reader, link, later):
    site.show("/feed", three_days(*((title, guid, link.format(title)) for title, guid in zip("ABC", "abc", strict=True))))
    assert len(reader.titles()) == 3
    site.show("/feed", three_days(*((title, guid, link.format(title)) for title, guid in zip("ABC", later, strict=True))))
    assert reader.hear() == []


@pytest.mark.parametrize("link", ["", "https://dana.example/{}"])
def test_feed_that_numbers_by_position_has_one_new_article_and_no_edit(site, reader, link):
    site.show("/feed", three_days(*((title, str(n), link.format(title)) for n, title in enumerate("CBA"))))
    known = {said.subject: said.external_id for said in reader.hear()}
    site.show("/feed", three_days(*((title, str(n), link.format(title)) for n, title in enumerate("DCBA"))))
    (new,) = reader.hear()
    assert (new.subject, new.external_id in known.values()) == ("D", False)
    assert reader.hear() == []
    site.show("/feed", three_days(*((title, str(n), link.format(title)) for n, title in enumerate("DCB"))))
    assert reader.hear() == []


def test_renumbered_article_keeps_its_id_for_its_edits(site, reader):
    site.show("/feed", rss(item("A", guid="old", link="https://dana.example/a", body="one")))
    (first,) = reader.hear()
    site.show("/feed", rss(item("A", guid="new", link="https://dana.example/a", body="two")))
    said, edit = reader.hear()
    assert (said.external_id, edit.target, edit.text) == (first.external_id, first.external_id, "two")


def test_two_articles_that_look_alike_are_told_apart_by_their_guids(site, reader):
    site.show("/feed", rss(item("Notes", guid="1"), item("Notes", guid="2")))
    reader.hear()
    site.show("/feed", rss(item("Notes", guid="3"), item("Notes", guid="1"), item("Notes", guid="2")))
    assert reader.titles() == ["Notes"]


def test_place_that_an_earlier_version_wrote_is_good(site, reader):
    site.show("/feed", rss(item("A", guid="1", link="https://dana.example/a")))
    reader.hear()
    reader.cursor = {"seen": [row[:3] for row in reader.cursor["seen"]]}
    assert reader.titles() == []
    site.show("/feed", rss(item("A", guid="2", link="https://dana.example/a")))
    assert reader.titles() == []


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
