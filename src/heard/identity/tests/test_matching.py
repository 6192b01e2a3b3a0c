"""Whether two records are one person: what speaks for it, what against, and what never joins by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.identity.rules.matching import SHIPPED, Book, Counts, compare, gather, keys_of, profile_of
from heard.identity.rules.matching.keys import keys_at_first_sight
from heard.identity.rules.said import said_by
from heard.identity.rules.why import parts_of, why

DANA = {"name": "Dana Whitfield", "birth_date": "1986-03-14", "postcode": "BS2 0EL", "city": "Bristol"}
FIELDS = ("name", "birth_date", "postcode", "city", "email", "phone", "handle", "employer")


def _profile(**said: str):
    return profile_of(said.items())


def _judged(one: dict, other: dict, counts: Counts | None = None):
    return compare(_profile(**one), _profile(**other), counts or Counts(people=3000), SHIPPED)


def _book(*records: dict) -> tuple[Book, list]:
    book = Book(SHIPPED, Counts())
    return book, [book.add(n, _profile(**record)) for n, record in enumerate(records, 1)]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"name": "Dana Whitfield"}, "the same"),
        ({"name": "Dr. Dana Whitfield MBA"}, "with titles"),
        ({"name": "whitfield, dana"}, "turned, in small letters"),
        ({"name": "Dana Whitfeild"}, "with a slip in it"),
        ({"given_name": "Dana", "surname": "Whitfield"}, "in two boxes"),
        ({"birth_date": "14.03.1986"}, "a date written another way"),
        ({"birth_date": "1986-03-41"}, "a date with a slip"),
        ({"postcode": "bs20el"}, "a postcode without a space"),
    ],
)
def test_what_is_written_differently_still_agrees(said, what):
    other = {k: v for k, v in DANA.items() if not (k == "name" and "surname" in said)} | said
    assert _judged(DANA, other).bits > 5, what


def test_a_rare_name_says_more_than_a_common_one():
    counts = Counts(people=1000, having={("surname", "smith"): 90, ("surname", "featherstonehaugh"): 1})
    common = _judged({"name": "Ann Smith", "city": "Leeds"}, {"name": "Ann Smith", "city": "Leeds"}, counts)
    rare = _judged({"name": "Ann Featherstonehaugh"}, {"name": "Ann Featherstonehaugh"}, counts)
    bits = {part.right: part.bits for e in (common, rare) for part in e.parts if part.field == "surname"}
    assert bits["featherstonehaugh"] > bits["smith"] + 4


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ({"name": "Dana Featherstonehaugh"}, {"name": "Dana Featherstonehaugh"}, "a name, however rare"),
        (
            {"name": "Dana Whitfield", "handle": "dana-whitfield"},
            {"name": "Dana Whitfield", "handle": "dana_whitfield"},
            "a handle",
        ),
        (
            {"name": "Dana Whitfield", "handle": "@danaw"},
            {"name": "Dana Whitfield", "handle": "@danaw@social.example"},
            "the name again",
        ),
        ({"email": "team@example.org"}, {"email": "team@example.org"}, "an address that anybody can claim"),
        ({"phone": "+44 7700 900123"}, {"phone": "07700 900123"}, "a number"),
        ({"name": "Dana Whitfield", "gender": "f"}, {"name": "Dana Whitfield", "gender": "female"}, "a name and half of mankind"),
    ],
)
def test_one_kind_of_evidence_never_joins(one, other, what):
    assert _judged(one, other).bits < SHIPPED.attach_bits, what


def test_two_kinds_of_evidence_join():
    assert (
        _judged({"name": "Dana Whitfield", "phone": "07700 900123"}, {"name": "D. Whitfield", "phone": "+447700900123"}).bits > 3
    )
    born = {"name": "Dana", "birth_date": "1986-03-14"}
    assert _judged(born | {"handle": "kestrel.77"}, born | {"handle": "@kestrel.77"}).bits > 3


HELD = {"proved_link": "https://dana.example"}
DANAS = {"name": "Dana Whitfield", "handle": "@kestrel77", "page": "https://a.example/@kestrel77"}


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (HELD, {"proved_link": "http://www.dana.example/"}, "both hold one domain"),
        ({"proved_link": "https://git.example/dana"}, {"page": "https://git.example/dana"}, "a page that links back"),
        (
            {"page": "https://a.example/@d", "link": "https://git.example/dana"},
            {"page": "https://git.example/dana", "link": "https://a.example/@d"},
            "each names the other",
        ),
    ],
)
def test_a_link_proved_from_both_sides_and_a_name_join(one, other, what):
    evidence = _judged({"name": "Dana Whitfield", **one}, {"name": "Dana Whitfield", **other})
    assert evidence.bits > 3, what
    assert [part.level for part in evidence.parts if part.field == "link"] == ["proved"]


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (HELD, {"link": "https://dana.example"}, "names a domain that somebody else holds"),
        ({"link": "https://dana.example"}, {"link": "https://dana.example"}, "both name one page"),
        ({}, {"link": "https://a.example/@kestrel77"}, "names the other's page"),
        (
            HELD | {"link": "https://x.example/dana"},
            HELD | {"link": "https://dana.example"} | {"proved_link": ""},
            "all they show",
        ),
        (
            {"avatar_hash": "f0f0f0f0f0f0f0f0", "employer": "Acme", "link": "https://dana.example"},
            {"avatar_hash": "f0f0f0f0f0f0f0f0", "employer": "Acme", "link": "https://dana.example"},
            "the picture, the employer and every link",
        ),
    ],
)
def test_an_impostor_who_copies_a_profile_is_shown_to_a_person_and_never_joined(one, other, what):
    book = Book(SHIPPED, Counts())
    book.add(1, _profile(**DANAS, **one))
    found = book.add(2, _profile(**{**DANAS, "page": "https://evil.example/@kestrel77"}, **other))
    assert found.group == {2}, what
    assert found.review is not None, what


def test_an_impostor_who_comes_first_is_not_joined_by_the_one_they_copy():
    book = Book(SHIPPED, Counts())
    book.add(1, _profile(name="Dana Whitfield", page="https://evil.example/@d", link="https://dana.example"))
    book.add(2, _profile(name="Dana Whitfield", page="https://a.example/@d", **HELD))
    real = book.add(3, _profile(name="Dana Whitfield", page="https://b.example/@d", **HELD))
    assert real.group == {2, 3}


def test_a_page_that_a_whole_team_holds_joins_none_of_them():
    book = Book(SHIPPED, Counts())
    for n, name in enumerate(("Ada Cole", "Ben Dorn", "Cleo East", "Dov Frey", "Eva Gill", "Finn Hope", "Ada Cole")):
        book.add(n, _profile(name=name, proved_link="https://acme.example/team"))
    assert {len(group) for group in book.groups.values()} == {1}


@pytest.mark.parametrize("field", ["email", "street", "handle"])
def test_who_is_numbered_otherwise_is_somebody_else(field):
    said = {"email": "dana{}@acme.example", "street": "{} Mill Lane", "handle": "@dana.smith{}"}[field]
    book = Book(SHIPPED, Counts())
    for n in range(1, 13):
        book.add(n, _profile(name=f"Dana{n} Smith", employer="Acme", **{field: said.format(n)}))
    assert {len(group) for group in book.groups.values()} == {1}


def test_namesakes_who_work_in_one_house_are_for_a_person_to_judge():
    _, found = _book({"name": "Dana Smith", "employer": "Acme"}, {"name": "Dana Smith", "employer": "Acme"})
    assert (found[1].joined, found[1].review is not None) == ([], True)


def test_a_customer_number_finds_its_customer():
    _, found = _book(
        {"name": "Dana Whitfield", "customer_number": "AC-77120"}, {"name": "D Whitfield", "customer_number": "ac 77120"}
    )
    assert found[1].group == {1, 2}


def test_a_shared_mailbox_is_worth_nothing_however_many_share_it():
    book = Book(SHIPPED, Counts())
    names = (
        "Ada Cole",
        "Ben Dorn",
        "Cleo East",
        "Dov Frey",
        "Eva Gill",
        "Finn Hope",
        "Gia Ives",
        "Hal Jones",
        "Ida Kerr",
        "Jon Lark",
    )
    for n, name in enumerate(names):
        book.add(n, _profile(name=name, email="desk@acme.example", employer="Acme"))
    assert {len(group) for group in book.groups.values()} == {1}
    assert book.counts.is_hub("email", "desk@acme.example")
    again = _judged({"email": "desk@acme.example", "name": "X Y"}, {"email": "desk@acme.example", "name": "X Z"}, book.counts)
    assert [(p.bits, p.hub) for p in again.parts if p.field == "email"] == [(0.0, True)]


def test_a_family_at_one_address_stays_several_people():
    home = {"postcode": "s8 8ly", "city": "Sheffield", "street": "4 Mill Lane"}
    _, found = _book(
        {"name": "John Pelham", "birth_date": "1961-06-21", **home},
        {"name": "Sidney Pelham", "birth_date": "1989-05-16", **home},
        {"name": "John Pelham", "birth_date": "1961-06-21", **home},
        {"name": "Sidney Pelham", **home},
    )
    assert [sorted(f.group) for f in found] == [[1], [2], [1, 3], [2, 4]]


def test_a_newcomer_who_knows_both_brings_two_records_of_one_person_together():
    _, found = _book(
        {"name": "Dana Whitfield", "email": "dana.whitfield@example.org"},
        {"name": "Dana Whitfield", "birth_date": "1986-03-14", "postcode": "bs2 0el"},
        {"name": "Dana Whitfield", "birth_date": "1986-03-14", "postcode": "bs2 0el", "email": "dana.whitfield@example.org"},
    )
    assert [len(f.group) for f in found] == [1, 1, 3]
    assert len(found[-1].joined) == 2


def test_who_was_told_apart_stays_apart_whatever_agrees():
    book = Book(SHIPPED, Counts())
    book.be_sure(1, 2, same=False)
    book.add(1, _profile(**DANA))
    assert book.add(2, _profile(**DANA)).group == {2}
    third = book.add(3, _profile(**DANA))
    assert len(third.group) == 2
    assert not {1, 2} <= third.group


def test_an_uncertain_pair_is_for_a_person_to_judge():
    _, found = _book(
        {"name": "Dana Whitfield", "email": "dana@example.org"},
        {"name": "Nora Quist", "email": "dana@example.org", "city": "Leeds"},
    )
    _, claimed = _book({"email": "dana@example.org"}, {"email": "dana@example.org"})
    assert found[1].review is None
    assert found[1].joined == []
    assert claimed[1].review is not None
    assert claimed[1].joined == []


def test_evidence_adds_up_and_says_why():
    evidence = _judged(DANA, DANA | {"city": "Leeds"})
    parts = parts_of(evidence)
    assert sum(part["bits"] for part in parts) == pytest.approx(evidence.bits, abs=0.1)
    assert parts[-1]["field"] == "prior"
    assert why(evidence) == "They agree on date of birth, surname, postcode and given name, and differ in town."


def test_a_chain_of_pairs_is_not_a_person():
    chain = {(n, n + 1): 6.0 for n in range(1, 30)}
    assert max(map(len, gather([frozenset((n,)) for n in range(1, 31)], chain))) <= 12
    against = chain | {(n, m): -6.0 for n in range(1, 31) for m in range(n + 2, 31)}
    assert max(map(len, gather([frozenset((n,)) for n in range(1, 31)], against))) < 8


# ── What holds for any records ──────────────────────────────────────────────────────────────────────────────────────

pairs = st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda p: p[0] < p[1])
evidence = st.dictionaries(pairs, st.floats(-12, 20), max_size=30)


@given(evidence, st.lists(pairs, max_size=5), st.randoms())
def test_gathering_does_not_depend_on_the_order_and_keeps_apart(weights, apart, chance):
    alone = [frozenset((n,)) for n in range(1, 10)]
    groups = gather(alone, weights, apart=apart)
    assert sorted(m for g in groups for m in g) == list(range(1, 10))
    assert not any({a, b} <= g for g in groups for a, b in apart)
    turned = list(weights.items())
    chance.shuffle(turned)
    assert gather(reversed(alone), dict(turned), apart=reversed(apart)) == groups


@given(evidence, st.sets(st.integers(1, 9), min_size=2, max_size=4))
def test_a_group_that_is_given_is_never_split(weights, given_group):
    groups = gather([frozenset(given_group), *(frozenset((n,)) for n in range(1, 10) if n not in given_group)], weights)
    assert any(given_group <= g for g in groups)


texts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
records = st.dictionaries(st.sampled_from(FIELDS), texts, max_size=6)


@settings(max_examples=60)
@given(st.lists(records, max_size=8))
def test_any_text_can_be_said_and_everybody_is_in_one_group(said):
    book, _ = _book(*said)
    assert all(m in group for m, group in book.groups.items())
    assert all(book.groups[o] == group for group in book.groups.values() for o in group)


@given(records, records)
def test_evidence_is_the_same_from_either_side(one, other):
    left, right = _profile(**one), _profile(**other)
    counts = Counts(people=100)
    assert compare(left, right, counts, SHIPPED).bits == pytest.approx(compare(right, left, counts, SHIPPED).bits)


@pytest.mark.parametrize(
    ("network", "external_id", "handle"),
    [
        ("email", "Dana.Whitfield+shop@Example.org", ""),
        ("sms", "+447700900123", ""),
        ("mastodon", "dana@a.example", "@kestrel@a.example"),
    ],
)
def test_what_one_is_found_by_at_first_sight_is_what_records_are_found_by(network, external_id, handle):
    said = said_by(network=network, external_id=external_id, handle=handle, name="Dana", profile_url="")
    at_first = keys_at_first_sight(network=network, external_id=external_id, handle=handle)
    assert at_first
    assert set(at_first) <= set(keys_of(profile_of(said)))


def test_an_anonymous_visitor_is_found_by_nothing():
    said = said_by(network="webchat", external_id="3:abc", handle="visitor 3f2", name="Visitor 3f2", profile_url="")
    assert keys_of(profile_of(said)) == keys_at_first_sight(network="webchat", external_id="3:abc", handle="visitor 3f2") == []
