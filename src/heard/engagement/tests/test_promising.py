"""What is found in words: promises with their moment, delays without one, and words that hide what happened."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.engagement.rules.plain_words import plain_words
from heard.engagement.rules.promising import delays_without_time, promises_in
from heard.engagement.tests.said_and_promised import CASES

VIENNA = ZoneInfo("Europe/Vienna")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=VIENNA)
LANGUAGES = ["en", "de", "fr", "es"]


def due(text, *, language="en", now=TUESDAY, zone=VIENNA, **more):
    return [found.due_at.astimezone(zone) for found in promises_in(text, language=language, now=now, zone=zone, **more)]


@pytest.mark.parametrize(("language", "text", "moments"), CASES)
def test_a_promise_is_found_with_its_moment_and_nothing_else_is(language, text, moments):
    assert [f"{moment:%a %d %H:%M}" for moment in due(text, language=language)] == moments


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_forty_cases_and_many_of_them_are_none(language):
    mine = [moments for each, _, moments in CASES if each == language]
    assert len(mine) >= 40
    assert sum(not moments for moments in mine) >= 18


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colleague_may_answer_in_another_language_than_the_customer(language):
    assert due("Wir melden uns bis Donnerstag.", language=language) == [datetime(2026, 11, 26, 18, 0, tzinfo=VIENNA)]


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("within two days", datetime(2026, 10, 25, 12, 0, tzinfo=VIENNA)),  # at the same time of the day, 49 hours from now
        ("within 48 hours", datetime(2026, 10, 25, 11, 0, tzinfo=VIENNA)),  # 48 of them
        ("by Sunday", datetime(2026, 10, 25, 18, 0, tzinfo=VIENNA)),
    ],
)
def test_days_are_of_the_calendar_and_hours_pass_where_a_clock_is_put_back(said, when):
    friday = datetime(2026, 10, 23, 12, 0, tzinfo=VIENNA)
    assert due(f"We will call you {said}.", now=friday) == [when]
    assert due("We will call you within two days.", now=friday)[0].astimezone(UTC) - friday.astimezone(UTC) == timedelta(hours=49)


def test_a_time_that_the_clock_skips_is_the_one_after_the_gap():
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=VIENNA)
    assert due("We will restart it tomorrow at 2:30.", now=saturday)[0].astimezone(UTC) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


def test_a_day_ends_where_the_desk_is_and_not_where_the_server_is():
    auckland = ZoneInfo("Pacific/Auckland")
    late = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # Wednesday morning there
    assert due("We will call you today.", now=late, zone=auckland) == [datetime(2026, 11, 25, 18, 0, tzinfo=auckland)]


def test_today_said_after_the_close_is_until_midnight():
    evening = TUESDAY.replace(hour=19)
    assert due("We will call you today.", now=evening) == [TUESDAY.replace(hour=23, minute=59)]


def test_opening_hours_say_when_a_day_closes():
    assert due("We will call you by Friday.", close_of=lambda day: time(12) if day.weekday() == 4 else time(18)) == [
        datetime(2026, 11, 27, 12, 0, tzinfo=VIENNA)
    ]


def test_working_days_leave_out_the_weekend():
    friday = datetime(2026, 11, 27, 10, 0, tzinfo=VIENNA)
    assert due("We will call you within two working days.", now=friday) == [datetime(2026, 12, 1, 18, 0, tzinfo=VIENNA)]


WORDS = st.sampled_from(
    [
        "we",
        "will",
        "call",
        "you",
        "by",
        "Thursday",
        "within",
        "two",
        "3",
        "days",
        "before",
        "noon",
        "at",
        "15:00",
        "on",
        "31",
        "June",
        "5.12.",
        "today",
        "tomorrow",
        "next",
        "week",
        "if",
        "please",
        "not",
        "wir",
        "melden",
        "uns",
        "bis",
        "Freitag",
        "binnen",
        "zwei",
        "Tagen",
        "morgen",
        "früh",
        "um",
        "25",
        "Uhr",
        "nous",
        "rappellerons",
        "demain",
        "avant",
        "vendredi",
        "le",
        "1er",
        "mars",
        "llamaremos",
        "mañana",
        "a",
        "las",
        "99",
        "el",
        "31",
        "de",
        "febrero",
        '"',
        "?",
        ".",
        ">",
        "2026-13-45",
        "29",
        "February",
        "0",
        "hours",
        "9999",
        "months",
        "the",
        "31st",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=30).map(" ".join))
MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))  # 2000 to 2100
ZONES = st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"]).map(ZoneInfo)


@given(text=TEXTS, now=MOMENTS, zone=ZONES, language=st.sampled_from([*LANGUAGES, "", "ja"]))
def test_no_text_breaks_it_and_nothing_is_due_before_it_is_said(text, now, zone, language):
    for found in promises_in(text, language=language, now=now, zone=zone):
        assert found.due_at >= now
        assert text[found.start : found.end] == found.words
        assert found.words
    for delay in delays_without_time(text, language=language, now=now, zone=zone):
        assert text[delay.start : delay.end] == delay.words
    for flag in plain_words(text, language=language):
        assert text[flag.start : flag.end] == flag.words


def delays(text, language="en"):
    return [delay.words for delay in delays_without_time(text, language=language, now=TUESDAY, zone=VIENNA)]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "We're looking into it.", ["looking into"]),
        ("en", "We'll get back to you as soon as possible.", ["get back to you", "as soon as possible"]),
        ("en", "This will be resolved shortly.", ["shortly"]),
        ("en", "We are working on it and will keep you posted.", ["are working on", "keep you posted"]),
        ("de", "Wir kümmern uns darum.", ["Wir kümmern uns"]),
        ("de", "Wir melden uns so schnell wie möglich.", ["Wir melden uns", "so schnell wie möglich"]),
        ("fr", "Nous revenons vers vous dès que possible.", ["revenons vers vous", "dès que possible"]),
        ("es", "Estamos investigando.", ["Estamos investigando"]),
        ("en", "We are looking into it and will call you by Thursday.", []),
        ("en", "Please send the form as soon as possible.", []),
        ("en", "Could you reply as soon as possible?", []),
        ("en", "We hope to hear from you soon.", []),
        ("en", "Get well soon!", []),
        ("en", "> We are looking into it\nIt is fixed.", []),
        ("de", "Bis bald!", []),
        ("de", "Bitte antworten Sie so bald wie möglich.", []),
        ("fr", "À bientôt !", []),
        ("es", "Hasta pronto", []),
        ("en", "The router is on its way.", []),
    ],
)
def test_k2_a_delay_without_a_time_is_found(language, text, words):
    assert delays(text, language) == words


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        (
            "en",
            "Due to unforeseen circumstances we have confidence the issue will be resolved shortly",
            ["Due to unforeseen circumstances", "we have confidence", "issue", "will be resolved", "shortly"],
        ),
        ("en", "The server crashed.", []),
        ("en", "Your bill is due to arrive on Friday.", []),
        ("en", "A digger cut our cable. Two of us mend it by Thursday.", []),
        ("en", "We apologise for any inconvenience caused.", ["any inconvenience caused"]),
        (
            "de",
            "Aufgrund technischer Schwierigkeiten melden wir uns in Kürze.",
            ["Aufgrund technischer Schwierigkeiten", "in Kürze"],
        ),
        ("de", "Der Server ist abgestürzt.", []),
        ("de", "Ein Bagger hat unser Kabel getroffen.", []),
    ],
)
def test_t17_evasions_are_flagged_and_what_happened_passes(language, text, words):
    assert [flag.words for flag in plain_words(text, language=language)] == words


def test_t17_each_flag_says_the_rule_it_breaks():
    [flag] = plain_words("It will be resolved.", language="en")
    assert flag.rule == "Say who did it, or who does it."


def test_t17_shortly_is_no_evasion_where_a_time_is_given():
    assert plain_words("We call you shortly.", language="en", has_time=True) == []
