"""Whether the site vouches for a customer: HMAC-SHA256 of the id under the secret that only the two servers know."""

import hmac
import re
from hashlib import sha256

MOST_ID = 200
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class NotProved(Exception):
    """The site does not vouch for this id; the text is for the developer of the site, and says nothing of the secret."""


def check_proof(id_: str, hash_: str, *, secret: str) -> None:
    """Raises NotProved. Threat 34: a missing, empty, wrong or borrowed hash is no proof, and neither is an empty secret."""
    if not secret:
        raise NotProved("this chat has no secret yet; an administrator sets `identify_secret` in Heard")
    if not id_ or id_ != id_.strip() or len(id_) > MOST_ID or _UNSEEN.search(id_):
        raise NotProved(f"`id` must be 1 to {MOST_ID} letters without line breaks and without spaces around it")
    if not hash_:
        raise NotProved("`hash` is missing: it is the HMAC-SHA256 of the id under the secret, made on your server")
    if not hmac.compare_digest(hash_.lower().encode(errors="replace"), proof_of(id_, secret=secret).encode()):
        raise NotProved("`hash` does not belong to this `id`")


def proof_of(id_: str, *, secret: str) -> str:
    """What the site's server gives its page, in hexadecimal."""
    return hmac.new(secret.encode(), id_.encode(), sha256).hexdigest()
