"""Google's sign-in in a few lines, for all that stands behind it."""

import json
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from heard.listening.channels.contract import ConfigField
from heard.listening.conformance import Answer, Asked, ChannelConformance


class Conformance(ChannelConformance):
    def secret(self, field: ConfigField) -> str:
        return key_file() if field.name == "service_account_key" else super().secret(field)


def signed_in(asked: Asked) -> Answer | None:
    """The answer of the sign-in; None for what is asked of an API."""
    if asked.path != "/token":
        return None
    return said({"access_token": "canary-access-5b1c77", "expires_in": 3599, "token_type": "Bearer", "scope": "a b"})


def said(what: object) -> Answer:
    return Answer(body=json.dumps(what).encode())


@cache
def key_file() -> str:
    """As Google Cloud gives it for a new key."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "acme-reviews",
            "private_key_id": "0f3d6a0b",
            "private_key": pem,
            "client_email": "heard@acme-reviews.iam.gserviceaccount.com",
            "client_id": "100200300",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )
