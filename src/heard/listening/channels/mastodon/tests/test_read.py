import httpx
import msgspec
import pytest

from heard.listening.channels.contract import Account, Edited, RawEvent, Reacted, Said, Unknown, Withdrawn
from heard.listening.channels.mastodon.adapter import Adapter
from heard.listening.channels.mastodon.api import is_nearly_used_up
from heard.listening.channels.plain import plain

ACCOUNT = Account(id=1, kind="mastodon", name="Acme", address="@acme@a.example", config={"base_url": "https://social.a.example"})


def status(**changes) -> dict:
    alice = {
        "id": "5",
        "acct": "Alice@B.example",
        "display_name": "Alice",
        "url": "https://b.example/@Alice",
        "followers_count": 12,
    }
    return {
        "id": "42",
        "account": alice,
        "created_at": "2026-03-01T10:00:00.000Z",
        "content": "<p>hello</p>",
        "visibility": "public",
        **changes,
    }


def read(body: dict, *, account: Account = ACCOUNT, **headers: str) -> list:
    raw = RawEvent(
        key="k", body=msgspec.json.encode(body), headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return Adapter().normalise(raw, account)


def said(**changes) -> Said:
    return read(status(**changes), event="status")[0]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        (
            '<p><span class="h-card"><a href="https://a/@acme" class="u-url mention">@<span>acme</span></a></span> hi</p>',
            "@acme hi",
        ),
        ('<a href="https://a/tags/help" class="mention hashtag" rel="tag">#<span>help</span></a>', "#help"),
        (
            '<a href="https://example.org/very/long/path"><span class="invisible">https://</span>'
            '<span class="ellipsis">example.org/very/</span><span class="invisible">long/path</span></a>',
            "https://example.org/very/long/path",
        ),
        ('<a href="https://example.org/orders/123456">example.org/orders/12…</a>', "https://example.org/orders/123456"),
        ('<a href="https://example.org/x">our help page</a>', "our help page (https://example.org/x)"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<script>alert(1)</script>fine &amp; well", "fine & well"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<p>unclosed <a href='https://x.example'>x.example", "unclosed https://x.example"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_the_author_wrote(html, words):
    assert plain(html) == words


def test_same_person_seen_from_two_servers_is_one_identity():
    from_afar = said()
    at_home_account = Account(
        id=2, kind="mastodon", name="B", address="@brand@b.example", config={"base_url": "https://b.example"}
    )
    local = {"id": "9", "acct": "alice", "url": "https://b.example/@Alice"}
    at_home = read(status(account=local), account=at_home_account, event="status")[0]
    assert (from_afar.author.network, from_afar.author.external_id) == (at_home.author.network, at_home.author.external_id)
    assert from_afar.author.external_id == "alice@b.example"


def test_own_handle_counts_and_not_the_host_of_the_web_page():
    assert said(account={"acct": "carol"}).author.external_id == "carol@a.example"


def test_what_we_said_ourselves_is_outbound():
    assert said(account={"acct": "acme"}).direction == "outbound"


def test_post_that_names_us_is_addressed_and_one_that_a_hashtag_found_is_not():
    named = said(mentions=[{"acct": "acme", "url": ""}])
    found = read(status(), event="status", found_by="#help")[0]
    assert (named.addressed, found.addressed, found.found_by) == (True, False, ("#help",))


def test_namesake_on_another_server_is_not_us():
    assert not said(mentions=[{"acct": "acme@c.example"}], content="<p>@acme@a.example.org hi</p>").addressed


@pytest.mark.parametrize(
    ("given", "software", "ours"),
    [
        ("public", "mastodon", "public"),
        ("unlisted", "mastodon", "public"),
        ("private", "mastodon", "followers"),
        ("direct", "mastodon", "private"),
        ("private", "snac", "private"),
        ("list", "pleroma", "private"),
        (None, "mastodon", "private"),
    ],
)
def test_visibility_is_never_taken_for_wider_than_it_may_be(given, software, ours):
    assert read(status(visibility=given), event="status", software=software)[0].visibility == ours


def test_edit_tells_the_new_words_to_those_who_know_the_old_ones():
    first, edit = read(status(edited_at="2026-03-01T11:00:00.000Z"), event="status")
    assert (first.external_id, edit.target, edit.text) == ("42", "42", "hello")
    assert edit.version == "2026-03-01T11:00:00+00:00"


def test_edit_of_a_stranger_in_the_home_timeline_writes_nothing_new_down():
    events = read(status(edited_at="2026-03-01T11:00:00.000Z"), event="status.update")
    assert [type(event) for event in events] == [Edited]


def test_later_edit_has_the_higher_version():
    versions = [
        read(status(edited_at=at), event="status")[1].version for at in ("2026-03-01T09:00:00Z", "2026-03-01T10:00:00+02:00")
    ]
    assert versions == sorted(versions, reverse=True)


def test_favourite_and_boost_are_signals_and_a_follow_is_kept_without_meaning():
    seen = {"id": "7", "created_at": "2026-03-01T10:00:00Z", "account": {"acct": "alice@b.example"}, "status": status()}
    kinds = [read({**seen, "type": kind}, event="notification")[0] for kind in ("favourite", "reblog", "follow")]
    assert [type(event) for event in kinds] == [Reacted, Reacted, Unknown]
    assert [event.reaction for event in kinds[:2]] == ["favourite", "boost"]


def test_quote_of_our_words_is_addressed_to_us():
    quote = {
        "state": "accepted",
        "quoted_status": status(id="7", content="<p>We are back</p><p>Sorry</p>", uri="https://a.example/7"),
    }
    seen = {"id": "9", "type": "quote", "created_at": "2026-03-01T10:00:00Z", "account": {"acct": "alice@b.example"}}
    (said,) = read({**seen, "status": status(quote=quote)}, event="notification")
    assert (said.addressed, said.text) == (True, "hello")
    assert said.full_text == "hello\n\n@Alice@B.example:\n> We are back\n> \n> Sorry"
    assert said.extra["quotes"] == {"id": "7", "uri": "https://a.example/7", "url": "", "author": "alice@b.example"}


@pytest.mark.parametrize(
    "quote",
    [
        None,
        {},
        {"state": "pending", "quoted_status": None},
        {"state": "revoked"},
        {"state": "accepted", "quoted_status_id": "7"},
        "7",
        7,
        [],
        {"quoted_status": {"id": 7}},
    ],
)
def test_quote_that_cannot_be_seen_leaves_the_words(quote):
    heard = said(quote=quote)
    assert (heard.text, heard.full_text, "quotes" in heard.extra) == ("hello", "", False)


def test_quote_of_pleroma_is_the_status_itself():
    assert said(quote=status(id="7")).extra["quotes"]["id"] == "7"


def test_edit_of_a_poll_tells_its_options():
    poll = {
        "options": [{"title": "yes", "votes_count": 3}, {"title": "no", "votes_count": None}],
        "expires_at": "2026-03-02T10:00:00Z",
    }
    first, edit = read(status(poll=poll, edited_at="2026-03-01T11:00:00Z"), event="status")
    assert (first.text, edit.text) == ("hello\n\n- yes\n- no",) * 2
    assert first.extra["poll"]["ends_at"] == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize(
    ("headers", "is_so"),
    [
        ({"x-ratelimit-limit": "300", "x-ratelimit-remaining": "0"}, True),
        ({"x-ratelimit-limit": "300", "x-ratelimit-remaining": "20"}, True),
        ({"x-ratelimit-limit": "300", "x-ratelimit-remaining": "21"}, False),
        ({"x-ratelimit-limit": "30", "x-ratelimit-remaining": "4"}, False),
        ({"x-ratelimit-limit": "30", "x-ratelimit-remaining": "3"}, True),
        ({"x-ratelimit-remaining": "0"}, True),
        ({"x-ratelimit-remaining": "1"}, False),
        ({}, False),
    ],
)
def test_last_questions_of_a_window_are_left_to_replies(headers, is_so):
    assert is_nearly_used_up(httpx.Response(200, headers=headers)) is is_so


def test_boost_in_a_timeline_is_not_the_boosters_own_words():
    assert read(status(reblog=status()), event="status") == [Unknown(note="a boost of somebody else's words")]


def test_picture_comes_with_its_description():
    medium = {"type": "image", "url": "https://b.example/media/cat.png", "description": "a cat on the router"}
    (file,) = said(media_attachments=[medium]).attachments
    assert (file.name, file.content_type, file.alt) == ("cat.png", "image/png", "a cat on the router")


FIELDS = [  # as mastodon.social answered in April 2026
    {
        "name": "Web",
        "value": '<a href="https://halcy.de/" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://'
        '</span><span class="">halcy.de/</span><span class="invisible"></span></a>',
        "verified_at": "2026-04-11T12:08:00.687+00:00",
    },
    {
        "name": "Demogroup",
        "value": '<a href="https://demoscene.vc/" rel="nofollow noopener">demoscene.vc/</a>',
        "verified_at": None,
    },
    {"name": "Pronouns", "value": "He/Him", "verified_at": None},
]


def test_links_of_a_profile_are_told_apart_by_whether_their_page_links_back():
    who = status()["account"] | {"fields": FIELDS}
    assert said(account=who).extra["traits"] == {"proved_link": ["https://halcy.de/"], "link": ["https://demoscene.vc/"]}


@pytest.mark.parametrize("fields", [None, [], [{}], [{"value": 5}], [{"value": '<a href="javascript:alert(1)">x</a>'}]])
def test_a_profile_that_leads_nowhere_says_nothing(fields):
    assert "traits" not in said(account=status()["account"] | {"fields": fields}).extra


def test_status_that_is_gone_is_withdrawn():
    (event,) = Adapter().normalise(RawEvent(key="k", body=b"42", headers={"event": "gone"}), ACCOUNT)
    assert isinstance(event, Withdrawn)
    assert event.target == "42"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"id": 5}', b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("event", ["status", "notification", "status.update", "gone"])
def test_damaged_delivery_is_an_error_of_value(body, event):
    with pytest.raises(ValueError, match="."):
        Adapter().normalise(RawEvent(key="k", body=body, headers={"event": event}), ACCOUNT)
