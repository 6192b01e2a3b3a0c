"""What other desks export: tickets with their conversation, people and organisations, each as rows of ours and as voices.

A ticket becomes a record of service; what the customer wrote in it, and what they were answered, become voices, which walk like any
other. Internal notes stay where they are: they were written for other eyes. Tables that these desks write as CSV need nothing of
this: their columns are known (kinds.py).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from heard.identity.importing.entries import BadRow
from heard.identity.importing.people import RECORD

Row = Mapping[str, Any]


class Parts(NamedTuple):
    """`rows`: (kind, {field: value}), people first. `voices`: items as the file channel takes them, without their network's source."""

    rows: list[tuple[str, dict[str, Any]]]
    voices: list[dict[str, Any]]


class Person(Struct):
    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    organisation: str = ""


class Message(Struct):
    id: str
    author: Person
    is_customer: bool
    at: Any
    text: str = ""
    html: str = ""


class Ticket(Struct):
    id: str
    subject: str
    requester: Person
    opened_at: Any
    messages: list[Message]
    status: str = ""
    channel: str = ""
    closed_at: Any = ""
    handled_by: str = ""
    link: str = ""


class Export(NamedTuple):
    """`knows`: whether a row is one of this desk's. `split`: what it consists of; raises KeyError, TypeError, ValueError or
    AttributeError where a row is not as this desk writes it."""

    name: str
    label: str
    knows: Callable[[Row], bool]
    split: Callable[[Row], Parts]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _person_row(person: Person) -> dict[str, Any]:
    found = {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "organisation": person.organisation,
    }
    return {field: value for field, value in found.items() if value}


def _parts(ticket: Ticket) -> Parts:
    whose = {"customer": ticket.requester.id, "email": ticket.requester.email, "phone": ticket.requester.phone}
    row = {
        **whose,
        "id": ticket.id,
        "number": ticket.id,
        "subject": ticket.subject or f"Ticket {ticket.id}",
        "status": ticket.status,
        "channel": ticket.channel,
        "handled_by": ticket.handled_by,
        "link": ticket.link if ticket.link.startswith(("https://", "http://")) else "",
        "opened_at": ticket.opened_at,
        "closed_at": ticket.closed_at,
    }
    people = [("contact", _person_row(ticket.requester))] if ticket.requester.email or ticket.requester.phone else []
    return Parts([*people, ("service", row)], [_voice(ticket, m) for m in ticket.messages if m.text.strip() or m.html.strip()])


def _voice(ticket: Ticket, message: Message) -> dict[str, Any]:
    """The customer speaks as the person of that number, so that their voice and their record are one identity from the first."""
    customer = {
        "network": RECORD,
        "id": ticket.requester.id or ticket.requester.email or ticket.requester.phone,
        "name": ticket.requester.name[:200],
    }
    agent = {
        "network": "file",
        "id": f"agent:{message.author.id or message.author.email or 'desk'}",
        "name": message.author.name[:200],
    }
    return {
        "external_id": f"ticket/{ticket.id}/{message.id}",
        "author": customer if message.is_customer else agent,
        "direction": "inbound" if message.is_customer else "outbound",
        "to": [] if message.is_customer else [customer],
        "occurred_at": message.at,
        "subject": ticket.subject[:500],
        "text": message.text,
        "html": "" if message.text else message.html,
        "thread_ref": f"ticket/{ticket.id}",
    }


# ── Zendesk: JSON export, one ticket, user or organisation a line; or what its API answers ──────────────────────────


def _is_zendesk(row: Row) -> bool:
    is_ticket = "requester_id" in row and "submitter_id" in row and "via" in row
    return is_ticket or ("time_zone" in row and "role" in row and "organization_id" in row)


def _zendesk_person(value: Any, id_: Any) -> Person:
    found = value if isinstance(value, Mapping) else {}
    return Person(
        id=_text(id_ or found.get("id")),
        name=_text(found.get("name")),
        email=_text(found.get("email")),
        phone=_text(found.get("phone")),
    )


def _split_zendesk(row: Row) -> Parts:
    if "requester_id" not in row:
        person = _zendesk_person(row, None)
        organisation = row.get("organization")
        person.organisation = _text(organisation.get("name")) if isinstance(organisation, Mapping) else ""
        if row.get("role") in ("agent", "admin"):
            raise BadRow("is one of your own agents, not a customer")
        return Parts([("contact", _person_row(person))], [])
    requester = _zendesk_person(row.get("requester"), row["requester_id"])
    assignee = row.get("assignee")
    comments = row.get("comments") or [
        {"id": "first", "author_id": row["requester_id"], "body": row.get("description"), "created_at": row["created_at"]}
    ]
    return _parts(
        Ticket(
            id=_text(row["id"]),
            subject=_text(row.get("subject") or row.get("raw_subject")),
            requester=requester,
            opened_at=row["created_at"],
            status=_text(row.get("status")),
            channel=_text((row.get("via") or {}).get("channel")),
            closed_at=row.get("updated_at") if row.get("status") in ("solved", "closed") else "",
            handled_by=_text(assignee.get("name")) if isinstance(assignee, Mapping) else "",
            link=_text(row.get("url")),
            messages=[
                Message(
                    id=_text(c["id"]),
                    author=_zendesk_person(c.get("author"), c.get("author_id")),
                    is_customer=_text(c.get("author_id")) == requester.id,
                    at=c["created_at"],
                    text=_text(c.get("plain_body") or c.get("body")),
                    html=_text(c.get("html_body")),
                )
                for c in comments
                if c.get("public", True)
            ],
        )
    )


# ── Freshdesk: the account export ({"helpdesk_ticket": {...}}), or tickets of its API with their conversations ──────

_FRESHDESK_STATUS = {2: "open", 3: "pending", 4: "resolved", 5: "closed"}
_FRESHDESK_SOURCE = {1: "email", 2: "portal", 3: "phone", 7: "chat", 9: "feedback", 10: "outbound email"}


def _is_freshdesk(row: Row) -> bool:
    return "helpdesk_ticket" in row or ("requester_id" in row and "responder_id" in row and "description" in row)


def _split_freshdesk(row: Row) -> Parts:
    ticket = row.get("helpdesk_ticket", row)
    told = ticket.get("requester") or {}
    requester = Person(
        id=_text(ticket["requester_id"]),
        name=_text(told.get("name") or ticket.get("requester_name")),
        email=_text(told.get("email") or ticket.get("email")),
        phone=_text(told.get("mobile") or told.get("phone")),
    )
    first = Message(
        id="first",
        author=requester,
        is_customer=ticket.get("source") != 10,
        at=ticket["created_at"],
        text=_text(ticket.get("description_text") or ("" if "description_text" in ticket else ticket.get("description"))),
        html=_text(ticket.get("description_html") or ticket.get("description")),
    )
    notes = [n.get("helpdesk_note", n) for n in ticket.get("notes") or ticket.get("conversations") or []]
    closed = ticket.get("status") in (4, 5)
    stats = ticket.get("stats") or {}
    id_ = _text(ticket.get("display_id") or ticket["id"])
    return _parts(
        Ticket(
            id=id_,
            subject=_text(ticket.get("subject")),
            requester=requester,
            opened_at=ticket["created_at"],
            status=_text(ticket.get("status_name") or _FRESHDESK_STATUS.get(ticket.get("status"), ticket.get("status"))).lower(),
            channel=_text(ticket.get("source_name") or _FRESHDESK_SOURCE.get(ticket.get("source"), "")).lower(),
            closed_at=stats.get("closed_at") or stats.get("resolved_at") or (ticket.get("updated_at") if closed else ""),
            handled_by=_text(ticket.get("responder_name")),
            messages=[first, *(_freshdesk_note(n, requester) for n in notes if not n.get("private"))],
        )
    )


def _freshdesk_note(note: Row, requester: Person) -> Message:
    is_customer = bool(note.get("incoming")) or _text(note.get("user_id")) == requester.id
    return Message(
        id=_text(note["id"]),
        author=requester if is_customer else Person(id=_text(note.get("user_id")), email=_text(note.get("from_email"))),
        is_customer=is_customer,
        at=note["created_at"],
        text=_text(note.get("body_text") or ("" if "body_text" in note else note.get("body"))),
        html=_text(note.get("body_html") or note.get("body")),
    )


# ── Chatwoot: conversations as its API answers, with their messages ─────────────────────────────────────────────────


def _is_chatwoot(row: Row) -> bool:
    return "messages" in row and isinstance(row.get("meta"), Mapping) and "sender" in row["meta"]


def _split_chatwoot(row: Row) -> Parts:
    sender, assignee = row["meta"]["sender"], row["meta"].get("assignee") or {}
    requester = Person(
        id=_text(sender["id"]),
        name=_text(sender.get("name")),
        email=_text(sender.get("email")),
        phone=_text(sender.get("phone_number")),
    )
    about = (row.get("additional_attributes") or {}).get("mail_subject")
    messages = [m for m in row["messages"] if not m.get("private") and _chatwoot_type(m) in ("incoming", "outgoing")]
    return _parts(
        Ticket(
            id=_text(row["id"]),
            subject=_text(about) or f"Conversation {row['id']}",
            requester=requester,
            opened_at=row.get("created_at") or min(m["created_at"] for m in row["messages"]),
            status=_text(row.get("status")),
            channel=_text(row["meta"].get("channel")).removeprefix("Channel::").lower(),
            closed_at=row.get("last_activity_at") if row.get("status") == "resolved" else "",
            handled_by=_text(assignee.get("name")),
            messages=[
                Message(
                    id=_text(m["id"]),
                    author=Person(id=_text((m.get("sender") or {}).get("id")), name=_text((m.get("sender") or {}).get("name"))),
                    is_customer=_chatwoot_type(m) == "incoming",
                    at=m["created_at"],
                    text=_text(m.get("content")),
                )
                for m in messages
            ],
        )
    )


def _chatwoot_type(message: Row) -> str:
    given = message.get("message_type")
    return {0: "incoming", 1: "outgoing"}.get(given, _text(given)) if isinstance(given, int) else _text(given)


# ── HubSpot: the table of tickets; people are columns that everybody knows ──────────────────────────────────────────


def _is_hubspot(row: Row) -> bool:
    names = {name.lower() for name in row}
    return {"ticket id", "ticket name"} <= names


def _split_hubspot(row: Row) -> Parts:
    told = {name.lower(): _text(value) for name, value in row.items()}
    number = told.get("associated contact ids", "").split(";")[0].strip()
    name, _, rest = told.get("associated contact", "").split(";")[0].strip().partition(" (")
    mail = told.get("associated contact email", "").split(";")[0].strip() or (rest.rstrip(")") if "@" in rest else "")
    requester = Person(id=number, name=name if "@" not in name else "", email=mail or (name if "@" in name else ""))
    said = told.get("ticket description", "")
    opened = told.get("create date", "")
    first = [Message(id="first", author=requester, is_customer=True, at=opened, text=said)] if said else []
    return _parts(
        Ticket(
            id=told["ticket id"],
            subject=told["ticket name"],
            requester=requester,
            opened_at=opened,
            status=told.get("ticket status", ""),
            channel=told.get("source", "").lower(),
            closed_at=told.get("close date", ""),
            handled_by=told.get("ticket owner", ""),
            messages=first,
        )
    )


EXPORTS = (
    Export("freshdesk", "Freshdesk", _is_freshdesk, _split_freshdesk),
    Export("zendesk", "Zendesk", _is_zendesk, _split_zendesk),
    Export("chatwoot", "Chatwoot", _is_chatwoot, _split_chatwoot),
    Export("hubspot", "HubSpot tickets", _is_hubspot, _split_hubspot),
)
BY_NAME = {e.name: e for e in EXPORTS}


def export_of(examples: Iterable[Row]) -> Export | None:
    """The desk that wrote these rows, all of them; None when it is none that is known."""
    rows = list(examples)
    return next((e for e in EXPORTS if rows and all(e.knows(row) for row in rows)), None)
