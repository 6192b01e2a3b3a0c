import pytest

from heard.listening.channels.twilio.numbers import author_of, e164


@pytest.mark.parametrize(
    ("given", "country", "number"),
    [
        ("+44 20 7946 0958", "", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("020 7946 0958", "", ""),
        ("(020) 7946-0958", "gb", "+442079460958"),
        ("12", "GB", ""),
        ("not a number", "GB", ""),
    ],
)
def test_numbers_have_one_form(given, country, number):
    assert e164(given, country) == number


def test_call_and_text_of_one_number_are_one_identity():
    texted, called = (author_of(given, country="GB", otherwise_id="x") for given in ("+442079460958", "020 7946 0958"))
    assert texted == called
    assert (texted.network, texted.external_id, texted.handle) == ("phone", "+442079460958", "+44 20 7946 0958")


@pytest.mark.parametrize("given", ["anonymous", "+266696687", "Restricted", ""])
def test_who_withholds_a_number_is_nobody_else_who_does(given):
    one, other = (author_of(given, country="GB", otherwise_id=id_) for id_ in ("CA1", "CA2"))
    assert one.external_id != other.external_id
    assert one.network != "phone"


@pytest.mark.parametrize(
    ("given", "network", "external_id"),
    [
        ("72345", "phone", "72345"),
        ("ACME", "phone", "ACME"),
        ("1001", "phone", "1001"),
        ("sip:dana@pbx.example;transport=tcp", "sip", "dana@pbx.example"),
    ],
)
def test_what_is_no_number_stays_what_it_is(given, network, external_id):
    author = author_of(given, country="GB", otherwise_id="x")
    assert (author.network, author.external_id) == (network, external_id)


def test_nonsense_is_nobody():
    with pytest.raises(ValueError, match="number"):
        author_of("<script>", country="GB", otherwise_id="x")
