from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.kernel.search import TextIndex
from heard.listening.channels.contract import File
from heard.listening.files import keep_file
from heard.listening.models import Attachment, ChannelAccount, Identity, Interaction
from heard.listening.statuses import write_status_of
from heard.listening.write_down import INTERACTION_FIELDS


def write_out(
    account_id: int,
    *,
    external_id: str,
    to_identity_id: int,
    text: str,
    occurred_at: datetime,
    visibility: str,
    thread_ref: str = "",
    parent_ref: str = "",
    permalink: str = "",
    subject: str = "",
    author_name: str = "",
    files: Sequence[File] = (),
) -> int:
    """Write down what a channel took from us and return its interaction id. May be repeated.

    The network may echo our own words back before we get here: that row is the same voice, and its id is returned.
    """
    with transaction.atomic():
        known = (
            Interaction.objects.filter(account_id=account_id, external_id=external_id[:500]).values_list("id", flat=True).first()
        )
        if known:
            return known
        [id_] = bulk.reserve_ids(Interaction, 1)
        values = {
            "id": id_,
            "account_id": account_id,
            "external_id": external_id[:500],
            "identity_id": own_identity(account_id),
            "delivery_id": None,
            "direction": "outbound",
            "kind": "message",
            "visibility": visibility,
            "addressed": True,
            "occurred_at": occurred_at,
            "received_at": now(),
            "subject": subject[:500],
            "text": text,
            "html": "",
            "full_text": "",
            "thread_ref": thread_ref[:500],
            "parent_ref": parent_ref[:500],
            "permalink": permalink[:1000],
            "language_hint": "",
            "extra": {"to_identity_id": to_identity_id, "author_name": author_name},
        }
        bulk.insert(Interaction, INTERACTION_FIELDS, [[values[f] for f in INTERACTION_FIELDS]], ignore_conflicts=True)
        written = Interaction.objects.values_list("id", flat=True).get(account_id=account_id, external_id=external_id[:500])
        if written == id_:
            TextIndex("listening_words").add([(id_, f"{subject} {text}", account_id)])
            _keep_files(id_, files)
            write_status_of(account_id, external_id[:500], thread_ref=thread_ref[:500], at=occurred_at)
    return written


def _keep_files(interaction_id: int, files: Sequence[File]) -> None:
    """Those that we sent with their bytes; a file of the same content is on disk once."""
    Attachment.objects.bulk_create(
        Attachment(
            interaction_id=interaction_id,
            name=file.name[:255],
            content_type=file.content_type[:120],
            size_bytes=len(file.data),
            sha256=keep_file(file.data),
            alt=file.alt,
        )
        for file in files
        if file.data is not None
    )


def own_identity(account_id: int) -> int:
    """The identity under which we speak on an account."""
    account = ChannelAccount.objects.get(pk=account_id)
    moment = now()
    identity, _ = Identity.objects.get_or_create(
        network=f"own:{account.kind}"[:40],
        external_id=f"{account.pk}:{account.address}"[:320],
        defaults={
            "name": account.name,
            "handle": account.address,
            "is_ours": True,
            "first_seen_at": moment,
            "profile_at": moment,
        },
    )
    return identity.pk
