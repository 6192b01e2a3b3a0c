"""D5: a face that is never to be linked openly is not named where others read along, and freely in private."""

import pytest

from heard.engagement import actions
from heard.engagement.models import Reply, Utterance
from heard.identity import actions as identity
from heard.kernel.clock import now
from heard.listening.models import Identity, Interaction


@pytest.fixture
def two(dana_writes, seen_by, alice):
    """Dana wrote in public; she is also the author of a food blog, which nobody is to know."""
    talk = dana_writes("Where is my order?", visibility="public")
    heard = Interaction.objects.get(pk=talk.interaction_id)
    moment = heard.occurred_at
    blog = Identity.objects.create(
        network="testnet", external_id="crumbs@testnet.example", handle="@crumbs", name="Lady Crumble",
        profile_url="https://crumbs.example", first_seen_at=moment, profile_at=moment,
    )  # fmt: skip
    Interaction.objects.create(
        account=heard.account, external_id="c-1", identity=blog, direction="inbound", kind="message", visibility="public",
        occurred_at=moment, received_at=moment, text="New recipe!",
    )  # fmt: skip
    from heard.identity.models import Customer, Face

    for identity_id in (talk.identity_id, blog.pk):
        home = Customer.objects.create(name="", created_at=moment)
        Face.objects.get_or_create(identity_id=identity_id, defaults={"customer": home, "home": home})
    identity.link(seen_by(alice), talk.identity_id, blog.pk)
    identity.treat_face(seen_by(alice), blog.pk, never_link=True)
    return talk


def _say(viewer, talk, text, **changes):
    usual = {"account_id": talk.account_id, "identity_id": talk.identity_id, "visibility": "public", "request_key": text}
    return actions.send_reply(viewer, talk.conversation_id, text=text, **(usual | changes))


@pytest.mark.parametrize(
    "text", ["We loved your recipe, @crumbs!", "Are you lady crumble?", "As on https://crumbs.example we see", "crumbs?"]
)
def test_the_other_face_is_not_named_in_public(two, alice, seen_by, text):
    with pytest.raises(actions.Held, match="never to link these faces openly") as held:
        _say(seen_by(alice), two, text)
    assert held.value.hold.is_refused
    with pytest.raises(actions.Held):
        _say(seen_by(alice), two, text, knowingly=list(held.value.hold.kinds))
    assert not Reply.objects.exists()


def test_it_may_be_named_in_private_and_other_words_go_in_public(two, alice, seen_by):
    assert _say(seen_by(alice), two, "We loved your recipe, @crumbs!", visibility="private")
    assert _say(seen_by(alice), two, "It left us today, breadcrumbs and all.")


def test_a_face_that_nobody_keeps_apart_may_be_named(two, alice, seen_by):
    blog = Identity.objects.get(handle="@crumbs")
    identity.treat_face(seen_by(alice), blog.pk, never_link=False)
    assert _say(seen_by(alice), two, "We loved your recipe, @crumbs!")


def test_who_keeps_this_face_apart_keeps_all_others_from_being_named_there(two, alice, seen_by):
    blog = Identity.objects.get(handle="@crumbs")
    identity.treat_face(seen_by(alice), blog.pk, never_link=False)
    identity.treat_face(seen_by(alice), two.identity_id, never_link=True)
    with pytest.raises(actions.Held):
        _say(seen_by(alice), two, "We loved your recipe, @crumbs!")


# ── What was written before somebody said so, and has not left yet ──────────────────────────────────────────────────


@pytest.fixture
def written_before(two, alice, seen_by):
    """A public answer that names the blog, written while nobody kept the blog apart."""
    blog = Identity.objects.get(handle="@crumbs")
    identity.treat_face(seen_by(alice), blog.pk, never_link=False)
    _say(seen_by(alice), two, "We loved your recipe, @crumbs!")
    return blog


def test_what_waits_to_leave_is_asked_about_again_and_kept(written_before, two, alice, seen_by, testnet):
    identity.treat_face(seen_by(alice), written_before.pk, never_link=True)
    actions.work_off(worker="w", now=now())
    kept = Utterance.objects.get()
    assert (kept.state, testnet.texts()) == ("failed", [])
    assert "never to link these faces openly" in kept.error
    assert kept.reply.text == "We loved your recipe, @crumbs!"

    actions.retry(seen_by(alice), kept.pk)
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == []  # pressing again is no way around it

    identity.treat_face(seen_by(alice), written_before.pk, never_link=False)
    actions.retry(seen_by(alice), kept.pk)
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == ["We loved your recipe, @crumbs!"]


def test_private_words_leave_whoever_is_kept_apart_meanwhile(two, alice, seen_by, testnet):
    _say(seen_by(alice), two, "We loved your recipe, @crumbs!", visibility="private")
    identity.treat_face(seen_by(alice), two.identity_id, never_link=True)
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == ["We loved your recipe, @crumbs!"]
