import uuid
from collections.abc import Collection

import msgspec
from django.db import transaction

from heard.engagement import pledging, selectors
from heard.engagement.actions.author import author_of
from heard.engagement.actions.drafts import clear_draft
from heard.engagement.models import Reply, Utterance
from heard.engagement.pledging import NOTHING_SAID, Promising
from heard.engagement.rules.holding import Hold
from heard.engagement.wording import Approved, CannotSend, Shaped, Wanted, attached, shape
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.listening.channels.contract import Part
from heard.listening.wake import wake


class Held(CannotSend):
    """Public words and personal data: it leaves only when its author says so knowingly, or not at all. `hold` says which."""

    def __init__(self, hold: Hold) -> None:
        said = " ".join(hold.sentences)
        super().__init__(f"{said} {'It does not go out in public.' if hold.is_refused else 'Held until you choose.'}")
        self.hold = hold


class NeedsTime(CannotSend):
    """It puts the customer off and says no time. It leaves without one only when its author says so. `words` are where."""

    def __init__(self, words: str) -> None:
        super().__init__(f"“{words}” says no time. Say by when, or send it without one knowingly.")


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
    approved: Approved | None = None,
    knowingly: Collection[str] = (),
    promising: Promising = NOTHING_SAID,
) -> int:
    """Queue words for a customer. Returns the id of the reply; `work_off` sends it.

    `knowingly` are the kinds of personal data (Hold.kinds) that the author was shown and sends in public all the same.
    What it promises is kept beside it and counts once it has left; `promising` is what its author said of it.
    May be repeated: the same `request_key` is the same reply, however often and from wherever it is clicked. Raises
    CannotSend, Held, NeedsTime, NotAllowed, and DoesNotExist for a conversation that the viewer does not see.
    """
    viewer.check("conversation.reply")
    author = author_of(viewer)
    conversation = selectors.access(viewer, conversation_id)
    earlier = Reply.objects.filter(request_key=request_key).first()
    if earlier is not None:
        return _same(earlier, viewer, conversation_id)
    files = () if approved else attached(viewer, conversation_id)
    wanted = Wanted(text.replace("\0", "").strip(), account_id, identity_id, visibility, answers_id, approved, files)
    if not (wanted.text or approved or files):
        raise CannotSend("There are no words to send.")
    shaped = shape(viewer, conversation_id, wanted)
    _check_held(shaped, knowingly)
    delays = _delays(shaped, conversation.language, promising)
    with transaction.atomic():
        reply, is_new = Reply.objects.get_or_create(
            request_key=request_key,
            defaults={
                "conversation_id": conversation_id,
                "member_id": author,
                "account_id": account_id,
                "to_id": identity_id,
                "answers_id": answers_id or shaped.route.in_reply_to,
                "text": shaped.text,
                "visibility": visibility,
                "written_at": now(),
            },
        )
        if not is_new:
            return _same(reply, viewer, conversation_id)
        Utterance.objects.bulk_create(_utterance(reply, part) for part in shaped.parts)
        pledging.write(reply, language=conversation.language, promising=promising)
        if approved is None:  # words of one's own that wait for another way stay
            clear_draft(viewer, conversation_id, "reply")
        _note(viewer, reply, shaped, delays)
        stream.publish(stream.News("conversation", {"id": conversation_id}, conversation.team_id))
        transaction.on_commit(wake)
    return reply.pk


def _check_held(shaped: Shaped, knowingly: Collection[str]) -> None:
    hold = shaped.hold
    if hold and (hold.is_refused or not set(hold.kinds) <= set(knowingly)):
        raise Held(hold)


def _delays(shaped: Shaped, language: str, promising: Promising) -> int:
    """In how many places it puts somebody off without a time, which its author knows."""
    found = pledging.delays_in(shaped.text, language=language)
    if found and not promising.without_time:
        raise NeedsTime(found[0].words)
    return len(found)


def _note(viewer: Viewer, reply: Reply, shaped: Shaped, delays: int) -> None:
    detail = {"reply": reply.pk, "account": reply.account_id, "visibility": reply.visibility}
    audit.note(viewer, "conversation.reply", "conversation", reply.conversation_id, **detail)
    if shaped.hold:
        held = {"reply": reply.pk, "kinds": list(shaped.hold.kinds)}
        audit.note(viewer, "reply.public_anyway", "conversation", reply.conversation_id, **held)
    if delays:
        without = {"reply": reply.pk, "places": delays}
        audit.note(viewer, "reply.without_time", "conversation", reply.conversation_id, **without)


def _same(reply: Reply, viewer: Viewer, conversation_id: int) -> int:
    if (reply.member_id, reply.conversation_id) != (viewer.member_id, conversation_id):
        raise CannotSend("This form was used already. Load the page again; your draft was kept.")
    return reply.pk


def _utterance(reply: Reply, part: Part) -> Utterance:
    return Utterance(
        reply=reply,
        number=part.number,
        total=part.total,
        part=msgspec.to_builtins(part),
        idem=uuid.uuid4().hex,
        due_at=reply.written_at,
    )
