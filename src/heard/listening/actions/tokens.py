"""Tokens by which another system brings voices to one account."""

import secrets
from datetime import timedelta

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening.models import ApiToken
from heard.listening.selectors import visible_accounts
from heard.listening.tokens import hash_of

PREFIX = "heard_"
LONGEST_DAYS = 3 * 365


def make_token(viewer: Viewer, account_id: int, name: str, *, days: int = 365) -> str:
    """A new token, returned this once; only its hash is kept. It ends after `days`. Raises DoesNotExist for an account not seen."""
    viewer.check("token.manage")
    account = visible_accounts(viewer).get(pk=account_id)
    token = PREFIX + secrets.token_urlsafe(32)
    ends_at = now() + timedelta(days=min(max(days, 1), LONGEST_DAYS))
    with transaction.atomic():
        row = ApiToken.objects.create(
            account=account, name=name.strip()[:80] or "token", sha256=hash_of(token), expires_at=ends_at
        )
        audit.note(viewer, "token.make", "token", row.pk, account_id=account_id, name=row.name)
    return token


def end_token(viewer: Viewer, token_id: int) -> None:
    """The token is refused from now on. May be repeated."""
    viewer.check("token.manage")
    with transaction.atomic():
        ApiToken.objects.filter(pk=token_id, account__in=visible_accounts(viewer), expires_at__gt=now()).update(expires_at=now())
        audit.note(viewer, "token.end", "token", token_id)
