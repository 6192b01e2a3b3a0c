import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.contract import Account, Outgoing, Rejected
from heard.listening.channels.mastodon.adapter import Adapter
from heard.listening.channels.mastodon.tests.desk import somebody
from heard.listening.channels.mastodon.words import length

ACCOUNT = Account(id=1, kind="mastodon", name="Acme", address="@acme@a.example", config={"base_url": "https://a.example"})
ALICE = somebody("alice@b.example")


def rendered(text: str, *, account: Account = ACCOUNT, **message) -> list[str]:
    return [part.text for part in Adapter().render(Outgoing(text=text, to=ALICE, **message), account)]


@pytest.mark.parametrize(
    ("words", "counted"),
    [
        ("hello", 5),
        ("@alice@a.very.long.host.example hello", len("@alice hello")),
        ("see https://example.org/" + "x" * 300, 4 + 23),
        ("https://t.co/a", 23),
        ("write to alice@b.example", len("write to alice@b.example")),
        ("naïve 👍", 7),
    ],
)
def test_length_is_counted_as_mastodon_counts_it(words, counted):
    assert length(words) == counted


def test_answer_names_the_customer_first():
    assert rendered("Sorry!") == ["@alice@b.example Sorry!"]


@pytest.mark.parametrize("draft", ["@alice@b.example Sorry!", "@Alice@B.example, Sorry!"])
def test_customer_whom_the_draft_names_already_is_named_once(draft):
    assert rendered(draft) == ["@alice@b.example Sorry!"]


def test_another_person_with_a_longer_name_is_not_taken_for_the_customer():
    assert rendered("@alice@b.example.org is away") == ["@alice@b.example @alice@b.example.org is away"]


def test_long_answer_becomes_numbered_posts_that_each_name_the_customer():
    texts = rendered("One sentence that says something. " * 40)
    assert [re.search(r"\((\d/\d)\)$", text).group(1) for text in texts] == ["1/3", "2/3", "3/3"]
    assert all(text.startswith("@alice@b.example One sentence") for text in texts)


def test_long_answer_is_cut_between_paragraphs_where_that_leaves_a_whole_post():
    first, second = rendered("a" * 10 + " word" * 80 + "\n\nAnd now something else." + " word" * 30)
    assert "And now something else." in second
    assert "And now" not in first


def test_only_the_first_post_answers_the_customer_and_carries_the_picture():
    parts = Adapter().render(Outgoing(text="word " * 200, to=ALICE, in_reply_to="77"), ACCOUNT)
    assert [part.in_reply_to for part in parts] == ["77", "", ""]


def test_server_with_longer_posts_gets_one_post():
    account = Account(id=1, kind="mastodon", name="Acme", address="@acme@a.example", config={"max_characters": "5000"})
    assert len(rendered("word " * 200, account=account)) == 1


@pytest.mark.parametrize("address", ["alice@b.example\r\nBcc: eve@c.example", "alice @b.example", "", "alice@", "@@", "a@b@c"])
def test_address_that_would_smuggle_words_into_the_post_is_refused(address):
    with pytest.raises(Rejected):
        Adapter().render(Outgoing(text="Sorry!", to=somebody(address)), ACCOUNT)


@given(st.text(alphabet=st.sampled_from("ab \n.!@/:"), max_size=1500) | st.text(max_size=900))
def test_no_word_is_lost_and_no_post_is_too_long(text):
    texts = rendered(text)
    pieces = [re.sub(r" \(\d+/\d+\)$", "", piece).removeprefix("@alice@b.example ") for piece in texts]
    assert "".join("".join(pieces).split()) == "".join("".join(rendered_whole(text)).split())
    assert all(length(piece) <= 500 for piece in texts)


def rendered_whole(text: str) -> str:
    """What one post without a limit would say after the mention."""
    endless = Account(id=1, kind="mastodon", name="Acme", address="@acme@a.example", config={"max_characters": "100000"})
    return rendered(text, account=endless)[0].removeprefix("@alice@b.example ")
