"""Voices as they were told, for those who put them in their order once more. Nothing here asks for a viewer."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from heard.kernel import bulk
from heard.kernel.prepared import given_ids, prepared
from heard.listening.models import Interaction, Revision
from heard.listening.rules.revisions import Version, newest

_VERSION = ["withdrawn", "version", "digest", "occurred_at"]


class Told(NamedTuple):
    id: int
    account_id: int
    external_id: str
    identity_id: int
    is_ours: bool
    kind: str
    addressed: bool
    occurred_at: datetime
    subject: str
    thread_ref: str
    parent_ref: str
    references: tuple[str, ...]
    extra: dict[str, Any]
    is_withdrawn: bool
    edited_at: datetime | None  # when the words that stand were said, where those are not the first ones

    @property
    def outcome(self) -> object:
        """How a call or visit went, where it is one."""
        return self.extra.get("outcome")

    @property
    def is_record(self) -> bool:
        """Noted down by a machine; nobody said it."""
        return self.extra.get("record") is True

    @property
    def order(self) -> tuple:
        """By time; of two at one time, the same one first whatever the order in which they reached us."""
        return (self.occurred_at, self.account_id, self.external_id)


def edited_at(interaction_ids: Iterable[int]) -> dict[int, datetime]:
    """{interaction: when the words that stand were said}, of those of which that is not the first ones. Two queries."""
    return {id_: t.edited_at for id_, t in told(interaction_ids).items() if t.edited_at}


def told(interaction_ids: Iterable[int]) -> dict[int, Told]:
    """{interaction: as it was told}. Two queries for any number."""
    rows = list(_told_of(ids=interaction_ids))
    revisions: dict[tuple, list[Version]] = {}
    for row in bulk.select(Revision, ["account_id", "target"], {(row[1], row[2]) for row in rows}, _VERSION):
        withdrawn, version, digest, at = row[2:]
        revisions.setdefault(row[:2], []).append(Version(withdrawn, version, digest, at, "", "", ""))
    return {row[0]: _told(row, revisions.get((row[1], row[2]), ())) for row in rows}


@prepared
def _told_of() -> QuerySet:
    columns = ("id", "account_id", "external_id", "identity_id", "direction", "kind", "addressed", "occurred_at", "subject")
    return Interaction.objects.filter(id__in=given_ids("ids")).values_list(*columns, "thread_ref", "parent_ref", "extra")


def _told(row: tuple, revisions: Collection[Version]) -> Told:
    id_, account_id, external_id, identity_id, direction, kind, addressed, at, subject, thread, parent, extra = row
    latest = newest(revisions)
    return Told(
        id=id_,
        account_id=account_id,
        external_id=external_id,
        identity_id=identity_id,
        is_ours=direction == "outbound",
        kind=kind,
        addressed=addressed,
        occurred_at=at,
        subject=subject,
        thread_ref=thread,
        parent_ref=parent,
        references=tuple(extra.get("references", ())),
        extra=extra,
        is_withdrawn=any(v.withdrawn for v in revisions),
        edited_at=latest.occurred_at if latest else None,
    )
