"""What a colleague may say about who is who. Every belief can be taken back exactly."""

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.identity.models import Customer, IdentityLink
from heard.identity.people import regroup
from heard.identity.selectors import sees_identities, visible_customers
from heard.kernel import bulk, stream
from heard.kernel.clock import now

Kind = IdentityLink.Kind


class CannotLink(Exception):
    """These two cannot be linked; the text says why. Nothing was changed."""


def link(viewer: Viewer, identity_id: int, other_id: int, *, why: str = "") -> int:
    """Say that two identities are the same person. An earlier "different" about this pair is withdrawn. Returns the reason's id."""
    return _say(viewer, identity_id, other_id, kind=Kind.SAID_SAME, instead_of=Kind.SAID_DIFFERENT, why=why)


def say_different(viewer: Viewer, identity_id: int, other_id: int, *, why: str = "") -> int:
    """Say that two identities are different people; whatever is found later, they stay apart. Returns the reason's id."""
    return _say(viewer, identity_id, other_id, kind=Kind.SAID_DIFFERENT, instead_of=Kind.SAID_SAME, why=why)


def unlink(viewer: Viewer, link_id: int) -> None:
    """Take a reason back; everyone has the customer again that they had without it. May be repeated."""
    viewer.check("customer.link")
    with bulk.one_writer():
        reason = IdentityLink.objects.get(pk=link_id)
        _check_sees(viewer, reason.left_id, reason.right_id)
        if reason.withdrawn_at is None:
            IdentityLink.objects.filter(pk=link_id).update(withdrawn_at=now(), withdrawn_by_id=viewer.member_id)
        _tell(viewer, "customer.unlink", reason.left_id, reason.right_id, link_id)


def rename(viewer: Viewer, customer_id: int, *, name: str) -> None:
    """Raises Customer.DoesNotExist for one whom the viewer cannot see."""
    viewer.check("customer.link")
    with transaction.atomic():
        customer = visible_customers(viewer).get(pk=customer_id)
        Customer.objects.filter(pk=customer.pk).update(name=name.strip()[:200])
        audit.note(viewer, "customer.rename", "customer", customer_id)


def _say(viewer: Viewer, identity_id: int, other_id: int, *, kind: Kind, instead_of: Kind, why: str) -> int:
    viewer.check("customer.link")
    if identity_id == other_id:
        raise CannotLink("That is one and the same identity.")
    left, right = sorted((identity_id, other_id))
    with bulk.one_writer():
        _check_sees(viewer, left, right)
        pair = IdentityLink.objects.filter(left_id=left, right_id=right, withdrawn_at=None)
        pair.filter(kind=instead_of).update(withdrawn_at=now(), withdrawn_by_id=viewer.member_id)
        reason, _ = pair.get_or_create(
            left_id=left,
            right_id=right,
            kind=kind,
            withdrawn_at=None,
            defaults={"why": why.strip(), "author_id": viewer.member_id, "made_at": now()},
        )
        _tell(viewer, f"customer.{'link' if kind == Kind.SAID_SAME else 'say_different'}", left, right, reason.pk)
    return reason.pk


def _tell(viewer: Viewer, verb: str, left: int, right: int, link_id: int) -> None:
    customers = regroup({left, right})
    audit.note(viewer, verb, "customer", customers[left], link_id=link_id, identities=[left, right])
    stream.publish(stream.News("customer", {"ids": sorted(set(customers.values()))}))


def _check_sees(viewer: Viewer, *identity_ids: int) -> None:
    """A pair is judged only by someone who may read what both of them said."""
    if not sees_identities(viewer, identity_ids):
        raise CannotLink("You cannot see everything these two said, so you cannot judge whether they are one person.")
