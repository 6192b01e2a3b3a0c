import pytest

from heard.listening import kinds
from heard.listening.accounts import adapters
from heard.listening.channels.contract import Capabilities
from heard.listening.manual import Manual, manual_of, read

PAGE = """# Club

Hears the club. And answers `there`.

More of it.

## Connect a club
1. Go to the door, because
   it is there.
2. Knock.

| field | what |
|---|---|
| `door` | which |

Then wait.

## What we decided
Much.
"""


def test_page_falls_into_what_it_is_how_to_connect_it_and_the_rest():
    manual = read(PAGE)
    assert manual.gist == "Hears the club."
    assert manual.steps.count("<li>") == 2
    assert "Then wait." in manual.steps
    assert "<table>" in manual.more
    assert "Much." in manual.more
    assert "More of it." in manual.about
    assert "<table>" not in manual.steps


def test_page_without_steps_is_shown_whole():
    assert read("# Files\n\nBring files.\n").steps == ""
    assert "Bring files." in read("# Files\n\nBring files.\n").about


def test_channel_that_is_gone_has_no_manual():
    assert manual_of("no-such-channel") == Manual()


def test_manual_cannot_carry_a_script():
    assert "<script" not in read("# X\n\n<script>alert(1)</script>\n\n## Connect\n1. <img src=x onerror=alert(1)>").steps


@pytest.mark.parametrize(
    ("can", "group"),
    [
        (Capabilities(inbound=("poll",), outbound=True, address_kind="email"), kinds.WRITTEN_TO),
        (Capabilities(inbound=("webhook",), outbound=True, address_kind="phone"), kinds.WRITTEN_TO),
        (Capabilities(inbound=("stream",), outbound=True, address_kind="handle"), kinds.NETWORKS),
        (Capabilities(inbound=("form",), outbound=True, address_kind="visitor"), kinds.OWN_SITE),
        (Capabilities(inbound=("poll",)), kinds.LISTENED_TO),
        (Capabilities(inbound=("upload",)), kinds.BROUGHT),
    ],
)
def test_channel_stands_where_an_administrator_looks_for_it(can, group):
    assert kinds.group_of(can) == group


def test_every_installed_channel_is_offered_once():
    offered = [adapter.kind for _, members in kinds.grouped(adapters().values()) for adapter in members]
    assert sorted(offered) == sorted(adapters())


@pytest.mark.parametrize("kind", ["facebook", "instagram", "whatsapp", "mastodon"])
def test_network_whose_scopes_are_codes_says_what_each_is_for(kind):
    assert all(words and words[0].islower() for words in adapters()[kind].scope_words.values())
