"""The chat in the corner of a shop's own pages, from both sides: a visitor in a real browser on a foreign origin, and the desk."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from heard.listening.channels.webchat.proof import proof_of
from tests.support.shop import SECRET, answers, message, opened, says, shop, signs_in, site, stands_on_the_desk  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_visitor_and_the_desk_talk_to_each_other_live_and_after_a_reload(desk, site):
    visitor = opened(site.visit())
    expect(visitor.get_by_role("dialog", name="Ask Acme")).to_contain_text("Hello. How can we help?")
    says(visitor, "My router is down since yesterday, please help!")
    agent = stands_on_the_desk(desk, "My router is down since yesterday")
    answers(agent, "Please restart it once.")
    expect(message(visitor, "Please restart it once.")).to_be_visible()
    says(visitor, "That did not help, it still blinks red. What now?")
    expect(agent.locator(".words", has_text="still blinks red")).to_be_visible()

    visitor.reload()
    opened(visitor)
    said = visitor.get_by_role("log").locator(".said")
    expect(said).to_have_text(
        [
            "Hello. How can we help?",
            "My router is down since yesterday, please help!",
            "Please restart it once.",
            "That did not help, it still blinks red. What now?",
        ]
    )
    answers(agent, "A technician comes at two.")
    expect(message(visitor, "A technician comes at two.")).to_be_visible()


def test_what_is_said_while_the_visitor_was_cut_off_is_there_once_when_they_are_back(desk, site):
    visitor = opened(site.visit())
    says(visitor, "My router is down, please help!")
    agent = stands_on_the_desk(desk, "My router is down, please help!")
    answers(agent, "First answer.")
    expect(message(visitor, "First answer.")).to_be_visible()
    visitor.context.set_offline(True)
    expect(visitor.get_by_text("No connection. We keep trying; nothing is lost.")).to_be_visible()
    says(visitor, "Are you still there?")
    expect(visitor.get_by_text("Not sent yet")).to_be_visible()
    answers(agent, "Second answer.")
    visitor.context.set_offline(False)
    expect(message(visitor, "Second answer.")).to_have_count(1)
    expect(message(visitor, "First answer.")).to_have_count(1)
    expect(agent.locator(".words", has_text="Are you still there?")).to_be_visible()
    expect(visitor.get_by_text("Not sent yet")).to_have_count(0)
    expect(message(visitor, "Are you still there?")).to_have_count(1)


def test_a_stranger_on_the_same_site_sees_nothing_of_it(desk, site):
    """Threat 35."""
    dana, eve = opened(site.visit()), opened(site.visit())
    says(dana, "My customer number is 4711, is my contract still running?")
    says(eve, "What does a router cost?")
    answers(stands_on_the_desk(desk, "My customer number is 4711"), "It runs until May.")
    answers(stands_on_the_desk(desk, "What does a router cost?"), "From 49 euros.")
    expect(message(eve, "From 49 euros.")).to_be_visible()
    expect(message(dana, "It runs until May.")).to_be_visible()
    eve.reload()
    opened(eve)
    expect(message(eve, "From 49 euros.")).to_be_visible()
    assert "May" not in eve.get_by_role("log").inner_text()
    assert "4711" not in eve.get_by_role("log").inner_text()
    assert "euros" not in dana.get_by_role("log").inner_text()


def test_whoever_the_shop_vouches_for_is_one_customer_before_and_after_and_on_every_device(desk, site):
    from heard.identity.models import Face, IdentityLink

    first = opened(site.visit())
    says(first, "Where is my parcel? It should have come on Friday.")
    agent = stands_on_the_desk(desk, "Where is my parcel?")
    signs_in(first, "42", name="Dana Doe")
    says(first, "It is order A-77, can you look?")
    expect(agent.locator(".words", has_text="It is order A-77")).to_be_visible()
    expect(agent.get_by_text("Signed in to the site as Dana Doe.").first).to_be_visible()
    assert Face.objects.filter(certain_key=f"webchat:{site.account_id} user 42").values("customer_id").distinct().count() == 1
    assert IdentityLink.objects.get().why.endswith("user 42, verified.")
    answers(agent, "It comes today.")
    expect(message(first, "It comes today.")).to_be_visible()
    expect(message(first, "Where is my parcel? It should have come on Friday.")).to_be_visible()

    second = site.visit()
    signs_in(second, "42", name="Dana Doe")
    opened(second)
    expect(message(second, "It is order A-77, can you look?")).to_be_visible()
    expect(message(second, "It comes today.")).to_be_visible()
    second.evaluate("() => heardChat.push(['reset'])")
    expect(message(second, "It comes today.")).to_have_count(0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "`hash` is missing"),
        ({"hash": ""}, "`hash` is missing"),
        ({"hash": "0" * 64}, "`hash` does not belong to this `id`"),
        ({"hash": proof_of("43", secret=SECRET)}, "`hash` does not belong to this `id`"),
        ({"hash": proof_of("42", secret="")}, "`hash` does not belong to this `id`"),
    ],
    ids=["missing", "empty", "wrong", "of another id", "of an empty secret"],
)
def test_identify_without_a_proof_is_refused_aloud_and_shows_nothing_more(desk, site, given, said):
    """Threat 34."""
    dana = site.visit()
    signs_in(dana, "42")
    says(opened(dana), "My secret is a surprise party on Friday, do you deliver?")
    stands_on_the_desk(desk, "surprise party")
    eve = opened(site.visit())
    says(eve, "Hello, can you help me?")
    stands_on_the_desk(desk, "Hello, can you help me?")
    with eve.expect_console_message(lambda m: m.type == "error" and m.text.startswith("Heard chat: identify")) as complaint:
        eve.evaluate("who => heardChat.push(['identify', who])", {"id": "42", "email": "dana@example.org", **given})
    assert said in complaint.value.text
    says(eve, "Still me.")
    expect(message(eve, "Still me.")).to_be_visible()
    expect(message(eve, "Hello, can you help me?")).to_be_visible()
    eve.reload()
    opened(eve)
    expect(message(eve, "Still me.")).to_be_visible()
    assert "party" not in eve.get_by_role("log").inner_text()


def test_another_customer_at_the_same_computer_does_not_see_the_first_ones_words(desk, site):
    page = site.visit()
    signs_in(page, "42")
    says(opened(page), "I am Dana and my parcel is late, please help.")
    stands_on_the_desk(desk, "I am Dana and my parcel is late")
    signs_in(page, "43")
    expect(message(page, "I am Dana and my parcel is late, please help.")).to_have_count(0)
    says(page, "I am Eve.")
    stands_on_the_desk(desk, "I am Eve.")
    assert "Dana" not in page.get_by_role("log").inner_text()


def test_a_file_goes_up_and_comes_down_again_and_a_program_does_not(desk, site, tmp_path):
    visitor = opened(site.visit())
    label, program = tmp_path / "label.txt", tmp_path / "setup.exe"
    label.write_text("A-77")
    program.write_bytes(b"MZ")
    visitor.locator("heard-chat input[type=file]").set_input_files(label)
    says(visitor, "This is on my parcel, is it right?")
    agent = stands_on_the_desk(desk, "This is on my parcel, is it right?")
    expect(agent.get_by_role("link", name="label.txt")).to_be_visible()
    visitor.locator("heard-chat input[type=file]").set_input_files(program)
    expect(visitor.get_by_text("We cannot take files of this kind.")).to_be_visible()
    visitor.reload()
    opened(visitor)
    with visitor.expect_download() as download:
        visitor.get_by_role("button", name="label.txt").click()
    assert Path(download.value.path()).read_text() == "A-77"


def test_a_first_file_and_first_words_at_once_are_of_one_visitor(desk, site):
    visitor = opened(site.visit())
    visitor.locator("heard-chat input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"A-77"})
    says(visitor, "This is on my parcel, is it right?")
    stands_on_the_desk(desk, "This is on my parcel, is it right?")
    visitor.reload()
    expect(opened(visitor).get_by_role("log").locator(".mine")).to_have_count(2)


def test_a_file_of_ours_comes_down_to_its_visitor_alone(desk, site):
    import msgspec

    from heard.engagement.models import Utterance
    from heard.listening.channels.contract import File
    from heard.listening.models import Attachment

    visitor, eve = opened(site.visit()), opened(site.visit())
    says(visitor, "Can you send me the manual, please?")
    says(eve, "Can you help me as well?")
    agent = stands_on_the_desk(desk, "Can you send me the manual")
    stands_on_the_desk(desk, "Can you help me as well?")
    answers(agent, "Here it is.")
    from heard.listening.files import keep_file  # as a composer with files will store them: see write_out

    manual = File(name="manual.pdf", content_type="application/pdf", data=b"%PDF manual")
    assert msgspec.convert(msgspec.to_builtins(manual), File) == manual
    said = Utterance.objects.get(reply__text="Here it is.").interaction_id
    attached = Attachment.objects.create(
        interaction_id=said, name=manual.name, content_type=manual.content_type, size_bytes=11, sha256=keep_file(manual.data)
    )
    visitor.reload()
    opened(visitor)
    with visitor.expect_download() as download:
        visitor.get_by_role("button", name="manual.pdf").click()
    assert Path(download.value.path()).read_bytes() == manual.data
    token = eve.evaluate("() => JSON.parse(Object.values(localStorage)[0]).token")
    headers = {"origin": site.shop.origin, "authorization": f"Bearer {token}"}
    assert httpx.get(f"{site.address}/chat/{site.account_id}/file/{attached.pk}", headers=headers).status_code == 404


def test_outside_opening_hours_words_are_left_and_answered_by_mail(desk, site):
    from heard.governance.permissions import HEARD
    from heard.listening import actions

    actions.connect(HEARD, kind="simulated_mail", name="Support mail", address="help@acme.example", config={})
    site.configure(opening_hours=["Mon 00:00-00:01"], time_zone="Pacific/Kiritimati")
    visitor = opened(site.visit())
    expect(visitor.get_by_text("Nobody is here right now. Leave us a message; we answer by e-mail.")).to_be_visible()
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("Please fill in all three")).to_be_visible()
    expect(visitor.get_by_label("Your name")).to_be_focused()
    visitor.get_by_label("Your name").fill("Dana Doe")
    visitor.get_by_label("Your e-mail address").fill("dana@customer.example")
    visitor.get_by_label("What can we do for you?").fill("My router is down, please write to me.")
    visitor.get_by_role("button", name="Send").click()
    expect(
        visitor.get_by_text("we have your message and answer by e-mail to dana@customer.example.", exact=False)
    ).to_be_visible()
    agent = stands_on_the_desk(desk, "My router is down, please write to me.")
    expect(agent.locator("#compose-reply [data-way]")).to_contain_text("dana@customer.example")
    expect(agent.locator("#compose-reply [data-way]")).to_contain_text("Support mail")


def test_with_no_mail_account_the_chat_says_that_the_answer_will_be_there(site):
    site.configure(opening_hours=["Mon 00:00-00:01"], time_zone="Pacific/Kiritimati")
    visitor = opened(site.visit())
    expect(visitor.get_by_text("the answer will be here when you come back")).to_be_visible()
    expect(visitor.get_by_label("Your message")).to_be_focused()


def test_an_answer_counts_on_the_button_until_it_is_read(desk, site):
    visitor = opened(site.visit())
    says(visitor, "My router is down, please help!")
    agent = stands_on_the_desk(desk, "My router is down, please help!")
    visitor.keyboard.press("Escape")
    answers(agent, "Please restart it once.")
    expect(visitor.get_by_role("button", name="Open chat (1)")).to_be_visible()
    visitor.get_by_role("button", name="Open chat (1)").click()
    expect(message(visitor, "Please restart it once.")).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_role("button", name="Open chat", exact=True)).to_be_visible()


def test_raising_the_generation_signs_every_visitor_out(desk, site):
    visitor = opened(site.visit())
    says(visitor, "My router is down, please help!")
    stands_on_the_desk(desk, "My router is down, please help!")
    site.configure(generation="2")
    visitor.wait_for_timeout(1_200)  # what is known of an account is a second old
    visitor.reload()
    opened(visitor)
    expect(visitor.get_by_role("log")).to_contain_text("Hello. How can we help?")
    expect(message(visitor, "My router is down, please help!")).to_have_count(0)
    says(visitor, "I am new here.")
    stands_on_the_desk(desk, "I am new here.")
