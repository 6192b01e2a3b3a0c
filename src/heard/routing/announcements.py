"""What other systems are told of routing: a voice was heard, a case was opened or resolved. Ids and states only."""

from collections.abc import Iterator, Sequence

from heard.governance import webhooks
from heard.governance.webhooks import Fact
from heard.listening import selectors as listening
from heard.routing.models import Case
from heard.routing.rules.triage import Decision
from heard.routing.thread import Threaded

Opened = tuple[int, str, Threaded]  # case id, kind, the voice that needed it


def announce_walk(inbound: Sequence[Threaded], decisions: dict[int, Decision], opened: Sequence[Opened]) -> None:
    """One statement where nobody asked to be told, three at most."""
    webhooks.announce(_walked(inbound, decisions, opened))


def announce_case(event: str, case: Case) -> None:
    about = {"case_id": case.pk, "kind": case.kind, "conversation_id": case.conversation_id, "queue_id": case.queue_id}
    webhooks.announce([Fact(event, about, case.conversation.team_id)])


def _walked(inbound: Sequence[Threaded], decisions: dict[int, Decision], opened: Sequence[Opened]) -> Iterator[Fact]:
    teams = listening.teams_of_accounts(_spoken(t).account_id for t in [*inbound, *(t for _, _, t in opened)])
    for t in inbound:
        about = {
            "interaction_id": t.understood.recognised.heard.interaction_id,
            "conversation_id": t.conversation_id,
            "customer_id": t.understood.recognised.customer_id,
            "account_id": _spoken(t).account_id,
            "channel": _spoken(t).account_kind,
            "outcome": decisions[t.n].outcome,
        }
        yield Fact("voice.heard", about, teams[_spoken(t).account_id], _spoken(t).event.occurred_at)
    for case_id, kind, t in opened:
        yield Fact(
            "case.opened",
            {"case_id": case_id, "kind": kind, "conversation_id": t.conversation_id},
            teams[_spoken(t).account_id],
        )


def _spoken(t: Threaded):
    return t.understood.recognised.heard.spoken
