"""Words on their way out, before anything is written: which way they take, what they answer, the parts that the network gets."""

from collections.abc import Collection
from dataclasses import dataclass

from msgspec import convert
from msgspec.structs import replace

from heard.engagement import selectors
from heard.engagement.models import Utterance
from heard.engagement.rules import holding, templates
from heard.engagement.rules.files import KEPT
from heard.engagement.rules.holding import Hold
from heard.engagement.rules.subject import answer_to
from heard.engagement.selectors import Route
from heard.governance.permissions import Viewer
from heard.identity import facets
from heard.listening import accounts, files
from heard.listening import reach as listening
from heard.listening.channels.contract import ChannelError, File, Outgoing, Part, Rejected, Template
from heard.listening.channels.lengths import over_by
from heard.listening.reach import Voice
from heard.routing import story
from heard.understanding import selectors as understanding


class CannotSend(ValueError):
    """These words cannot go this way; the text says why. Nothing was sent, and the draft was kept."""


@dataclass(frozen=True)
class Approved:
    """Which of the words that a network approved, and what fills their gaps, in order."""

    name: str
    language: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a member wants to say, and which way. Files are named by what `listening.files` keeps; their bytes follow when sent."""

    text: str
    account_id: int
    identity_id: int
    visibility: str
    answers_id: int | None = None
    approved: Approved | None = None
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Shaped:
    """`hold`: why public words wait for their author, if they do. `routes` are all ways there are, this one included."""

    text: str
    route: Route
    routes: list[Route]
    parts: list[Part]
    hold: Hold | None


def attached(viewer: Viewer, conversation_id: int) -> tuple[File, ...]:
    """The files of the viewer's draft, for a part to name; whoever sends it asks `with_bytes`."""
    return tuple(
        File(name=f.name, content_type=f.content_type, size_bytes=f.size_bytes, alt=f.alt, url=f"{KEPT}{f.sha256}")
        for f in selectors.files_of_draft(viewer, conversation_id)
    )


def with_bytes(part: Part) -> Part:
    """A part as an adapter sends it. Raises Rejected when a file is gone from our disk."""
    if not any(file.url.startswith(KEPT) for file in part.attachments):
        return part
    return replace(part, attachments=tuple(_with_bytes(file) for file in part.attachments))


def _with_bytes(file: File) -> File:
    if not file.url.startswith(KEPT):
        return file
    try:
        with files.open_file(file.url.removeprefix(KEPT)) as content:
            return replace(file, data=content.read(), url="")
    except FileNotFoundError as error:
        raise Rejected(f"{file.name} is not on our disk any more; attach it again") from error


def shape(viewer: Viewer, conversation_id: int, wanted: Wanted) -> Shaped:
    """Exactly what would go out. Raises CannotSend; DoesNotExist for a conversation that the viewer does not see.

    A network may be asked which words it approved, so it must not run inside a transaction.
    """
    conversation = selectors.access(viewer, conversation_id)
    routes = selectors.reachable(viewer, conversation_id)
    route = _route(routes, wanted)
    template = _template(route, wanted.approved) if wanted.approved else None
    text = templates.filled(template.text, template.values) if template else wanted.text
    answered = _answered(route, wanted.answers_id)
    message = _outgoing(viewer, route, wanted, text=text, template=template, answered=answered, subject=conversation.subject)
    parts = _parts(route.kind, route.account_id, route.account_name, message)
    return Shaped(text, route, routes, parts, _hold(viewer, conversation_id, route, message, answered))


def reworded(utterance: Utterance, text: str) -> tuple[Part, Hold | None]:
    """The part as it stands with other words, and why those would be held in public. Raises CannotSend."""
    reply, was = utterance.reply, convert(utterance.part, Part)
    if not text:
        raise CannotSend("There are no words to send. To have them gone, take them back.")
    message = Outgoing(
        text=text,
        to=listening.faces([reply.to_id])[reply.to_id],
        visibility=was.visibility,
        subject=was.subject,
        in_reply_to=was.in_reply_to,
        thread_ref=was.thread_ref,
        references=was.references,
        from_name=was.from_name,
    )
    parts = _parts(reply.account.kind, reply.account_id, reply.account.name, message)
    if len(parts) > 1:
        raise CannotSend(f"Too long for one message of {reply.account.name}; shorten it, or say the rest in a new one.")
    part = replace(parts[0], number=was.number, total=was.total, in_reply_to=was.in_reply_to, attachments=was.attachments)
    words = [text, *(said for file in was.attachments for said in (file.alt, file.name))]
    unnamed = facets.unnamed_where(reply.to_id)
    return part, holding.hold(words, answered=(), visibility=reply.visibility, unnamed=unnamed)


def _route(routes: Collection[Route], wanted: Wanted) -> Route:
    way = (wanted.account_id, wanted.identity_id, wanted.visibility)
    for route in routes:
        if (route.account_id, route.identity_id, route.visibility) == way:
            if route.takes_templates if wanted.approved else route.may_send:
                return route
            shut = route.why_not or "free words may go here now, so approved ones need not"
            raise CannotSend(f"{route.account_name}: {shut}.")
    raise CannotSend("This person cannot be reached that way any more. Choose another channel.")


def _answered(route: Route, answers_id: int | None) -> Voice | None:
    """What the network will show it as an answer to: the chosen message if it was heard on this account, else the newest."""
    known = listening.voices({id_ for id_ in (answers_id, route.in_reply_to) if id_})
    chosen = known.get(answers_id) if answers_id else None
    if chosen is not None and chosen.account_id == route.account_id and chosen.identity_id == route.identity_id:
        return chosen
    return known.get(route.in_reply_to) if route.in_reply_to else None


def _template(route: Route, approved: Approved) -> Template:
    """As the network approved it, whatever a form says of its words."""
    try:
        offered = listening.approved_words(route.account_id)
    except ChannelError as error:
        raise CannotSend(f"{route.account_name} could not be asked for its approved words: {error}.") from error
    for found in offered:
        if (found.name, found.language) == (approved.name, approved.language):
            gaps = len(templates.gaps(found.text))
            if len(approved.values) != gaps or not all(value.strip() for value in approved.values):
                raise CannotSend("Fill every gap of these words." if gaps else "These words have no gaps to fill.")
            return Template(name=found.name, language=found.language, text=found.text, values=approved.values)
    raise CannotSend(f"{route.account_name} does not name these words as approved. Choose others.")


def _outgoing(
    viewer: Viewer, route: Route, wanted: Wanted, *, text: str, template: Template | None, answered: Voice | None, subject: str
) -> Outgoing:
    can = accounts.adapter_of(route.kind).capabilities
    if wanted.files and not can.attachments:
        raise CannotSend(f"{route.account_name} takes no files. Remove them, or choose another channel.")
    for file in wanted.files:
        if (file.size_bytes or 0) > can.max_attachment_bytes:
            raise CannotSend(
                f"{file.name} is larger than {route.account_name} takes ({can.max_attachment_bytes // 1_000_000} MB)."
            )
    return Outgoing(
        text=text,
        to=listening.faces([route.identity_id])[route.identity_id],
        visibility=route.visibility,  # type: ignore[arg-type]
        subject=answer_to(answered.subject if answered else subject) if can.subject else "",
        in_reply_to=answered.external_id if answered else "",
        thread_ref=answered.thread_ref if answered else "",
        references=_references(answered),
        from_name=viewer.name,
        attachments=wanted.files,
        template=template,
    )


def _parts(kind: str, account_id: int, account_name: str, message: Outgoing) -> list[Part]:
    can = accounts.adapter_of(kind).capabilities
    try:
        return accounts.adapter_of(kind).render(message, listening.account_without_secrets(account_id))
    except ChannelError as error:
        excess = over_by(message.text, unit=can.length_unit, limit=can.max_length)
        too_long = f"Too long for {account_name} by {excess} {can.length_unit.replace('_', ' ')}."
        raise CannotSend(too_long if excess else f"{str(error)[:1].upper()}{str(error)[1:]}") from error


def _references(answered: Voice | None) -> tuple[str, ...]:
    if answered is None:
        return ()
    return tuple(dict.fromkeys(ref for ref in (answered.thread_ref, answered.parent_ref, answered.external_id) if ref))


def _hold(viewer: Viewer, conversation_id: int, route: Route, message: Outgoing, answered: Voice | None) -> Hold | None:
    """Looks at our words and at all that an answer in public points to: the message answered, and what else waits there."""
    if route.visibility not in holding.IN_PUBLIC:
        return None
    waiting = listening.voices(story.waiting_voices(viewer, conversation_id))
    public = {voice.id for voice in waiting.values() if voice.visibility != "private"}
    verdicts = understanding.verdicts(viewer, public | ({answered.id} if answered else set()))
    ours = [message.text, *(words for file in message.attachments for words in (file.alt, file.name))]
    return holding.hold(
        ours,
        answered=[verdict.private for verdict in verdicts.values()],
        visibility=route.visibility,
        unnamed=facets.unnamed_where(route.identity_id),
    )
