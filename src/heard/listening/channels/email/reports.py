"""Machine reports about our own mails: delivery status (RFC 3464), read receipts (RFC 8098), and the free prose of old servers."""

import re
from dataclasses import dataclass

from heard.listening.channels.email.charset import decoded
from heard.listening.channels.email.headers import message_ids, one_line
from heard.listening.channels.email.mime import Part, fields_of

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_QUOTED_ID = re.compile(rb"^[> \t]*Message-ID:\s*(<[^<>\r\n]{3,500}>)", re.I | re.M)
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_FAILURE_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|report)|returned mail|failure notice|mail delivery failed|non remis|unzustellbar|"
    r"delivery notification|no entregado|mislukt|could not be delivered|rejected",
    re.I,
)
_LOOK_AT = 200_000  # bytes of each part


@dataclass(frozen=True)
class Report:
    action: str  # failed, delayed, delivered, relayed, expanded, read
    target: str = ""  # Message-ID of the mail it is about; empty when nobody can tell
    recipient: str = ""
    code: str = ""  # 5.1.1
    reason: str = ""


def report_of(root: Part, leaves: list[Part], *, is_daemon: bool, subject: str) -> Report | None:
    """The report that this mail is, or None. `is_daemon`: it comes from a mail server, or with an empty return path."""
    if status := next(
        (leaf for leaf in leaves if leaf.kind in ("message/delivery-status", "message/global-delivery-status")), None
    ):
        return _delivery(status, _original(leaves, root))
    if notice := next((leaf for leaf in leaves if leaf.kind == "message/disposition-notification"), None):
        return _receipt(notice, _original(leaves, root))
    if is_daemon and _FAILURE_SUBJECT.search(subject):
        text = leaves[0].text()[:20_000] if leaves else ""
        code = _CODE.search(text)
        return Report("failed", _original(leaves, root), _failed_recipients(root), code[1] if code else "", one_line(text[:300]))
    return None


def _delivery(status: Part, target: str) -> Report:
    """The first recipient that failed; without one, the last that is told of."""
    report = Report("failed", target)
    for block in _BLANK_LINE.split(status.content()[:_LOOK_AT].strip()):
        fields = fields_of(block)
        action = _text(fields, b"action").lower().split(" ")[0]
        if not action and not fields.get(b"final-recipient"):
            continue
        diagnostic = _text(fields, b"diagnostic-code").partition(";")
        report = Report(
            action=action or "failed",
            target=target,
            recipient=_address(fields),
            code=_text(fields, b"status").split(" ")[0][:12],
            reason=(diagnostic[2] or diagnostic[0]).strip()[:500],
        )
        if report.action == "failed":
            break
    return report


def _address(fields: dict[bytes, list[bytes]]) -> str:
    value = _text(fields, b"original-recipient") or _text(fields, b"final-recipient")
    return (value.partition(";")[2] or value).strip()[:320]


def _receipt(notice: Part, target: str) -> Report:
    fields = fields_of(notice.content()[:_LOOK_AT])
    ids = message_ids(fields.get(b"original-message-id", [b""])[0])
    seen = "displayed" in _text(fields, b"disposition").lower()
    return Report(action="read" if seen else "delivered", target=ids[0] if ids else target, recipient=_address(fields))


def _original(leaves: list[Part], root: Part) -> str:
    """Message-ID of the mail that came back: from its copy, from the thread, or from the prose."""
    for leaf in leaves[1:]:
        if leaf.kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"):
            ids = message_ids(fields_of(leaf.content()[:_LOOK_AT]).get(b"message-id", [b""])[0])
            if ids:
                return ids[0]
    for leaf in leaves[:5]:
        match = _QUOTED_ID.search(leaf.content()[:_LOOK_AT])
        if match:
            return message_ids(match[1])[0]
    ids = message_ids(root.first(b"in-reply-to")) or message_ids(root.first(b"references"))
    return ids[-1] if ids else ""


def _failed_recipients(root: Part) -> str:
    return one_line(decoded(root.first(b"x-failed-recipients")))[:320]


def _text(fields: dict[bytes, list[bytes]], name: bytes) -> str:
    return " ".join(one_line(decoded(fields[name][0])).split()) if name in fields else ""
