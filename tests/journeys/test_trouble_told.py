"""Ada is told by real mail that a channel hears nobody: once, and once that it is over."""

from datetime import timedelta

import pytest

from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions, trouble
from heard.listening.channels.contract import AuthExpired, Retryable
from heard.listening.models import ChannelAccount

pytestmark = [pytest.mark.server, pytest.mark.django_db]


@pytest.fixture
def mailbox(mail_server, desk_address, settings, ada):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.PUBLIC_URL = "https://heard.acme.example"
    given = mail_server.account(desk_address)
    id_ = actions.connect(
        HEARD, kind="email", name="Support", address=desk_address, config=given["config"], secrets=given["secrets"]
    )
    actions.succeeded(id_)
    return id_


@pytest.fixture
def masto(mailbox):
    return ChannelAccount.objects.create(kind="mastodon", name="Acme on Mastodon", address="@acme@social.example").pk


@pytest.fixture
def inbox(mail_server, ada, desk_address):
    """A function: the mails that Ada has by now."""
    ada.email = desk_address.replace("desk", "ada")
    ada.save()
    return lambda: mail_server.messages(ada.email)


def test_ada_is_told_once_and_once_that_it_is_over(masto, inbox, client, ada):
    actions.failed(masto, AuthExpired("The server does not accept the access token."))
    assert (trouble.tell(now()), trouble.tell(now()), trouble.tell(now() + timedelta(days=3))) == (1, 0, 0)
    [mail] = inbox()
    assert mail["Subject"] == "Nobody is heard on Acme on Mastodon"
    assert mail["Auto-Submitted"] == "auto-generated"
    words = mail.get_body(("plain",)).get_content()
    assert "The server does not accept the access token." in words
    assert f"https://heard.acme.example/channels/{masto}/" in words
    client.force_login(ada)
    assert "were told by mail" in client.get(f"/channels/{masto}/").content.decode()

    actions.succeeded(masto)
    assert (trouble.tell(now()), trouble.tell(now())) == (1, 0)
    assert inbox()[-1]["Subject"] == "Acme on Mastodon hears customers again"


def test_what_passes_by_itself_is_told_only_when_it_does_not_pass(masto, inbox):
    for _ in range(3):
        actions.failed(masto, Retryable("It is down."))
    assert trouble.tell(now()) == 0
    assert trouble.tell(now() + timedelta(minutes=11)) == 1
    [mail] = inbox()
    assert "Heard tries again by itself." in mail.get_body(("plain",)).get_content()


def test_many_channels_in_trouble_are_one_mail(masto, inbox):
    other = ChannelAccount.objects.create(kind="matrix", name="Acme on Matrix").pk
    for account_id in (masto, other):
        actions.failed(account_id, AuthExpired("No sign-in."))
    assert trouble.tell(now()) == 1
    [mail] = inbox()
    assert mail["Subject"] == "Nobody is heard on 2 channels"


def test_without_a_mailbox_that_works_it_is_told_as_soon_as_one_does(masto, mailbox, inbox):
    actions.failed(mailbox, AuthExpired("Wrong password."))
    actions.failed(masto, AuthExpired("No sign-in."))
    assert trouble.tell(now()) == 0
    actions.succeeded(mailbox)
    assert trouble.tell(now()) == 1
    [mail] = inbox()
    assert mail["Subject"] == "Nobody is heard on Acme on Mastodon"


def test_colleague_who_pauses_a_channel_is_told_nothing(masto, inbox):
    actions.failed(masto, AuthExpired("No sign-in."))
    trouble.tell(now())
    actions.switch(HEARD, masto, on=False)
    assert trouble.tell(now()) == 0
    assert len(inbox()) == 1
