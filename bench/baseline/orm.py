"""One post after another with the ORM: what a good first version of a desk does, and what many products still do.

Same tables, same assessors, same outcome for a plain post; one transaction each. No edits, no search, no live pages: what it
leaves out makes it quicker, so the ratio to it is a careful one.
"""

import json
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from heard.identity.models import Customer, Face
from heard.listening.models import ChannelAccount, Identity, Interaction
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant, Queue
from heard.routing.rules.order import due_at
from heard.understanding.assess import readings_of
from heard.understanding.models import Assessment
from heard.understanding.slots import Text


@transaction.atomic
def take(body: bytes) -> None:
    post = json.loads(body)
    if post.get("type", "said") != "said":
        return
    account, _ = ChannelAccount.objects.get_or_create(kind="api", name="Baseline")
    if Interaction.objects.filter(account=account, external_id=post["external_id"]).exists():
        return
    at, now = datetime.fromisoformat(post["occurred_at"]), timezone.now()
    identity, customer = _author(post["author"], now)
    interaction = Interaction.objects.create(
        account=account,
        external_id=post["external_id"],
        identity=identity,
        direction="inbound",
        kind="post",
        visibility="public",
        addressed=post.get("addressed", True),
        occurred_at=at,
        received_at=now,
        text=post["text"],
        extra=post.get("extra", {}),
    )
    [reading] = readings_of(
        [Text(text=post["text"], channel="api", kind="post", visibility="public", addressed=post.get("addressed", True))]
    )
    fields = ("language", "sentiment", "kinds", "answer_due", "operational", "analytical", "urgency", "private", "confidence")
    Assessment.objects.create(interaction=interaction, version=1, assessed_at=now, **{f: getattr(reading, f) for f in fields})
    if not reading.answer_due:
        Disposition.objects.create(interaction=interaction, outcome="no_answer_due", why="Asks for nothing.", decided_at=now)
        return
    case = _case(interaction, customer, reading.urgency)
    Disposition.objects.create(interaction=interaction, outcome="waiting", why="An answer is due.", case=case, decided_at=now)


def _author(author: dict, now: datetime) -> tuple[Identity, Customer]:
    known = {"handle": author.get("handle", ""), "name": author.get("name", ""), "first_seen_at": now, "profile_at": now}
    identity, made = Identity.objects.get_or_create(network=author["network"], external_id=author["id"], defaults=known)
    if made:
        customer = Customer.objects.create(name=identity.name, created_at=now)
        Face.objects.create(identity=identity, customer=customer, home=customer)
        return identity, customer
    return identity, Face.objects.select_related("customer").get(identity=identity).customer


def _case(interaction: Interaction, customer: Customer, urgency: int) -> Case:
    at = interaction.occurred_at
    participant = Participant.objects.filter(identity__in=Face.objects.filter(customer=customer).values("identity")).last()
    if participant is None:
        conversation = Conversation.objects.create(opener=interaction.identity, started_at=at, last_at=at)
        Participant.objects.create(conversation=conversation, identity=interaction.identity, since=at)
    else:
        conversation = participant.conversation
    Entry.objects.create(conversation=conversation, interaction=interaction, occurred_at=at)
    queue, _ = Queue.objects.get_or_create(name="Service", defaults={"kinds": ["support"]})
    case, _ = Case.objects.get_or_create(
        conversation=conversation, kind="support", state="open", defaults={"queue": queue, "opened_at": at}
    )
    due = due_at(started_at=at, target=queue.target, urgency=urgency)
    Clock.objects.get_or_create(case=case, stopped_at=None, defaults={"started_at": at, "due_at": due})
    Conversation.objects.filter(pk=conversation.pk).update(
        preview=interaction.text[:200], last_at=at, message_count=conversation.message_count + 1
    )
    return case
