"""How many people have a value, without those who go: matching counted them when they came."""

from collections import Counter
from collections.abc import Collection

from heard.identity.matching import PEOPLE, profiles_of
from heard.identity.models import Face, TermCount
from heard.identity.rules.matching.keys import number
from heard.kernel import bulk


def uncount(identity_ids: Collection[int]) -> None:
    """Call it while they are there. Whoever was joined later had been counted for each of the customers they were first; so a
    value may be counted too seldom after, but never stays for somebody who is gone."""
    homes = dict(Face.objects.filter(identity_id__in=identity_ids).values_list("identity_id", "home_id"))
    terms: dict[int, set[int]] = {}
    for identity_id, profile in profiles_of(homes).items():
        said = {number(f"{field}={value}") for field, value in profile.terms()}
        terms.setdefault(homes[identity_id], {PEOPLE}).update(said)
    less = Counter(term for said in terms.values() for term in said)
    counted = {term for term, _ in bulk.select(TermCount, ["term"], [(n,) for n in less], ["count"])}
    bulk.count_up(TermCount, ["term"], {(n,): -less[n] for n in counted})
    TermCount.objects.filter(term__in=counted, count__lte=0).delete()
