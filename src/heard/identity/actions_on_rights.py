"""What a person may ask of us, done by a colleague: everything about them in one file, and to be erased."""

from typing import IO

from django.db.models import Q

from heard.governance import actions_on_personal_data as holds
from heard.governance import archive, audit, erasure
from heard.governance.permissions import Viewer
from heard.governance.rules.erasing import Reason
from heard.identity.models import Face
from heard.identity.selectors import visible_customers
from heard.kernel.bulk import one_writer
from heard.kernel.holdings import Scope
from heard.listening import consent
from heard.listening import selectors as listening
from heard.listening.files import open_file
from heard.listening.rules.consent import ANSWERS
from heard.listening.rules.file_names import safe_name

FILES = archive.Stored(open_file, safe_name)


class NotConfirmed(Exception):
    """Who asked did not say that they mean it. Nothing was erased."""


def person_of(viewer: Viewer, customer_id: int) -> tuple[str, Scope]:
    """What they are called, and all that they are: every address, whoever sees it. Raises Customer.DoesNotExist."""
    customer = visible_customers(viewer).get(pk=customer_id)
    faces = list(
        Face.objects.filter(customer=customer).values_list("identity_id", "home_id", "identity__name", "identity__handle")
    )
    called = customer.name or next((name or handle for *_, name, handle in faces if name or handle), f"customer {customer_id}")
    return called, Scope(sorted(i for i, *_ in faces), sorted({customer_id, *(home for _, home, *_ in faces)}))


def find_person(viewer: Viewer, asked: str) -> list[int]:
    """Customers by their number or one of their addresses, exactly."""
    there = Q(identity__external_id__iexact=asked) | Q(identity__handle__iexact=asked)
    if asked.isdigit():
        there |= Q(customer_id=int(asked))
    faces = Face.objects.filter(there, customer__in=visible_customers(viewer))
    return sorted(set(faces.values_list("customer_id", flat=True)))


def kept_about(scope: Scope) -> list[tuple[str, int]]:
    """What an export holds and an erasure takes: (what, how many), most first."""
    return archive.counted(scope)


def export_person(viewer: Viewer, customer_id: int, out: IO[bytes]) -> dict[str, int]:
    """Everything about them is in `out`, a zip. Returns {what: how many}. Raises Customer.DoesNotExist."""
    viewer.check("customer.export")
    name, scope = person_of(viewer, customer_id)
    counts = archive.write(out, name, scope, stored=FILES)
    audit.note(viewer, "customer.export", "customer", customer_id, rows=sum(counts.values()))
    return counts


def erase_person(viewer: Viewer, customer_id: int, *, reason: Reason, confirmed: bool) -> int:
    """They are on their way out of every room; see governance.erasure. Returns the id of the receipt.

    Raises Customer.DoesNotExist, NotConfirmed, and governance.holds.Held where a legal hold stands against it.
    """
    viewer.check("customer.erase")
    if not confirmed:
        raise NotConfirmed("Nothing was erased. Write the word that is asked for, so that it does not happen by mistake.")
    with one_writer():
        _, scope = person_of(viewer, customer_id)
        return erasure.begin(viewer, scope, reason=reason, suppressing=_addresses(scope)).pk


def place_hold(viewer: Viewer, customer_id: int, *, reason: str) -> None:
    """See governance: nothing of theirs goes. Raises Customer.DoesNotExist and governance.actions.Refused."""
    viewer.check("customer.hold")
    holds.place_hold(viewer, person_of(viewer, customer_id)[1].identities, reason=reason)


def lift_hold(viewer: Viewer, customer_id: int) -> None:
    viewer.check("customer.hold")
    holds.lift_hold(viewer, person_of(viewer, customer_id)[1].identities)


def _addresses(scope: Scope) -> dict[tuple[str, str], set[str]]:
    """{address: kinds of channels on which they said no}"""
    told = consent.standing_of(scope.identities)
    silent: dict[int, set[str]] = {}
    for (identity_id, kind, purpose), word in told.items():
        if purpose == ANSWERS and not word.is_given:
            silent.setdefault(identity_id, set()).add(kind)
    theirs = listening.identities(scope.identities)
    return {(i.network, i.external_id): silent.get(i.id, set()) for i in theirs.values()}
