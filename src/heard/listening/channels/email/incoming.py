"""Mails out of a mailbox: a page at a time, or as they come (IDLE). Nothing in the mailbox is changed, not even \\Seen.

Our place is (uidvalidity, last uid). When the server renumbers the mailbox (another uidvalidity), we go back by a week
before the newest mail seen and let the delivery keys tell what is known: nothing is lost, nothing doubled. The Sent folder,
where it is read, has a place of its own.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import msgspec
from imapclient import IMAPClient

from heard.listening.channels.contract import JSON, Context, PullPage, RawEvent, Rejected
from heard.listening.channels.email import seals
from heard.listening.channels.email.ceiling import Ceiling
from heard.listening.channels.email.compose import own_domain
from heard.listening.channels.email.connect import TIMEOUT_SECONDS, imap
from heard.listening.channels.email.headers import addresses, message_ids
from heard.listening.channels.email.mime import MOST_BYTES, fields_of
from heard.listening.channels.email.read import message_id_of

OVERLAP = timedelta(days=7)
FIRST_DAYS = 30  # how far back a newly connected mailbox is read
BYTES_PER_PAGE = 20_000_000
IDLE_SECONDS = 28 * 60  # servers may hang up after 29 minutes (RFC 2177)
POLL_SECONDS = 4 * 60  # NAT boxes kill an idle connection without telling anybody: look for ourselves as well
HEARTBEAT_SECONDS = 30
STOP_SECONDS = 1
KEPT_OF_OVERSIZED = 256_000


def key_of(raw: bytes) -> str:
    """The delivery key: Message-ID and a hash of the bytes. A repeated Message-ID with other words is another delivery."""
    digest = hashlib.sha256(raw).hexdigest()
    message_id = message_id_of(fields_of(_head_of(raw)))
    return f"{message_id}#{digest[:16]}" if message_id and len(message_id) <= 200 else digest


def pull(ctx: Context, cursor: JSON, *, limit: int) -> PullPage:
    with imap(ctx) as client:
        return next_page(ctx, client, cursor, limit=limit)


def next_page(ctx: Context, client: IMAPClient, cursor: JSON, *, limit: int) -> PullPage:
    """The mails behind `cursor`, at most `limit` and about BYTES_PER_PAGE of each folder: the inbox first, then what colleagues
    sent, so that an answer comes after its question. The inbox is selected afterwards."""
    key = _reply_key(ctx)
    mails, moved, more = _folder_page(ctx, client, _inbox(ctx), cursor, limit=limit)
    ceiling = Ceiling(cursor.get("pace"))
    deliveries = [_noted(mail, ctx, key, ceiling) for mail in mails]
    moved["pace"] = ceiling.so_far()
    if "sent" in cursor:
        moved["sent"] = cursor["sent"]
    if not more and reads_sent(ctx) and (folder := _existing_sent_folder(ctx, client)):
        room = max(1, limit - len(deliveries))
        copies, moved["sent"], more = _folder_page(ctx, client, folder, cursor.get("sent", {}), limit=room)
        deliveries += [_as_sent(mail) for mail in copies if not _went_out_from_here(mail, key)]
        _select(client, _inbox(ctx))
    return PullPage(deliveries=deliveries, cursor=moved, has_more=more)


def _folder_page(
    ctx: Context, client: IMAPClient, folder: str, cursor: JSON, *, limit: int
) -> tuple[list[RawEvent], dict[str, Any], bool]:
    """(mails of this folder behind `cursor`, the place to go on from, whether there is more)"""
    validity, newest_uid = _select(client, folder)
    place = cursor if cursor.get("uidvalidity") == validity else _place_from(ctx, cursor, validity)
    uids = _uids_after(client, place)
    sizes = {uid: int(item[b"RFC822.SIZE"]) for uid, item in client.fetch(uids[:limit], ["RFC822.SIZE"]).items()} if uids else {}
    page = _fitting([uid for uid in uids[:limit] if uid in sizes], sizes)
    mails, newest = _fetch(client, page, sizes)
    seen = max([newest, place.get("seen_at", "")], default="")
    more = len(uids) > limit or len(page) < len(sizes)
    # Behind the last page lies everything that was there when we looked: also mails too old to be wanted at first, and
    # uids that vanished between search and fetch.
    last = (page or [place["uid"]])[-1] if more else max(newest_uid, *uids[-1:], int(place["uid"]))
    moved = {"uidvalidity": validity, "uid": int(last), "seen_at": seen}
    if more and "since" in place:
        moved["since"] = place["since"]
    return mails, moved, more


def _inbox(ctx: Context) -> str:
    return str(ctx.account.config.get("folder") or "INBOX")


# ── What only the reader of the mailbox knows, noted on the delivery ────────────────────────────────────────────────


def _reply_key(ctx: Context) -> str:
    """Of this account, to prove that an answer is to a mail of ours; made the first time."""
    secrets = ctx.account.secrets
    if not secrets.get(seals.KEY):
        secrets[seals.KEY] = seals.new_key()  # this context lives on in a stream
        ctx.keep({seals.KEY: secrets[seals.KEY]})
    return secrets[seals.KEY]


def _noted(mail: RawEvent, ctx: Context, key: str, ceiling: Ceiling) -> RawEvent:
    """With the proof that it answers us, and with the reason where it passed the ceiling."""
    fields = fields_of(_head_of(mail.body))
    author = next((a for value in fields.get(b"from", [])[:1] for _, a in addresses(value)), "")
    refers_to = [i for name in (b"in-reply-to", b"references") for value in fields.get(name, [])[:5] for i in message_ids(value)]
    answers = seals.answered(key, refers_to, author=author, domain=own_domain(ctx.account))
    headers = dict(mail.headers)
    if answers:
        headers["answers"] = f"{answers.proof} {answers.message_id}"
    if why := ceiling.passed_by(mail.body, mail.received_at or ctx.now()):
        headers["above_ceiling"] = why
    return msgspec.structs.replace(mail, headers=headers)


def _as_sent(mail: RawEvent) -> RawEvent:
    return msgspec.structs.replace(mail, headers={**mail.headers, "sent": "yes"})


def _went_out_from_here(mail: RawEvent, key: str) -> bool:
    """It is our own copy of an answer that is known already."""
    return seals.is_made_by_us(key, message_id_of(fields_of(_head_of(mail.body))))


def _head_of(raw: bytes) -> bytes:
    return raw[: raw.find(b"\n\r\n") + 1 or raw.find(b"\n\n") + 1 or 65_536]


def reads_sent(ctx: Context) -> bool:
    return str(ctx.account.config.get("read_sent") or "no").lower() in ("yes", "true")


def _existing_sent_folder(ctx: Context, client: IMAPClient) -> str:
    folder = sent_folder(ctx, client)
    return folder if folder and folder != _inbox(ctx) and client.folder_exists(folder) else ""


# ── A folder ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _select(client: IMAPClient, folder: str) -> tuple[int, int]:
    """(uidvalidity, the highest uid given out so far)"""
    if not client.folder_exists(folder):
        raise Rejected(f"The mailbox has no folder {folder!r}.")
    state = client.select_folder(folder, readonly=True)
    return int(state[b"UIDVALIDITY"]), int(state.get(b"UIDNEXT", 1)) - 1


def describe(ctx: Context, client: IMAPClient) -> str:
    """One line about the folders that are read, for the test button."""
    _select(client, _inbox(ctx))
    push = "new mail is pushed" if client.has_capability("IDLE") else "asked every minute, for the server has no IDLE"
    told = f"signed in, {client.folder_status(_inbox(ctx), ['MESSAGES'])[b'MESSAGES']} mails, {push}"
    if not reads_sent(ctx):
        return told
    sent = _existing_sent_folder(ctx, client)
    return f"{told}; {f'{sent} is read as well' if sent else 'there is no Sent folder to read, name it in the settings'}"


def _place_from(ctx: Context, cursor: JSON, validity: int) -> JSON:
    """Where to begin without a place in this mailbox: a week before the newest mail seen, or some days ago at first."""
    seen = cursor.get("seen_at")
    days = int(ctx.account.config.get("first_days") or FIRST_DAYS)
    since = datetime.fromisoformat(seen) - OVERLAP if seen else ctx.now() - timedelta(days=days)
    return {"uidvalidity": validity, "uid": 0, "since": since.date().isoformat(), "seen_at": seen or ""}


def _uids_after(client: IMAPClient, place: JSON) -> list[int]:
    criteria: list[Any] = ["UID", f"{int(place['uid']) + 1}:*"]
    if since := place.get("since"):
        criteria += ["SINCE", datetime.fromisoformat(since).date()]
    # "n:*" also matches the last mail when n is beyond it (RFC 3501).
    return sorted(uid for uid in client.search(criteria) if uid > int(place["uid"]))


def _fitting(uids: list[int], sizes: dict[int, int]) -> list[int]:
    page: list[int] = []
    total = 0
    for uid in uids:
        total += min(sizes[uid], MOST_BYTES)
        if page and total > BYTES_PER_PAGE:
            break
        page.append(uid)
    return page


def _fetch(client: IMAPClient, uids: list[int], sizes: dict[int, int]) -> tuple[list[RawEvent], str]:
    """Deliveries in the order of the mailbox, and the arrival of the newest. Of an oversized mail only the beginning."""
    small = [uid for uid in uids if sizes[uid] <= MOST_BYTES]
    found = client.fetch(small, ["BODY.PEEK[]", "INTERNALDATE"]) if small else {}
    if large := [uid for uid in uids if sizes[uid] > MOST_BYTES]:
        found.update(client.fetch(large, [f"BODY.PEEK[]<0.{KEPT_OF_OVERSIZED}>", "INTERNALDATE"]))
    deliveries, newest = [], ""
    for uid in uids:
        item = found.get(uid, {})
        body = item.get(b"BODY[]") or item.get(b"BODY[]<0>")
        if not body:
            continue
        arrived = _utc(item[b"INTERNALDATE"])
        newest = max(newest, arrived.isoformat())
        headers = {"uid": str(uid)}
        if sizes[uid] > MOST_BYTES:
            headers["oversized_bytes"] = str(sizes[uid])
        deliveries.append(
            RawEvent(key=key_of(body), body=body, content_type="message/rfc822", headers=headers, received_at=arrived)
        )
    return deliveries, newest


def _utc(at: datetime) -> datetime:
    """IMAPClient gives local time without a zone."""
    return at.astimezone(UTC)


# ── As they come ────────────────────────────────────────────────────────────────────────────────────────────────────


def stream(ctx: Context, cursor: JSON, *, limit: int = 200) -> Iterator[PullPage]:
    """Pages for as long as the connection holds. An empty page at least every HEARTBEAT_SECONDS is the sign of life."""
    with imap(ctx) as client:
        can_idle = client.has_capability("IDLE")
        while not ctx.stopping():
            page = next_page(ctx, client, cursor, limit=limit)
            cursor = page.cursor or cursor
            yield page
            if page.has_more:
                continue
            yield from _idle(ctx, client) if can_idle else _wait(ctx, client)


def _idle(ctx: Context, client: IMAPClient) -> Iterator[PullPage]:
    """Until something happens in the mailbox, or it is time to look anyway."""
    client.idle()
    until = monotonic() + min(IDLE_SECONDS, POLL_SECONDS)
    beat = monotonic() + HEARTBEAT_SECONDS
    while not ctx.stopping() and monotonic() < until:
        asked_at = monotonic()
        happened = client.idle_check(timeout=STOP_SECONDS)
        if happened or monotonic() - asked_at < STOP_SECONDS / 2:  # news; or the line is dead and the next step finds out
            break
        if monotonic() >= beat:
            beat = monotonic() + HEARTBEAT_SECONDS
            yield PullPage()
    client.socket().settimeout(TIMEOUT_SECONDS)  # idle_check leaves it without one
    client.idle_done()


def _wait(ctx: Context, client: IMAPClient) -> Iterator[PullPage]:
    """For servers without IDLE: ask every HEARTBEAT_SECONDS. The wait is a read, so that a dead line is noticed."""
    beat = monotonic() + HEARTBEAT_SECONDS
    while not ctx.stopping() and monotonic() < beat:
        client.socket().settimeout(STOP_SECONDS)
        try:
            if client.socket().recv(1, 2) == b"":  # MSG_PEEK
                raise ConnectionResetError("the server hung up")
            break
        except TimeoutError:
            continue
    client.socket().settimeout(TIMEOUT_SECONDS)
    yield PullPage()


# ── Did it go out? ──────────────────────────────────────────────────────────────────────────────────────────────────


def find_message(ctx: Context, message_id: str) -> bool:
    """True when a mail with this Message-ID is in the Sent folder or the inbox."""
    with imap(ctx) as client:
        folders = [sent_folder(ctx, client), _inbox(ctx)]
        for folder in dict.fromkeys(f for f in folders if f and client.folder_exists(f)):
            client.select_folder(folder, readonly=True)
            if client.search(["HEADER", "Message-ID", message_id]):
                return True
    return False


def keep_copy(ctx: Context, raw: bytes) -> None:
    with imap(ctx) as client:
        folder = sent_folder(ctx, client)
        if folder and client.folder_exists(folder):
            client.append(folder, raw, flags=[b"\\Seen"], msg_time=ctx.now())


def sent_folder(ctx: Context, client: IMAPClient) -> str:
    """The folder that is configured, else the one that the server marks as \\Sent; empty when there is none."""
    given = str(ctx.account.config.get("sent_folder") or "").strip()
    if given:
        return given
    marked = [name for flags, _, name in client.list_folders() if b"\\Sent" in flags]
    return str(marked[0]) if marked else ""
