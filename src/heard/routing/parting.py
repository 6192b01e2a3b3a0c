"""People who were held to be one and are not: what the one said in the conversation of the other goes back to its own.

Threading goes on with a customer's conversation whichever of their addresses they use. When a reason to believe that two are one
is taken back, that belief has left traces: voices, answers, cases. Everybody gets theirs again, and whoever was answered only by
words to somebody else waits again.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from heard.governance import audit
from heard.governance.permissions import HEARD
from heard.identity import selectors as identity
from heard.kernel import bulk, outbox
from heard.kernel.clock import now
from heard.routing.cases import case_for, drop_empty_case
from heard.routing.models import Case, Conversation, Disposition, Entry, Participant, ThreadRef
from heard.routing.route import stop_idle_clocks
from heard.routing.rules.matter import Matter, bare_subject, same_matter
from heard.routing.rules.parting import Said, leaving, unanswered
from heard.routing.slots import addressees
from heard.routing.summary import refresh
from heard.understanding import selectors as understanding

Outcome = Disposition.Outcome
ELSEWHERE = "Our answer went to somebody who was held to be the same person."


def part(identity_ids: Iterable[int]) -> None:
    """In no conversation of these identities does anybody stand whom only a mistaken belief brought there. May be repeated.

    Whoever opened it and whoever was let in for themselves stays, with all their faces. Tells "conversation.parted".
    """
    with bulk.one_writer():
        for conversation_id, groups in _mixed(identity_ids).items():
            for identities in groups:
                _take_out(Conversation.objects.get(pk=conversation_id), identities)


class _Guest(NamedTuple):
    conversation_id: int
    opener_id: int
    identity_id: int
    in_own_right: bool

    @property
    def belongs(self) -> bool:
        return self.in_own_right or self.identity_id == self.opener_id


def _mixed(identity_ids: Iterable[int]) -> dict[int, list[frozenset[int]]]:
    """{conversation: the identities of each customer of whom nobody belongs there}."""
    theirs = Participant.objects.filter(identity_id__in=bulk.among(identity_ids)).values("conversation_id")
    columns = ("conversation_id", "conversation__opener_id", "identity_id", "in_own_right")
    guests = [_Guest(*row) for row in Participant.objects.filter(conversation_id__in=theirs).values_list(*columns)]
    customers = identity.customers_of({g.identity_id for g in guests})
    groups: dict[int, dict[int, list[_Guest]]] = {}
    for guest in guests:
        if (customer_id := customers.get(guest.identity_id)) is not None:
            groups.setdefault(guest.conversation_id, {}).setdefault(customer_id, []).append(guest)
    strangers = {
        conversation_id: [found for _, found in sorted(by_customer.items()) if not any(g.belongs for g in found)]
        for conversation_id, by_customer in groups.items()
    }
    return {id_: [frozenset(g.identity_id for g in found) for found in there] for id_, there in strangers.items() if there}


def _take_out(conversation: Conversation, identities: frozenset[int]) -> None:
    story = _story(conversation.pk)
    gone = leaving(story, identities)
    Participant.objects.filter(conversation=conversation, identity_id__in=identities).delete()
    into = _goes_to(conversation, gone, identities) if gone else None
    if into is not None:
        ids = [s.interaction_id for s in gone]
        Entry.objects.filter(interaction_id__in=ids).update(conversation_id=into)
        _take_refs_along(conversation.pk, into, gone)
        _let_in(into, gone, identities)
        touched = _take_cases_along(conversation.pk, into, gone)
        touched |= _wait_again(conversation.pk) | _wait_again(into)
        stop_idle_clocks(touched, now())
        audit.note(HEARD, "conversation.part", "conversation", conversation.pk, into=into, interactions=ids)
        outbox.tell("conversation.parted", conversation_id=conversation.pk, into_id=into, identity_ids=sorted(identities))
        refresh([into])
    refresh([conversation.pk])


def _story(conversation_id: int) -> list[Said]:
    fields = ("identity_id", "direction", "external_id", "parent_ref", "occurred_at")
    entries = Entry.objects.filter(conversation_id=conversation_id)
    rows = entries.values_list("interaction_id", "towards_id", *(f"interaction__{field}" for field in fields))
    ours = {id_: towards for id_, towards, _, direction, *_ in rows if direction == "outbound"}
    for know in addressees:
        ours |= know(list(ours))
    return [Said(id_, ours.get(id_) if id_ in ours else who, id_ in ours, *more) for id_, _, who, _, *more in rows]


def _goes_to(conversation: Conversation, gone: Sequence[Said], identities: frozenset[int]) -> int:
    """The conversation that they would have gone on with, had nobody been mistaken; a new one where there is none."""
    first = next((said for said in gone if not said.is_ours), gone[0])
    verdict = understanding.gists([first.interaction_id]).get(first.interaction_id)
    matter = Matter(frozenset(verdict.kinds if verdict else ()), bare_subject(conversation.subject), first.occurred_at)
    customers = set(identity.customers_of(identities).values())
    faces = {i for theirs in identity.identities_of(customers).values() for i in theirs}
    opened = Conversation.objects.filter(opener_id__in=bulk.among(faces), channel_team_id=conversation.channel_team_id)
    others = opened.exclude(pk=conversation.pk)
    warm = [c for c in others if same_matter(Matter(frozenset(c.kinds), bare_subject(c.subject), c.last_at), matter)]
    if warm:
        return max(warm, key=lambda c: (c.last_at, c.pk)).pk
    new = Conversation.objects.create(
        opener_id=first.whose or min(identities),
        assignee_id=conversation.assignee_id,
        channel_team_id=conversation.channel_team_id,
        team_id=conversation.channel_team_id,
        subject=conversation.subject,
        started_at=gone[0].occurred_at,
        last_at=gone[-1].occurred_at,
    )
    return new.pk


def _take_refs_along(from_id: int, into: int, gone: Sequence[Said]) -> None:
    """Whatever the network says about these messages leads to where they are now."""
    refs = [said.external_id[:500] for said in gone]
    theirs = ThreadRef.objects.filter(conversation_id=from_id, ref__in=refs)
    rows = [[account_id, ref, into] for account_id, ref in theirs.values_list("account_id", "ref")]
    bulk.insert(ThreadRef, ["account_id", "ref", "conversation_id"], rows, ignore_conflicts=True)
    theirs.delete()


def _let_in(into: int, gone: Sequence[Said], identities: frozenset[int]) -> None:
    since: dict[int, object] = {}
    for said in gone:
        if said.whose in identities:
            since.setdefault(said.whose, said.occurred_at)  # type: ignore[arg-type]
    opener_id = Conversation.objects.values_list("opener_id", flat=True).get(pk=into)
    rows = [[into, i, at, i == opener_id] for i, at in since.items()]
    bulk.insert(Participant, ["conversation_id", "identity_id", "since", "in_own_right"], rows, ignore_conflicts=True)


def _take_cases_along(from_id: int, into: int, gone: Sequence[Said]) -> set[int]:
    """Cases that are theirs alone go with them; of those that are shared they get their own. Returns the cases on either side."""
    ids = {said.interaction_id for said in gone}
    moments = {said.occurred_at for said in gone if not said.is_ours}
    held = Disposition.objects.filter(case__conversation_id=from_id).values_list("id", "interaction_id", "case_id")
    theirs: dict[int, list[int]] = {}
    kept: set[int] = set()
    for id_, interaction_id, case_id in held:
        if interaction_id in ids:
            theirs.setdefault(case_id, []).append(id_)
        else:
            kept.add(case_id)
    touched: set[int] = set()
    for case in Case.objects.filter(conversation_id=from_id).select_related("conversation"):
        if case.pk in kept and case.pk not in theirs:
            continue
        if case.pk not in kept and (case.pk in theirs or case.opened_at in moments):
            touched |= {case.pk, _take_whole(case, into, theirs.get(case.pk, []))}
        elif case.pk in theirs:
            touched |= {case.pk, _take_share(case, into, theirs[case.pk])}
    return touched


def _take_whole(case: Case, into: int, dispositions: Collection[int]) -> int:
    """Two open cases of one kind in one conversation become one."""
    there = Case.objects.filter(conversation_id=into, kind=case.kind, state=Case.State.OPEN).first()
    if case.state == Case.State.OPEN and there is not None:
        Disposition.objects.filter(id__in=dispositions).update(case=there)
        drop_empty_case(case.pk, now())
    Case.objects.filter(pk=case.pk).update(conversation_id=into)
    return there.pk if there else case.pk


def _take_share(case: Case, into: int, dispositions: Collection[int]) -> int:
    theirs = Disposition.objects.filter(id__in=dispositions)
    if case.state == Case.State.OPEN:
        since = min(theirs.values_list("interaction__occurred_at", flat=True))
        own = case_for(into, case.kind, case.urgency, since, (case.reasons or [""])[0])
    else:
        own = Case.objects.create(
            conversation_id=into,
            kind=case.kind,
            queue_id=case.queue_id,
            state=case.state,
            assignee_id=case.assignee_id,
            urgency=case.urgency,
            reasons=case.reasons,
            opened_at=case.opened_at,
            resolved_at=case.resolved_at,
        )
    theirs.update(case=own)
    return own.pk


def _wait_again(conversation_id: int) -> set[int]:
    """Whoever counts as answered, and has no word of ours left to be answered by, waits; since the moment they spoke."""
    story = _story(conversation_id)
    answered = Disposition.objects.filter(
        outcome=Outcome.ANSWERED, interaction_id__in=bulk.among(s.interaction_id for s in story)
    )
    said = dict(answered.values_list("interaction_id", "interaction__occurred_at"))
    found: set[int] = set()
    for disposition in answered.filter(interaction_id__in=unanswered(story, said)).select_related("case"):
        kind, urgency = (disposition.case.kind, disposition.case.urgency) if disposition.case else ("support", 1)
        case = case_for(conversation_id, kind, urgency, said[disposition.interaction_id], ELSEWHERE)
        Disposition.objects.filter(pk=disposition.pk).update(
            outcome=Outcome.WAITING, why=ELSEWHERE, case=case, member=None, decided_at=now()
        )
        found.add(case.pk)
    return found
