"""Dana calls Acme's own Asterisk with a real telephone, and Heard answers: audio, keys and all, by the bridge."""

import base64
import threading
from dataclasses import dataclass

import httpx
import pytest

from heard.governance.permissions import HEARD
from heard.listening import actions
from heard.listening import selectors as listening
from heard.listening.channels.phone.bridge.ari import Ari
from heard.listening.channels.phone.bridge.run import Bridge, recordings
from heard.listening.channels.phone.bridge.speech import Voice
from heard.routing import selectors as routing
from tests.support.house import free_port
from tests.support.servers.asterisk import SIGN_IN, SOUNDS, asterisk  # noqa: F401
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.django_db(transaction=True)]

TOKEN = "a-long-word-that-acme-shares-with-its-bridge"
MENU = [
    "1 Faults: say It ends at five.",
    "2 Bills: person +442079460000",
    "3 Repairs: person +491701234567",
    "4 Sales: person +33123456789",
    "8 To be called back: call back",
    "9 To leave a message: voicemail",
]


@dataclass
class Line:
    """An account of Heard with its Asterisk, and what stands on the timeline of the only caller."""

    viewer: object
    account_id: int

    def story(self) -> list[str]:
        return [voice.text for voice in self.voices()]

    def voices(self) -> list:
        talks = list(routing.visible_conversations(self.viewer))
        ids = routing.messages_of(talks[0].pk) if talks else []
        found = listening.voices(self.viewer, ids)
        return [found[id_] for id_ in ids if id_ in found]

    def ended(self) -> list[str]:
        """The story once the end of the call was told and walked."""
        wait_for(lambda: any("duration_seconds" in voice.extra and voice.extra.get("record") for voice in self.voices()))
        return self.story()


@pytest.fixture
def line(house, asterisk, alice, seen_by):
    port = free_port()
    account_id = actions.connect(
        HEARD,
        kind="phone",
        name="Acme's own telephone",
        address="100",
        config={"menu": MENU, "ring_seconds": "5", "base_url": f"http://127.0.0.1:{port}"},
        secrets={"auth_token": TOKEN},
    )
    with httpx.Client(auth=SIGN_IN, timeout=20) as pbx, httpx.Client(timeout=20) as web:
        bridge = Bridge(
            ari=Ari(pbx, asterisk.ari),
            web=web,
            voice=Voice(asterisk.sounds, SOUNDS),
            hook=f"{house}/hooks/{account_id}/",
            token=TOKEN,
            endpoint="Local/{number}@people",
            recordings_url=f"http://127.0.0.1:{port}",
        )
        server = recordings(bridge, "127.0.0.1", port)
        threads = [threading.Thread(target=work, daemon=True) for work in (bridge.run, server.serve_forever)]
        for thread in threads:
            thread.start()
        wait_for(lambda: "heard" in [app["name"] for app in pbx.get(f"{asterisk.ari}/applications").json()])
        yield Line(seen_by(alice), account_id)
        bridge.stopping.set()
        server.shutdown()
        server.server_close()
        threads[0].join(timeout=10)


def test_key_is_pressed_and_the_caller_hangs_up_in_the_menu(line, asterisk):
    heard = asterisk.call("2", "press:1", "3")
    assert heard > 100  # packets of sound, fifty a second
    assert line.ended() == [
        "Called 100.",
        "Pressed 1: Faults.",
        "Hung up in the phone menu after “Faults”.",
    ]
    assert line.voices()[0].author_name == "+44 7700 900123"
    assert line.voices()[-1].extra["duration_seconds"] >= 4


def test_caller_is_put_through_to_a_person(line, asterisk):
    asterisk.call("2", "press:2", "12")
    story = line.ended()
    assert story[1] == "Pressed 2: Bills."
    assert story[2].startswith("Spoke with somebody for ")
    assert story[3] == "The call ended after they had spoken with somebody."


def test_caller_who_hangs_up_first_had_spoken_with_somebody_all_the_same(line, asterisk):
    asterisk.call("2", "press:4", "9")
    story = line.ended()
    assert story[1] == "Pressed 4: Sales."
    assert story[2].startswith("Spoke with somebody for ")
    assert story[3] == "The call ended after they had spoken with somebody."


def test_nobody_answers_and_the_caller_asks_to_be_called_back(line, asterisk):
    asterisk.call("2", "press:3", "14", "press:1", "1", "press:#", "6")
    assert line.ended()[1:] == [
        "Pressed 3: Repairs.",
        "Wanted to speak to a person and could not reach anybody: nobody answered.",
        "Please call me back on +44 7700 900123.",
        "The call ended after they had asked to be called back.",
    ]


def test_voicemail_is_recorded_and_can_be_fetched_by_heard_alone(line, asterisk):
    asterisk.call("2", "press:9", "7", "speak:3", "8")
    story = line.ended()
    assert story[2].startswith("Left a voicemail of ")
    [file] = line.voices()[2].attachments
    assert httpx.get(file.url).status_code == 401
    proof = base64.b64encode(f"heard:{TOKEN}".encode()).decode()
    sound = httpx.get(file.url, headers={"Authorization": f"Basic {proof}"})
    assert (sound.status_code, sound.content[:4]) == (200, b"RIFF")
