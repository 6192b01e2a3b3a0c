"""Teach me: one voice after the other, the most useful first; right, what else is true, or skip; and the next comes at once."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from heard.understanding.models import Assessment, Correction
from heard.understanding.rules.marking import marked
from heard.understanding.tests.lessons import corrected, heard, trade_talk

pytestmark = pytest.mark.django_db

TEACH = reverse("understanding:teach")
HTMX = {"HX-Request": "true"}
TEXTS = ("The parcel never came, where is it?", "Thank you, what a lovely shop!", "Is there a branch in Graz as well?")


@pytest.fixture
def shed(wire, care):
    return wire("The shed", team=care)


@pytest.fixture
def three(shed) -> list[int]:
    """Three voices; Heard is unsure of what each of them feels, most of the first."""
    ids = heard(shed, TEXTS)
    for id_, confidence in zip(ids, (0.5, 0.6, 0.7), strict=True):
        Assessment.objects.filter(interaction_id=id_).update(confidence=confidence, unsure=["sentiment"], sentiment="neutral")
    return ids


def asked(shown: str) -> int:
    """The voice that is asked about."""
    return int(re.search(r'hx-post="/understanding/teach/(\d+)/"', shown)[1])


def say(client, voice: int, *, headers=HTMX, **given):
    return client.post(reverse("understanding:say", args=[voice]), {"field": "sentiment"} | given, headers=headers)


def test_what_was_said_is_a_correction_and_the_next_voice_comes_at_once(browser, alice, three):
    client = browser(alice)
    first = asked(client.get(TEACH).content.decode())
    answer = say(client, first, value="negative").content.decode()
    found = Correction.objects.get()
    assert (found.interaction_id, found.field, found.value, found.member) == (first, "sentiment", "negative", alice)
    assert asked(answer) in set(three) - {first}
    assert "Sentiment: negative." in answer
    assert "<html" not in answer


def test_right_is_worth_a_word_too(browser, alice, three):
    client = browser(alice)
    shown = client.get(TEACH).content.decode()
    right = re.search(r'value="(\w+)" data-key="r"', shown)[1]
    say(client, asked(shown), value=right)
    assert Correction.objects.get().value == right == "neutral"


def test_who_has_no_scripts_gets_the_next_page(browser, alice, three):
    answer = say(browser(alice), three[0], headers={}, value="negative", queue="sentiment", skipped=str(three[1]))
    assert answer.status_code == 302
    assert answer["Location"] == f"{TEACH}?field=sentiment&skipped={three[1]}"


def test_what_was_skipped_is_not_asked_again_until_one_begins_anew(browser, alice, three):
    client, skipped, seen = browser(alice), "", []
    shown = client.get(TEACH).content.decode()
    for _ in three:
        seen.append(asked(shown))
        shown = say(client, seen[-1], skip="1", skipped=skipped).content.decode()
        skipped = ",".join(map(str, seen))
    assert sorted(seen) == sorted(three)
    assert "Begin again with what was skipped" in shown
    assert not Correction.objects.exists()


def test_a_word_can_be_said_anew(browser, alice, three):
    client = browser(alice)
    answer = say(client, three[0], value="negative").content.decode()
    again = re.search(r'href="(/understanding/teach/\?voice=[^"]*)"', answer)[1].replace("&amp;", "&")
    shown = client.get(again).content.decode()
    assert asked(shown) == three[0]
    assert "says Alice" in shown
    say(client, three[0], value="mixed")
    assert list(Correction.objects.order_by("id").values_list("value", flat=True)) == ["negative", "mixed"]


def test_of_what_a_voice_is_about_several_things_are_true(browser, alice, three):
    client = browser(alice)
    Assessment.objects.update(unsure=["kinds"])
    shown = client.get(TEACH + "?field=kinds").content.decode()
    say(client, asked(shown), field="kinds", queue="kinds", value=["sales", "support"])
    assert Correction.objects.get().value == ["support", "sales"]


def test_words_that_a_reason_rests_on_are_marked_and_what_customers_write_is_text(browser, alice, shed):
    (voice,) = heard(shed, ["This is <b>terrible</b>, simply terrible."])
    reasons = [{"field": "sentiment", "value": "negative", "because": "words of anger", "evidence": ["terrible"]}]
    Assessment.objects.update(reasons=reasons, unsure=["sentiment"], confidence=0.5, sentiment="negative")
    shown = browser(alice).get(TEACH).content.decode()
    assert "This is &lt;b&gt;<mark>terrible</mark>&lt;/b&gt;, simply <mark>terrible</mark>." in shown
    assert "words of anger" in shown


@pytest.mark.parametrize("value", ["furious", "", ["negative", "positive"]])
def test_what_is_no_value_is_refused_beside_the_voice(browser, alice, three, value):
    answer = say(browser(alice), three[0], value=value)
    assert answer.status_code == 422
    assert asked(answer.content.decode()) == three[0]
    assert not Correction.objects.exists()


@pytest.mark.parametrize("field", ["language", "mood", ""])
def test_what_is_not_learnt_is_not_asked(browser, alice, three, field):
    assert say(browser(alice), three[0], field=field, value="de").status_code == 404


def test_another_team_is_asked_nothing_and_can_say_nothing(browser, bea, three):
    client = browser(bea)
    assert "Nothing to ask" in client.get(TEACH).content.decode()
    assert "Nothing to ask" in client.get(f"{TEACH}?voice={three[0]}&asked=sentiment").content.decode()
    assert say(client, three[0], value="negative").status_code == 404
    assert not Correction.objects.exists()


def test_who_only_reads_is_not_asked(browser, vera, three):
    assert browser(vera).get(TEACH).status_code == 403
    assert say(browser(vera), three[0], value="negative").status_code == 403


def test_one_sees_how_much_is_missing_until_the_desk_learns(browser, alice, shed):
    ids = heard(shed, [words for words, _ in trade_talk(25)])
    corrected(alice, ids[:18], "sentiment", ["negative"] * 18)
    client = browser(alice)
    assert "2 more, and the desk learns" in client.get(TEACH + "?field=sentiment").content.decode()
    say(client, ids[20], value="negative")
    shown = say(client, ids[21], value="positive", queue="sentiment").content.decode()
    assert "Colleagues spoke of 20 voices, 20 of them today, 20 by you" in shown
    assert "more, and the desk learns" not in shown


def test_a_page_costs_the_same_for_few_and_for_many(browser, alice, shed):
    client, talk, costs = browser(alice), [words for words, _ in trade_talk(80)], []
    for start, end in ((0, 4), (4, 80)):
        heard(shed, talk[start:end], first=start)
        client.get(TEACH)
        with CaptureQueriesContext(connection) as made:
            client.get(TEACH)
        costs.append(len(made))
    assert costs[1] <= costs[0] <= 24


@pytest.mark.parametrize(
    ("text", "evidence", "found"),
    [
        ("not good at all", ["good", "not good"], ["not good"]),
        ("Bad, bad, BAD.", ["bad"], ["Bad", "bad", "BAD"]),
        ("a party", ["art"], []),
        ("Schön war es, SCHÖN", ["schon"], ["Schön", "SCHÖN"]),
        ("costs 5€ (!)", ["5€ (!)"], ["5€ (!)"]),
        ("nothing", ["", " "], []),
        ("", ["word"], []),
    ],
)
def test_evidence_is_marked_as_it_stands(text, evidence, found):
    parts = marked(text, evidence)
    assert "".join(part.words for part in parts) == text
    assert [part.words for part in parts if part.is_evidence] == found
