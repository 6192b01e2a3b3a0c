"""What a customer's words point to stands under them, for whoever may read them; A7, T4."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from heard.listening.models import Interaction, LinkedSource
from heard.routing.models import Entry
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)
LINK = "https://blog.example/router"


@pytest.fixture
def review(wire, arrive, care):
    """Dana points to her review, on an account of Care; it was not fetched yet."""
    words = f"I like parts of your product, but there are issues, check out my blog review: {LINK} Can you help?"
    arrive(wire("Care line", team=care), delivery(said("1", person("Dana"), words)))
    return Interaction.objects.get().pk


def _fetched(**changes):
    usual = {
        "state": "fetched",
        "title": "Four weeks with the router",
        "site": "Dana's blog",
        "text": "<b>Wonderful</b> range.\n" * 40,
    }
    LinkedSource.objects.update(**(usual | changes))


def _page(client, review):
    return client.get(
        reverse("routing:conversation", args=[Entry.objects.get(interaction=review).conversation_id])
    ).content.decode()


def _whole(client, review, number=1):
    return client.get(reverse("routing:source", args=[review]), {"number": number}, headers={"HX-Request": "true"})


def test_title_site_and_first_lines_stand_under_the_message(review, alice, browser):
    _fetched()
    page = _page(browser(alice), review)
    assert "Four weeks with the router" in page
    assert "Dana&#39;s blog" in page
    assert "&lt;b&gt;Wonderful&lt;/b&gt; range." in page
    assert page.count("Wonderful") < 20  # the rest comes when it is opened


def test_a_link_in_a_message_is_one_and_nothing_else_in_it_is_markup(review, alice, browser):
    Interaction.objects.update(text=f"<b>See</b> {LINK}")
    page = _page(browser(alice), review)
    assert f'&lt;b&gt;See&lt;/b&gt; <a href="{LINK}" rel="nofollow">{LINK}</a>' in page


def test_the_whole_text_comes_when_it_is_opened(review, alice, browser):
    _fetched()
    whole = _whole(browser(alice), review).content.decode()
    assert whole.count("Wonderful") == 40
    assert "<b>" not in whole
    assert 'rel="noopener noreferrer nofollow"' in whole


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "waiting", "text": ""}, "is being fetched"),
        (
            {"state": "refused", "text": "", "why": "Its site asks robots to stay away."},
            "Not fetched: Its site asks robots to stay away.",
        ),
        ({"state": "failed", "text": "", "why": "It answered 503."}, "Not fetched: It answered 503."),
    ],
)
def test_what_was_not_fetched_says_why(review, alice, browser, changes, words):
    _fetched(**changes)
    assert words in _page(browser(alice), review)


def test_a_source_is_for_those_who_may_read_the_message(review, bea, browser):
    _fetched()
    assert _whole(browser(bea), review).status_code == 404


def test_there_is_no_second_source(review, alice, browser):
    _fetched()
    assert _whole(browser(alice), review, number=2).status_code == 404
    assert _whole(browser(alice), review, number=0).status_code == 404


def test_sources_cost_one_question_and_none_without_a_link(review, alice, browser):
    client = browser(alice)
    _page(client, review)
    with CaptureQueriesContext(connection) as with_link:
        _page(client, review)
    Interaction.objects.update(text="No link here. Can you help?")
    with CaptureQueriesContext(connection) as without:
        _page(client, review)
    assert len(with_link) == len(without) + 1
