"""Going out by the Cloud API: words, files, templates; and the files that customers sent."""

import re
from typing import Any

from msgspec import Struct, field

from heard.listening.channels.contract import Ambiguous, Context, File, NotFound, Part, Rejected, Sent, Template
from heard.listening.channels.meta.graph import Graph
from heard.listening.channels.whatsapp.words import USER_ID, gaps, kind_of, parameters

JSON = dict[str, Any]
MOST_PAGES = 10


class Id(Struct, frozen=True):
    id: str


class Taken(Struct, frozen=True):
    messages: list[Id] = field(default_factory=list)


class Medium(Struct, frozen=True):
    url: str
    mime_type: str = ""


class Component(Struct, frozen=True):
    type: str = ""
    format: str = ""
    text: str = ""
    buttons: list[JSON] = field(default_factory=list)


class Found(Struct, frozen=True):
    name: str
    language: str
    status: str = ""
    category: str = ""
    components: list[Component] = field(default_factory=list)


class Cursors(Struct, frozen=True):
    after: str = ""


class Paging(Struct, frozen=True):
    cursors: Cursors = field(default_factory=Cursors)
    next: str = ""


class Page(Struct, frozen=True):
    data: list[Found] = field(default_factory=list)
    paging: Paging = field(default_factory=Paging)


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    graph = Graph(ctx)
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to_whom(part.to.external_id),
        **what(graph, ctx, part),
        "biz_opaque_callback_data": idem,  # comes back with each status
    }
    if part.in_reply_to and part.number == 1 and not part.template:
        body["context"] = {"message_id": part.in_reply_to}
    taken = graph.write(f"{number_of(ctx)}/messages", Taken, json=body)
    if not taken.messages:
        raise Ambiguous("WhatsApp took it and did not say under which id")
    return Sent(external_id=taken.messages[0].id, thread_ref=part.to.external_id, sent_at=ctx.now())


def to_whom(address: str) -> JSON:
    """Numbers and ids have each their own field: an id in the field for numbers is taken and silently thrown away."""
    return {"recipient": address} if USER_ID.fullmatch(address) else {"to": address.removeprefix("+")}


def what(graph: Graph, ctx: Context, part: Part) -> JSON:
    if part.template:
        return {"type": "template", "template": template_of(part.template)}
    if not part.attachments:
        return {"type": "text", "text": {"body": part.text, "preview_url": False}}
    file = part.attachments[0]
    kind = kind_of(file)
    medium = {"id": upload(graph, ctx, file)}
    if kind != "audio" and (caption := part.text or file.alt):
        medium["caption"] = caption
    if kind == "document":
        medium["filename"] = file.name
    return {"type": kind, kind: medium}


def template_of(template: Template) -> JSON:
    body = [{"type": "body", "parameters": parameters(template)}] if template.values else []
    return {
        "name": template.name,
        "language": {"policy": "deterministic", "code": template.language},
        **({"components": body} if body else {}),
    }


def upload(graph: Graph, ctx: Context, file: File) -> str:
    """A file uploaded twice harms nobody: what no message uses, WhatsApp throws away after 30 days."""
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    files = {"file": (file.name, file.data, file.content_type)}
    form = {"messaging_product": "whatsapp", "type": file.content_type}
    return graph.repeat(f"{number_of(ctx)}/media", Id, files=files, data=form).id


def number_of(ctx: Context) -> str:
    """Raises Rejected: what stands here becomes part of an address."""
    return numeric(ctx.account.address, "the phone number id")


def business_of(ctx: Context) -> str:
    return numeric(str(ctx.account.config.get("waba_id", "")), "the id of the WhatsApp Business Account")


def numeric(given: str, what_it_is: str) -> str:
    if not re.fullmatch(r"[0-9]{1,30}", given.strip()):
        raise Rejected(f"{what_it_is} is a number such as 106540352242922, and not a telephone number; see its settings at Meta")
    return given.strip()


# ── Templates ───────────────────────────────────────────────────────────────────────────────────────────────────────


def templates(ctx: Context) -> list[Template]:
    """Those that are approved and that a member can fill: words alone, with all gaps in the body."""
    graph, found, after = Graph(ctx), [], ""
    for _ in range(MOST_PAGES):
        place = {"after": after} if after else {}
        page = graph.read(
            f"{business_of(ctx)}/message_templates",
            Page,
            fields="name,language,status,category,components",
            limit=100,
            **place,
        )
        found += [made for each in page.data if (made := usable(each))]
        after = page.paging.cursors.after if page.paging.next else ""
        if not after:
            break
    return found


def usable(found: Found) -> Template | None:
    by_type = {component.type.upper(): component for component in found.components}
    header, body, footer = by_type.get("HEADER"), by_type.get("BODY"), by_type.get("FOOTER")
    if found.status.upper() != "APPROVED" or found.category.upper() == "AUTHENTICATION" or body is None:
        return None
    if header and (header.format.upper() not in ("", "TEXT") or gaps(header.text)):
        return None
    buttons = by_type["BUTTONS"].buttons if "BUTTONS" in by_type else []
    if any(
        gaps(str(button.get("url", ""))) or button.get("type") in ("OTP", "COPY_CODE", "FLOW", "CATALOG") for button in buttons
    ):
        return None
    text = "\n\n".join(component.text for component in (header, body, footer) if component and component.text)
    return Template(name=found.name, language=found.language, text=text)


# ── What customers sent ─────────────────────────────────────────────────────────────────────────────────────────────


def fetch(ctx: Context, file: File) -> File:
    """The id becomes an address that lives five minutes; both want the token."""
    medium_id = file.url.rpartition("/")[2]
    if not re.fullmatch(r"[0-9]{1,30}", medium_id):
        raise NotFound(f"{file.name} is no file of WhatsApp")
    graph = Graph(ctx)
    medium = graph.read(medium_id, Medium, phone_number_id=number_of(ctx))
    return graph.fetch(file, url=medium.url, with_token=True)
