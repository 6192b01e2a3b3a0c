"""A simulated social network. Mail, phone and web next door have other manners and know people by something else.

See channel.md. Nothing leaves the process; nobody real is ever reached.
"""

import re
from datetime import datetime, timedelta
from hashlib import blake2b

from heard.listening.channels.contract import (
    JSON,
    Account,
    BaseAdapter,
    Capabilities,
    ConfigField,
    Context,
    Event,
    Health,
    Outgoing,
    Part,
    PullPage,
    RawEvent,
    Rejected,
    Sent,
)
from heard.listening.channels.lengths import pieces
from heard.listening.channels.simulated import script, wire
from heard.listening.channels.simulated.exchange import Coming, Exchange
from heard.listening.channels.simulated.script import Character, Spoken

exchange = Exchange()
LONGEST_CATCH_UP = timedelta(minutes=5)  # while nobody listened the network was quiet
DEFAULT_SCRIPT = "heard.project.demo.material"

_CONFIG = (
    ConfigField(
        name="script", label="Script", help="The package whose words are played.", default=DEFAULT_SCRIPT, required=False
    ),
    ConfigField(
        name="seconds_between_voices",
        label="Seconds between voices",
        help="On average; 0 keeps everybody silent.",
        kind="number",
        required=False,
    ),
)


class Adapter(BaseAdapter):
    kind = "simulated"
    label = "Simulated social network"
    plays = "live-social"
    seconds_between_voices = 36.0
    capabilities = Capabilities(
        inbound=("poll",),
        outbound=True,
        visibilities=("public", "followers", "private"),
        threading="tree",
        max_length=500,
        overflow="split",
        attachments=True,
        max_attachment_bytes=16_000_000,
        edit=True,
        delete=True,
        delete_within_seconds=48 * 3600,  # some of its models set such an end
        reactions=True,
        delivery_status=True,
        idempotent_send="client_id",
        can_reconcile=True,
        who_may_initiate="any",
        address_kind="handle",
        requests_per_minute=6000,  # nobody is there to be bothered
        silent_after_seconds=600,
        poll_every_seconds=5,
    )
    config_fields = _CONFIG

    def check(self, ctx: Context) -> Health:
        try:
            people = script.characters(_package(ctx.account))
            words = script.voices(_package(ctx.account), self.plays)
        except script.NoScript as error:
            return Health(ok=False, message=f"{error}. Choose another script.")
        return Health(
            ok=True, message=f"Simulated: {len(people)} people who have {len(words)} things to say. Nothing leaves this computer."
        )

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        """What was said since the cursor; a first pull begins now. After a long silence only the last minutes are made up for."""
        now = ctx.now()
        last = _moment(cursor, "until") or now
        after = max(last, now - LONGEST_CATCH_UP)
        since = after if after > last else _moment(cursor, "since") or after
        played = self._played(ctx.account, after=after, until=now, since=since)
        coming = [*played, *exchange.between(ctx.account.id, after=after, until=now)]
        coming.sort(key=lambda c: (c.at, c.key))
        page, rest = coming[:limit], coming[limit:]
        page += [c for c in rest if c.at == page[-1].at]
        until = page[-1].at if len(page) < len(coming) else now
        deliveries = [RawEvent(key=c.key, body=wire.encoded(c.line), content_type="application/json") for c in page]
        return PullPage(
            deliveries=deliveries, cursor={"until": until.isoformat(), "since": since.isoformat()}, has_more=until < now
        )

    def _played(self, account: Account, *, after: datetime, until: datetime, since: datetime) -> list[Coming]:
        pace = self._pace(account)
        if pace <= 0:
            return []
        try:
            return self.played(account, after=after, until=until, since=since, pace=pace)
        except script.NoScript as error:
            raise Rejected(str(error)) from error

    def played(self, account: Account, *, after: datetime, until: datetime, since: datetime, pace: float) -> list[Coming]:
        """What the script has said in a span of time, one voice about every `pace` seconds. Raises NoScript.

        What follows words from before `since`, when nobody listened, is left out: nobody would know what it is about.
        """
        spoken = script.between(_package(account), self.plays, after=after, until=until, pace=pace)
        return [Coming(key=self._id(s), at=s.at, line=self._word(account, s)) for s in spoken if s.begun_at > since]

    def _pace(self, account: Account) -> float:
        given = account.config.get("seconds_between_voices")
        return self.seconds_between_voices if given in (None, "") else float(given)

    def _id(self, s: Spoken) -> str:
        return f"{self.plays}-{s.number}" + (f"-{s.part}" if s.part else "")

    def _word(self, account: Account, s: Spoken) -> wire.Word:
        first, person = f"{self.plays}-{s.number}", self.person(s.who)
        manners = self.manners(s.voice.text, minutes=s.voice.minutes)
        if s.by:
            manners = {"seen_by": manners.get("seen_by", "private"), "details": {"author_name": s.by}}
        return wire.Word(
            id=self._id(s),
            at=s.at,
            by=self.us(account) if s.by else person,
            ours=bool(s.by),
            to=(person,) if s.by else (),
            text=s.text,
            title=s.title,
            thread=first,
            answers=first if s.part else "",
            **manners,
        )

    def us(self, account: Account) -> wire.Person:
        """Our own face, the one under which answers from the page are written down too."""
        return wire.Person(on=f"own:{self.kind}", id=f"{account.id}:{account.address}", handle=account.address, name=account.name)

    def person(self, who: Character) -> wire.Person:
        """How this network knows somebody."""
        page = f"https://social.example/@{who.handle}"
        return wire.Person(on="social", id=who.key, handle=f"@{who.handle}", name=who.name, page=page, followers=who.followers)

    def manners(self, text: str, *, minutes: int = 0) -> JSON:
        """What this network adds to words: who sees them, whether they name us, of what kind they are."""
        to_us = "@acmemedia" in text.lower()
        found = tuple(tag for tag in ("#acmemedia", "acme media") if tag in text.lower())
        return {"kind": "post", "seen_by": "public", "to_us": to_us, "found_by": () if to_us else found}

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return wire.events_of(raw.body)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        if re.search(r"[\r\n\0]", message.to.external_id + message.to.handle + message.subject):
            raise Rejected("an address or a subject is one line")
        texts = _pieces(message.text, self.capabilities.max_length)
        return [
            Part(
                text=text,
                to=message.to,
                number=number,
                total=len(texts),
                subject=message.subject,
                visibility=message.visibility,
                in_reply_to=message.in_reply_to,
                thread_ref=message.thread_ref,
                references=message.references,
                from_name=message.from_name,
                attachments=message.attachments if number == 1 else (),
            )
            for number, text in enumerate(texts, start=1)
        ]

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        id_, now = _external_id(ctx.account, idem), ctx.now()
        at = exchange.take(ctx.account.id, idem, at=now, coming=self._reactions(ctx.account, part, id_, now))
        return Sent(external_id=id_, thread_ref=part.thread_ref or id_, sent_at=at)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        at = exchange.taken_at(ctx.account.id, idem)
        if at is None:
            return None
        id_ = _external_id(ctx.account, idem)
        return Sent(external_id=id_, thread_ref=part.thread_ref or id_, sent_at=at)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        """Heard by everybody a moment later, and by us as the echo that networks give."""
        at = ctx.now()
        line = wire.Change(of=external_id, at=at, version=at.isoformat(), text=part.text)
        exchange.echo(ctx.account.id, Coming(key=f"{external_id} changed {at.isoformat()}", at=at, line=line))

    def delete(self, ctx: Context, external_id: str) -> None:
        at = ctx.now()
        exchange.echo(ctx.account.id, Coming(key=f"{external_id} gone", at=at, line=wire.Gone(of=external_id, at=at)))

    def _reactions(self, account: Account, part: Part, id_: str, now: datetime) -> list[Coming]:
        """It arrives, it is read, and most people say something back within the minute, to the last part of a long answer."""
        delivered, read = now + timedelta(seconds=1), now + timedelta(seconds=6)
        coming = [
            Coming(key=f"{id_} delivered", at=delivered, line=wire.Arrival(of=id_, at=delivered, how_far="delivered")),
            Coming(key=f"{id_} read", at=read, line=wire.Arrival(of=id_, at=read, how_far="read")),
        ]
        if part.number == part.total and script.dice(id_, 0, "answers") < 0.9:
            at = now + timedelta(seconds=15 + 30 * script.dice(id_, 0, "after"))
            coming.append(Coming(key=f"{id_} answer", at=at, line=self._answer(account, part, id_, at)))
        return coming

    def _answer(self, account: Account, part: Part, id_: str, at: datetime) -> wire.Word:
        to = part.to
        who = wire.Person(
            on=to.network,
            id=to.external_id,
            handle=to.handle,
            name=to.name,
            page=to.profile_url,
            followers=to.followers,
            proven=to.verified,
        )
        package = _package(account)
        lang = next((c.lang for c in script.characters(package) if self.person(c).id == to.external_id), "en")
        fitting = [v.text for v in script.voices(package, "live-answers") if v.lang == lang]
        manners = self.manners("@acmemedia") | {"seen_by": part.visibility}
        return wire.Word(
            id=f"{id_}-answer",
            at=at,
            by=who,
            text=fitting[int(script.dice(id_, 0, "words") * len(fitting))],
            title=part.subject,
            quoted="\n".join(f"> {line}" for line in part.text.splitlines()) if self.capabilities.subject else "",
            thread=part.thread_ref or id_,
            answers=id_,
            **manners,
        )


def _pieces(text: str, longest: int | None) -> list[str]:
    """The text as it is, or cut between words where it is too long."""
    return [text] if longest is None or len(text) <= longest else pieces(text, longest, len)


def _package(account: Account) -> str:
    return str(account.config.get("script") or DEFAULT_SCRIPT)


def _moment(cursor: JSON, name: str) -> datetime | None:
    return datetime.fromisoformat(cursor[name]) if cursor.get(name) else None


def _external_id(account: Account, idem: str) -> str:
    return "ours-" + blake2b(f"{account.id}/{idem}".encode(), digest_size=10).hexdigest()
