import pytest

from heard.engagement.rules.warnings import warnings

CARD = "Your card 4111 1111 1111 1111 was charged."
PHONE = "Please call me on +44 7700 900123."


@pytest.mark.parametrize(
    ("told", "text", "visibility", "holds"),
    [
        ("a mail address in public", "Write to eve@example.net then.", "public", "a mail address"),
        ("a card in private", CARD, "private", "a card number"),
    ],
)
def test_what_should_not_go_out_is_named(told, text, visibility, holds):
    assert holds in warnings(text, visibility=visibility)[0]


def test_what_is_held_in_public_is_not_warned_of_besides():
    assert warnings(CARD, visibility="public") == []


@pytest.mark.parametrize(("text", "visibility"), [(PHONE, "private"), ("We are sorry. It works again.", "public")])
def test_fine_words_raise_no_warning(text, visibility):
    assert warnings(text, visibility=visibility) == []
