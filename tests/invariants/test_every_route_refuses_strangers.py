"""Threats 18, 22, 26 and 32: every route of the house, walked by a stranger, by the wrong team, and by GET.

A new route is walked as soon as it has an address. One with a parameter that nobody knows here fails until it is told what
the parameter means.
"""

import re
from typing import NamedTuple

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

# Doors for strangers beside those whose view says `is_public`, each with the reason.
OPEN_BY_NATURE = {
    "accounts/login/": "sign-in itself",
    "accounts/inactive/": "says only that one cannot sign in",
    "api/v1/openapi.json": "the description of the interface, the same for every house",
    "api/v1/docs": "the same description, to read",
}
LEAVES_A_TRACE = {"accounts/logout/": "ends the session of whoever walks"}


class Route(NamedTuple):
    pattern: str
    parameters: tuple[str, ...]
    is_public: bool

    def __str__(self) -> str:
        return self.pattern


def _routes(resolver, prefix: str = ""):
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, pattern)
        elif isinstance(entry, URLPattern):
            yield Route(pattern, tuple(entry.pattern.converters), getattr(entry.callback, "is_public", False))


ROUTES = sorted(set(_routes(get_resolver())))
BEHIND_THE_DOOR = [r for r in ROUTES if not r.is_public and r.pattern not in OPEN_BY_NATURE]
# What a form of any page may ask for, so that it is permission that refuses and not an empty field.
FILLED_IN = {
    "text": "hello",
    "why": "because",
    "kind": "support",
    "outcome": "handled",
    "field": "sentiment",
    "value": "positive",
    "mode": "reply",
    "version": "0",
    "name": "x",
    "role": "agent",
    "theme": "dark",
    "on": "no",
    "request_key": "k-1",
    "url": "https://eve.example",
    "events": "case.opened",
    "decision": "same",
    "purpose": "offers",
    "channel": "wire",
    "how": "on the phone",
}
OF_A_TEAM = {
    "account_id",
    "customer_id",
    "conversation_id",
    "identity_id",
    "pair_id",
    "interaction_id",
    "attachment_id",
    "delivery_id",
    "utterance_id",
    "promise_id",
    "case_id",
    "example_id",
    "proposal_id",
}


def address(route: Route, values: dict) -> str:
    unknown = set(route.parameters) - set(values)
    assert not unknown, f"{route} has {unknown}: tell tests/invariants what that is"
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), route.pattern)


@pytest.fixture
def of_sales(world, ada, sales):
    """What each parameter is when it points to something that only Sales may see."""
    from heard.governance.models import WebhookEndpoint
    from heard.identity.models import Face, IdentityLink, ReviewPair
    from heard.kernel import clock
    from heard.listening.models import ApiToken, Interaction
    from heard.routing.models import Case, Conversation, Entry, Hours

    voice = Interaction.objects.get(external_id="b-1")
    conversation = Entry.objects.get(interaction=voice).conversation
    Conversation.objects.filter(pk=conversation.pk).update(team=sales)
    eve = Face.objects.get(customer=world.eve).identity_id
    left, right = sorted((voice.identity_id, eve))
    pair = ReviewPair.objects.create(left_id=left, right_id=right, weight=1.0, weights_version="t", found_at=clock.now())
    link = IdentityLink.objects.create(left_id=left, right_id=right, kind="said_different", made_at=clock.now(), author=ada)
    endpoint = WebhookEndpoint.objects.create(
        url="https://shop.example", name="Zanzibar", events=["case.opened"], sealed_secrets=""
    )
    return {
        "account_id": world.sales_only,
        "customer_id": world.bid,
        "conversation_id": conversation.pk,
        "interaction_id": voice.pk,
        "attachment_id": world.sales_attachment,
        "delivery_id": world.sales_poison,
        "monitor_id": world.monitor,
        "queue_id": world.queue,
        "hours_id": Hours.objects.create(name="Zanzibar hours", zone="UTC", week=[[[0, 1440]]] * 7).pk,
        "case_id": Case.objects.get(conversation=conversation).pk,
        "member_id": ada.pk,
        "team_id": sales.pk,
        "endpoint_id": endpoint.pk,
        "link_id": link.pk,
        "pair_id": pair.pk,
        "identity_id": voice.identity_id,
        **_answered(voice, conversation, ada, world.sales_only),
        "token_id": ApiToken.objects.create(account_id=world.sales_only, name="t", sha256="0" * 64, expires_at=clock.now()).pk,
        "invitation_id": 1,
        "erasure_id": 1,
        **_sorted_under(voice),
        **_brought_by(ada, sales),
        "token": "no-such-token",
        "kind": "log",
        "slug": "contact",
        "group": "public",
        "reference": "AAAA-AAAA",
        "external_id": "b-1",
        "field": "sentiment",
        "version": 1,
        "number": 1,
    }


def _answered(voice, conversation, ada, account_id: int) -> dict[str, int]:
    """A reply that failed on its way, and what was promised."""
    from heard.engagement.models import Promise, Reply, Utterance
    from heard.kernel import clock

    reply = Reply.objects.create(
        conversation=conversation,
        member=ada,
        account_id=account_id,
        to_id=voice.identity_id,
        text="Our Zanzibar price",
        visibility="private",
        written_at=clock.now(),
        request_key="r-1",
    )
    utterance = Utterance.objects.create(
        reply=reply, part={"text": "Our Zanzibar price"}, idem="u-1", state="failed", due_at=clock.now()
    )
    promise = Promise.objects.create(
        conversation=conversation,
        reply=reply,
        to_id=voice.identity_id,
        author=ada,
        what="Our Zanzibar price by Thursday",
        due_at=clock.now(),
        first_due_at=clock.now(),
        state="open",
        made_at=clock.now(),
    )
    return {"utterance_id": utterance.pk, "reply_id": reply.pk, "promise_id": promise.pk}


def _sorted_under(voice) -> dict[str, int]:
    """A topic, a theme and a group in which the voice stands."""
    from heard.kernel import clock
    from heard.routing.models import Copy, DuplicateGroup, Likeness
    from heard.understanding.models import ProposedVoice, Topic, TopicExample, TopicProposal

    topic = Topic.objects.create(name="Prices", made_at=clock.now())
    example = TopicExample.objects.create(topic=topic, interaction=voice, belongs=True, said_at=clock.now())
    proposal = TopicProposal.objects.create(made_at=clock.now())
    ProposedVoice.objects.create(proposal=proposal, interaction=voice, place=0)
    group = DuplicateGroup.objects.create(is_shared=True)
    likeness = Likeness.objects.create(near=1, day=1, key1=1, key2=1, key3=1, key4=1, group=group)
    Copy.objects.create(interaction=voice, likeness=likeness)
    return {"topic_id": topic.pk, "example_id": example.pk, "proposal_id": proposal.pk, "group_id": group.pk}


def _brought_by(ada, sales) -> dict[str, int]:
    """An import, and a site whose visits are told."""
    from heard.identity.models import ImportBatch, ImportJob, Site
    from heard.kernel import clock

    about = {"team": sales, "source": "zanzibar", "kind": "contact", "file_name": "Zanzibar offer.csv", "started_at": clock.now()}
    batch = ImportBatch.objects.create(**about, state="done")
    job = ImportJob.objects.create(batch=batch, member=ada, team=sales, name="Zanzibar offer.csv", asked_at=clock.now())
    site = Site.objects.create(key="zanzibar", name="Zanzibar offer", origins=[], team=sales, made_at=clock.now())
    return {"batch_id": batch.pk, "job_id": job.pk, "site_id": site.pk}


def everything_stored() -> dict:
    """Every row of every table of ours."""
    ours = [m for m in apps.get_models() if m.__module__.startswith("heard.")]
    return {m.__name__: sorted(map(str, m.objects.values_list())) for m in ours}


@pytest.mark.parametrize("route", BEHIND_THE_DOOR, ids=str)
def test_a_stranger_gets_nowhere(route, of_sales, browser):
    charlie, before = browser(), everything_stored()
    for answer in (charlie.get(address(route, of_sales)), charlie.post(address(route, of_sales), FILLED_IN)):
        assert answer.status_code in (302, 401, 403, 404, 405), answer.content[:500]
        assert answer.status_code != 302 or answer["Location"].startswith(("/accounts/login/", "/accounts/password/reset/"))
    assert everything_stored() == before


@pytest.mark.parametrize("route", [r for r in BEHIND_THE_DOOR if set(r.parameters) & OF_A_TEAM], ids=str)
@pytest.mark.parametrize("who", ["vera", "alice"])
def test_what_belongs_to_another_team_is_not_there(route, who, of_sales, browser, request):
    """Vera reads and Alice answers for Care; all of this is of Sales."""
    client, before = browser(request.getfixturevalue(who)), everything_stored()
    for answer in (client.get(address(route, of_sales)), client.post(address(route, of_sales), FILLED_IN)):
        assert answer.status_code in (403, 404, 405, 409), answer.content[:500]
        assert b"Zanzibar" not in answer.content
    assert everything_stored() == before


@pytest.mark.parametrize("route", [r for r in BEHIND_THE_DOOR if not r.parameters and r.pattern not in LEAVES_A_TRACE], ids=str)
@pytest.mark.parametrize("query", ["", "?q=zanzibar", "?view=everything&q=Zanzibar"])
def test_no_page_or_fragment_names_what_belongs_to_another_team(route, query, of_sales, vera, browser):
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser(vera).get("/" + route.pattern + query, headers=headers)
        shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"Zanzibar offer" not in shown
        assert b"Bid Corp" not in shown
        assert b"Sales mailbox" not in shown


@pytest.mark.parametrize("route", [r for r in BEHIND_THE_DOOR if r.pattern not in LEAVES_A_TRACE], ids=str)
def test_looking_changes_nothing(route, of_sales, ada, browser):
    """Threat 32: no state change by GET, even for somebody who may do everything."""
    client, before = browser(ada), everything_stored()
    client.get(address(route, of_sales))
    assert everything_stored() == before


def test_there_are_routes_to_walk():
    assert len(BEHIND_THE_DOOR) > 40
