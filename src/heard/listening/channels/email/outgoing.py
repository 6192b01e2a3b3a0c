"""A mail to its server. What is known for certain and what is not is the whole point: see `send`."""

import smtplib
from email.message import EmailMessage

from heard.listening.channels.contract import Ambiguous, ChannelError, Context, Part, Rejected, Retryable, Sent
from heard.listening.channels.email import incoming
from heard.listening.channels.email.compose import mail_of, message_id
from heard.listening.channels.email.connect import Server, smtp, smtp_server, told_plainly
from heard.listening.channels.email.mime import MOST_BYTES


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    """The server took it. Raises

    Retryable    not now: 4xx, no connection, or a break before the words were handed over
    Rejected     no to these words or this recipient: 5xx
    AuthExpired  no to us
    Ambiguous    the line broke after the words were handed over: `reconcile` first
    """
    mail = mail_of(part, ctx.account, idem=idem, now=ctx.now())
    raw = mail.as_bytes()
    if len(raw) > MOST_BYTES:
        raise Rejected(f"With its files this mail has {len(raw) / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB is the most.")
    server = smtp_server(ctx)
    with smtp(ctx) as client:
        _hand_over(client, server, mail, raw, sender=ctx.account.address, to=part.to.external_id)
    if not part.automatic:
        _keep_copy(ctx, raw)
    own_id = message_id(ctx.account, idem, to=part.to.external_id)
    return Sent(external_id=own_id, thread_ref=part.thread_ref or own_id, sent_at=ctx.now())


def _hand_over(client: smtplib.SMTP, server: Server, mail: EmailMessage, raw: bytes, *, sender: str, to: str) -> None:
    with told_plainly(server):
        options = [f"SIZE={len(raw)}"] if client.has_extn("size") else []
        _expect(client.mail(sender, options), server, "its sender")
        _expect(client.rcpt(to), server, f"the recipient {to}")
        code, text = client.docmd("DATA")
        if code != 354:
            _expect((code, text), server, "the mail")
    try:
        client.send(_dotted(raw))
        code, text = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Ambiguous(f"The connection to the {server} broke while it took the mail; it may have gone out.") from error
    _expect((code, text), server, "the mail")


def _dotted(raw: bytes) -> bytes:
    """CRLF lines, dots doubled, and the final dot (RFC 5321, 4.5.2)."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


def _expect(reply: tuple[int, bytes], server: Server, what: str) -> None:
    code, text = reply
    said = f"{code} {text.decode('utf-8', 'replace')[:300]}"
    if 200 <= code < 300:
        return
    if code in (421, 450, 451, 452) or 400 <= code < 500:
        raise Retryable(f"The {server} cannot take {what} now: {said}", after_seconds=60)
    raise Rejected(f"The {server} refused {what}: {said}")


def _keep_copy(ctx: Context, raw: bytes) -> None:
    """For people who also look into the mailbox. The mail has gone out, so a failure here changes nothing."""
    if str(ctx.account.config.get("sent_copies") or "append") != "append" or not ctx.account.config.get("imap_host"):
        return
    try:
        incoming.keep_copy(ctx, raw)
    except ChannelError:
        return


def reconcile(ctx: Context, part: Part, *, idem: str) -> Sent | None:
    """The mail as found in the Sent folder or the inbox.

    Not finding it proves something only where the server itself keeps a copy of all it takes ("sent_copies": "server").
    """
    own_id = message_id(ctx.account, idem, to=part.to.external_id)
    if incoming.find_message(ctx, own_id):
        return Sent(external_id=own_id)
    if ctx.account.config.get("sent_copies") == "server":
        return None
    raise Ambiguous("The mail is not in the Sent folder, but this server does not put it there by itself: it may have gone out.")
