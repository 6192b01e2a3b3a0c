"""From the moment a customer's words are handed to their network until they stand on a page that is open: the whole way, with real
servers in between. `bench/arrival.py` prints it; here it is held to what a person would call at once."""

import os
import statistics
import time
from uuid import uuid4

import httpx
import pytest
from twilio.request_validator import RequestValidator

from heard.governance.permissions import HEARD
from heard.listening import actions
from heard.listening.channels.contract import Account
from heard.listening.channels.matrix.registration import registration
from tests.support.closed.twilio import DANA, OURS, SID, TOKEN
from tests.support.servers.mastodon_mock import mastodon, mastodon_server  # noqa: F401
from tests.support.servers.prosody import OURS as OUR_DOMAIN
from tests.support.servers.prosody import ROOMS, xmpp_server  # noqa: F401
from tests.support.servers.synapse import SERVER_NAME, homeserver
from tests.support.servers.waiting import free_port
from tests.support.webchat import DANA as VISITOR
from tests.support.webchat import SHOP, bearer, connect

pytestmark = [pytest.mark.server, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TIMES = int(os.environ.get("HEARD_ARRIVALS", "2"))
AT_ONCE_SECONDS = 30  # on a machine that does ten other things
PATIENCE_SECONDS = 120  # for the first one, which also waits until the channel is connected
THERE = "words => document.body.innerText.includes(words)"


@pytest.fixture
def arrives(desk, record_property):
    """A function: `say(words)` until they are on the page, some times; the first time counts for nothing."""

    def measure(network: str, say) -> None:
        page = desk.open("/")
        seconds = [_seconds(page, say, PATIENCE_SECONDS if n == 0 else AT_ONCE_SECONDS) for n in range(TIMES + 1)][1:]
        record_property("network", network)
        record_property("arrival_ms", [round(1000 * each) for each in seconds])
        assert statistics.median(seconds) < AT_ONCE_SECONDS

    return measure


def _seconds(page, say, most: float) -> float:
    words = f"Help, {uuid4().hex[:8]} is broken"
    began = time.monotonic()
    say(words)
    page.wait_for_function(THERE, arg=words, polling=20, timeout=most * 1000)
    return time.monotonic() - began


def test_mail_by_idle(desk, arrives, mail_server, desk_address):
    actions.connect(HEARD, kind="email", name="Mail", address=desk_address, **mail_server.account(desk_address))
    arrives("E-mail (Dovecot, IDLE)", lambda words: mail_server.write("Dana <dana@home.test>", desk_address, words, words))


def test_mastodon_by_its_stream(desk, arrives, mastodon):
    brand, dana = mastodon.add("brand"), mastodon.add("dana")
    given = {"config": {"base_url": brand.base_url}, "secrets": {"access_token": brand.token}}
    actions.connect(HEARD, kind="mastodon", name="Mastodon", address=brand.handle, **given)
    arrives("Mastodon (mastodon-mock, stream)", lambda words: dana.post(f"@brand {words}"))


def test_matrix_by_its_pushes(desk, arrives, tmp_path):
    port, help_ = free_port(), f"@help:{SERVER_NAME}"
    tokens = {"as_token": "a-token-for-us-of-some-length", "hs_token": "a-token-for-them-of-some-length"}
    config = {"base_url": f"http://127.0.0.1:{port}"}
    id_ = actions.connect(HEARD, kind="matrix", name="Matrix", address=help_, config=config, secrets=tokens)
    account = Account(id=id_, kind="matrix", name="Matrix", address=help_)
    with homeserver(tmp_path, registration(account, f"{desk.address}/hooks/{id_}/", **tokens), port=port) as server:
        dana = server.add("dana")
        room = dana.opens(help_)
        arrives("Matrix (Synapse, pushed)", lambda words: dana.says(room, words))


def test_xmpp_by_its_component(desk, arrives, xmpp_server):
    dana, lounge = xmpp_server.add(), f"lounge@{ROOMS}"
    dana.enters(lounge, "dana")
    actions.connect(HEARD, kind="xmpp", name="Acme Care", address=f"help@{OUR_DOMAIN}", **xmpp_server.account(rooms=lounge))
    dana.sees(lambda e: e.get("from") == f"{lounge}/Acme Care")  # what is said to a component that is not there is lost
    arrives("XMPP (Prosody, component)", lambda words: dana.says(f"help@{OUR_DOMAIN}", words))


def test_web_chat_by_its_door(desk, arrives):
    id_ = connect()
    headers = {"origin": SHOP, **bearer(id_, VISITOR)}

    def say(words: str) -> None:
        body = {"id": uuid4().hex, "text": words}
        assert httpx.post(f"{desk.address}/chat/{id_}/words", json=body, headers=headers).is_success

    arrives("Web chat (its own door)", say)


def test_text_messages_by_webhook(desk, arrives):
    config = {"account_sid": SID, "country": "GB"}
    id_ = actions.connect(HEARD, kind="sms", name="SMS", address=OURS, config=config, secrets={"auth_token": TOKEN})
    hook = f"{desk.address}/hooks/{id_}/"

    def say(words: str) -> None:
        sid = f"SM{uuid4().hex}"
        named = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid)
        fields = {**named, "AccountSid": SID, "SmsStatus": "received", "From": DANA, "To": OURS, "Body": words}
        fields |= {"NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01"}
        signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(hook, fields)}
        assert httpx.post(hook, data=fields, headers=signed).status_code == 200

    arrives("SMS (signed webhook)", say)
