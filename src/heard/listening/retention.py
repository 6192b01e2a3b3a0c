"""What a rule may remove of what was heard: its bytes as they arrived, its files, and voices that stand nowhere else."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from heard.governance.retention import Example, Kind, Old
from heard.kernel.holdings import Scope, erase, files_of, without_a_trace_elsewhere
from heard.listening.files import drop_files
from heard.listening.models import Attachment, Delivery, Interaction, Payload

SHOWN = 160  # letters of an example


def strangers_posts(old: Old, *, elsewhere: Exists) -> QuerySet:
    """Public voices that nothing is held for: `elsewhere` tells those (OuterRef "pk") that a later room holds. Ids, ascending."""
    posts = Interaction.objects.filter(direction="inbound", visibility="public", occurred_at__lt=old.before, id__gt=old.after)
    return posts.exclude(identity_id__in=old.held).filter(~elsewhere).order_by("id").values_list("id", flat=True)


def forget_voices(interaction_ids: Collection[int]) -> int:
    """They are gone from every room, and whoever said nothing else and is known for nothing else with them. Returns how many
    rows went. Inside the caller's transaction; files are dropped after it."""
    said = Interaction.objects.filter(id__in=interaction_ids, direction="inbound")
    authors = set(said.values_list("identity_id", flat=True))
    scope = Scope(voices=interaction_ids)
    files = files_of(scope)
    gone = sum(erase(scope).values())
    lonely = without_a_trace_elsewhere(authors)
    if lonely:
        gone += sum(erase(Scope(identities=sorted(lonely))).values())
    transaction.on_commit(lambda: drop_files(files))
    return gone


def show_voices(interaction_ids: Sequence[int]) -> list[Example]:
    rows = Interaction.objects.filter(id__in=interaction_ids).order_by("id")
    said = rows.values_list("occurred_at", "identity__handle", "identity__name", "text")
    return [Example(at, f"{handle or name}: {' '.join(text.split())}"[:SHOWN]) for at, handle, name, text in said]


# ── Bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _old_bytes(old: Old, limit: int) -> Sequence[int]:
    done = (Delivery.State.WALKED, Delivery.State.DISMISSED)
    found = Payload.objects.filter(delivery__state__in=done, delivery__received_at__lt=old.before, pk__gt=old.after)
    held = Interaction.objects.filter(delivery_id=OuterRef("pk"), identity_id__in=old.held)
    return list(found.filter(~Exists(held)).order_by("pk").values_list("pk", flat=True)[:limit])


def _remove_bytes(ids: Sequence[int]) -> int:
    return Payload.objects.filter(pk__in=ids).delete()[0]


def _show_bytes(ids: Sequence[int]) -> Sequence[Example]:
    rows = Payload.objects.filter(pk__in=ids).order_by("pk")
    kept = rows.values_list("delivery__received_at", "delivery__account__name", "content_type")
    return [Example(at, f"{account}, {content_type}") for at, account, content_type in kept]


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _old_files(old: Old, limit: int) -> Sequence[int]:
    found = Attachment.objects.filter(interaction__occurred_at__lt=old.before, id__gt=old.after).exclude(sha256="", url="")
    return list(found.exclude(interaction__identity_id__in=old.held).order_by("id").values_list("id", flat=True)[:limit])


def _remove_files(ids: Sequence[int]) -> int:
    """Their names stay, so that a conversation still reads."""
    rows = Attachment.objects.filter(id__in=ids)
    files = set(rows.exclude(sha256="").values_list("sha256", flat=True))
    changed = rows.update(sha256="", url="")
    transaction.on_commit(lambda: drop_files(files))
    return changed


def _show_files(ids: Sequence[int]) -> Sequence[Example]:
    rows = Attachment.objects.filter(id__in=ids).order_by("id").values_list("interaction__occurred_at", "name", "size_bytes")
    return [Example(at, name if size is None else f"{name}, {size:,} bytes") for at, name, size in rows]


BYTES = Kind(
    key="deliveries",
    name="Deliveries as they arrived",
    about="The bytes of what was understood and written down. Without them nothing can be read anew; what was said stays.",
    find=_old_bytes,
    remove=_remove_bytes,
    show=_show_bytes,
)
FILES = Kind(
    key="attachments",
    name="Files",
    about="What came with messages. Their names stay where they were.",
    find=_old_files,
    remove=_remove_files,
    show=_show_files,
)
KINDS = (BYTES, FILES)
