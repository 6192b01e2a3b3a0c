"""What a colleague may say about who is who. Every belief can be taken back exactly."""

from datetime import timedelta

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.identity import finding, review
from heard.identity.models import Customer, Facet, IdentityLink, ReviewPair
from heard.identity.people import regroup
from heard.identity.selectors import identities_of, sees_identities, visible_customers
from heard.kernel import bulk, stream
from heard.kernel.clock import now

Kind = IdentityLink.Kind
Decision = ReviewPair.Decision
LATER = timedelta(days=7)  # until a pair that was put off is asked about again


class CannotLink(Exception):
    """These two cannot be linked; the text says why. Nothing was changed."""


class NotSeen(CannotLink):
    """The viewer may not read what one of them said."""


class Judged(CannotLink):
    """Somebody judged this pair in the meantime. What they said stands."""


def link(viewer: Viewer, identity_id: int, other_id: int, *, why: str = "") -> int:
    """Say that two identities are the same person. An earlier "different" about this pair is withdrawn. Returns the reason's id."""
    return _say(viewer, identity_id, other_id, kind=Kind.SAID_SAME, instead_of=Kind.SAID_DIFFERENT, why=why)


def say_different(viewer: Viewer, identity_id: int, other_id: int, *, why: str = "") -> int:
    """Say that two identities are different people; whatever is found later, they stay apart. Returns the reason's id."""
    return _say(viewer, identity_id, other_id, kind=Kind.SAID_DIFFERENT, instead_of=Kind.SAID_SAME, why=why)


def unlink(viewer: Viewer, link_id: int) -> None:
    """Take a reason back; everyone has the customer again that they had without it. May be repeated.

    A pair that was judged so waits for a judgement again.
    """
    viewer.check("customer.link")
    with bulk.one_writer():
        reason = IdentityLink.objects.get(pk=link_id)
        _check_sees(viewer, reason.left_id, reason.right_id)
        if reason.withdrawn_at is None:
            IdentityLink.objects.filter(pk=link_id).update(withdrawn_at=now(), withdrawn_by_id=viewer.member_id)
            if reason.kind in _DECISION:
                _say_again_what_it_replaced(reason)
        _tell(viewer, "customer.unlink", reason.left_id, reason.right_id, link_id)


def decide(viewer: Viewer, pair_id: int, decision: str, *, why: str = "") -> int | None:
    """Judge a pair of the review queue: same, different, or later. Returns the id of the reason, none for later.

    Raises ReviewPair.DoesNotExist, Judged when another was quicker, CannotLink when somebody told the two apart elsewhere.
    """
    viewer.check("customer.link")
    with bulk.one_writer():
        pair = ReviewPair.objects.select_related("decided_by").get(pk=pair_id)
        _check_sees(viewer, pair.left_id, pair.right_id)
        if pair.decision not in ("", Decision.LATER):
            who = pair.decided_by.name if pair.decided_by else "Heard"
            raise Judged(f"{who} settled this meanwhile: {Decision(pair.decision).label}.")
        if decision == Decision.SAME:
            return link(viewer, pair.left_id, pair.right_id, why=why)
        if decision == Decision.DIFFERENT:
            return say_different(viewer, pair.left_id, pair.right_id, why=why)
        if decision != Decision.LATER:
            raise CannotLink("Say same, different or later.")
        review.put_off(pair_id, member_id=viewer.member_id, until=now() + LATER)
        audit.note(viewer, "customer.judge_later", "review_pair", pair_id, identities=[pair.left_id, pair.right_id])
    return None


def take_back(viewer: Viewer, pair_id: int) -> None:
    """What was said about a pair of the review queue is taken back; the pair waits again. May be repeated."""
    viewer.check("customer.link")
    with bulk.one_writer():
        pair = ReviewPair.objects.get(pk=pair_id)
        _check_sees(viewer, pair.left_id, pair.right_id)
        said = IdentityLink.objects.filter(left=pair.left_id, right=pair.right_id, withdrawn_at=None)
        for link_id in said.filter(kind__in=[Kind.SAID_SAME, Kind.SAID_DIFFERENT]).values_list("id", flat=True):
            unlink(viewer, link_id)
        review.reopen(pair.left_id, pair.right_id)
        audit.note(viewer, "customer.judge_again", "review_pair", pair_id)


def treat_face(viewer: Viewer, identity_id: int, *, never_link: bool, audience: str = "", tone: str = "") -> None:
    """How one face of somebody is treated in front of others. Holds for this face alone, whoever it turns out to belong to."""
    viewer.check("customer.link")
    with transaction.atomic():
        _check_sees(viewer, identity_id)
        words = {"audience": audience.strip()[:120], "tone": tone.strip()[:120]}
        about = {"never_link": never_link, **words, "set_by_id": viewer.member_id, "set_at": now()}
        Facet.objects.update_or_create(identity_id=identity_id, defaults=about)
        audit.note(viewer, "customer.treat_face", "identity", identity_id, never_link=never_link)


def rename(viewer: Viewer, customer_id: int, *, name: str) -> None:
    """Raises Customer.DoesNotExist for one whom the viewer cannot see."""
    viewer.check("customer.link")
    with transaction.atomic():
        customer = visible_customers(viewer).get(pk=customer_id)
        Customer.objects.filter(pk=customer.pk).update(name=name.strip()[:200])
        finding.renew(identities_of([customer_id]).get(customer_id, ()))
        audit.note(viewer, "customer.rename", "customer", customer_id)


TOLD_APART = "A colleague said that these are different people, or somebody known to be one of them. Take that back first."
_DECISION = {Kind.SAID_SAME: Decision.SAME, Kind.SAID_DIFFERENT: Decision.DIFFERENT}


def _say(viewer: Viewer, identity_id: int, other_id: int, *, kind: Kind, instead_of: Kind, why: str) -> int:
    viewer.check("customer.link")
    if identity_id == other_id:
        raise CannotLink("That is one and the same identity.")
    left, right = sorted((identity_id, other_id))
    with bulk.one_writer():
        _check_sees(viewer, left, right)
        pair = IdentityLink.objects.filter(left_id=left, right_id=right, withdrawn_at=None)
        replaced = pair.filter(kind=instead_of).values_list("id", flat=True).first()
        reason, _ = pair.get_or_create(
            left_id=left,
            right_id=right,
            kind=kind,
            withdrawn_at=None,
            defaults={"why": why.strip(), "author_id": viewer.member_id, "made_at": now()},
        )
        if replaced is not None:
            gone = IdentityLink.objects.filter(pk=replaced)
            gone.update(withdrawn_at=now(), withdrawn_by_id=viewer.member_id, replaced_by=reason)
        review.judged(left, right, _DECISION[kind], member_id=viewer.member_id)
        customers = _tell(viewer, f"customer.{'link' if kind == Kind.SAID_SAME else 'say_different'}", left, right, reason.pk)
        if kind == Kind.SAID_SAME and customers[left] != customers[right]:
            raise CannotLink(TOLD_APART)
    return reason.pk


def _say_again_what_it_replaced(reason: IdentityLink) -> None:
    """The word about the pair that this one took the place of stands again; without one, the pair waits for a judgement."""
    before = IdentityLink.objects.filter(replaced_by=reason).first()
    if before is None:
        review.reopen(reason.left_id, reason.right_id)
        return
    IdentityLink.objects.filter(pk=before.pk).update(withdrawn_at=None, withdrawn_by=None, replaced_by=None)
    review.judged(reason.left_id, reason.right_id, _DECISION[Kind(before.kind)], member_id=before.author_id)


def _tell(viewer: Viewer, verb: str, left: int, right: int, link_id: int) -> dict[int, int]:
    customers = regroup({left, right})
    audit.note(viewer, verb, "customer", customers[left], link_id=link_id, identities=[left, right])
    stream.publish(stream.News("customer", {"ids": sorted(set(customers.values()))}))
    return customers


def _check_sees(viewer: Viewer, *identity_ids: int) -> None:
    """A pair is judged only by someone who may read what both of them said."""
    if not sees_identities(viewer, identity_ids):
        raise NotSeen("You cannot see everything these two said, so you cannot judge whether they are one person.")
