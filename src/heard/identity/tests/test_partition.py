"""Who is one person, computed from the reasons that stand."""

from hypothesis import given
from hypothesis import strategies as st

from heard.identity.rules.certain import certain_key
from heard.identity.rules.grounds import stands_alone
from heard.identity.rules.partition import Reason, partition, weights_of
from heard.identity.rules.survivor import Standing, survivor

PEOPLE = range(1, 9)
pairs = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda p: p[0] < p[1])
ledgers = st.lists(st.tuples(pairs, st.sampled_from(["said_same", "same_address", "said_different"])), max_size=14).map(
    lambda rows: [Reason(n, *pair, kind) for n, (pair, kind) in enumerate(rows, 1)]
)


def _group_of(groups, member):
    return next(g for g in groups if member in g)


def test_one_address_on_two_networks_is_one_person():
    groups, overruled = partition([1, 2, 3], [Reason(1, 1, 2, "same_address")])
    assert groups == [frozenset({1, 2}), frozenset({3})]
    assert overruled == []


def test_a_colleague_who_says_different_is_believed_over_an_address():
    groups, overruled = partition([1, 2], [Reason(1, 1, 2, "same_address"), Reason(2, 1, 2, "said_different")])
    assert groups == [frozenset({1}), frozenset({2})]
    assert [r.id for r in overruled] == [1]


@given(ledgers, st.randoms())
def test_different_people_are_never_joined_and_the_order_of_reading_does_not_matter(ledger, chance):
    groups, overruled = partition(PEOPLE, ledger)
    assert sorted(m for g in groups for m in g) == list(PEOPLE)
    apart = [r for r in ledger if r.kind == "said_different"]
    assert all(_group_of(groups, r.left) != _group_of(groups, r.right) for r in apart)
    believed = [r for r in ledger if r.kind != "said_different" and r not in overruled]
    assert all(_group_of(groups, r.left) == _group_of(groups, r.right) for r in believed)
    shuffled = list(ledger)
    chance.shuffle(shuffled)
    assert partition(reversed(PEOPLE), shuffled)[0] == groups


@given(ledgers)
def test_every_group_is_held_together_by_reasons(ledger):
    groups, overruled = partition(PEOPLE, ledger)
    edges = [(r.left, r.right) for r in ledger if r.kind != "said_different" and r not in overruled]
    for group in groups:
        reached = {min(group)}
        for _ in group:
            reached |= {b for pair in edges for a, b in (pair, pair[::-1]) if a in reached}
        assert reached == set(group)


def test_an_address_that_nobody_verified_makes_nobody_the_same():
    assert certain_key(network="email", external_id="Dana@Example.org", verified=False) == ""
    assert certain_key(network="email", external_id="Dana@Example.org", verified=True) == "email:dana@example.org"
    assert certain_key(network="sms", external_id="+4420", verified=True) == certain_key(
        network="phone", external_id="+4420", verified=True
    )
    assert certain_key(network="mastodon", external_id="dana", verified=True) == ""


def test_a_weak_bridge_between_two_crowds_joins_nobody():
    """Connected components made one person of them."""
    crowds = [(1, 2), (1, 3), (2, 3), (5, 6), (5, 7), (6, 7)]
    strong = [Reason(n, *pair, "matched", 11.0) for n, pair in enumerate(crowds)]
    groups, _ = partition([1, 2, 3, 5, 6, 7], [*strong, Reason(99, 3, 5, "matched", 1.0)])
    assert groups == [frozenset({1, 2, 3}), frozenset({5, 6, 7})]


def test_names_and_shared_values_join_nobody_by_themselves():
    name = {"field": "name", "bits": 14.0}
    mailbox = {"field": "email", "bits": 12.0, "hub": True}
    town = {"field": "city", "bits": 3.0}
    assert not stands_alone([name])
    assert not stands_alone([name, town, {"field": "prior", "bits": -9.0}])
    assert not stands_alone([mailbox])
    assert not stands_alone([mailbox, town])
    assert stands_alone([mailbox, name])
    assert stands_alone([{"field": "email", "bits": 12.0}])
    copied = [{"field": field, "bits": 9.0} for field in ("handle", "avatar_hash", "employer")]
    assert not stands_alone([name, *copied, {"field": "link", "level": "claimed", "bits": 2.0}])
    assert stands_alone([name, *copied, {"field": "link", "level": "proved", "bits": 9.0}])
    assert partition([1, 2], [Reason(1, 1, 2, "matched", 14.0, stands_alone=False)])[0] == [frozenset({1}), frozenset({2})]


def test_what_differs_weighs_although_it_is_about_a_name():
    against = Reason(2, 1, 2, "matched", -30.0, stands_alone=False)
    assert weights_of([Reason(1, 1, 2, "matched", 8.0), against]) == {(1, 2): -30.0}


def test_a_visitor_without_a_name_gives_way_to_somebody_known_however_early_they_came():
    visitor = Standing(1, 10, "webchat", "")
    known = Standing(2, 20, "email", "")
    assert survivor([visitor, known]) == 20
    assert survivor([Standing(1, 10, "webchat", "email:dana@example.org"), known]) == 10
    assert survivor([visitor, Standing(3, 30, "webchat", "")]) == 10
