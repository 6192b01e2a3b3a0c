"""The file by which an administrator of a homeserver lets us in. JSON strings are YAML, too, so nothing in it can break out."""

import json

from heard.listening.channels.contract import Account
from heard.listening.channels.matrix.ids import own_id


def name_of(account: Account) -> str:
    """What the homeserver calls this application service."""
    return f"heard-{account.id}"


def registration(account: Account, hook_url: str, *, as_token: str = "", hs_token: str = "") -> str:
    """With words in place of the tokens when none are given, to be shown to people."""
    ours = own_id(account)
    return "\n".join(
        [
            f"id: {json.dumps(name_of(account))}",
            f"url: {json.dumps(hook_url.rstrip('/'))}",
            f"as_token: {json.dumps(as_token or 'the application service token')}",
            f"hs_token: {json.dumps(hs_token or 'the homeserver token')}",
            f"sender_localpart: {json.dumps(f'_{name_of(account)}')}",  # speaks never: Synapse shows it no invitations
            "rate_limited: true",
            "namespaces:",
            f"  users: [{{exclusive: true, regex: {json.dumps(escaped(ours) + '$')}}}]",
            "  rooms: []",
            "  aliases: []",
            "",
        ]
    )


def escaped(name: str) -> str:
    """As a regular expression that fits only this name."""
    return "".join(sign if sign.isalnum() or sign in "@_-=/:" else f"[{sign}]" for sign in name)
