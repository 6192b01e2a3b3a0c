"""Who somebody is, whole: what an export holds and an erasure takes."""

from django.db.models import Q

from heard.governance import archive
from heard.governance.permissions import Viewer
from heard.identity.models import Face
from heard.identity.selectors import visible_customers
from heard.kernel.holdings import Scope


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
