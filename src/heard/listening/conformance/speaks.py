"""Going out: words become parts, whole, in the unit in which the network counts, to whom they were meant for."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heard.listening.channels.contract import File, Outgoing, Part, Rejected
from heard.listening.conformance.applies import able, can_send, only_if
from heard.listening.conformance.fixtures import account_of
from heard.listening.conformance.hears import inherited
from heard.listening.conformance.hooks import Hooks

WIDEST_FIRST = ("public", "followers", "private")
LETTERS = [
    "👍",
    "👩🏽‍🚀",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇺🇦",
    "1️⃣",
    "e\u0301",
    "n\u0303",
    "ก็",
    "हि",
    "한",
    "漢",
    "ﷺ",
    "ß",
    "É",
]  # each is one to a reader
MOST_LETTERS = 3000
written = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
drawn = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=4).map("".join)
few = st.lists(written | drawn, min_size=1, max_size=30)
WORDS = st.tuples(few, st.sampled_from([1, 40])).map(lambda told: told[0] * told[1])  # a line, or more than most posts take


class Speaks(Hooks):
    @only_if(can_send)
    @inherited
    @given(words=WORDS)
    def test_no_word_is_lost_and_no_part_is_too_long(self, words):
        parts = self.rendered_or_refused(" ".join(words))
        said = "\n".join(part.text for part in parts)
        assert parts == [] or [word for word, times in Counter(words).items() if said.count(word) < times] == []
        assert [part.text for part in parts if self.is_too_long(part)] == []

    @only_if(lambda suite: can_send(suite) and able(suite).max_length and able(suite).overflow == "split")
    @inherited
    @given(letter=st.sampled_from(LETTERS), times=st.integers(1, 3))
    def test_letters_are_never_torn(self, letter, times):
        """Where one word is longer than a whole message, it is cut between what a reader calls letters."""
        count = min(able(self).max_length * times, MOST_LETTERS)
        parts = self.parts(letter * count)
        assert sum(part.text.count(letter) for part in parts) == count
        assert [part.text for part in parts if self.is_too_long(part)] == []

    @only_if(can_send)
    def test_long_text_comes_out_whole_in_numbered_parts_or_is_refused(self):
        words = [f"word{number}" for number in range(600)]
        parts = self.rendered_or_refused(" ".join(words))
        said = " ".join(part.text for part in parts).split()
        assert parts == [] or [word for word in said if re.fullmatch(r"word\d+", word)] == words
        assert [(part.number, part.total) for part in parts] == [(number, len(parts)) for number in range(1, len(parts) + 1)]

    @only_if(lambda suite: can_send(suite) and able(suite).max_length and able(suite).overflow == "reject")
    def test_too_long_text_is_refused_in_words_for_who_wrote_it(self):
        text = "a" * 1000
        while self.length(text) <= able(self).max_length:
            text *= 2
        try:
            parts = self.parts(text)
        except Rejected as refused:
            assert str(refused)
        else:
            assert [part.text for part in parts if self.is_too_long(part)] == []
            assert sum(part.text.count("a") for part in parts) >= len(text)

    @only_if(can_send)
    def test_same_message_always_becomes_the_same_parts(self):
        assert self.parts("Hello, Dana.") == self.parts("Hello, Dana.")

    @only_if(can_send)
    def test_no_part_is_seen_by_more_people_than_was_asked_for(self):
        for visibility in able(self).visibilities:
            parts = self.rendered(replace(self.message("Hello"), visibility=visibility))
            widest = WIDEST_FIRST.index(visibility)
            assert [part.visibility for part in parts if WIDEST_FIRST.index(part.visibility) < widest] == []
            assert len({part.to for part in parts}) == 1

    @only_if(lambda suite: can_send(suite) and able(suite).attachments)
    def test_files_go_out_once_and_keep_what_they_say_to_who_cannot_see_them(self):
        picture = File(name="offer.png", content_type="image/png", data=b"\x89PNG\r\n\x1a\n", alt="Our offer", size_bytes=8)
        parts = self.rendered(replace(self.message("Hello"), attachments=(picture,)))
        assert [file for part in parts for file in part.attachments] == [picture]

    @only_if(can_send)
    @inherited
    @given(smuggled=st.sampled_from(["\r\nBcc: eve@evil.example", "\nX: y", "\r", "\x00"]), where=st.integers(0, 12))
    def test_address_and_subject_cannot_smuggle_a_line_into_the_header(self, smuggled, where):
        """Threat 9."""
        message = self.message("Hello")
        address = message.to.external_id
        evil = address[:where] + smuggled + address[where:]
        parts = self.refusable(
            replace(message, to=replace(message.to, external_id=evil, handle=evil), subject="Hello" + smuggled)
        )
        assert not any(re.search(r"[\r\n\x00]", part.to.external_id + part.to.handle + part.subject) for part in parts)

    @only_if(can_send)
    def test_parts_hold_no_secret(self):
        account = self.account("https://network.example")
        parts = self.adapter.render(self.message("Hello"), account)
        assert [name for name, secret in account.secrets.items() if secret in repr(parts)] == []

    # ── Made of these ───────────────────────────────────────────────────────────────────────────────────────────────

    def rendered(self, message: Outgoing) -> list[Part]:
        return self.adapter.render(message, account_of(self.adapter))

    def rendered_or_refused(self, text: str) -> list[Part]:
        """Empty where the channel refuses what is too long for it, as it may when it declares overflow="reject"."""
        try:
            return self.parts(text)
        except Rejected:
            assert able(self).overflow == "reject"
            return []

    def refusable(self, message: Outgoing) -> list[Part]:
        try:
            return self.rendered(message)
        except Rejected:
            return []

    def is_too_long(self, part: Part) -> bool:
        limit = able(self).max_length
        return limit is not None and self.length(part.text) > limit
