"""Connects an account of Heard to the stand-in for Twilio, the product's own way."""

from django.conf import settings

from heard.governance.permissions import HEARD
from heard.listening import actions
from tests.support.closed.house_of_meta import Desk
from tests.support.closed.twilio import OURS, SID, TOKEN, Twilio


def connected(twilio: Twilio, viewer: object, *, kind: str, token: str = TOKEN, **config: object) -> Desk:
    account_id = actions.connect(
        HEARD,
        kind=kind,
        name=f"Acme by {kind}",
        address=OURS,
        config={"account_sid": SID, "base_url": twilio.url, "country": "GB", **config},
        secrets={"auth_token": token},
    )
    desk = Desk(twilio, account_id, viewer)
    twilio.hook = f"{settings.PUBLIC_URL}{desk.hook}"
    return desk
