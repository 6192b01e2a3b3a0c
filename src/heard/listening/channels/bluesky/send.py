"""Going out: post, look whether it went out, delete."""

import httpx

from heard.listening.channels.bluesky.api import Api, Broke
from heard.listening.channels.bluesky.payloads import Posts, PostView, Ref, Stored, Uploaded, decode, new_post
from heard.listening.channels.bluesky.richtext import facets_of, handles_in
from heard.listening.channels.bluesky.uris import POST, Place, permalink_of, place_of, rkey_of
from heard.listening.channels.contract import (
    Ambiguous,
    ChannelError,
    Context,
    File,
    NotFound,
    Part,
    Rejected,
    Retryable,
    Sent,
)

CREATE = "com.atproto.repo.createRecord"
READ = "com.atproto.repo.getRecord"
DELETE = "com.atproto.repo.deleteRecord"
RESOLVE = "com.atproto.identity.resolveHandle"
POSTS = "app.bsky.feed.getPosts"


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    """Writes the post under a key that follows from `idem`, so that there can be only one.

    A server refuses a key that is taken, and says 500 for it: so after that we look whether the post is there already.
    """
    api = Api(ctx)
    reply = reply_refs(api, part.in_reply_to) if part.in_reply_to else None
    record = new_post(
        part.text,
        at=ctx.now(),
        facets=facets_of(part.text, dids_of(api, part)),
        reply=reply,
        embed=pictures(api, part.attachments),
    )
    place = Place(did=api.did, collection=POST, rkey=rkey_of(idem))
    body = {"repo": place.did, "collection": place.collection, "rkey": place.rkey, "record": record}
    try:
        api.write(CREATE, Ref, body)
    except Broke as unclear:
        return sent(ctx, place, root_of(already_there(api, place, unclear)))
    return sent(ctx, place, root_in(reply))


def already_there(api: Api, place: Place, unclear: Broke) -> Stored:
    """What an earlier try wrote. Raises `unclear` when it cannot be had; then `reconcile` asks later."""
    try:
        return stored(api, place)
    except ChannelError:
        raise unclear


def sent(ctx: Context, place: Place, root: str) -> Sent:
    return Sent(external_id=place.uri, permalink=permalink_of(place.uri), thread_ref=root or place.uri, sent_at=ctx.now())


def root_in(reply: dict[str, dict[str, str]] | None) -> str:
    return reply["root"]["uri"] if reply else ""


def reconcile(ctx: Context, *, idem: str) -> Sent | None:
    """Our post under the key of `idem`, read from our own server, which knows it as soon as it is there."""
    api = Api(ctx)
    place = Place(did=api.did, collection=POST, rkey=rkey_of(idem))
    try:
        return sent(ctx, place, root_of(stored(api, place)))
    except NotFound:
        return None


def stored(api: Api, place: Place) -> Stored:
    return api.read(READ, Stored, repo=place.did, collection=place.collection, rkey=place.rkey)


def root_of(record: Stored) -> str:
    return record.value.reply.root.uri if record.value.reply else record.uri


# ── Its place in the thread ─────────────────────────────────────────────────────────────────────────────────────────


def reply_refs(api: Api, parent_uri: str) -> dict[str, dict[str, str]]:
    """The post we answer and the first one of its thread, each with its version.

    Our own part just sent is asked of our server, because the app view may not know it yet; others' posts of the app view, which
    also knows whether we may answer.
    """
    try:
        place = place_of(parent_uri)
    except ValueError as error:
        raise Rejected(str(error)) from error
    if place.did == api.did:
        ours = stored(api, place)
        parent, reply = Ref(uri=ours.uri, cid=ours.cid), ours.value.reply
    else:
        view = view_of(api, parent_uri)
        parent, reply = Ref(uri=view.uri, cid=view.cid), view.record.reply
    root = reply.root if reply else parent
    return {"root": {"uri": root.uri, "cid": root.cid}, "parent": {"uri": parent.uri, "cid": parent.cid}}


def view_of(api: Api, uri: str) -> PostView:
    """Raises NotFound when it is gone, and Rejected when its author lets us not answer."""
    found = api.read(POSTS, Posts, uris=[uri]).posts
    if not found:
        raise NotFound("The post is gone: its author deleted it, or does not let us see it.")
    try:
        view = decode(bytes(found[0]), PostView)
    except ValueError as error:
        raise Retryable(str(error)) from error
    standing = view.author.viewer or {}
    if standing.get("blockedBy") or standing.get("blocking"):
        raise Rejected("There is a block between our account and theirs; Bluesky shows them nothing that we write.")
    if (view.viewer or {}).get("replyDisabled"):
        raise Rejected("The author does not let us reply to this post.")
    return view


def dids_of(api: Api, part: Part) -> dict[str, str]:
    """The DID of each account that the words name. What is no account stays words."""
    known = {part.to.handle.lstrip("@").lower(): part.to.external_id} if part.to.external_id.startswith("did:") else {}
    found = {handle: known.get(handle) or resolved(api, handle) for handle in handles_in(part.text)}
    return {handle: did for handle, did in found.items() if did}


def resolved(api: Api, handle: str) -> str:
    try:
        return api.read(RESOLVE, dict, handle=handle).get("did", "")
    except (NotFound, Rejected):  # Rejected: "Unable to resolve handle" comes as a bad request
        return ""


# ── Pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def pictures(api: Api, files: tuple[File, ...]) -> dict[str, object] | None:
    if not files:
        return None
    return {"$type": "app.bsky.embed.images", "images": [{"image": upload(api, file), "alt": file.alt} for file in files]}


def upload(api: Api, file: File) -> dict[str, object]:
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    try:
        return api.upload(file.data, file.content_type, Uploaded).blob
    except Ambiguous as error:  # a blob that no post uses is thrown away by the server
        raise Retryable(str(error)) from error


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def delete(ctx: Context, external_id: str) -> None:
    """The same deletion twice is the same as once, so an open end is tried again instead of shown to a person."""
    api = Api(ctx)
    try:
        place = place_of(external_id)
    except ValueError as error:
        raise Rejected(str(error)) from error
    if place.did != api.did:
        raise Rejected("That post is not ours; Bluesky lets nobody delete another's.")
    try:
        api.write(DELETE, dict, {"repo": place.did, "collection": place.collection, "rkey": place.rkey})
    except Ambiguous as error:
        raise Retryable(str(error)) from error


def fetch(ctx: Context, file: File) -> File:
    """The bytes of a picture. Our token stays home: pictures lie on other people's servers."""
    try:
        answer = ctx.http.get(file.url)
    except httpx.HTTPError as error:
        raise Retryable(f"{file.name} could not be fetched: {error}") from error
    if not answer.is_success:
        later = answer.is_server_error or answer.status_code == 429
        raise (Retryable if later else NotFound)(f"{file.name} could not be fetched: {answer.status_code}")
    content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
    return File(
        name=file.name, content_type=content_type, data=answer.content, url=file.url, alt=file.alt, size_bytes=len(answer.content)
    )
