"""The whole way, nothing in between replaced: a real mail and a real post from another server come in, Alice reads and
answers them in a browser, and each customer finds the answer where they asked."""

import pytest
from playwright.sync_api import expect

from heard.governance.permissions import HEARD
from heard.listening import actions
from tests.support.servers.snac import snac  # noqa: F401
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.server, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DANA = "dana@customer.test"


def _answer(page, customer: str, words: str) -> str:
    page.get_by_role("link", name=customer).first.click()
    expect(page.get_by_role("heading", name=customer, level=1)).to_be_visible()
    page.locator("#reply-text").fill(words)
    page.keyboard.press("Control+Enter")
    said = page.locator("article.ours", has_text=words)
    expect(said).to_contain_text("Sent", timeout=30_000)
    return page.url


def test_a_mail_and_a_post_come_in_are_answered_from_the_page_and_the_answers_arrive(
    desk, alice, mail_server, desk_address, snac
):
    brand, eve = snac[0].add("acmehelp"), snac[1].add("eve")
    asked_by_mail = mail_server.write(
        f"Dana Field <{DANA}>", desk_address, "My router is dead", "Hello, my router shows no light. Please help!"
    )
    asked_in_public = eve.post("@acmehelp@a.snac.test my broadband is down again, can you please help me?")
    wait_for(lambda: brand.mentions())

    mail = mail_server.account(desk_address)
    actions.connect(HEARD, kind="email", name="Help desk", address=desk_address, **mail)
    config, secrets = {"base_url": brand.base_url}, {"access_token": brand.token}
    actions.connect(HEARD, kind="mastodon", name="Acme in the fediverse", address=brand.handle, config=config, secrets=secrets)

    page = desk.open("/", member=alice)
    expect(page.get_by_text("my router shows no light")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("my broadband is down again")).to_be_visible(timeout=30_000)

    danas = _answer(page, "Dana Field", "A new router is on its way to you.")
    [arrived] = wait_for(lambda: mail_server.messages(DANA))
    assert "A new router is on its way to you." in arrived.get_body(("plain",)).get_content()
    assert arrived["In-Reply-To"].strip("<>") == asked_by_mail
    assert arrived["Subject"] == "Re: My router is dead"

    _answer(page, "eve", "We are sorry, Eve. A technician is on the way.")
    assert eve.hears("A technician is on the way")["in_reply_to_id"] == asked_in_public["id"]

    page.goto(danas)
    mail_server.write(
        f"Dana Field <{DANA}>",
        desk_address,
        "Re: My router is dead",
        "Thank you, it came!",
        answering=arrived["Message-ID"].strip("<>"),
    )
    expect(page.locator("article", has_text="Thank you, it came!")).to_be_visible(timeout=30_000)
    expect(page.locator("article", has_text="my router shows no light")).to_be_visible()
