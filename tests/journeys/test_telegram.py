"""Dana writes to Acme's bot and is answered there: through our poll and our webhook, our conversation and our sender."""

import time
from datetime import timedelta

import pytest
from msgspec.structs import replace

from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions, streams
from heard.listening.actions.pull import pull
from heard.listening.actions.receive import cursor_of
from heard.listening.channels.contract import Ambiguous, AuthExpired, Author, File, NotFound, Outgoing, RateLimited, Rejected
from heard.listening.channels.telegram.adapter import Adapter
from heard.listening.channels.telegram.listen import LONG_POLL_SECONDS
from heard.listening.models import ChannelAccount
from tests.support.closed.house_of_meta import Desk
from tests.support.closed.telegram import (
    BOT,
    CLOSED_GROUP,
    CONNECTION,
    DANA,
    GROUP,
    OWNER,
    ROBIN,
    TOKEN,
    Answer,
    Refused,
    telegram,  # noqa: F401
)

pytestmark = pytest.mark.django_db

TO_DANA = Author(network="telegram", external_id="4001", handle="@dana_field")
NAMED = [{"type": "mention", "offset": 0, "length": 9}]


class TelegramDesk(Desk):
    def call(self, body: bytes, secret: str) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        return self.client.post(self.hook, body, content_type="application/json", headers=headers).status_code

    def hear(self) -> int:
        new = pull(self.account_id)
        self.listen()
        return new

    def config(self, **changes: str) -> None:
        account = ChannelAccount.objects.get(pk=self.account_id)
        account.config |= changes
        account.save(update_fields=["config"])

    def last_error(self) -> str:
        return ChannelAccount.objects.get(pk=self.account_id).last_error


@pytest.fixture
def desk(telegram, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.PUBLIC_URL = "https://heard.example"
    account_id = actions.connect(
        HEARD,
        kind="telegram",
        name="Acme",
        address="@acme_bot",
        config={"base_url": telegram.url},
        secrets={"bot_token": telegram.token},
    )
    desk = TelegramDesk(telegram, account_id, seen_by(alice))
    telegram.hook = desk.call
    return desk


@pytest.fixture
def called(desk, adapter):
    """The same desk, called by Telegram."""
    desk.config(listen="webhook")
    assert adapter.check(desk.context()).ok
    return desk


@pytest.fixture
def adapter():
    return Adapter()


def say(desk, adapter, text="Of course.", **message):
    ctx = desk.context()
    parts = adapter.render(Outgoing(**{"text": text, "to": TO_DANA, **message}), ctx.account)
    return [adapter.send(ctx, part, idem=f"u-{part.number}") for part in parts]


# ── There and back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_dana_asks_is_answered_and_her_thanks_come_to_the_same_conversation(desk, telegram):
    asked = telegram.says(DANA, "My router shows no light, can you help?")
    desk.hear()
    desk.reply("A technician comes at two.")
    [sent] = telegram.sent()
    assert (sent["chat_id"], sent["text"]) == (DANA["id"], "A technician comes at two.")
    assert sent["reply_parameters"]["message_id"] == asked["message_id"]
    answered = telegram.messages[DANA["id"], asked["message_id"] + 1]
    telegram.says(DANA, "Thank you!", reply_to_message=answered)
    desk.hear()
    assert [voice.text for voice in desk.voices()] == [
        "My router shows no light, can you help?",
        "A technician comes at two.",
        "Thank you!",
    ]
    assert (desk.state(), desk.voices()[0].author_name) == ("sent", "Dana Field")


def test_page_that_was_not_kept_comes_again_and_is_heard_once(desk, telegram, adapter):
    for number in range(3):
        telegram.says(DANA, f"Question {number}?")
    lost = adapter.pull(desk.context(), {}, limit=2)
    assert (len(lost.deliveries), lost.has_more) == (2, True)
    assert [desk.hear(), desk.hear()] == [3, 0]
    place = cursor_of(desk.account_id)
    assert (place["bot"], place["offset"]) == ("700100200", 8003)
    assert telegram.updates == {}


def test_after_a_week_of_silence_a_lower_number_is_not_skipped(desk, telegram, adapter):
    old = {"bot": "700100200", "offset": 900_000, "at": (now() - timedelta(days=7)).isoformat()}
    telegram.says(DANA, "Hello again")
    assert len(adapter.pull(desk.context(), old).deliveries) == 1
    other_bot = {"bot": "1", "offset": 900_000, "at": now().isoformat()}
    assert len(adapter.pull(desk.context(), other_bot).deliveries) == 1


def test_stream_brings_what_is_said_long_before_its_turn_is_over(desk, telegram):
    pages, told = [], []

    def stopping():
        pages.append(1)
        if len(pages) == 1:
            telegram.says(DANA, "Is anybody there?")
            told.append(time.monotonic())
        return len(pages) > 1

    assert streams.listen(desk.account_id, stopping=stopping, keep_going=lambda: True)
    assert time.monotonic() - told[0] < LONG_POLL_SECONDS
    desk.listen()
    assert [voice.text for voice in desk.voices()] == ["Is anybody there?"]


def test_edit_changes_the_words_also_when_it_comes_first(desk, telegram):
    asked = telegram.says(DANA, "Can yuo help?")
    telegram.edits(asked, "Can you help?")
    [first, second] = telegram.updates
    telegram.updates = {
        first: telegram.updates[second] | {"update_id": first},
        second: telegram.updates[first] | {"update_id": second},
    }
    desk.hear()
    [voice] = desk.voices()
    assert (voice.text, voice.edited_at is not None) == ("Can you help?", True)


def test_reaction_to_our_words_is_heard_changed_and_taken_back(desk, telegram):
    telegram.says(DANA, "Can you help me, please?")
    desk.hear()
    desk.reply("Yes.")
    ours = telegram.messages[DANA["id"], 12]
    start = int(time.time())
    for second, before, after in ((1, [], ["👍"]), (2, ["👍"], ["👎"]), (3, ["👎"], [])):
        telegram.reacts(DANA, ours, before, after, at=start + second)
        desk.hear()
        assert dict(desk.voices()[-1].reactions) == dict.fromkeys(after, 1)


# ── Telegram calls us ───────────────────────────────────────────────────────────────────────────────────────────────


def test_test_button_sets_the_webhook_and_takes_it_away_as_the_account_says(called, telegram, adapter):
    assert telegram.webhook["url"] == f"https://heard.example/hooks/{called.account_id}/"
    telegram.says(DANA, "Can you help me, please?")
    called.listen()
    assert [voice.text for voice in called.voices()] == ["Can you help me, please?"]
    assert (called.hear(), called.last_error()) == (0, "")
    called.config(listen="ask")
    assert adapter.check(called.context()).ok
    assert telegram.webhook["url"] == ""
    telegram.says(DANA, "Hello?")
    assert called.hear() == 1


def test_call_with_another_secret_is_refused_and_a_replay_is_heard_once(called, telegram):
    update = telegram.says(DANA, "Hello") and {"update_id": 8000, "message": telegram.messages[DANA["id"], 11]}
    assert [telegram.call(update, secret) for secret in ("", "guessed", telegram.secret[:-1])] == [401] * 3
    assert [telegram.call(update) for _ in range(2)] == [200, 200]
    called.listen()
    assert called.deliveries() == 1


def test_account_that_asks_takes_no_calls(desk, telegram, called):
    secret = telegram.secret
    desk.config(listen="ask")
    assert telegram.call({"update_id": 1}, secret) == 401


def test_channel_says_when_telegram_calls_in_vain_or_somebody_else(called, telegram):
    telegram.webhook |= {
        "last_error_date": int(time.time()),
        "last_error_message": "Wrong response: 502",
        "pending_update_count": 3,
    }
    called.hear()
    assert "3 update(s) wait" in called.last_error()
    telegram.webhook |= {"url": "https://other.example/"}
    called.hear()
    assert "took the webhook away" in called.last_error()


def test_poll_beside_a_webhook_or_another_program_says_what_to_do(desk, telegram):
    telegram.webhook["url"] = "https://other.example/"
    desk.hear()
    assert "Press the test button" in desk.last_error()
    telegram.webhook["url"] = ""
    telegram.faults = [
        Refused(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
    ]
    desk.hear()
    assert "Somebody else polls" in desk.last_error()


# ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_in_a_group_only_what_names_the_bot_is_heard_and_is_answered_there(desk, telegram):
    telegram.says(DANA, "Mine works.", chat=GROUP)
    asked = telegram.says(ROBIN, "@acme_bot is there an outage?", chat=GROUP, entities=NAMED)
    desk.hear()
    [voice] = desk.voices()
    assert (voice.text, voice.visibility) == ("@acme_bot is there an outage?", "public")
    desk.reply("Yes, until two.", visibility="public")
    [sent] = telegram.sent()
    assert (sent["chat_id"], sent["reply_parameters"]["message_id"]) == (GROUP["id"], asked["message_id"])


def test_private_words_never_go_to_the_group_in_which_the_question_was(desk, telegram, adapter):
    asked = telegram.says(ROBIN, "@acme_bot is there an outage?", chat=CLOSED_GROUP, entities=NAMED)
    ref = f"{CLOSED_GROUP['id']}:{asked['message_id']}"
    robin = Author(network="telegram", external_id=str(ROBIN["id"]))
    with pytest.raises(Rejected, match="no bot write first"):
        say(desk, adapter, to=robin, in_reply_to=ref, visibility="private")
    telegram.known.add(ROBIN["id"])
    [sent] = say(desk, adapter, to=robin, in_reply_to=ref, visibility="private")
    assert sent.external_id.startswith(f"{ROBIN['id']}:")


def test_group_that_moved_is_answered_at_its_new_number(desk, telegram, adapter):
    telegram.moved = {CLOSED_GROUP["id"]: -100777}
    robin = Author(network="telegram", external_id=str(ROBIN["id"]))
    [sent] = say(desk, adapter, to=robin, in_reply_to=f"{CLOSED_GROUP['id']}:11", visibility="followers")
    assert sent.external_id.startswith("-100777:")
    assert [call["chat_id"] for call in telegram.sent()] == [CLOSED_GROUP["id"], -100777]


def test_group_heard_in_full_needs_telegrams_leave(desk, telegram, adapter):
    desk.config(groups="everything")
    assert "setprivacy" in adapter.check(desk.context()).message
    telegram.reads_all = True
    health = adapter.check(desk.context())
    assert (health.ok, set(health.scopes.values())) == (True, {True})


# ── The business account ────────────────────────────────────────────────────────────────────────────────────────────


def test_customer_of_the_business_account_is_answered_as_the_business_and_deletions_are_obeyed(desk, telegram):
    telegram.says(DANA, "/start")
    asked = telegram.writes_to_business(DANA, "Is my order ready, can you look?")
    desk.hear()
    desk.reply("Come by at two.")
    [sent] = telegram.sent()
    assert (sent["business_connection_id"], sent["chat_id"]) == (CONNECTION, DANA["id"])
    telegram.writes_to_business(OWNER, "Or at three.", customer=DANA)
    desk.hear()
    assert [(voice.text, voice.direction) for voice in desk.voices()] == [
        ("Is my order ready, can you look?", "inbound"),
        ("Come by at two.", "outbound"),
        ("Or at three.", "outbound"),
    ]
    chat = telegram.chat(DANA["id"])
    telegram.happens(
        deleted_business_messages={"business_connection_id": CONNECTION, "chat": chat, "message_ids": [asked["message_id"]]}
    )
    desk.hear()
    assert (desk.voices()[0].is_withdrawn, desk.voices()[0].text) == (True, "")


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_picture_of_a_customer_is_fetched_when_somebody_opens_it_and_its_address_names_no_token(desk, telegram, adapter):
    file_id = telegram.keep(b"\xff\xd8 a router")
    size = {"file_id": file_id, "file_unique_id": "u", "width": 8, "height": 8}
    telegram.says(DANA, caption="Can you help? The lamp:", photo=[size])
    desk.hear()
    [voice] = desk.voices()
    [file] = voice.attachments
    assert (voice.text, TOKEN in file.url) == ("Can you help? The lamp:", False)
    assert [call for call in telegram.called if call.method == "getFile"] == []
    fetched = adapter.fetch_media(desk.context(), File(name=file.name, content_type=file.content_type, url=file.url))
    assert (fetched.data, fetched.content_type) == (b"\xff\xd8 a router", "image/jpeg")
    with pytest.raises((NotFound, Rejected)):
        adapter.fetch_media(desk.context(), File(name="x", url=file.url + "9"))


def test_files_go_out_with_their_words_or_what_they_show_as_caption(desk, telegram, adapter):
    telegram.known.add(DANA["id"])
    picture = File(name="offer.png", content_type="image/png", data=b"\x89PNG", alt="Our offer")
    invoice = File(name="invoice.pdf", content_type="application/pdf", data=b"%PDF")
    [sent] = say(desk, adapter, "Here it is.", attachments=(invoice,))
    assert telegram.messages[DANA["id"], int(sent.external_id.partition(":")[2])]["document"]["file_name"] == "invoice.pdf"
    say(desk, adapter, "Both:", attachments=(picture, invoice))
    assert [(call.method, call.params.get("text") or call.params.get("caption")) for call in telegram.called] == [
        ("sendDocument", "Here it is."),
        ("sendMessage", "Both:"),
        ("sendPhoto", "Our offer"),
        ("sendDocument", None),
    ]


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_said_can_be_changed_and_taken_back(desk, telegram, adapter):
    telegram.known.add(DANA["id"])
    ctx = desk.context()
    [sent] = say(desk, adapter, "At tow.")
    [part] = adapter.render(Outgoing(text="At two.", to=TO_DANA), ctx.account)
    for _ in range(2):  # the same once more is no error
        adapter.edit(ctx, sent.external_id, part)
    place = (DANA["id"], int(sent.external_id.partition(":")[2]))
    assert telegram.messages[place]["text"] == "At two."
    [picture] = say(desk, adapter, "Se", attachments=(File(name="a.png", content_type="image/png", data=b"x"),))
    adapter.edit(ctx, picture.external_id, replace(part, text="See"))
    assert telegram.messages[DANA["id"], place[1] + 1]["caption"] == "See"
    adapter.delete(ctx, sent.external_id)
    assert place not in telegram.messages
    with pytest.raises(NotFound):
        adapter.delete(ctx, sent.external_id)


def test_long_words_go_in_numbered_parts_each_below_the_one_before(desk, telegram):
    telegram.says(DANA, "Can you explain it all, please?")
    desk.hear()
    desk.reply("👩🏽‍🚀 word " * 600)
    assert len(telegram.sent()) == 2
    assert telegram.sent()[1]["reply_parameters"]["message_id"] == 12
    assert desk.voices()[-1].text.endswith("(2/2)")


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_too_many_messages_wait_as_long_as_telegram_says_and_go_once(desk, telegram):
    telegram.says(DANA, "Can you help me, please?")
    desk.hear()
    telegram.faults = [Refused(429, "Too Many Requests: retry after 120", retry_after=120)]
    desk.reply("Yes.")
    assert desk.state() == "queued"
    desk.send(at=now() + timedelta(seconds=60))
    assert len(telegram.messages) == 1
    desk.send(at=now() + timedelta(seconds=300))
    assert (desk.state(), len(telegram.messages)) == ("sent", 2)


def test_message_that_may_have_gone_out_is_shown_to_a_person_and_not_repeated(desk, telegram):
    telegram.says(DANA, "Can you help me, please?")
    desk.hear()
    telegram.faults = ["after"]
    desk.reply("Yes.")
    desk.send(at=now() + timedelta(hours=1))
    assert (desk.state(), len(telegram.sent())) == ("unknown", 1)


def test_who_blocked_the_bot_cannot_be_answered_and_the_reply_says_so(desk, telegram):
    telegram.says(DANA, "Can you help me, please?")
    desk.hear()
    telegram.blocked.add(DANA["id"])
    desk.reply("Yes.")
    assert (desk.state(), desk.account_state()) == ("failed", "ok")
    assert "They have blocked the bot" in desk.said()[0].error


def test_token_that_ended_pauses_the_channel_and_is_in_no_words(desk, telegram, caplog):
    telegram.says(DANA, "Can you help me, please?")
    desk.hear()
    telegram.token = "700100200:another"
    desk.reply("Yes.")
    assert (desk.account_state(), desk.state()) == ("paused", "failed")
    assert "@BotFather" in desk.said()[0].error
    assert TOKEN not in desk.said()[0].error + desk.last_error() + caplog.text


@pytest.mark.parametrize(
    ("fault", "raised", "words"),
    [
        (Refused(400, "Bad Request: chat not found"), Rejected, "no such talk"),
        (Refused(400, "Bad Request: not enough rights to send text messages to the chat"), Rejected, "may not write"),
        (Refused(403, "Forbidden: user is deactivated"), Rejected, "does not exist"),
        (Refused(403, "Forbidden: bot was kicked from the supergroup chat"), Rejected, "removed from this group"),
        (Refused(401, "Unauthorized"), AuthExpired, "@BotFather"),
        (Refused(429, "Too Many Requests: retry after 7", retry_after=7), RateLimited, "retry after 7"),
        (Refused(500, "Internal Server Error"), Ambiguous, "500"),
        (Answer(b"<html>Bad Gateway</html>", 502, content_type="text/html"), Ambiguous, "502"),
        (Answer(b"{", 200), Ambiguous, "damaged"),
        ("after", Ambiguous, "broke off"),
    ],
    ids=lambda value: str(value) if isinstance(value, Refused) else None,
)
def test_refusals_of_telegram_are_told_apart(desk, telegram, adapter, fault, raised, words):
    telegram.known.add(DANA["id"])
    telegram.faults = [fault]
    with pytest.raises(raised, match=words) as caught:
        say(desk, adapter)
    assert TOKEN not in str(caught.value)


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_test_button_says_whose_token_it_is_and_what_the_bot_may_read(desk, telegram, adapter):
    health = adapter.check(desk.context())
    assert (health.ok, health.details["bot"]) == (True, f"@{BOT['username']} (Acme)")
    assert health.scopes["read all that is said in groups"] is False
    ChannelAccount.objects.filter(pk=desk.account_id).update(address="@another_bot")
    assert "belongs to @acme_bot" in adapter.check(desk.context()).message
    telegram.token = "1:another"
    assert "@BotFather" in adapter.check(desk.context()).message


def test_webhook_needs_an_https_address(desk, settings, adapter):
    settings.PUBLIC_URL = "http://heard.example"
    desk.config(listen="webhook")
    assert "https://" in adapter.check(desk.context()).message


def test_leaving_takes_the_webhook_along(called, telegram, adapter):
    assert "/revoke" in adapter.disconnect(called.context())
    assert telegram.webhook["url"] == ""
