"""A stream goes on until somebody changes its account; what its adapter renews by itself is no such change."""

from collections.abc import Callable, Iterator

import pytest

from heard.kernel.secrets import seal, unseal
from heard.listening import streams
from heard.listening.accounts import adapters
from heard.listening.channels.contract import JSON, BaseAdapter, Capabilities, Context, PullPage
from heard.listening.models import ChannelAccount

pytestmark = pytest.mark.django_db


class Renewing(BaseAdapter):
    """Three pages, and a token that is renewed before each."""

    kind = "renewing"
    label = "Renewing"
    capabilities = Capabilities(inbound=("stream",))

    def __init__(self) -> None:
        self.pages = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        for n in range(3):
            ctx.keep({"token": f"token {n}"})
            self.pages += 1
            self.meanwhile()
            yield PullPage(cursor={"n": n})


@pytest.fixture
def adapter():
    adapters()["renewing"] = Renewing()
    yield adapters()["renewing"]
    adapters().pop("renewing")


@pytest.fixture
def account(adapter) -> ChannelAccount:
    secrets = seal({"password": "open sesame", "token": "old"})
    return ChannelAccount.objects.create(kind="renewing", name="Renewing", sealed_secrets=secrets)


def _listen(account) -> ChannelAccount:
    assert streams.listen(account.pk, stopping=lambda: False, keep_going=lambda: True)
    account.refresh_from_db()
    return account


def test_a_stream_goes_on_when_its_adapter_renews_a_token(account, adapter):
    assert unseal(_listen(account).sealed_secrets) == {"password": "open sesame", "token": "token 2"}
    assert adapter.pages == 3


def test_a_stream_ends_when_somebody_gives_the_account_other_secrets(account, adapter):
    others = seal({"password": "changed"})
    adapter.meanwhile = lambda: ChannelAccount.objects.filter(pk=account.pk).update(sealed_secrets=others)
    assert unseal(_listen(account).sealed_secrets) == {"password": "changed"}
    assert adapter.pages == 1


def test_a_stream_ends_when_a_colleague_pauses_the_account(account, adapter):
    adapter.meanwhile = lambda: ChannelAccount.objects.filter(pk=account.pk).update(state="off")
    _listen(account)
    assert adapter.pages == 1
