"""With a real network: PLC directory, PDS and AppView as Bluesky runs them. Dana has an app of her own."""

import json
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from msgspec.structs import replace

from heard.listening.channels.bluesky.tests.desk import Desk, account_of, adapter
from heard.listening.channels.contract import (
    AuthExpired,
    Author,
    ChannelError,
    File,
    NotFound,
    Outgoing,
    RateLimited,
    Reacted,
    Rejected,
    Said,
    Withdrawn,
)
from tests.support.servers.bluesky import PASSWORD, mention
from tests.support.servers.waiting import wait_for

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def acme(bluesky):
    return bluesky.add("acme")


@pytest.fixture(scope="module")
def dana(bluesky):
    return bluesky.add("dana")


@pytest.fixture(scope="module")
def connected(acme):
    """The account as it is connected once: its session is kept from test to test, for signing in has a limit."""
    return account_of(acme)


@pytest.fixture
def desk(connected) -> Desk:
    """Starts from where the account is now: earlier tests have spoken already."""
    desk = Desk(connected)
    desk.pull()
    return desk


def listening_for(desk: Desk, **config: str) -> Desk:
    """The same account with other settings, from now on."""
    other = Desk(replace(desk.account, config={**desk.account.config, **config}))
    other.pull()
    return other


def picture(red: int) -> bytes:
    """A PNG of one dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes([0, red, 0, 0]))) + chunk(b"IEND", b"")
    )


# ── Hearing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_mention_is_heard_and_the_answer_stands_below_it(desk, acme, dana):
    text = f"👩‍👩‍👧 @{acme.handle} order 12 is late, see https://example.org/a"
    asked = dana.post(text, langs=["en"], **mention(text, acme))
    said = desk.said("order 12")
    assert (said.external_id, said.author.external_id, said.author.handle) == (asked["uri"], dana.did, f"@{dana.handle}")
    assert (said.text, said.visibility, said.addressed, said.language) == (text, "public", True, "en")
    assert [seen.external_id for seen in said.recipients] == [acme.did]
    [sent] = desk.answer(said, "We look into order 12", idem="mention")
    heard = dana.hears("We look into order 12")
    assert (heard["uri"], heard["record"]["reply"]["parent"]["uri"]) == (sent.external_id, asked["uri"])
    assert sent.thread_ref == asked["uri"]


def test_thanks_below_our_answer_are_of_the_same_thread(desk, acme, dana):
    asked = dana.post(f"@{acme.handle} are you there", **mention(f"@{acme.handle}", acme))
    [sent] = desk.answer(desk.said("are you there"), "We are", idem="thanks")
    ours = wait_for(lambda: dana.sees(sent.external_id))
    dana.post("good to know, thank you", answering=ours, below=asked)
    said = desk.said("good to know")
    assert (said.parent_ref, said.thread_ref, said.addressed) == (sent.external_id, asked["uri"], True)


def test_like_repost_and_quote_of_our_post_are_signals_and_the_quote_is_a_voice_too(desk, acme, dana):
    post = acme.post("We have a new router")
    dana.like(post)
    dana.repost(post)
    dana.quote("that router is no good", post)
    events = []
    wait_for(lambda: events.extend(desk.hear()) or len([e for e in events if isinstance(e, Reacted)]) == 3, every=0.2)
    signals = [event for event in events if isinstance(event, Reacted)]
    assert {(signal.reaction, signal.target, signal.author.external_id) for signal in signals} == {
        (reaction, post["uri"], dana.did) for reaction in ("like", "boost", "quote")
    }
    [voice] = [e for e in events if isinstance(e, Said) and e.direction == "inbound"]
    assert (voice.text, voice.addressed, voice.extra["quotes"]) == ("that router is no good", True, post["uri"])


def test_hashtag_and_keyword_are_found_though_nobody_names_us(desk, dana):
    desk = listening_for(desk, hashtags="broadbandfail", keywords="zebrafibre")
    dana.post("down again #broadbandfail")
    assert (desk.said("down again").found_by, desk.cursor["watched"] != []) == (("#broadbandfail",), True)
    dana.post("is zebrafibre any good?")
    said = desk.said("any good")
    assert (said.found_by, said.addressed) == (("zebrafibre",), False)


def test_picture_comes_with_its_words_and_its_bytes(desk, acme, dana):
    text = f"@{acme.handle} look at it"
    image = {"alt": "a red dot", "image": dana.upload(picture(255), "image/png")}
    dana.post(text, embed={"$type": "app.bsky.embed.images", "images": [image]}, **mention(text, acme))
    [file] = desk.said("look at it").attachments
    assert file.alt == "a red dot"
    fetched = adapter.fetch_media(desk.ctx, file)
    assert (fetched.content_type, fetched.data[:4], fetched.alt) == ("image/webp", b"RIFF", "a red dot")


def test_post_that_its_author_deletes_is_withdrawn(desk, acme, dana):
    text = f"@{acme.handle} my number is 4711"
    asked = dana.post(text, **mention(text, acme))
    desk.said("4711")
    dana.delete(asked["uri"])
    assert desk.hears(Withdrawn).target == asked["uri"]


def test_burst_larger_than_a_page_is_heard_whole_and_once(desk, acme, dana):
    text = f"@{acme.handle} burst"
    for number in range(7):
        dana.post(f"{text} {number}", **mention(text, acme))
    wait_for(lambda: len([n for n in acme.notifications("mention") if "burst" in n["record"]["text"]]) == 7)
    assert [e.text[-1] for e in desk.hear(limit=3)] == list("0123456")
    assert desk.hear(limit=3) == []


def test_what_we_say_in_another_app_is_ours_and_not_a_customers(desk, acme, dana):
    text = f"@{acme.handle} who answers?"
    asked = dana.post(text, **mention(text, acme))
    desk.said("who answers")
    acme.post("answered on the phone", answering=asked)
    said = desk.said("answered on the phone")
    assert (said.direction, said.parent_ref, said.addressed) == ("outbound", asked["uri"], False)


# ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_long_answer_arrives_as_a_thread_in_which_each_part_answers_the_one_before(desk, acme, dana):
    text = f"@{acme.handle} how does it work?"
    asked = dana.post(text, **mention(text, acme))
    sent = desk.answer(desk.said("how does it work"), "First this, then that 👩‍👩‍👧. " * 25, idem="long")
    assert len(sent) == 3
    posts = [wait_for(lambda one=one: dana.sees(one.external_id)) for one in sent]
    above = [asked["uri"], sent[0].external_id, sent[1].external_id]
    assert [post["record"]["reply"]["parent"]["uri"] for post in posts] == above
    assert {post["record"]["reply"]["root"]["uri"] for post in posts} == {asked["uri"]}
    assert [post["record"]["text"][-5:] for post in posts] == ["(1/3)", "(2/3)", "(3/3)"]


def test_longest_post_of_letters_made_of_many_characters_is_taken(desk, dana):
    to = Author(network="bluesky", external_id=dana.did, handle=f"@{dana.handle}")
    family, accented = "👩‍👩‍👧‍👦", "e\u0301\u0323"
    sent = desk.send(Outgoing(text=family * 80 + accented * 250, to=to, visibility="public"), idem="emoji")
    words = "".join(wait_for(lambda one=one: dana.sees(one.external_id))["record"]["text"] for one in sent)
    assert (words.count(family), words.count(accented)) == (80, 250)


def test_words_to_somebody_who_did_not_write_name_them(desk, dana):
    to = Author(network="bluesky", external_id=dana.did, handle=f"@{dana.handle}")
    desk.send(Outgoing(text="Your parcel is on its way #happy", to=to, visibility="public"), idem="first")
    heard = dana.hears("Your parcel is on its way", reason="mention")
    [named, tagged] = [facet["features"][0] for facet in heard["record"]["facets"]]
    assert (named["did"], tagged["tag"]) == (dana.did, "happy")


def test_picture_goes_out_with_its_words(desk, acme, dana):
    text = f"@{acme.handle} what does it look like?"
    dana.post(text, **mention(text, acme))
    file = File(name="dot.png", content_type="image/png", data=picture(128), alt="Half a red dot")
    [sent] = desk.answer(desk.said("what does it look"), "Like this", idem="picture", attachments=(file,))
    [image] = wait_for(lambda: dana.sees(sent.external_id))["embed"]["images"]
    assert image["alt"] == "Half a red dot"
    assert httpx.get(image["fullsize"]).headers["content-type"] == "image/webp"


def test_same_send_twice_is_one_post(desk, acme, dana):
    text = f"@{acme.handle} once or twice?"
    dana.post(text, **mention(text, acme))
    said = desk.said("once or twice")
    assert desk.answer(said, "Once", idem="twice")[0].external_id == desk.answer(said, "Once", idem="twice")[0].external_id
    wait_for(lambda: [one for one in dana.notifications("reply") if one["record"]["text"] == "Once"])
    assert len([one for one in dana.notifications("reply") if one["record"]["text"] == "Once"]) == 1


def test_unclear_send_is_found_by_its_key_and_what_was_never_sent_is_not(desk, acme, dana):
    text = f"@{acme.handle} did you write?"
    dana.post(text, **mention(text, acme))
    said = desk.said("did you write")
    [sent] = desk.answer(said, "We did", idem="unclear")
    [part] = adapter.render(
        Outgoing(text="We did", to=said.author, visibility="public", in_reply_to=said.external_id), desk.account
    )
    found = adapter.reconcile(desk.ctx, part, idem="unclear-1")
    assert (found.external_id, found.thread_ref) == (sent.external_id, said.external_id)
    assert adapter.reconcile(desk.ctx, part, idem="never") is None


def test_our_post_is_deleted_and_that_may_be_repeated(desk, acme, dana):
    text = f"@{acme.handle} take it back"
    dana.post(text, **mention(text, acme))
    [sent] = desk.answer(desk.said("take it back"), "A slip of the pen", idem="delete")
    wait_for(lambda: dana.sees(sent.external_id))
    adapter.delete(desk.ctx, sent.external_id)
    adapter.delete(desk.ctx, sent.external_id)
    wait_for(lambda: dana.sees(sent.external_id) is None)


def test_post_of_somebody_else_is_not_ours_to_delete(desk, dana):
    post = dana.post("mine")
    with pytest.raises(Rejected, match="not ours"):
        adapter.delete(desk.ctx, post["uri"])


def test_answer_to_a_post_that_is_gone_says_so(desk, acme, dana):
    text = f"@{acme.handle} never mind"
    asked = dana.post(text, **mention(text, acme))
    said = desk.said("never mind")
    dana.delete(asked["uri"])
    wait_for(lambda: dana.sees(asked["uri"]) is None)
    with pytest.raises(NotFound, match="gone"):
        desk.answer(said, "But we do", idem="gone")


def test_author_who_lets_nobody_answer_is_not_answered(desk, acme, dana):
    text = f"@{acme.handle} just saying"
    asked = dana.post(text, **mention(text, acme))
    said = desk.said("just saying")
    rkey = asked["uri"].rpartition("/")[2]
    gate = {"$type": "app.bsky.feed.threadgate", "post": asked["uri"], "allow": [], "createdAt": "2026-01-01T00:00:00Z"}
    body = {"repo": dana.did, "collection": "app.bsky.feed.threadgate", "rkey": rkey, "record": gate}
    dana.call("POST", "com.atproto.repo.createRecord", json=body)
    wait_for(lambda: acme.sees(asked["uri"])["viewer"].get("replyDisabled"))
    with pytest.raises(Rejected, match="does not let us reply"):
        desk.answer(said, "All the same", idem="gate")


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_test_button_says_who_is_signed_in_and_what_the_monitors_do(desk, acme, bluesky):
    desk = listening_for(desk, keywords="router", firehose=bluesky.firehose)
    health = adapter.check(desk.ctx)
    assert (health.ok, health.message) == (True, f"Signed in as @{acme.handle}.")
    assert (health.details["monitor router"], health.details["firehose"]) == ("answers", "answers")


def test_own_password_works_and_is_advised_against(acme):
    desk = Desk(account_of(acme))
    desk.account.secrets["app_password"] = PASSWORD
    assert "make an app password" in adapter.check(desk.ctx).message


def test_wrong_password_pauses_the_account_and_is_not_repeated_back(acme):
    desk = Desk(account_of(acme))
    desk.account.secrets["app_password"] = "wrong-wrong-wrong"
    with pytest.raises(AuthExpired, match="new app password") as error:
        desk.pull()
    assert "wrong-wrong" not in str(error.value)


def test_session_is_kept_and_a_used_up_one_is_renewed_without_signing_in(acme):
    desk = Desk(account_of(acme))
    desk.pull()
    kept = desk.account.secrets["session"]
    desk.pull()
    assert desk.account.secrets["session"] == kept
    spoil(desk, "accessJwt")
    desk.pull()
    assert desk.account.secrets["session"] != kept


def test_session_that_was_ended_elsewhere_is_opened_anew_by_the_app_password(acme):
    desk = Desk(account_of(acme))
    desk.pull()
    spoil(desk, "accessJwt", "refreshJwt")
    assert desk.hear() == []


def spoil(desk: Desk, *tokens: str) -> None:
    kept = json.loads(desk.account.secrets["session"])
    kept["session"] |= dict.fromkeys(tokens, "eyJ.used.up")
    desk.account.secrets["session"] = json.dumps(kept)


def test_disconnecting_ends_the_session_and_says_what_is_left_to_do(acme):
    desk = Desk(account_of(acme))
    desk.pull()
    assert "App passwords" in adapter.disconnect(desk.ctx)
    assert desk.account.secrets["session"] == ""
    assert "App passwords" in adapter.disconnect(desk.ctx)


def test_too_many_sign_ins_wait_until_the_server_says(desk):
    """By the server's own limit: 30 in five minutes for a name, whether there is such an account or not."""
    hasty = replace(desk.account, address="@nobody-at-all.test", secrets={"app_password": "wrong"})
    with ThreadPoolExecutor(16) as pool:  # the server takes its time for each refusal
        errors = list(pool.map(lambda _: sign_in_error(Desk(hasty)), range(31)))
    assert sorted(type(error).__name__ for error in errors) == ["AuthExpired"] * 30 + ["RateLimited"]
    assert 1 <= next(error.after_seconds for error in errors if isinstance(error, RateLimited)) <= 300


def sign_in_error(desk: Desk) -> Exception:
    with pytest.raises(ChannelError) as caught:
        desk.pull()
    return caught.value
