"""Our words to a mail: subject, plain text with an HTML twin, and headers that no text can break out of. Pure."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from html import escape

from heard.listening.channels.contract import Account, Outgoing, Part, Rejected
from heard.listening.channels.email import seals
from heard.listening.channels.email.headers import one_line

LONGEST_SUBJECT = 200
MOST_REFERENCES = 30
_PREFIX = re.compile(r"^\s*(?:(?:re|aw|sv|antw|rif|vs|odp|回复|答复|ответ)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.I)
_ID = re.compile(r"[^\s<>\x00-\x1f\x7f]{3,400}")
_URL = re.compile(r"https?://[^\s<>\"']{4,500}[^\s<>\"'.,;:!?)\]]")
_NAMESAKE = re.compile(r"#[0-9a-f]{16}$")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")


class _Policy(EmailPolicy):
    """Python would fold a long id away from its header, or write it as encoded words, in which few programs find a thread again."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() not in ("message-id", "in-reply-to", "references"):
            return super().fold(name, value)
        return f"{name}: {(self.linesep + ' ').join(str(value).split())}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


_POLICY = _Policy(linesep="\r\n")


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """One Part; a mail has no limit that anyone would meet. Raises Rejected for an address that cannot be one."""
    checked_address(message.to.external_id)
    references = [*message.references, message.in_reply_to]
    return [
        Part(
            text=message.text,
            html=html_of(message.text),
            to=message.to,
            subject=subject_of(message),
            visibility="private",
            in_reply_to=_clean_ids([message.in_reply_to])[0] if _clean_ids([message.in_reply_to]) else "",
            thread_ref=message.thread_ref,
            references=tuple(_shortened(_clean_ids(references))),
            from_name=one_line(message.from_name or str(account.config.get("from_name") or "")),
            attachments=message.attachments,
            automatic=message.automatic,
        )
    ]


def subject_of(message: Outgoing) -> str:
    """ "Re: " once, whatever the subject has gathered before; untouched when we begin."""
    subject = one_line(message.subject)[:LONGEST_SUBJECT]
    if not message.in_reply_to:
        return subject
    return f"Re: {_PREFIX.sub('', subject) or 'your message'}"


def html_of(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n".join(f"<p>{_linked(p)}</p>" for p in paragraphs)


def _linked(paragraph: str) -> str:
    out, end = [], 0
    for match in _URL.finditer(paragraph):
        out.append(escape(paragraph[end : match.start()]))
        out.append(f'<a href="{escape(match[0])}">{escape(match[0])}</a>')
        end = match.end()
    out.append(escape(paragraph[end:]))
    return "".join(out).replace("\n", "<br>\n")


def message_id(account: Account, idem: str, *, to: str) -> str:
    """The Message-ID, without brackets, under which the words of `idem` go out: the same for every attempt. See seals.py."""
    own = seals.sealed(account.secrets.get(seals.KEY, ""), _NOT_IN_ID.sub("-", idem)[:200], to)
    return f"{own}@{own_domain(account)}"


def own_domain(account: Account) -> str:
    return _NOT_IN_ID.sub("-", account.address.rpartition("@")[2].strip().lower() or "localhost")


def mail_of(part: Part, account: Account, *, idem: str, now: datetime) -> EmailMessage:
    """The mail as it goes out. Raises Rejected when an address is none or a name cannot stand in a header."""
    mail = EmailMessage(policy=_POLICY)
    try:
        mail["From"] = _header_address(part.from_name, account.address)
        mail["To"] = _header_address(part.to.name, part.to.external_id)
        mail["Subject"] = one_line(part.subject)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message_id(account, idem, to=part.to.external_id)}>"
        if part.automatic:
            mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no machine answers it
        if part.in_reply_to:
            mail["In-Reply-To"] = f"<{part.in_reply_to}>"
        if part.references:
            mail["References"] = " ".join(f"<{r}>" for r in part.references)
    except (ValueError, IndexError, TypeError) as error:
        raise Rejected(f"This mail cannot be written: {one_line(str(error))}") from error
    mail.set_content(part.text, cte="quoted-printable" if _needs_coding(part.text) else None)
    if part.html:
        mail.add_alternative(part.html, subtype="html")
    for file in part.attachments:
        _attach(mail, file.name, file.content_type, file.data)
    return mail


def _attach(mail: EmailMessage, name: str, content_type: str, data: bytes | None) -> None:
    if data is None:
        raise Rejected(f"The file {one_line(name)} was not fetched; it cannot be attached.")
    main, _, sub = content_type.partition("/")
    known = re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", content_type) and main not in ("multipart", "message")
    mail.add_attachment(
        data,
        maintype=main if known else "application",
        subtype=sub if known else "octet-stream",
        filename=one_line(name) or "file",
    )


def _needs_coding(text: str) -> bool:
    return not text.isascii() or any(len(line) > 900 for line in text.split("\n"))


def checked_address(address: str) -> str:
    """The address itself. Raises Rejected when mail cannot be sent there."""
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise Rejected(f"{one_line(address)!r} is not an e-mail address") from error
    if one_line(address) != address or not parsed.domain or not parsed.username or parsed.domain.endswith("invalid"):
        raise Rejected(f"{one_line(address)!r} is not an e-mail address that mail can be sent to")
    if not address.isascii():
        raise Rejected(f"{address!r} has letters beyond ASCII, which this mail server may not take")
    return address


def _header_address(name: str, address: str) -> Address:
    return Address(display_name=one_line(name), addr_spec=checked_address(address))


def _clean_ids(ids: list[str]) -> list[str]:
    """Message-IDs as the world knows them: without our names for mails that had none or one that another had too."""
    known = (_NAMESAKE.sub("", i.strip().strip("<>")) for i in ids)
    return [i for i in dict.fromkeys(known) if _ID.fullmatch(i) and not i.startswith("sha256:")]


def _shortened(ids: list[str]) -> list[str]:
    """The first, which names the thread, and the newest (RFC 5322 leaves the rest to us)."""
    return ids if len(ids) <= MOST_REFERENCES else [ids[0], *ids[1 - MOST_REFERENCES :]]
