"""Going out, and what was said taken back; and the files that customers sent."""

import re
from typing import Any

from heard.listening.channels.contract import Context, File, NotFound, Part, Rejected, Sent
from heard.listening.channels.lengths import length_of
from heard.listening.channels.telegram.api import Api, Moved
from heard.listening.channels.telegram.payloads import Message, moment
from heard.listening.channels.telegram.read import permalink_of
from heard.listening.channels.telegram.refs import Place, message_of, message_ref
from heard.listening.channels.telegram.words import MAX_CAPTION, UNIT, destination, is_picture

JSON = dict[str, Any]


def send(ctx: Context, part: Part) -> Sent:
    api, place = Api(ctx), destination(part)
    try:
        return said(api, place, part)
    except Moved as moved:  # it was not said there; in the new group the old numbers mean nothing
        return said(api, Place(chat=moved.chat), part)


def said(api: Api, place: Place, part: Part) -> Sent:
    method, params, files = what(part)
    taken = api.act(method, Message, {**where(place), **params}, files=files)
    return Sent(
        external_id=message_ref(taken.chat.id, taken.message_id, place.business),
        permalink=permalink_of(taken),
        thread_ref=place.thread,
        sent_at=moment(taken.date),
    )


def where(place: Place) -> JSON:
    """An answer to what was deleted meanwhile still goes out."""
    answers = {"message_id": place.message, "allow_sending_without_reply": True}
    return {
        "chat_id": place.chat,
        **({"business_connection_id": place.business} if place.business else {}),
        **({"reply_parameters": answers} if place.message else {}),
    }


def what(part: Part) -> tuple[str, JSON, JSON | None]:
    """Method, parameters, files. Plain words without markup, so that nothing in them is taken for it."""
    if not part.attachments:
        return "sendMessage", {"text": part.text}, None
    file = part.attachments[0]
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    kind = "photo" if is_picture(file) else "document"
    words = part.text or file.alt  # there is no other place for what a picture shows
    caption = {"caption": words} if words and length_of(words, UNIT) <= MAX_CAPTION else {}
    return f"send{kind.title()}", caption, {kind: (file.name, file.data, file.content_type)}


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def edit(ctx: Context, external_id: str, part: Part) -> None:
    """The words of a message, or those below its picture."""
    api, place = Api(ctx), message_of(external_id)
    params = which(place)
    try:
        api.ask("editMessageText", Any, text=part.text, **params)
    except Rejected as refused:
        if "not modified" in str(refused):
            return
        if "no text in the message" not in str(refused):
            raise
        api.ask("editMessageCaption", Any, caption=part.text, **params)


def delete(ctx: Context, external_id: str) -> None:
    api, place = Api(ctx), message_of(external_id)
    if place.business:
        api.ask("deleteBusinessMessages", bool, business_connection_id=place.business, message_ids=[place.message])
    else:
        api.ask("deleteMessage", bool, chat_id=place.chat, message_id=place.message)


def which(place: Place) -> JSON:
    business = {"business_connection_id": place.business} if place.business else {}
    return {"chat_id": place.chat, "message_id": place.message, **business}


def fetch(ctx: Context, file: File) -> File:
    file_id = file.url.rpartition("/")[2]
    if not re.fullmatch(r"[\w-]{1,300}", file_id, re.ASCII):
        raise NotFound(f"{file.name} is no file of Telegram")
    return Api(ctx).fetch(file, file_id)
