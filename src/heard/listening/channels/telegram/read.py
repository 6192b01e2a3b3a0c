"""Updates of Telegram as events. Pure: the same update always says the same."""

from collections.abc import Iterator
from mimetypes import guess_extension

from msgspec import Struct, field

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    RawEvent,
    Reacted,
    Said,
    Unknown,
    Visibility,
    Withdrawn,
)
from heard.listening.channels.telegram.marks import cut, html_of
from heard.listening.channels.telegram.payloads import (
    BusinessMessagesDeleted,
    Chat,
    Medium,
    Message,
    MessageReaction,
    ReactionType,
    Update,
    User,
    decode,
    moment,
)
from heard.listening.channels.telegram.refs import message_ref

NETWORK = "telegram"
API = "https://api.telegram.org"
KINDS = {  # what a file is when Telegram does not say
    "photo": "image/jpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "video_note": "video/mp4",
    "sticker": "image/webp",
    "document": "application/octet-stream",
}


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no update."""
    update = decode(raw.body, Update)
    if message := update.message or update.business_message:
        return [of_message(message, account)]
    if message := update.edited_message or update.edited_business_message:
        return of_edit(message, account)
    if update.message_reaction:
        return list(of_reaction(update.message_reaction)) or [Unknown(note="a reaction of nobody")]
    if update.deleted_business_messages:
        return list(of_deletion(update.deleted_business_messages, raw)) or [Unknown(note="no message was deleted")]
    return [Unknown(note="an update of another kind")]


def of_message(message: Message, account: Account) -> Event:
    if problem := nothing_to_hear(message, account):
        return Unknown(note=problem)
    business, chat = message.business_connection_id, message.chat
    author = author_of(message)
    by_owner = bool(business) and author.external_id != str(chat.id)  # what was typed on the telephone of the business
    outbound = by_owner or is_us(message.from_, account)
    answered = message.reply_to_message
    return Said(
        external_id=message_ref(chat.id, message.message_id, business),
        author=author,
        occurred_at=moment(message.date),
        text=text_of(message),
        html=html_of(message.words, message.marks),
        kind="auto_reply" if is_robot(message) else "message",
        direction="outbound" if outbound else "inbound",
        visibility=visibility_of(chat),
        addressed=not outbound and is_addressed(message, account),
        thread_ref=thread_of(chat, business),
        parent_ref=message_ref(chat.id, answered.message_id, business) if answered else "",
        permalink=permalink_of(message),
        recipients=(of_chat(chat),) if outbound and chat.type == "private" else (),
        attachments=tuple(file_of(kind, medium, account) for kind, medium in media_of(message)),
        extra=extra_of(message),
    )


def of_edit(message: Message, account: Account) -> list[Event]:
    """The words too, and not only the edit: the first time that we are named may be in an edit."""
    said = of_message(message, account)
    if not isinstance(said, Said):
        return [said]
    at = moment(message.edit_date or message.date)
    return [
        said,
        Edited(target=said.external_id, version=at.isoformat(), occurred_at=at, text=said.text, html=said.html),
    ]


def of_reaction(reaction: MessageReaction) -> Iterator[Event]:
    """Telegram tells all reactions of one person before and after; what differs is what happened."""
    if reaction.user is None and reaction.actor_chat is None:
        return
    author = of_user(reaction.user) if reaction.user else of_chat(reaction.actor_chat or reaction.chat)
    before, after = ({name_of(each) for each in each_time} for each_time in (reaction.old_reaction, reaction.new_reaction))
    for name in sorted(before ^ after):
        yield Reacted(
            target=message_ref(reaction.chat.id, reaction.message_id),
            author=author,
            reaction=name,
            occurred_at=moment(reaction.date),
            active=name in after,
        )


def of_deletion(deleted: BusinessMessagesDeleted, raw: RawEvent) -> Iterator[Event]:
    """Telegram does not say when. A withdrawal is final whatever its time, so the earliest one does."""
    at = raw.received_at or moment(0)
    for message in deleted.message_ids:
        yield Withdrawn(target=message_ref(deleted.chat.id, message, deleted.business_connection_id), occurred_at=at)


def name_of(reaction: ReactionType) -> str:
    if reaction.type == "custom_emoji":
        return f"custom emoji {reaction.custom_emoji_id}"
    return reaction.emoji or ("⭐" if reaction.type == "paid" else reaction.type)


# ── Whether it is for us ────────────────────────────────────────────────────────────────────────────────────────────


def nothing_to_hear(message: Message, account: Account) -> str:
    """Why there is nothing to hear in it; empty when there is."""
    if not text_of(message) and not list(media_of(message)):
        return "a message of the service itself"
    if message.is_automatic_forward:
        return "a post of a channel, repeated in its group"
    if message.chat.type == "private" and not message.business_connection_id and message.text.split()[:1] == ["/start"]:
        return "somebody opened the talk with the bot"
    in_group = message.chat.type != "private"
    hears_all = str(account.config.get("groups") or "named") == "everything"
    return "said in a group, and not to us" if in_group and not hears_all and not is_addressed(message, account) else ""


def is_addressed(message: Message, account: Account) -> bool:
    """In a group: names us, gives a command, or answers what we said."""
    if message.chat.type == "private":
        return True
    if message.reply_to_message and is_us(message.reply_to_message.from_, account):
        return True
    ours = own_name(account)
    for mark in message.marks:
        words = cut(message.words, mark).lower()
        if mark.type == "mention" and words == f"@{ours}":
            return True
        if mark.type == "bot_command" and words.partition("@")[2] in ("", ours):
            return True
        if mark.type == "text_mention" and is_us(mark.user, account):
            return True
    return False


def is_us(user: User | None, account: Account) -> bool:
    return user is not None and user.is_bot and user.username.lower() == own_name(account)


def own_name(account: Account) -> str:
    return account.address.strip().lstrip("@").lower()


def is_robot(message: Message) -> bool:
    return message.from_ is not None and message.from_.is_bot and message.sender_chat is None


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def author_of(message: Message) -> Author:
    """A group or a channel may speak as itself; then Telegram puts a stand-in where the person would be."""
    if message.sender_chat:
        return of_chat(message.sender_chat)
    return of_user(message.from_) if message.from_ else of_chat(message.chat)


def of_user(user: User) -> Author:
    return someone(user.id, user.username, f"{user.first_name} {user.last_name}")


def of_chat(chat: Chat) -> Author:
    return someone(chat.id, chat.username, chat.title or f"{chat.first_name} {chat.last_name}")


def someone(id_: int, username: str, name: str) -> Author:
    return Author(
        network=NETWORK,
        external_id=str(id_),
        handle=f"@{username}" if username else "",
        name=name.strip(),
        profile_url=f"https://t.me/{username}" if username else "",
        verified=True,
    )


class _Who(Struct, frozen=True, gc=False):
    id: int


class _By(Struct, frozen=True, gc=False):
    from_: _Who | None = field(default=None, name="from")
    sender_chat: _Who | None = None
    user: _Who | None = None
    actor_chat: _Who | None = None
    chat: _Who | None = None


class _Update(Struct, frozen=True, gc=False):
    message: _By | None = None
    edited_message: _By | None = None
    business_message: _By | None = None
    edited_business_message: _By | None = None
    deleted_business_messages: _By | None = None
    message_reaction: _By | None = None


def author_key(body: bytes) -> str:
    try:
        update = decode(body, _Update)
    except ValueError:
        return ""
    by = (
        update.message
        or update.edited_message
        or update.business_message
        or update.edited_business_message
        or update.deleted_business_messages
        or update.message_reaction
    )
    who = by and (by.sender_chat or by.from_ or by.user or by.actor_chat or by.chat)
    return str(who.id) if who else ""


# ── What ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def visibility_of(chat: Chat) -> Visibility:
    """A group that has a name can be read by everybody; another one by who is in it."""
    if chat.type == "private":
        return "private"
    return "public" if chat.username else "followers"


def thread_of(chat: Chat, business: str) -> str:
    if chat.type != "private":
        return ""
    return f"{business}/{chat.id}" if business else str(chat.id)


def permalink_of(message: Message) -> str:
    chat = message.chat
    if chat.type == "private":
        return ""
    if chat.username:
        return f"https://t.me/{chat.username}/{message.message_id}"
    inner = str(chat.id).removeprefix("-100")
    return f"https://t.me/c/{inner}/{message.message_id}" if chat.type == "supergroup" else ""


def text_of(message: Message) -> str:
    if message.words:
        return message.words
    if message.venue:
        return f"{message.venue.title}, {message.venue.address}".strip(", ")
    if message.location:
        return f"{message.location.latitude}, {message.location.longitude}"
    if message.contact:
        contact = message.contact
        return f"{contact.first_name} {contact.last_name}".strip() + f", {contact.phone_number}"
    if message.poll:
        return "\n".join([message.poll.question, *(f"- {option.text}" for option in message.poll.options)])
    if message.dice:
        return f"{message.dice.emoji} {message.dice.value}"
    return message.sticker.emoji if message.sticker else ""


def media_of(message: Message) -> Iterator[tuple[str, Medium]]:
    if message.photo:
        yield "photo", message.photo[-1]  # the largest
    if message.animation:  # comes as a document too
        yield "animation", message.animation
    elif message.document:
        yield "document", message.document
    for kind in ("video", "audio", "voice", "video_note", "sticker"):
        if medium := getattr(message, kind):
            yield kind, medium


def file_of(kind: str, medium: Medium, account: Account) -> File:
    """Its address names no token: `fetch_media` asks where it lies."""
    content_type = medium.mime_type or sticker_type(medium) if kind == "sticker" else medium.mime_type or KINDS[kind]
    name = medium.file_name or f"{kind}{guess_extension(content_type) or ''}"
    root = str(account.config.get("base_url") or API).strip().rstrip("/")
    return File(
        name=name,
        content_type=content_type,
        url=f"{root}/file/{medium.file_id}",
        alt=medium.emoji or medium.title,
        size_bytes=medium.file_size,
    )


def sticker_type(medium: Medium) -> str:
    if medium.is_animated:
        return "application/x-tgsticker"
    return "video/webm" if medium.is_video else KINDS["sticker"]


def extra_of(message: Message) -> dict:
    found: dict = {}
    if message.chat.title:
        found["chat"] = message.chat.title
    if message.media_group_id:
        found["album"] = message.media_group_id
    if message.forward_origin:
        found["forwarded"] = True
    if message.business_connection_id:
        found["business_connection"] = message.business_connection_id
    return found
