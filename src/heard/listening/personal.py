"""What the tables of this room can hold about a person, how it goes, and what goes with it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from django.db.models import Exists, OuterRef, Q

from heard.governance.retention import kinds
from heard.kernel import bulk
from heard.kernel.holdings import Holding, Room, Scope, Traces, rooms
from heard.kernel.search import TextIndex
from heard.listening import retention
from heard.listening.models import (
    ApiToken,
    Attachment,
    ChannelAccount,
    ConsentWord,
    Cursor,
    Delivery,
    HealthChange,
    Identity,
    Interaction,
    LinkedSource,
    Mention,
    MentionCount,
    Monitor,
    Payload,
    Reaction,
    Revision,
    SentStatus,
    SourceOf,
    StatusMark,
    Trouble,
    VoiceCount,
)
from heard.listening.rules.revisions import Version, newest

words = TextIndex("listening_words")
PROFILE = ["external_id", "handle", "profile_url", "avatar_url"]


# ── Voices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_voices(scope: Scope) -> Q:
    return Q(identity_id__in=scope.identities) | Q(pk__in=scope.voices)


def about_voices(scope: Scope) -> Q:
    return Q(interaction_id__in=scope.voices) | Q(interaction__identity_id__in=scope.identities)


def about_targets(model: type[Revision | Reaction | SentStatus]) -> Callable[[Scope], Q]:
    """Rows of a model that name the voices of a scope by account and external id: its unique key leads to them."""

    def of(scope: Scope) -> Q:
        said = Interaction.objects.filter(of_voices(scope)).values_list("account_id", "external_id") if scope else []
        return Q(pk__in=[id_ for *_, id_ in bulk.select(model, ["account_id", "target"], list(said), ["id"])])

    return of


def erase_sources(scope: Scope) -> Mapping[str, int]:
    """What only they pointed to goes; what others point to as well is a page of the world."""
    links = SourceOf.objects.filter(about_voices(scope))
    pointed = set(links.values_list("source_id", flat=True))
    gone = Counter(links.delete()[1])
    unused = LinkedSource.objects.filter(~Exists(SourceOf.objects.filter(source_id=OuterRef("pk"))), id__in=pointed)
    return gone + Counter(unused.delete()[1])


def deliveries(scope: Scope) -> Q:
    """The bytes in which they said it, and changed it, whoever else came in them. The delivery stays as a number, so that it is
    not fetched again."""
    said = Interaction.objects.filter(of_voices(scope)).exclude(delivery=None).values("delivery_id")
    changed = Revision.objects.filter(about_targets(Revision)(scope)).exclude(delivery=None).values("delivery_id")
    return Q(delivery_id__in=said) | Q(delivery_id__in=changed)


def erase_voices(scope: Scope) -> Mapping[str, int]:
    """Of a scope of people nothing: what they said went before, a few at a time."""
    if not scope.voices:
        return {}
    words.remove(scope.voices)
    return Interaction.objects.filter(pk__in=scope.voices).delete()[1]


def search_anew(interaction_ids: Sequence[int]) -> None:
    """The index holds what stands now: the newest words, and none that were taken back."""
    rows = Interaction.objects.filter(id__in=interaction_ids).values_list("account_id", "external_id", "id", "subject", "text")
    said = {row[:2]: row[2:] for row in rows}
    versions: dict[tuple, list[Version]] = {}
    for row in bulk.select(Revision, ["account_id", "target"], list(said), list(Version._fields)):
        versions.setdefault(row[:2], []).append(Version(*row[2:]))
    texts = []
    for key, (id_, subject, text) in said.items():
        found = versions.get(key, [])
        latest = newest(found)
        if not any(v.withdrawn for v in found):
            texts.append((id_, f"{latest.subject} {latest.text}" if latest else f"{subject} {text}", key[0]))
    words.add(texts)


def search_edits_anew(revision_ids: Sequence[int]) -> None:
    edited = Revision.objects.filter(id__in=revision_ids).values_list("account_id", "target")
    voices = bulk.existing(Interaction, ["account_id", "external_id"], list(edited), ["id"])
    search_anew([id_ for (id_,) in voices.values()])


def voices(identity_ids: Collection[int], limit: int) -> list[int]:
    said = Interaction.objects.filter(identity_id__in=identity_ids)
    return list(said.order_by("id").values_list("id", flat=True)[:limit])


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def erase_identities(scope: Scope) -> Mapping[str, int]:
    """All of them or, as long as anything they said is written down, none: whatever hangs on one may be on its way."""
    if Interaction.objects.filter(identity_id__in=scope.identities).exists():
        return {}
    return Identity.objects.filter(id__in=scope.identities, is_ours=False).delete()[1]


def traces(scope: Scope) -> Traces:
    rows = list(Identity.objects.filter(id__in=scope.identities).values_list("name", *PROFILE))
    addresses = {value for _, *profile in rows for value in profile if value}
    return Traces(frozenset(addresses), frozenset(name for name, *_ in rows if name))


def namesakes(names: Collection[str], scope: Scope) -> set[str]:
    others = Identity.objects.filter(name__in=names).exclude(id__in=scope.identities)
    return set(others.values_list("name", flat=True))


def keeps(identity_ids: Collection[int]) -> set[int]:
    ids = bulk.among(identity_ids)
    said = Interaction.objects.filter(identity_id__in=ids).values_list("identity_id", flat=True)
    ours = Identity.objects.filter(id__in=ids, is_ours=True).values_list("id", flat=True)
    return {*said, *ours}


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def files(scope: Scope) -> set[str]:
    return set(Attachment.objects.filter(about_voices(scope)).exclude(sha256="").values_list("sha256", flat=True))


def uses_files(sha256s: Collection[str]) -> set[str]:
    return set(Attachment.objects.filter(sha256__in=sha256s).values_list("sha256", flat=True))


rooms.plug(
    "listening",
    Room(
        holdings=[
            Holding(
                Attachment, "Files", holds=["name", "url", "alt"], none=["content_type", "sha256", "content_id"], of=about_voices
            ),
            Holding(Mention, "Watch words found", of=about_voices),
            Holding(
                SourceOf,
                "Pages they pointed to",
                of=about_voices,
                erase=erase_sources,
            ),
            Holding(
                LinkedSource,
                "Pages that voices point to",
                holds=["url", "why", "title", "site", "text"],
                none=["key", "claimed_by"],
                sweep="redact",
            ),
            Holding(
                Payload,
                "Bytes as they arrived",
                holds=["body", "headers"],
                none=["content_type"],
                of=deliveries,
                sweep="delete",
                not_exported="the same words stand under what they said; the bytes may hold what others wrote",
            ),
            Holding(
                Revision,
                "Edits and withdrawals",
                holds=["subject", "text", "html", "extra"],
                none=["target", "version", "digest"],
                of=about_targets(Revision),
                sweep="redact",
                swept=search_edits_anew,
            ),
            Holding(
                Reaction,
                "Reactions",
                none=["target", "reaction"],
                of=lambda s: Q(identity_id__in=s.identities) | about_targets(Reaction)(s),
            ),
            Holding(
                SentStatus,
                "How far our answers got",
                holds=["reason"],
                none=["target", "status"],
                of=about_targets(SentStatus),
                sweep="redact",
            ),
            Holding(
                StatusMark,
                "Until when they read our answers",
                holds=["thread_ref"],
                none=["status"],
                of=lambda s: Q(identity_id__in=s.identities),
            ),
            Holding(Delivery, "Deliveries", holds=["delivery_key", "reason"], none=["claimed_by"], sweep="delete"),
            Holding(
                Interaction,
                "What they said, and what was said to them",
                holds=["subject", "text", "html", "full_text", "thread_ref", "parent_ref", "permalink", "extra"],
                none=["external_id", "direction", "kind", "visibility", "language_hint"],
                of=of_voices,
                erase=erase_voices,
                sweep="redact",
                swept=search_anew,
            ),
            Holding(
                ConsentWord,
                "What they allowed and refused",
                holds=["how"],
                none=["channel_kind", "purpose"],
                of=lambda s: Q(identity_id__in=s.identities),
            ),
            Holding(
                Identity,
                "Addresses, handles and numbers",
                holds=["external_id", "handle", "name", "profile_url", "avatar_url"],
                none=["network"],
                of=lambda s: Q(id__in=s.identities),
                erase=erase_identities,
            ),
            Holding(HealthChange, "Errors of channels", holds=["cause"], none=["condition"], sweep="redact"),
            Holding(
                ChannelAccount,
                "Channels of ours",
                holds=["last_error"],
                none=["kind", "name", "address", "config", "sealed_secrets", "scopes", "left_to_do"],
                sweep="redact",
            ),
        ],
        nobodys={
            Cursor: "our place in a network's stream",
            Trouble: "which channel was in trouble, and when that was told",
            Monitor: "what we listen for everywhere: brands, not people",
            VoiceCount: "counts by the hour",
            MentionCount: "counts by the hour",
            ApiToken: "a key of another system of the house",
        },
        voices=voices,
        traces=traces,
        namesakes=namesakes,
        keeps=keeps,
        indexes=[words],
        files=files,
        uses_files=uses_files,
    ),
)

for _kind in retention.KINDS:
    kinds.plug(_kind.key, _kind)
