import pytest

from heard.engagement.rules.warnings import warnings

CARD = "Your card 4111 1111 1111 1111 was charged."
PHONE = "Please call me on +44 7700 900123."


@pytest.mark.parametrize(
    ("told", "text", "visibility", "holds"),
    [
        ("a card in public", CARD, "public", "a card number"),
        ("a card in private", CARD, "private", "a card number"),
        ("a phone number in public", PHONE, "public", "a phone number"),
    ],
)
def test_what_should_not_go_out_is_named(told, text, visibility, holds):
    assert holds in warnings(text, visibility=visibility)[0]


@pytest.mark.parametrize(("text", "visibility"), [(PHONE, "private"), ("We are sorry. It works again.", "public")])
def test_fine_words_raise_no_warning(text, visibility):
    assert warnings(text, visibility=visibility) == []
