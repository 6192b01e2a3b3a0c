"""From what a page brought to events."""

import msgspec

from heard.listening.channels.contract import Account, Author, Event, File, Said
from heard.listening.channels.webchat.payloads import (
    NETWORK,
    USER,
    Brought,
    Known,
    Left,
    Visitor,
    Words,
    visitor_id,
    words_id,
)
from heard.listening.channels.webchat.settings import settings_of

_decoder = msgspec.json.Decoder(Brought)


class _By(msgspec.Struct):
    key: str = ""
    was: str = ""


class _Speaker(msgspec.Struct):
    type: str = ""
    by: _By | None = None
    email: str = ""


def author_key(body: bytes) -> str:
    try:
        spoke = msgspec.json.decode(body, type=_Speaker)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if spoke.by is None:
        return spoke.email.lower()
    return f"{NETWORK} {spoke.by.was if spoke.type == 'known' else spoke.by.key}"


def events_of(body: bytes, account: Account) -> list[Event]:
    """Raises ValueError."""
    try:
        brought = _decoder.decode(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    match brought:
        case Words():
            return [_said(brought, account)]
        case Known():
            return [_known(brought, account)]
    return [_left(brought)]


def _said(words: Words, account: Account) -> Said:
    by = words.by
    extra: dict = {"page": words.page} if words.page else {}
    if by.email:
        extra |= {"email": by.email, "unproved_address": True}
    return Said(
        external_id=words_id(by.key, words.id),
        author=author_of(by, account),
        occurred_at=words.at,
        text=words.text,
        thread_ref=visitor_id(account.id, by.key),
        references=(visitor_id(account.id, by.was),) if by.was else (),
        attachments=() if words.file is None else (_file(words),),
        extra=extra,
    )


def _known(known: Known, account: Account) -> Said:
    """Said of the face that spoke before: from here on both are one customer, for the site vouches for both alike."""
    by = known.by
    before = visitor_id(account.id, by.was)
    claim = f" E-mail address as given: {by.email}." if by.email else ""
    return Said(
        external_id=words_id(by.was, f"is {by.key}"),
        author=Author(network=NETWORK, external_id=before, handle=handle_of(by, account), name=by.name, verified=True),
        occurred_at=known.at,
        kind="visit",
        addressed=False,
        text=f"Signed in to the site as {by.name or handle_of(by, account)}.{claim}",
        thread_ref=before,
        extra={"outcome": "signed in"},
    )


def _left(left: Left) -> Said:
    return Said(
        external_id=f"left/{left.id}",
        author=Author(network="email", external_id=left.email.lower(), handle=left.email, name=left.name),
        occurred_at=left.at,
        text=left.text,
        extra={"unproved_address": True, **({"page": left.page} if left.page else {})},
    )


def author_of(by: Visitor, account: Account) -> Author:
    """`verified` says that the site vouches for the handle."""
    if not by.is_vouched_for:
        external_id, short = visitor_id(account.id, by.key), by.key[:4]
        return Author(network=NETWORK, external_id=external_id, handle=f"visitor {short}", name=f"Visitor {short}")
    return Author(
        network=NETWORK,
        external_id=visitor_id(account.id, by.key),
        handle=handle_of(by, account),
        name=by.name,
        verified=True,
    )


def handle_of(by: Visitor, account: Account) -> str:
    """What the site vouched for: "user 42"; a mail address only where the administrator says that the ids are proved ones.

    Never a mail address by mere look: a space keeps the two apart (see identity/rules/certain.py).
    """
    id_ = by.key.removeprefix(USER)
    return id_.lower() if settings_of(account).ids_are_addresses and "@" in id_ and " " not in id_ else f"user {id_}"


def _file(words: Words) -> File:
    assert words.file is not None
    data = words.file.data
    return File(name=words.file.name, content_type=words.file.content_type, data=data, size_bytes=len(data))
