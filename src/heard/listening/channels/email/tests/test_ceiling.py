"""Threat 6: what seems to be a machine opens no conversations for ever; a person is never held back."""

from datetime import timedelta

from heard.listening.channels.email.ceiling import AUTOMATIC_PER_HOUR, MOST_COUNTED, THE_SAME_PER_HOUR, Ceiling
from heard.listening.channels.email.tests.post import RECEIVED_AT, events, mail


def judged(mails: list[str], *, minutes_apart: float = 1, pages: int = 1) -> list[str]:
    """What the ceiling says of each; the count goes from page to page as a cursor does."""
    ceiling, found = Ceiling(None), []
    for n, raw in enumerate(mails):
        if pages > 1:
            ceiling = Ceiling(ceiling.so_far())
        found.append(ceiling.passed_by(raw.encode(), RECEIVED_AT + timedelta(minutes=n * minutes_apart)))
    return found


def test_the_eleventh_mail_of_a_machine_within_an_hour_is_above():
    notices = [mail(f"Build {'x' * n} failed", precedence="bulk") for n in range(12)]
    for pages in (1, 12):
        reasons = judged(notices, pages=pages)
        assert reasons[:AUTOMATIC_PER_HOUR] == [""] * AUTOMATIC_PER_HOUR
        assert reasons[-1] == "12 mails within an hour from a sender that looks automatic (Precedence: bulk)"


def test_an_hour_later_it_counts_anew():
    assert set(judged([mail(f"Build {'x' * n}", precedence="bulk") for n in range(30)], minutes_apart=7)) == {""}


def test_a_machine_that_marks_nothing_is_known_by_its_words_whatever_number_they_carry():
    replies = [
        mail(f"We got your ticket {n}.\n\nOn Mon, Support wrote:\n> answer {n}\n", subject=f"Re: Ticket {n}") for n in range(6)
    ]
    reasons = judged(replies)
    assert reasons[:THE_SAME_PER_HOUR] == [""] * THE_SAME_PER_HOUR
    assert reasons[THE_SAME_PER_HOUR] == "the same words 4 times within an hour"


def test_a_person_who_writes_thirty_different_mails_is_heard_each_time():
    assert set(judged([mail(f"And {'also ' * n}that!") for n in range(30)])) == {""}


def test_a_flood_in_ones_name_does_not_silence_a_person():
    flood = [mail("Buy now", precedence="bulk") for _ in range(15)]
    assert judged([*flood, mail("My router is broken, please help!")])[-1] == ""


def test_a_contact_form_that_says_who_wrote_is_not_counted():
    form = [mail("Please call me", **{"from": "noreply@acme.example", "reply_to": f"c{n}@home.example"}) for n in range(20)]
    assert set(judged(form)) == {""}


def test_the_count_stays_small():
    ceiling = Ceiling(None)
    for n in range(MOST_COUNTED + 50):
        ceiling.passed_by(mail(str(n), **{"from": f"x{n}@home.example"}).encode(), RECEIVED_AT)
    assert len(ceiling.so_far()["mails"]) == MOST_COUNTED


def test_what_is_above_is_an_automatic_mail_with_the_reason():
    [voice] = events(mail("Build failed"), above_ceiling="12 mails within an hour from a sender that looks automatic (X-Loop)")
    assert voice.kind == "auto_reply"
    assert voice.extra["auto"].startswith("12 mails within an hour")


def test_what_cannot_be_read_is_left_to_be_set_aside():
    bomb = "From: evil@x.example\nContent-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 2001
    assert judged([bomb]) == [""]
