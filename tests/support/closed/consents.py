"""The one thing that stand-ins check alike when somebody signs in: a code is for who asked for it, and for their address."""

import base64
from hashlib import sha256


def fits(consent: dict[str, str] | None, form: dict[str, str]) -> bool:
    """Whether a request for tokens belongs to a consent. https://www.rfc-editor.org/rfc/rfc7636#section-4.6"""
    if consent is None or consent["code_challenge_method"] != "S256":
        return False
    proven = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    return proven == consent["code_challenge"] and form["redirect_uri"] == consent["redirect_uri"]
