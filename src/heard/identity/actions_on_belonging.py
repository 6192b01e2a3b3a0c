"""What a colleague says about a customer beside who they are: who looks after them, where they work, whom they belong with.

It is kept under the source "heard", comes before what a file says, and is never overwritten by one. Each verb has one that undoes it.
"""

from django.utils.translation import gettext as _

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.governance.selectors import member_by_id
from heard.identity import finding
from heard.identity.belonging import HERE
from heard.identity.models import Customer, Membership, Organisation, Owner, Relation
from heard.identity.selectors import identities_of, identities_seen
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now


class CannotSay(Exception):
    """It cannot be so; the text says why. Nothing was changed."""


def look_after(viewer: Viewer, customer_id: int, member_id: int | None) -> int | None:
    """This colleague looks after them; None for nobody whom a colleague named. Returns who did before, so that saying that again
    undoes it. Raises Customer.DoesNotExist, CannotSay."""
    viewer.check("customer.link")
    seen = _seen(viewer, customer_id)
    if member_id is not None and member_by_id(member_id) is None:
        raise CannotSay(_("That colleague works here no more. Nothing was changed."))
    with one_writer():
        said = Owner.objects.filter(source=HERE, identity_id__in=identities_of([customer_id])[customer_id]).order_by("-id")
        before = said.values_list("member_id", flat=True).first()
        said.delete()
        if member_id is not None:
            Owner.objects.create(**_told(seen[0], f"owner {seen[0]}"), member_id=member_id)
        audit.note(viewer, "customer.look_after", "customer", customer_id, member=member_id, before=before)
    return before


def relate(viewer: Viewer, customer_id: int, other_id: int, *, kind: str) -> int:
    """The one belongs with the other in this way; they stay two people. Returns the id of the relation. May be repeated.
    Raises Customer.DoesNotExist, CannotSay."""
    viewer.check("customer.link")
    if kind not in Relation.Kind.values:
        raise CannotSay(_("Say how they belong together. Nothing was changed."))
    one, other = _seen(viewer, customer_id)[0], _seen(viewer, other_id)[0]
    if customer_id == other_id:
        raise CannotSay(_("Nobody is related to themselves. Nothing was changed."))
    with one_writer():
        key = f"{one} {kind} {other}"
        relation = Relation.objects.filter(source=HERE, external_id=key).first()
        relation = relation or Relation.objects.create(**_told(one, key), other_id=other, kind=kind)
        audit.note(viewer, "customer.relate", "customer", customer_id, other=other_id, kind=kind)
    return relation.pk


def unrelate(viewer: Viewer, customer_id: int, relation_id: int) -> tuple[int, str, bool]:
    """What a colleague said about these two is taken back. Returns (identity of the other, kind, whether this one was named
    first). Raises Customer.DoesNotExist, CannotSay where no colleague said it."""
    viewer.check("customer.link")
    theirs = set(_seen(viewer, customer_id))
    with one_writer():
        relation = Relation.objects.filter(pk=relation_id, source=HERE).first()
        if relation is None or not {relation.identity_id, relation.other_id} & theirs:
            raise CannotSay(_("Another system says so, or it was taken away already. Nothing was changed."))
        is_first = relation.identity_id in theirs
        other = relation.other_id if is_first else relation.identity_id
        relation.delete()
        audit.note(viewer, "customer.unrelate", "customer", customer_id, other=other, kind=relation.kind)
    return other, relation.kind, is_first


def employ(viewer: Viewer, customer_id: int, name: str, *, title: str = "") -> int:
    """They belong to this organisation, which is made when it is new. Returns the id of the membership. May be repeated.
    Raises Customer.DoesNotExist, CannotSay."""
    viewer.check("customer.link")
    identity_id, name = _seen(viewer, customer_id)[0], " ".join(name.split())
    if not name or len(name) > 200:
        raise CannotSay(_("Say what the organisation is called, in at most 200 letters."))
    with one_writer():
        organisation, _made = Organisation.objects.get_or_create(name=name)
        said = _told(identity_id, f"{identity_id} in {organisation.pk}")
        key = {"source": HERE, "external_id": said["external_id"]}
        about = {"organisation": organisation, "title": title.strip()[:120]}
        membership, _made = Membership.objects.update_or_create(**key, defaults=said | about)
        finding.renew([identity_id])
        audit.note(viewer, "customer.employ", "customer", customer_id, organisation=organisation.pk)
    return membership.pk


def leave(viewer: Viewer, customer_id: int, membership_id: int) -> tuple[str, str]:
    """What a colleague said about where they work is taken back. Returns (organisation, title). Raises Customer.DoesNotExist,
    CannotSay where no colleague said it."""
    viewer.check("customer.link")
    theirs = _seen(viewer, customer_id)
    with one_writer():
        said = Membership.objects.select_related("organisation").filter(pk=membership_id, source=HERE, identity_id__in=theirs)
        membership = said.first()
        if membership is None:
            raise CannotSay(_("Another system says so, or it was taken away already. Nothing was changed."))
        membership.delete()
        finding.renew([membership.identity_id])
        audit.note(viewer, "customer.leave", "customer", customer_id, organisation=membership.organisation_id)
    return membership.organisation.name, membership.title


def _seen(viewer: Viewer, customer_id: int) -> list[int]:
    """Identities of a customer, the oldest first. Raises Customer.DoesNotExist for somebody whom the viewer may not know."""
    found = sorted(identities_seen(viewer, [customer_id]).get(customer_id, []))
    if not found:
        raise Customer.DoesNotExist
    return found


def _told(identity_id: int, key: str) -> dict:
    return {"source": HERE, "external_id": key, "identity_id": identity_id, "digest": "", "told_at": now()}
