"""What the webhooks of the WhatsApp Business Platform say, as far as we read it.
https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference"""

from typing import Any

from msgspec import Struct, field

from heard.listening.channels.meta.errors import Problem


class Profile(Struct, frozen=True):
    name: str = ""
    username: str = ""


class Contact(Struct, frozen=True):
    profile: Profile = field(default_factory=Profile)
    wa_id: str = ""
    user_id: str = ""  # what stays of somebody who hides their number; unique for our business


class Metadata(Struct, frozen=True):
    phone_number_id: str = ""
    display_phone_number: str = ""


class Text(Struct, frozen=True):
    body: str = ""


class Medium(Struct, frozen=True):
    id: str = ""
    mime_type: str = ""
    caption: str = ""
    filename: str = ""
    voice: bool = False


class Place(Struct, frozen=True):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Emoji(Struct, frozen=True):
    message_id: str
    emoji: str = ""


class Button(Struct, frozen=True):
    text: str = ""
    payload: str = ""


class Choice(Struct, frozen=True):
    title: str = ""
    description: str = ""
    id: str = ""


class FormReply(Struct, frozen=True):
    response_json: str = ""
    body: str = ""


class Interactive(Struct, frozen=True):
    type: str = ""
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: FormReply | None = None


class FullName(Struct, frozen=True):
    formatted_name: str = ""


class Phone(Struct, frozen=True):
    phone: str = ""


class Card(Struct, frozen=True):
    name: FullName = field(default_factory=FullName)
    phones: list[Phone] = field(default_factory=list)


class Item(Struct, frozen=True):
    product_retailer_id: str = ""
    quantity: float = 1
    item_price: float = 0
    currency: str = ""


class Order(Struct, frozen=True):
    text: str = ""
    product_items: list[Item] = field(default_factory=list)


class About(Struct, frozen=True):
    """What a message answers, and how it came about."""

    id: str = ""
    forwarded: bool = False
    frequently_forwarded: bool = False


class Referral(Struct, frozen=True):
    source_url: str = ""
    source_type: str = ""
    source_id: str = ""
    headline: str = ""


class Unsupported(Struct, frozen=True):
    type: str = ""


class Revoked(Struct, frozen=True):
    original_message_id: str


class System(Struct, frozen=True):
    type: str = ""


class Words(Struct, frozen=True):
    """What somebody said, whatever its kind: new words, or those that replace others."""

    type: str = ""
    text: Text | None = None
    image: Medium | None = None
    video: Medium | None = None
    audio: Medium | None = None
    document: Medium | None = None
    sticker: Medium | None = None
    location: Place | None = None
    contacts: list[Card] | None = None
    order: Order | None = None
    button: Button | None = None
    interactive: Interactive | None = None
    unsupported: Unsupported | None = None

    @property
    def medium(self) -> Medium | None:
        return self.image or self.video or self.audio or self.document or self.sticker


class Changed(Struct, frozen=True):
    original_message_id: str
    message: Words


class Message(Words, frozen=True, kw_only=True):
    id: str
    timestamp: str
    from_: str = field(default="", name="from")
    from_user_id: str = ""
    to: str = ""  # of what we said ourselves in the app
    to_user_id: str = ""
    group_id: str = ""
    context: About | None = None
    reaction: Emoji | None = None
    edit: Changed | None = None
    revoke: Revoked | None = None
    system: System | None = None
    referral: Referral | None = None


class Status(Struct, frozen=True):
    id: str
    status: str
    timestamp: str
    type: str = ""
    recipient_id: str = ""
    recipient_user_id: str = ""
    errors: list[Problem] = field(default_factory=list)


class Value(Struct, frozen=True):
    metadata: Metadata = field(default_factory=Metadata)
    contacts: list[Contact] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    message_echoes: list[Message] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    user_preferences: list[Any] = field(default_factory=list)


class Change(Struct, frozen=True):
    field: str
    value: Value


class Entry(Struct, frozen=True):
    changes: list[Change]
    id: str = ""


class Hook(Struct, frozen=True):
    entry: list[Entry]
