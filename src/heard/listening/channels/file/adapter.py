"""Voices out of files: exports of other tools line by line, and mail in any form. See channel.md."""

from heard.listening.channels.api import item as items
from heard.listening.channels.api.author import author_key
from heard.listening.channels.contract import Account, BaseAdapter, Capabilities, Event, RawEvent
from heard.listening.channels.email.adapter import Adapter as EmailAdapter
from heard.listening.channels.file.rows import item_of
from heard.listening.channels.file.sources import MAIL

_mail = EmailAdapter()


class Adapter(BaseAdapter):
    kind = "file"
    label = "Files"
    capabilities = Capabilities(
        inbound=("upload",),
        visibilities=("public", "followers", "private"),
        threading="tree",
        attachments=True,
        subject=True,
        who_may_initiate="nobody",
    )

    def author_key(self, raw: RawEvent) -> str:
        """Of rows in our own shape; what other columns mean takes decoding, and so does a mail."""
        return "" if raw.content_type == MAIL or raw.headers else author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        if raw.content_type == MAIL:
            return _mail.normalise(raw, account)
        return items.events_of(item_of(raw), key=raw.key, received_at=raw.received_at)
