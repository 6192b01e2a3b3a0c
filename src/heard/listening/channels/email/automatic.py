"""Mails that no person wrote just now: vacation notices, notifications, lists, loops. Says why, so that nothing
automatic of ours ever answers them (threats 5 and 6)."""

import re
from typing import Literal, NamedTuple

from heard.listening.channels.email.headers import one_line, text_of

Fields = dict[bytes, list[bytes]]

_ROBOTS = re.compile(
    r"(?:mailer-daemon|postmaster|mail-daemon|maildaemon|(?:do[-_.]?)?not?[-_.]?reply\d*|bounces?|listserv|majordomo)(?:[+-]|$)",
    re.I,
)
_DAEMON = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|maildaemon|mail delivery (?:sub)?system)", re.I)
_AWAY = re.compile(
    r"\s*(?:(?:re|aw|sv)\s*:\s*)?(?:automatic(?:ally generated)? reply|auto(?:matic)?[- ]?(?:reply|response|responder)|out of (?:the )?office|away from|"
    r"on vacation|abwesenheits|automatische antwort|abwesend|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|"
    r"risposta automatica|automatisch antwoord|afwezigheid|autosvar|automatiskt svar|resposta automática|automatyczna odpowiedź|"
    r"автоответ|автоматический ответ|自動返信|自动回复|自动答复|자동 회신)",
    re.I,
)
_REPLY_MARKS = (
    b"x-autoreply",
    b"x-autorespond",
    b"x-auto-reply",
    b"x-autoreply-from",
    b"x-mail-autoreply",
    b"x-vacation",
    b"x-autoresponder",
)


class Automatic(NamedTuple):
    """`reason` is empty for what a person wrote; `is_reply` for what answered one of ours by itself."""

    reason: str = ""
    is_reply: bool = False


def automatic(fields: Fields, *, sender: str, subject: str, is_answer: bool) -> Automatic:
    """Reads headers only. `sender`: the author's address; `is_answer`: the mail refers to an earlier one."""
    submitted = _value(fields, b"auto-submitted").partition(";")[0].strip()
    if submitted.startswith("auto-replied"):
        return Automatic("Auto-Submitted: auto-replied", True)
    if mark := next((m for m in _REPLY_MARKS if m in fields and _value(fields, m) not in ("no", "false")), None):
        return Automatic(mark.decode().title(), True)
    precedence = _value(fields, b"precedence")
    if precedence in ("auto_reply", "auto-reply"):
        return Automatic(f"Precedence: {precedence}", True)
    if _AWAY.match(subject) and (is_answer or submitted or has_null_sender(fields) or precedence):
        return Automatic("its subject is that of an automatic reply", True)
    if submitted and submitted != "no":
        return Automatic(f"Auto-Submitted: {submitted[:60]}")
    if has_null_sender(fields):
        return Automatic("it came without a return address")
    if b"x-loop" in fields:
        return Automatic("X-Loop")
    if precedence in ("bulk", "junk", "list"):
        return Automatic(f"Precedence: {precedence}")
    if list_id(fields) or b"list-unsubscribe" in fields or b"feedback-id" in fields:
        return Automatic("sent to a mailing list")
    if _value(fields, b"x-auto-response-suppress") in ("all", "oof, autoreply", "autoreply"):
        return Automatic("it asks not to be answered automatically")
    if _ROBOTS.match(sender.partition("@")[0]):
        return Automatic(f"{sender.partition('@')[0]} is no person")
    return Automatic()


def list_id(fields: Fields) -> str:
    """`dev.lists.example` of `Developers <dev.lists.example>`; empty when it came over no list."""
    text = text_of(fields.get(b"list-id", [b""])[0])
    inside = re.search(r"<([^<>]{1,250})>", text)
    return (inside[1] if inside else text)[:250].strip()


def has_null_sender(fields: Fields) -> bool:
    """The envelope sender was <>: whatever it is, it must never be answered by a machine."""
    return any(value.strip() == b"<>" for value in fields.get(b"return-path", []))


def is_daemon(sender: str, name: str) -> bool:
    return bool(_DAEMON.match(sender.partition("@")[0]) or _DAEMON.match(name))


def _value(fields: Fields, name: bytes) -> str:
    return one_line(fields[name][0].decode("ascii", "replace")).lower() if name in fields else ""


# ── Who vouches for the sender ──────────────────────────────────────────────────────────────────────────────────────

Outcome = Literal["pass", "fail", "none"]
_RESULT = re.compile(r"\b(dkim|dmarc|spf|arc)\s*=\s*([a-z]+)", re.I)
_DOMAIN = re.compile(r"\bheader\.(?:d|i|from)\s*=\s*[\"']?(?:[^\s;\"'@]*@)?([\w.-]+)", re.I)


def authentication(fields: Fields, *, authserv_id: str, domain: str) -> tuple[dict[str, str], bool]:
    """What our own mail server found out about the sender, and whether it vouches for `domain`, the one in From.

    Only the newest result of that server counts: results further down may have come with the mail, forged.
    """
    if not authserv_id:
        return {}, False
    for value in fields.get(b"authentication-results", []):
        server, _, rest = one_line(value.decode("utf-8", "replace")).partition(";")
        if server.strip().split(" ")[0].lower() == authserv_id.lower():
            return _judged(rest, domain.lower())
    return {}, False


def _judged(results: str, domain: str) -> tuple[dict[str, str], bool]:
    found: dict[str, str] = {}
    vouched = False
    for clause in re.sub(r"\([^()]{0,500}\)", " ", results).split(";"):
        match = _RESULT.search(clause)
        if not match:
            continue
        method, outcome = match[1].lower(), match[2].lower()
        if found.get(method) != "pass":
            found[method] = outcome
        if outcome == "pass" and method in ("dkim", "dmarc"):
            domains = [d.lower().strip(".") for d in _DOMAIN.findall(clause)]
            vouched |= any(_covers(d, domain) for d in domains) or (method == "dmarc" and not domains)
    return found, vouched and bool(domain)


def _covers(signed: str, domain: str) -> bool:
    return "." in signed and (domain == signed or domain.endswith("." + signed))
