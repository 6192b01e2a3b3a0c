import pytest

from heard.listening.rules.colour import ink_on, is_colour


@pytest.mark.parametrize(
    ("colour", "ink"),
    [("#000000", "#ffffff"), ("#8a1c4a", "#ffffff"), ("#ffd400", "#000000"), ("#ffffff", "#000000"), ("#0b6b52", "#ffffff")],
)
def test_words_on_a_brands_colour_can_be_read(colour, ink):
    assert ink_on(colour) == ink


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#123456;background:url(//x)", "#123456\n"])
def test_only_a_plain_colour_gets_into_a_style(text):
    assert not is_colour(text)
