"""Identities that nobody has heard yet: another system told of them, by a number of its own, an address or a visitor's key."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from heard.kernel import bulk
from heard.listening.models import ConsentWord, Identity, Interaction, Reaction

FIELDS = ["id", "network", "external_id", "name", "first_seen_at", "profile_at"]


def introduce(names: Mapping[tuple[str, str], str], *, at: datetime) -> tuple[dict[tuple[str, str], int], set[int]]:
    """({(network, external id): identity}, those that are new). `names`: what each is called, "" for nothing known.

    Those that are here already are left as they are. Runs inside the caller's `one_writer`. A constant number of queries.
    """
    found = {key: row[0] for key, row in bulk.existing(Identity, ["network", "external_id"], names, ["id"]).items()}
    missing = [key for key in names if key not in found]
    new = dict(zip(missing, bulk.reserve_ids(Identity, len(missing)), strict=True))
    rows = [[id_, *key, names[key][:200], at, at] for key, id_ in new.items()]
    defaults = {"handle": "", "profile_url": "", "avatar_url": "", "verified": False, "is_ours": False}
    bulk.insert(Identity, [*FIELDS, *defaults], [[*row, *defaults.values()] for row in rows])
    return found | new, set(new.values())


def call(rows: Sequence[tuple[int, str]]) -> None:
    """Give these identities another name. `rows`: (identity, name)."""
    bulk.update(Identity, "id", ["name"], [[id_, name[:200]] for id_, name in rows])


def send_away(identity_ids: Collection[int]) -> None:
    """Identities that were only introduced are gone, with what they allowed. The caller asked every room before whether it needs
    one of them (holdings.without_a_trace_elsewhere): nothing is followed here, and the store refuses the whole transaction where
    something still points to one."""
    bulk.delete(Reaction, "identity_id", identity_ids)
    bulk.delete(ConsentWord, "identity_id", identity_ids)
    bulk.delete(Identity, "id", identity_ids)


def known(identity_ids: Collection[int]) -> set[int]:
    """Those that are still here."""
    return set(Identity.objects.filter(id__in=bulk.among(identity_ids)).values_list("id", flat=True))


def introduced_since(identity_ids: Collection[int], since: datetime) -> set[int]:
    """Those that nobody knew before that moment, and that have not said a word."""
    silent = ~Exists(Interaction.objects.filter(identity=OuterRef("pk")))
    return set(
        Identity.objects.filter(silent, id__in=bulk.among(identity_ids), first_seen_at__gte=since).values_list("id", flat=True)
    )
