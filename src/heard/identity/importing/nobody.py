"""Identities that an import introduced and that nobody needs any more."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError, Q

from heard.identity import finding
from heard.identity.models import Customer, Face, Facet, IdentityLink, Record, ReviewPair, Visit
from heard.identity.people import regroup
from heard.listening.introduce import introduced_since, send_away


class Unneeded:
    """Those of `identity_ids` that were introduced since then, never spoke, were never spoken to, and of whom nobody said a thing."""

    def __init__(self, identity_ids: Collection[int], *, since: datetime) -> None:
        found = introduced_since(identity_ids, since) if identity_ids else set()
        found -= self.judged(found)
        found -= set(Record.objects.filter(identity_id__in=found).values_list("identity_id", flat=True))
        self._ids = found - set(Visit.objects.filter(identity_id__in=found).values_list("identity_id", flat=True))

    def remove(self) -> None:
        """Runs inside the caller's `one_writer`. Whom another room needs stays, as somebody without a record."""
        if not self._ids:
            return
        homes = set(Face.objects.filter(identity_id__in=self._ids).values_list("home_id", flat=True))
        links = IdentityLink.objects.filter(Q(left_id__in=self._ids) | Q(right_id__in=self._ids), withdrawn_at=None)
        others = {i for pair in links.values_list("left_id", "right_id") for i in pair} - self._ids
        gone = self._send_away(sorted(self._ids))
        regroup(others)
        homes &= set(Customer.objects.filter(pk__in=homes).values_list("pk", flat=True)) if gone else set()
        still = Face.objects.filter(Q(customer_id__in=homes) | Q(home_id__in=homes)).values_list("customer_id", "home_id")
        Customer.objects.filter(pk__in=homes - {c for pair in still for c in pair}).delete()

    def _send_away(self, ids: list[int]) -> int:
        """All at once; where another room holds on to one of them, halves, until only that one stays."""
        try:
            with transaction.atomic():
                finding.forget(ids)
                send_away(ids)
            return len(ids)
        except ProtectedError:
            if len(ids) == 1:
                return 0
        middle = len(ids) // 2
        return self._send_away(ids[:middle]) + self._send_away(ids[middle:])

    @staticmethod
    def judged(identity_ids: Collection[int]) -> set[int]:
        """Those of whom a colleague said who they are, or are not, or how they are to be treated."""
        ids = list(identity_ids)
        said = IdentityLink.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids)).exclude(author=None)
        decided = ReviewPair.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids)).exclude(decided_by=None)
        pairs = [*said.values_list("left_id", "right_id"), *decided.values_list("left_id", "right_id")]
        treated = set(Facet.objects.filter(identity_id__in=ids).values_list("identity_id", flat=True))
        return ({i for pair in pairs for i in pair} | treated) & set(ids)
