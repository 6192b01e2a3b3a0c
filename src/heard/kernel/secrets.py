"""Secrets at rest: what a channel needs to sign in is stored encrypted and never logged."""

import base64
import hashlib

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotRead(Exception):
    """The secret was sealed with a key that is no longer configured: nothing is lost, but someone must enter it again."""


def seal(secrets: dict[str, str]) -> str:
    return _fernet().encrypt(msgspec.json.encode(secrets)).decode() if secrets else ""


def unseal(sealed: str) -> dict[str, str]:
    """Raises CannotRead when no configured key fits."""
    if not sealed:
        return {}
    try:
        return msgspec.json.decode(_fernet().decrypt(sealed.encode()), type=dict[str, str])
    except InvalidToken as error:
        raise CannotRead from error


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"heard secrets " + key.encode()).digest())) for key in keys]
    )
