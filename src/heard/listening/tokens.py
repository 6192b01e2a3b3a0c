"""Who stands behind a bearer token, and which tokens there are."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening.models import ApiToken, ChannelAccount
from heard.listening.selectors import visible_accounts

USE_IS_NOTED_EVERY = timedelta(minutes=5)  # a busy token is not worth a write for each call


@dataclass(frozen=True)
class Bearer:
    """A system that may bring voices to one account, and nothing else."""

    token_id: int
    account_id: int
    account_kind: str
    name: str


def hash_of(token: str) -> str:
    """Tokens are long and random, so one plain hash is as good as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_of(token: str) -> Bearer | None:
    """None for a token that is unknown or over, or whose account is switched off."""
    moment = now()
    row = (
        ApiToken.objects.filter(sha256=hash_of(token), expires_at__gt=moment)
        .exclude(account__state=ChannelAccount.State.OFF)
        .values_list("id", "account_id", "account__kind", "name", "last_used_at")
        .first()
    )
    if row is None:
        return None
    if row[4] is None or row[4] < moment - USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=row[0]).update(last_used_at=moment)
    return Bearer(*row[:4])


def tokens_of(viewer: Viewer, account_id: int) -> QuerySet[ApiToken]:
    """Every token of an account that the viewer sees, newest first; its hash tells nobody anything."""
    viewer.check("token.manage")
    return ApiToken.objects.filter(account_id=account_id, account__in=visible_accounts(viewer)).order_by("-id")
