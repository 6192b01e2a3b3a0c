"""Connects an account of Heard to a stand-in for one of Google's, the product's own way; it is polled."""

from heard.governance.permissions import HEARD
from heard.listening import actions
from heard.listening import selectors as listening
from heard.listening.models import ChannelAccount, Interaction
from tests.support.closed.google import Google
from tests.support.closed.house_of_meta import Desk


class PolledDesk(Desk):
    """One account, and the member who answers on it."""

    def listen(self) -> int:
        """How many deliveries were new."""
        new = actions.pull(self.account_id)
        super().listen()
        return new

    def trouble(self) -> str:
        return ChannelAccount.objects.get(pk=self.account_id).last_error

    def spoken(self) -> list[Interaction]:
        return list(Interaction.objects.filter(account_id=self.account_id).order_by("occurred_at", "id"))

    def spoken_voices(self) -> list:
        """As they read now, in whatever conversation."""
        found = listening.voices(self.viewer, [voice.pk for voice in self.spoken()])
        return [found[voice.pk] for voice in self.spoken()]


def connected(google: Google, viewer: object, *, kind: str, address: str, **config: str) -> PolledDesk:
    account_id = actions.connect(
        HEARD,
        kind=kind,
        name="Acme",
        address=address,
        config={"base_url": google.url, "sign_in_url": google.url, **config},
        secrets=google.secrets(),
    )
    return PolledDesk(google, account_id, viewer)  # type: ignore[arg-type]
