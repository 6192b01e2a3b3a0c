"""A raw mail to the events it means. Pure: the same bytes give the same events, whoever asks and whenever."""

import hashlib
import mimetypes
import re
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Literal

from heard.listening.channels.contract import Account, Author, Event, File, RawEvent, Said, StatusChanged
from heard.listening.channels.email import automatic as auto
from heard.listening.channels.email.charset import decoded
from heard.listening.channels.email.headers import addresses, date_of, message_ids, one_line, text_of, value_and_parameters, words
from heard.listening.channels.email.mime import Part, fields_of, parse
from heard.listening.channels.email.quotes import newly_written
from heard.listening.channels.email.reports import Report, report_of
from heard.listening.channels.html_text import text_of_html

LONGEST_TEXT = 1_000_000  # characters of a body; the rest of a longer one is kept as a file
MOST_RECIPIENTS = 100
MOST_REFERENCES = 100
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(hours=1)
STATUSES = {"failed": "failed", "delivered": "delivered", "relayed": "delivered", "expanded": "delivered", "read": "read"}
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LIST_TAG = re.compile(r"\[[^\]]{1,60}\]\s*")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|fwd?|wg|sv|antw|tr|rv|rif|vs|odp)\s*(?:\[\d+\])?\s*:)+\s*", re.I)


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """One Said; for a report about a mail of ours also its StatusChanged. Raises mime.Unreadable (a ValueError)."""
    root, leaves = parse(raw.body)
    author = _author(root, raw.body, account)
    subject = text_of(root.first(b"subject"))[:998]
    parents, references = _thread(root)
    own_id = message_id_of(root.fields) or f"sha256:{hashlib.sha256(raw.body).hexdigest()}"
    occurred_at = _occurred_at(root, raw.received_at)
    daemon = auto.is_daemon(author.external_id, author.name)
    report = report_of(root, leaves, is_daemon=daemon or auto.has_null_sender(root.fields), subject=subject)
    automatic = auto.automatic(root.fields, sender=author.external_id, subject=subject, is_answer=bool(parents or references))
    if report is not None and report.target and not parents:
        parents = [report.target]
    if above := raw.headers.get("above_ceiling"):
        automatic = auto.Automatic(above, is_reply=True)
    text, html, files = _content(leaves, is_report=report is not None)
    ours = _is_ours(author, raw, root, account)
    written = newly_written(text)
    extra = _extra(
        root,
        account,
        author=author,
        automatic=automatic,
        report=report,
        ours=ours,
        digest=_digest(author, subject, written or html, files),
    )
    if answers := raw.headers.get("answers"):
        proof, _, answered_id = answers.partition(" ")
        extra["answers"] = {"id": answered_id, "proof": proof} | ({"verified": True} if author.verified else {})
    said = Said(
        external_id=own_id,
        author=author,
        occurred_at=occurred_at,
        text=written,
        full_text=text,
        html=html,
        subject=subject,
        kind=_kind(report, automatic),
        direction="outbound" if ours else "inbound",
        thread_ref=references[0] if references else parents[0] if parents else own_id,
        parent_ref=parents[0] if parents else references[-1] if references else "",
        references=tuple(references),
        recipients=_recipients(root),
        attachments=tuple(files),
        extra=extra,
    )
    return [said, *_status(report, occurred_at)]


def _kind(report: Report | None, automatic: auto.Automatic) -> Literal["message", "bounce", "auto_reply"]:
    if report is not None:
        return "auto_reply" if report.action == "read" else "bounce"
    return "auto_reply" if automatic.is_reply else "message"


def _status(report: Report | None, at: datetime) -> list[Event]:
    if report is None or not report.target or report.action not in STATUSES:
        return []
    reason = " ".join(part for part in (report.recipient, report.code, report.reason) if part)
    return [StatusChanged(target=report.target, status=STATUSES[report.action], occurred_at=at, reason=reason)]  # type: ignore[arg-type]


def _extra(
    root: Part, account: Account, *, author: Author, automatic: auto.Automatic, report: Report | None, ours: bool, digest: str
) -> dict:
    """What the desk and the rules may want to know, small and without anything that could be empty."""
    results, _ = _authentication(root, author.external_id, account)
    own_address = author.external_id in own_addresses(account) and not ours
    extra = {
        "auto": "it claims our own address without proof" if own_address else automatic.reason,
        "claims_our_address": own_address,
        "list_id": auto.list_id(root.fields),
        "to": [address.lower() for _, address in _people(root, b"to")],
        "cc": [address.lower() for _, address in _people(root, b"cc")],
        "reply_to": [address.lower() for _, address in _people(root, b"reply-to") if address.lower() != author.external_id],
        "authentication": results,
        "digest": digest,
    }
    if report is not None:
        extra["auto"] = f"report: {report.action}"
        extra["report"] = {
            "action": report.action,
            "target": report.target,
            "recipient": report.recipient,
            "code": report.code,
            "reason": report.reason,
        }
    return {name: value for name, value in extra.items() if value}


def _digest(author: Author, subject: str, text: str, files: list[File]) -> str:
    """Tells two mails under one Message-ID apart, and says the same of one mail that came directly and over a list."""
    said = [author.external_id, _PREFIX.sub("", _LIST_TAG.sub("", subject)).lower(), " ".join(text.split())]
    return hashlib.sha256("\0".join([*said, *(f"{f.name} {f.size_bytes}" for f in files)]).encode()).hexdigest()[:16]


# ── Who, when, in answer to what ────────────────────────────────────────────────────────────────────────────────────


def own_addresses(account: Account) -> set[str]:
    aliases = account.config.get("aliases") or []
    listed = re.split(r"[,;\s]+", aliases) if isinstance(aliases, str) else aliases
    return {a.strip().lower() for a in [account.address, *listed] if a.strip()}


def _author(root: Part, raw: bytes, account: Account) -> Author:
    """Whoever From names; without one Sender, Reply-To or the envelope; an unknown author is nobody else's double."""
    for field in (b"from", b"sender", b"reply-to", b"return-path"):
        if found := _people(root, field):
            name, address = found[0]
            _, verified = _authentication(root, address, account)
            return Author(
                network="email",
                external_id=address.lower()[:320],
                handle=address[:320],
                name=name,
                verified=verified and len(found) == 1,
            )
    name = text_of(root.first(b"from"))[:200]
    return Author(network="email", external_id=f"unknown-{hashlib.sha256(raw).hexdigest()[:24]}@invalid", name=name)


def _authentication(root: Part, address: str, account: Account) -> tuple[dict[str, str], bool]:
    authserv_id = str(account.config.get("authserv_id") or "").strip()
    return auto.authentication(root.fields, authserv_id=authserv_id, domain=address.rpartition("@")[2])


def _is_ours(author: Author, raw: RawEvent, root: Part, account: Account) -> bool:
    """Our own words: from the Sent folder, vouched for by our server, or never sent over a network (threat 1).

    Anybody can write our address into From; a mail that came from outside and proves nothing is not ours.
    """
    if author.external_id not in own_addresses(account):
        return False
    return bool(raw.headers.get("sent")) or author.verified or b"received" not in root.fields


def _people(root: Part, field: bytes) -> list[tuple[str, str]]:
    values = root.fields.get(field, [])
    return [pair for value in values[:5] for pair in addresses(value)][:MOST_RECIPIENTS] if values else []


def _recipients(root: Part) -> tuple[Author, ...]:
    both = [*_people(root, b"to"), *_people(root, b"cc")][:MOST_RECIPIENTS]
    return tuple(Author(network="email", external_id=a.lower()[:320], handle=a[:320], name=n) for n, a in both)


def message_id_of(fields: dict[bytes, list[bytes]]) -> str:
    """The Message-ID if it can serve as one, else nothing. Ours are 3 to 400 characters without blanks."""
    value = fields.get(b"message-id", [b""])[0]
    ids = message_ids(value)
    if not ids and (bare := one_line(decoded(value)).strip("<>")) and " " not in bare:
        ids = [bare]
    return ids[0] if ids and 3 <= len(ids[0]) <= 400 else ""


def _thread(root: Part) -> tuple[list[str], list[str]]:
    """(In-Reply-To, References), sane ones only; of an endless chain the first and the last are kept."""
    parents = [i for i in message_ids(root.first(b"in-reply-to")) if len(i) <= 400]
    references = [i for i in message_ids(root.first(b"references")) if len(i) <= 400]
    if len(references) > MOST_REFERENCES:
        references = [references[0], *references[1 - MOST_REFERENCES :]]
    return parents, references


def _occurred_at(root: Part, received_at: datetime | None) -> datetime:
    """Date if it can be true, else when the first server of ours wrote it down."""
    received = root.first(b"received")
    passed = date_of(text_of(received[-200:]).rpartition(";")[2]) if received else None
    latest = min((at for at in (received_at, passed) if at is not None and at > EARLIEST), default=None)
    written = date_of(text_of(root.first(b"date")))
    if written is not None and written >= EARLIEST and (latest is None or written <= latest + CLOCK_SKEW):
        return written
    return latest or EARLIEST


# ── What ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _content(leaves: list[Part], *, is_report: bool) -> tuple[str, str, list[File]]:
    """(plain text, HTML, files). Nothing is dropped: what is not shown as text is a file."""
    bodies = [leaf for leaf in leaves if _is_body(leaf)]
    if not bodies:
        bodies = [leaf for leaf in leaves if leaf.kind in ("text/plain", "text/html") and _disposition(leaf)[0] != "attachment"][
            :1
        ]
    if is_report:
        bodies = bodies[:1]
    shown = {id(leaf) for leaf in bodies}
    files = [_file(leaf, n) for n, leaf in enumerate((leaf for leaf in leaves if id(leaf) not in shown), start=1)]
    files = [f for f in files if f.data or f.name]
    text, html = _joined(_blocks(bodies))
    if len(text) > LONGEST_TEXT:
        files.append(_as_file("message.txt", "text/plain", text.encode()))
        text = text[:LONGEST_TEXT]
    if len(html) > LONGEST_TEXT:
        files.append(_as_file("message.html", "text/html", html.encode()))
        html = html[:LONGEST_TEXT]
    return text, html, files


def _as_file(name: str, content_type: str, data: bytes) -> File:
    return File(name=name, content_type=content_type, data=data, size_bytes=len(data))


def _is_body(leaf: Part) -> bool:
    if leaf.kind not in ("text/plain", "text/html", "text/enriched"):
        return False
    disposition, parameters = _disposition(leaf)
    return disposition != "attachment" and not (parameters.get("filename") or leaf.parameters.get("name"))


def _disposition(leaf: Part) -> tuple[str, dict[str, str]]:
    value = leaf.first(b"content-disposition")
    return value_and_parameters(value) if value else ("", {})


def _blocks(bodies: list[Part]) -> list[tuple[str, str]]:
    """(plain, HTML) of each piece of the body, in order. Alternatives of each other are one piece."""
    groups: dict[int, tuple[list[str], list[str]]] = {}
    for leaf in bodies:
        key = id(leaf.outermost_alternative or leaf)
        plains, htmls = groups.setdefault(key, ([], []))
        if leaf.kind == "text/html":
            htmls.append(leaf.text())
        elif leaf.kind == "text/enriched":
            plains.append(text_of_html(leaf.text().replace("<<", "&lt;")))
        else:
            plains.append(_flowed(leaf))
    return [("\n".join(plains), "\n".join(htmls)) for plains, htmls in groups.values()]


def _joined(blocks: list[tuple[str, str]]) -> tuple[str, str]:
    texts = [_text_of_block(plain, html) for plain, html in blocks]
    text = "\n\n".join(t.strip("\n") for t in texts if t.strip())
    if not any(html for _, html in blocks):
        return text, ""
    return text, "\n".join(html or f"<pre>{escape(plain)}</pre>" for plain, html in blocks if html or plain.strip())


def _text_of_block(plain: str, html: str) -> str:
    """The plain alternative, unless it is a mere "your program cannot show HTML"."""
    if html and len(plain.strip()) < 160:
        from_html = text_of_html(html)
        if not plain.strip() or len(from_html) > 4 * len(plain.strip()) + 40:
            return from_html
    return plain


def _flowed(leaf: Part) -> str:
    """Undo format=flowed (RFC 3676): a line that ends with a blank goes on in the next."""
    text = leaf.text()
    if leaf.parameters.get("format", "").lower() != "flowed":
        return text
    joiner = "" if leaf.parameters.get("delsp", "").lower() == "yes" else " "
    lines: list[list[str]] = []
    flows, depth_before = False, 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if flows and depth == depth_before and content != "-- ":
            lines[-1] += [joiner, content]
        else:
            lines.append([f"{'>' * depth} {content}" if depth else content])
        flows, depth_before = content.endswith(" ") and content != "-- ", depth
        if flows:
            lines[-1][-1] = lines[-1][-1].rstrip(" ")
    return "\n".join("".join(pieces) for pieces in lines)


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _file(leaf: Part, number: int) -> File:
    data = leaf.content()
    _, parameters = _disposition(leaf)
    ids = message_ids(leaf.first(b"content-id"))
    given = parameters.get("filename") or leaf.parameters.get("name") or ""
    return File(
        name=_safe_name(words(given)) or _made_up_name(leaf, data, number),
        content_type=leaf.kind,
        data=data,
        alt=text_of(leaf.first(b"content-description"))[:500],
        content_id=ids[0] if ids else one_line(decoded(leaf.first(b"content-id"))).strip("<>")[:255],
        size_bytes=len(data),
    )


def _safe_name(name: str) -> str:
    """A file's name without folders, control characters and the invisible ones that hide an extension."""
    plain = _NOT_IN_NAMES.sub("", one_line(name)).replace("\\", "/").rpartition("/")[2].strip(" .")
    if len(plain) <= 200:
        return plain
    stem, dot, extension = plain.rpartition(".")
    return f"{stem[:180]}.{extension}" if dot and len(extension) <= 12 else plain[:200]


def _made_up_name(leaf: Part, data: bytes, number: int) -> str:
    if leaf.kind == "message/rfc822":
        subject = text_of(fields_of(data[:100_000]).get(b"subject", [b""])[0])
        return f"{_safe_name(_PREFIX.sub('', subject).replace('/', '-'))[:80] or 'message'}.eml"
    location = _safe_name(text_of(leaf.first(b"content-location")).partition("?")[0])
    if location and "." in location:
        return location
    stem = "image" if leaf.kind.startswith("image/") else "attachment"
    return f"{stem}-{number}{mimetypes.guess_extension(leaf.kind) or ''}" if data else ""
