"""Answering in public and in private, finding it again, changing it, deleting it."""

from datetime import timedelta

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Ambiguous, Context, NotFound, Outgoing, Part, Rejected, Sent
from heard.listening.channels.reddit.api import Api, username_of
from heard.listening.channels.reddit.payloads import Data, Thing, decode, moment
from heard.listening.channels.reddit.read import NAME, USERNAME, link_of

MAX_CHARACTERS = 10_000
MAX_SUBJECT = 100
SUBJECT = "Your post on Reddit"
RECONCILE_WITHIN = timedelta(hours=1)
RECENT = 100


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """One part. Raises Rejected with words for who wrote it."""
    username = message.to.external_id
    if not USERNAME.fullmatch(username):
        raise Rejected("this is no name of Reddit's")
    if message.in_reply_to and not NAME.fullmatch(message.in_reply_to):
        raise Rejected("this is no post, comment or message of Reddit's")
    if message.visibility == "public" and not message.in_reply_to.startswith(("t1_", "t3_")):
        raise Rejected("in public, only a post or a comment can be answered")
    text = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_CHARACTERS:
        raise Rejected(f"Reddit takes {MAX_CHARACTERS} characters; this has {len(text)}")
    subject = " ".join("".join(sign if sign.isprintable() else " " for sign in message.subject).split())[:MAX_SUBJECT]
    return [
        Part(
            text=text,
            to=replace(message.to, handle=f"u/{username}"),
            subject=subject,
            visibility="public" if message.visibility == "public" else "private",
            in_reply_to=message.in_reply_to,
            thread_ref=message.thread_ref,
        )
    ]


def is_new_message(part: Part) -> bool:
    """Said in private to what was said in public, or to nothing."""
    return part.visibility != "public" and not part.in_reply_to.startswith("t4_")


def send(ctx: Context, part: Part) -> Sent:
    api = Api(ctx)
    if is_new_message(part):
        api.write("api/compose", to=part.to.external_id, subject=part.subject or SUBJECT, text=part.text)
        found = find(api, ctx, part)
        if found is None:
            raise Ambiguous("Reddit took the message and does not show it yet")
        return found
    taken = api.write("api/comment", thing_id=part.in_reply_to, text=part.text).data.things
    if not taken:
        raise Ambiguous("Reddit took it and does not show it")
    return sent(taken[0].data, part)


def sent(data: Data, part: Part) -> Sent:
    thread = (data.first_message_name or data.name) if part.visibility != "public" else part.thread_ref
    at = moment(data.created_utc) if data.created_utc else None
    return Sent(external_id=data.name, permalink=link_of(data), thread_ref=thread, sent_at=at)


def reconcile(ctx: Context, part: Part) -> Sent | None:
    return find(Api(ctx), ctx, part)


def find(api: Api, ctx: Context, part: Part) -> Sent | None:
    """Ours with these words and this place, of the past hour; None when it certainly is not there. Ambiguous when nobody can tell."""
    path = "message/sent" if part.visibility != "public" else f"user/{username_of(ctx)}/comments"
    since = (ctx.now() - RECONCILE_WITHIN).timestamp()
    page = api.page(path, limit=RECENT, **({} if part.visibility != "public" else {"sort": "new"}))
    try:
        recent = [data for each in page.children if (data := decode(each, Thing).data).created_utc >= since]
    except ValueError as error:
        raise Ambiguous("Reddit shows our own words in a form that cannot be read") from error
    for data in recent:
        if is_this(data, part):
            return sent(data, part)
    if len(recent) >= RECENT:
        raise Ambiguous(f"more than {RECENT} went out since; somebody must look whether this one did")
    return None


def is_this(data: Data, part: Part) -> bool:
    if is_new_message(part):
        same_place = data.dest.lower() == part.to.external_id.lower() and not data.parent_id
    else:
        same_place = data.parent_id == part.in_reply_to
    return same_place and data.body.split() == part.text.split()


def edit(ctx: Context, external_id: str, part: Part) -> None:
    Api(ctx).write("api/editusertext", thing_id=checked(external_id), text=part.text)


def delete(ctx: Context, external_id: str) -> None:
    Api(ctx).do("api/del", id=checked(external_id))


def checked(external_id: str) -> str:
    if not NAME.fullmatch(external_id) or external_id.startswith("t4_"):
        raise NotFound("this is no post or comment of Reddit's; what was said in private stays as it is")
    return external_id
