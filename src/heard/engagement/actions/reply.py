import uuid

import msgspec
from django.db import transaction

from heard.engagement import selectors
from heard.engagement.actions.author import author_of
from heard.engagement.actions.drafts import clear_draft
from heard.engagement.models import Reply, Utterance
from heard.engagement.rules.length import over_by
from heard.engagement.rules.subject import answer_to
from heard.engagement.selectors import Route
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.listening import accounts
from heard.listening import reach as listening
from heard.listening.channels.contract import ChannelError, Outgoing, Part
from heard.listening.reach import Voice
from heard.listening.wake import wake


class CannotSend(ValueError):
    """These words cannot go this way; the text says why. Nothing was sent, and the draft was kept."""


def send_reply(
    viewer: Viewer,
    conversation_id: int,
    *,
    text: str,
    account_id: int,
    identity_id: int,
    visibility: str,
    request_key: str,
    answers_id: int | None = None,
) -> int:
    """Queue words for a customer. Returns the id of the reply; `work_off` sends it.

    May be repeated: the same `request_key` is the same reply, however often and from wherever it is clicked. Raises
    CannotSend, NotAllowed, and DoesNotExist for a conversation that the viewer does not see.
    """
    viewer.check("conversation.reply")
    author = author_of(viewer)
    conversation = selectors.access(viewer, conversation_id)
    earlier = Reply.objects.filter(request_key=request_key).first()
    if earlier is not None:
        return _same(earlier, viewer, conversation_id)
    text = text.replace("\0", "").strip()
    if not text:
        raise CannotSend("There are no words to send.")
    route = _route(viewer, conversation_id, account_id=account_id, identity_id=identity_id, visibility=visibility)
    answered = _answered(route, answers_id)
    parts = _parts(viewer, route, text=text, answered=answered, subject=conversation.subject)
    with transaction.atomic():
        reply, is_new = Reply.objects.get_or_create(
            request_key=request_key,
            defaults={
                "conversation_id": conversation_id,
                "member_id": author,
                "account_id": account_id,
                "to_id": identity_id,
                "answers_id": answers_id or route.in_reply_to,
                "text": text,
                "visibility": visibility,
                "written_at": now(),
            },
        )
        if not is_new:
            return _same(reply, viewer, conversation_id)
        Utterance.objects.bulk_create(_utterance(reply, part) for part in parts)
        clear_draft(viewer, conversation_id, "reply")
        audit.note(
            viewer,
            "conversation.reply",
            "conversation",
            conversation_id,
            reply=reply.pk,
            account=account_id,
            visibility=visibility,
        )
        stream.publish(stream.News("conversation", {"id": conversation_id}, conversation.team_id))
        transaction.on_commit(wake)
    return reply.pk


def _same(reply: Reply, viewer: Viewer, conversation_id: int) -> int:
    if (reply.member_id, reply.conversation_id) != (viewer.member_id, conversation_id):
        raise CannotSend("This form was used already. Load the page again; your draft was kept.")
    return reply.pk


def _route(viewer: Viewer, conversation_id: int, *, account_id: int, identity_id: int, visibility: str) -> Route:
    wanted = (account_id, identity_id, visibility)
    for route in selectors.reachable(viewer, conversation_id):
        if (route.account_id, route.identity_id, route.visibility) == wanted:
            if route.may_send:
                return route
            raise CannotSend(f"{route.account_name}: {route.why_not}.")
    raise CannotSend("This person cannot be reached that way any more. Choose another channel.")


def _answered(route: Route, answers_id: int | None) -> Voice | None:
    """What the network will show it as an answer to: the chosen message if it was heard on this account, else the newest."""
    known = listening.voices({id_ for id_ in (answers_id, route.in_reply_to) if id_})
    chosen = known.get(answers_id) if answers_id else None
    if chosen is not None and chosen.account_id == route.account_id and chosen.identity_id == route.identity_id:
        return chosen
    return known.get(route.in_reply_to) if route.in_reply_to else None


def _parts(viewer: Viewer, route: Route, *, text: str, answered: Voice | None, subject: str) -> list[Part]:
    can = accounts.adapter_of(route.kind).capabilities
    message = Outgoing(
        text=text,
        to=listening.faces([route.identity_id])[route.identity_id],
        visibility=route.visibility,  # type: ignore[arg-type]
        subject=answer_to(answered.subject if answered else subject) if can.subject else "",
        in_reply_to=answered.external_id if answered else "",
        thread_ref=answered.thread_ref if answered else "",
        references=_references(answered),
        from_name=viewer.name,
    )
    try:
        return accounts.adapter_of(route.kind).render(message, listening.account_without_secrets(route.account_id))
    except ChannelError as error:
        excess = over_by(text, unit=can.length_unit, limit=can.max_length)
        too_long = f"Too long for {route.account_name} by {excess} {can.length_unit.replace('_', ' ')}."
        raise CannotSend(too_long if excess else str(error)) from error


def _references(answered: Voice | None) -> tuple[str, ...]:
    if answered is None:
        return ()
    return tuple(dict.fromkeys(ref for ref in (answered.thread_ref, answered.parent_ref, answered.external_id) if ref))


def _utterance(reply: Reply, part: Part) -> Utterance:
    return Utterance(
        reply=reply,
        number=part.number,
        total=part.total,
        part=msgspec.to_builtins(part),
        idem=uuid.uuid4().hex,
        due_at=reply.written_at,
    )
