"""Going out on Instagram: messages, answers to comments, private answers to comments; hiding and deleting."""

from datetime import datetime, timedelta

from msgspec import Struct, field, structs

from heard.listening.channels.contract import Ambiguous, AuthExpired, ChannelError, Context, File, Part, Rejected, Sent
from heard.listening.channels.instagram.words import is_public, mentioned_in
from heard.listening.channels.meta import outgoing
from heard.listening.channels.meta.graph import ACCESS_TOKEN, Graph, Success

INSTAGRAM = "https://graph.instagram.com"
RENEW_AFTER = timedelta(days=7)  # a token lives 60 days, and may be renewed once it is one day old
RENEWED_AT = "token_renewed_at"


class Made(Struct, frozen=True):
    id: str


class Reply(Struct, frozen=True):
    id: str
    timestamp: str
    text: str = ""
    user: outgoing.Someone | None = None  # only ours have one


class Replies(Struct, frozen=True):
    data: list[Reply] = field(default_factory=list)


class Renewed(Struct, frozen=True):
    access_token: str
    expires_in: int = 0


def api(ctx: Context) -> Graph:
    return Graph(ctx, default_url=INSTAGRAM, proof=False)


def send(ctx: Context, part: Part) -> Sent:
    ctx = with_fresh_token(ctx)
    graph = api(ctx)
    if part.visibility == "public":
        target = outgoing.answered_in_public(part)
        if mention := mentioned_in(target):
            made = graph.write(f"{ctx.account.address.strip()}/mentions", Made, json={**mention, "message": part.text})
            return Sent(external_id=made.id, thread_ref=part.thread_ref, sent_at=ctx.now())
        if not is_public(target):
            raise Rejected("on Instagram we answer comments; there is none to answer")
        made = graph.write(f"{target}/replies", Made, json={"message": part.text})
        return Sent(external_id=made.id, thread_ref=part.thread_ref, sent_at=ctx.now())
    recipient = {"comment_id": part.in_reply_to} if is_public(part.in_reply_to) else {"id": part.to.external_id}
    how = {"json": {"recipient": recipient, "message": {"text": part.text}}}
    return outgoing.send_message(graph, ctx, part, recipient, how=how, human_agent=outgoing.has_seal(ctx))


def reconcile(ctx: Context, part: Part) -> Sent | None:
    graph = api(ctx)
    if mentioned_in(outgoing.answered_in_public(part)):
        raise Ambiguous(
            "Instagram does not show us what stands below a post of somebody else; look there before you send it again"
        )
    if part.visibility != "public":
        return outgoing.find_message(graph, ctx, part, platform="instagram")
    found = graph.read(
        f"{outgoing.answered_in_public(part)}/replies", Replies, fields="id,text,timestamp,user", limit=outgoing.RECENT
    )
    us = ctx.account.address.strip()
    ours = [(each.id, each.text, each.timestamp) for each in found.data if each.user and each.user.id == us]
    return outgoing.newest_like(part, ours, ctx, len(found.data))


def hide(ctx: Context, external_id: str, *, hidden: bool) -> None:
    api(ctx).repeat(public(external_id, "hidden"), Success, json={"hide": hidden})


def delete(ctx: Context, external_id: str) -> None:
    api(ctx).repeat(public(external_id, "taken back"), Success, method="DELETE")


def public(external_id: str, what: str) -> str:
    """Raises Rejected for a message, for what was said in private stays; and for what stands below somebody else's post."""
    if mentioned_in(external_id):
        raise Rejected(f"a mention below somebody else's post cannot be {what} by us")
    if not is_public(external_id):
        raise Rejected(f"a direct message cannot be {what}; only a comment can")
    return external_id


def fetch(ctx: Context, file: File) -> File:
    return api(ctx).fetch(file)


# ── A token that ends ───────────────────────────────────────────────────────────────────────────────────────────────


def with_fresh_token(ctx: Context) -> Context:
    """The same, with a token that has 60 days again if ours is a week old. Raises AuthExpired when it ended already.

    Whatever else hinders it hinders no answer: the token of today still works, and in a week it is tried again.
    """
    if age_of_token(ctx) < RENEW_AFTER:
        return ctx
    try:
        # Documented only this way, with the token in the address.
        token = ctx.account.secrets.get(ACCESS_TOKEN, "")
        renewed = api(ctx).read("refresh_access_token", Renewed, grant_type="ig_refresh_token", access_token=token)
    except AuthExpired:
        raise
    except ChannelError:
        fresh = {RENEWED_AT: ctx.now().isoformat()}
    else:
        fresh = {ACCESS_TOKEN: renewed.access_token, RENEWED_AT: ctx.now().isoformat()}
    ctx.keep(fresh)
    return structs.replace(ctx, account=structs.replace(ctx.account, secrets={**ctx.account.secrets, **fresh}))


def age_of_token(ctx: Context) -> timedelta:
    try:
        return ctx.now() - datetime.fromisoformat(ctx.account.secrets.get(RENEWED_AT, ""))
    except ValueError:
        return RENEW_AFTER
