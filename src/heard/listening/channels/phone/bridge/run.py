"""`heard bridge`: one account of kind `phone`, one Asterisk. Stays connected, and takes each call in a thread of its own."""

import argparse
import base64
import hmac
import logging
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import httpx
import msgspec

from heard.listening.channels.bluesky.websocket import connected
from heard.listening.channels.contract import ChannelError
from heard.listening.channels.phone.bridge.ari import APP, Ari, Event, Gone, decode
from heard.listening.channels.phone.bridge.call import Call
from heard.listening.channels.phone.bridge.speech import PROGRAM, Voice
from heard.listening.channels.twilio.api import BRIDGE_USER

log = logging.getLogger(__name__)
PAUSE_SECONDS = 2
RECORDING = re.compile(r"/recordings/(heard-[0-9a-f]{32})(\.mp3|\.wav)?")


class Bridge:
    """`hook` is the address of the account's webhook as Heard knows it, for it is signed."""

    def __init__(self, *, ari: Ari, web: httpx.Client, voice: Voice, hook: str, token: str, endpoint: str, recordings_url: str):
        self.ari, self.web, self.voice, self.hook, self.token = ari, web, voice, hook, token
        self.endpoint, self.recordings_url = endpoint, recordings_url
        self.inboxes: dict[str, Queue[Event]] = {}
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping`. Asterisk may come and go; calls that it lost are over."""
        while not self.stopping.is_set():
            try:
                self.listen()
            except (ChannelError, httpx.HTTPError) as error:
                log.warning("Asterisk cannot be heard: %s", error)
            self.lose_all()
            self.stopping.wait(PAUSE_SECONDS)

    def listen(self) -> None:
        with connected(self.ari.http, f"{self.ari.url}/events", app=APP) as events:
            log.info("ready for calls")
            for message in events.messages(patience_seconds=1):
                if self.stopping.is_set():
                    return
                if message is not None:
                    self.heed(message)

    def heed(self, message: bytes) -> None:
        try:
            event = decode(message)
        except msgspec.MsgspecError:  # an event of a kind that no call needs
            return
        inbox = self.inboxes.get(event.channel.id)
        if event.type == "StasisStart" and inbox is None and "leg" not in event.args:
            self.begin(event)
        elif inbox is not None:
            inbox.put(event)
        elif event.type in ("PlaybackFinished", "RecordingFinished", "RecordingFailed"):  # they name no channel of their own
            for other in list(self.inboxes.values()):
                other.put(event)

    def begin(self, event: Event) -> None:
        call = Call(self, event.channel)
        self.inboxes[event.channel.id] = call.events
        threading.Thread(target=self.take, args=(call,), daemon=True, name=call.sid).start()

    def take(self, call: Call) -> None:
        try:
            call.run()
        finally:
            self.inboxes.pop(call.channel, None)

    def lose_all(self) -> None:
        for channel, inbox in list(self.inboxes.items()):
            inbox.put(msgspec.convert({"type": "StasisEnd", "channel": {"id": channel}}, Event))


def recordings(bridge: Bridge, host: str, port: int) -> ThreadingHTTPServer:
    """Hands recordings to Heard, and to nobody who does not know the token."""
    expected = b"Basic " + base64.b64encode(f"{BRIDGE_USER}:{bridge.token}".encode())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("authorization", "").encode("utf-8", "replace")
            found = RECORDING.fullmatch(self.path)
            if not hmac.compare_digest(given, expected):
                self.send_error(401)
            elif found is None:
                self.send_error(404)
            else:
                self.give(found[1])

        def give(self, name: str) -> None:
            try:
                data = bridge.ari.file(name)
            except (Gone, httpx.HTTPError):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "audio/wav")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Who listens to what is written down by Heard."""

    return ThreadingHTTPServer((host, port), Handler)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hook", required=True, help="the webhook that the test button of the account shows")
    parser.add_argument("--ari", default="http://127.0.0.1:8088/ari", help="Asterisk's REST interface (default: %(default)s)")
    parser.add_argument("--endpoint", default="PJSIP/{number}@trunk", help="how a number is dialled (default: %(default)s)")
    parser.add_argument(
        "--sounds", type=Path, default=Path("/var/lib/heard-sounds"), help="folder for sounds (default: %(default)s)"
    )
    parser.add_argument("--sounds-as", default="", help="what Asterisk calls that folder, if otherwise")
    parser.add_argument("--say", default=PROGRAM, help="a program that speaks (default: %(default)s)")
    parser.add_argument("--listen", default="127.0.0.1:8089", help="where recordings are fetched (default: %(default)s)")
    parser.add_argument("--recordings-url", default="", help="that place as Heard sees it, and `base_url` of the account")


def run(options: argparse.Namespace) -> int:
    """Secrets come by the environment: HEARD_BRIDGE_TOKEN is the account's auth token, HEARD_BRIDGE_ARI the user:password of ARI."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    token, sign_in = os.environ.get("HEARD_BRIDGE_TOKEN", ""), os.environ.get("HEARD_BRIDGE_ARI", "")
    if not token or ":" not in sign_in:
        print("heard: set HEARD_BRIDGE_TOKEN (the account's auth token) and HEARD_BRIDGE_ARI (user:password)")
        return 2
    options.sounds.mkdir(parents=True, exist_ok=True)
    user, _, password = sign_in.partition(":")
    host, _, port = options.listen.rpartition(":")
    voice = Voice(options.sounds, options.sounds_as or str(options.sounds), options.say)
    with httpx.Client(auth=(user, password), timeout=20) as asterisk, httpx.Client(timeout=20) as web:
        bridge = Bridge(
            ari=Ari(asterisk, options.ari),
            web=web,
            voice=voice,
            hook=options.hook,
            token=token,
            endpoint=options.endpoint,
            recordings_url=(options.recordings_url or f"http://{options.listen}").rstrip("/"),
        )
        server = recordings(bridge, host, int(port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            bridge.run()
        finally:
            server.shutdown()
    return 0
