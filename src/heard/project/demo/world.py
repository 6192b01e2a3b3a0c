"""Build the demo world by the same verbs that people and networks use, in one transaction: it is there, or it is not."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from heard.engagement.actions.notes import write_note
from heard.governance import actions as people
from heard.governance import demo_world
from heard.governance import selectors as governance
from heard.governance.permissions import HEARD, Viewer, viewer_of
from heard.identity import actions as identity
from heard.kernel import clock
from heard.listening import actions as listening
from heard.listening.actions.log import log
from heard.listening.selectors import interactions_of, visible_interactions
from heard.project import worker
from heard.project.demo import history, settle
from heard.routing import actions as routing
from heard.routing.selectors import conversations_of

SIGN_IN = "demo@heard.example"
COMPANY = "Acme Media"
TEAMS = ("Service", "Sales", "Marketing", "Product")
MEMBERS = (  # name, first part of the address, role, teams
    ("Alice Moreau", "alice", "agent", ("Service", "Sales")),
    ("Bob Okafor", "bob", "supervisor", ("Service",)),
    ("Tomasz Zielinski", "tomasz", "agent", ("Service",)),
    ("Priya Raman", "priya", "agent", ("Sales",)),
    ("Mia Lindqvist", "mia", "agent", ("Marketing", "Product")),
    ("Charlie Finch", "charlie", "viewer", ("Product",)),
)
MONITORS = (  # kind, pattern, brand
    ("hashtag", "#acmemedia", COMPANY),
    ("account", "@acmemedia", COMPANY),
    ("account", "@acme", COMPANY),
    ("brand", "acme media", COMPANY),
    ("misspelling", "acmemdia", COMPANY),
    ("misspelling", "akme media", COMPANY),
    ("keyword", "hub 3", COMPANY),
    ("competitor", "Brightline", "Brightline"),
    ("competitor", "Novacom", "Novacom"),
)
LINKS = (  # who of the stories, networks that are the same person, why a colleague says so
    ("danawhitfield", ("phone", "web", "mail", "social"), "Gave this number, this address and her handle on the welcome call."),
    ("martinhale_", ("phone", "web", "social"), "Named his account and his handle when we asked where to reach him."),
)
NOTES = (  # who of the stories, network, colleague, words that stay here
    (
        "danawhitfield",
        "mail",
        "tomasz",
        "Digging needs a permit from the council, I have asked for the day after tomorrow. Please promise no date before it is there.",
    ),
    (
        "martinhale_",
        "phone",
        "alice",
        "The menu cuts everybody off after four minutes since the update on the 3rd. I have told the telephony people, twice.",
    ),
    ("gordonames", "social", "bob", "Who had this one? It moved between three of us and nobody wrote back."),
)
ASSIGNED = (
    ("danawhitfield", "mail", "alice"),
    ("vossadvisory", "mail", "priya"),
    ("gadgetwhit", "social", "demo"),
    ("edithf", "mail", "tomasz"),
)


@dataclass
class Made:
    """What the demo world consists of, by id; kept in the audit line of the build, so that removing it is exact."""

    members: list[int] = field(default_factory=list)
    teams: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    monitors: list[int] = field(default_factory=list)


def build(*, password: str = "") -> bool:
    """Acme Media with its people, channels and three weeks behind it. False when it is there already.

    In an empty house `password` opens `SIGN_IN` and the colleagues. Where people work already nobody of the demo can sign
    in: a sign-in that others know has no business among them.
    """
    if governance.company().has_demo_world:
        return False
    now = clock.now()
    with transaction.atomic():
        made = Made()
        staff = _hire(made, password or secrets.token_urlsafe(24))
        accounts = _connect(made)
        _listen_for(made)
        _live_through(now, accounts, staff)
        settle.settle(now, staff)
        just_now = (now - history.JUST_NOW).isoformat()
        for on in history.NETWORKS:
            listening.receive(accounts[on], [], cursor={"until": just_now, "since": just_now})
        demo_world.opened(HEARD, members=made.members, teams=made.teams, accounts=made.accounts, monitors=made.monitors)
    return True


def _hire(made: Made, password: str) -> dict[str, Viewer]:
    """The colleagues by the first part of their address, all with the same password."""
    host = governance.members(HEARD).filter(role="administrator", is_active=True).first()
    if host is None:
        host = people.found_company(COMPANY, timezone="Europe/London", name="Robin Demo", email=SIGN_IN, password=password)
        made.members.append(host.pk)
    else:
        password = secrets.token_urlsafe(24)
    head = viewer_of(host)
    staff = {"demo": head}
    teams = {name: _team(head, name, made) for name in TEAMS}
    for name, address, role, team_names in MEMBERS:
        ids = [teams[t] for t in team_names]
        token = people.invite(head, email=f"{address}@heard.example", name=name, role=role, team_ids=ids)
        member = people.accept_invitation(token, name=name, password=password)
        staff[address] = viewer_of(member)
        made.members.append(member.pk)
    return staff


def _team(head: Viewer, name: str, made: Made) -> int:
    known = governance.teams(HEARD).filter(name=name).first()
    if known:
        return known.pk
    made.teams.append(people.make_team(head, name))
    return made.teams[-1]


def _connect(made: Made) -> dict[str, int]:
    accounts = {}
    for on, name in history.NAMES.items():
        kind, config = (history.NETWORKS[on].kind, {}) if on in history.NETWORKS else ("log", {"country": "GB"})
        accounts[on] = listening.connect(HEARD, kind=kind, name=name, address=history.ADDRESSES[on], config=config, is_demo=True)
        listening.test(HEARD, accounts[on])
    made.accounts.extend(accounts.values())
    return accounts


def _listen_for(made: Made) -> None:
    made.monitors.extend(listening.watch_for(HEARD, kind=kind, pattern=pattern, brand=brand) for kind, pattern, brand in MONITORS)


def _live_through(now: datetime, accounts: dict[str, int], staff: dict[str, Viewer]) -> None:
    """What the networks brought, in the order in which it happened. Who is who was found out early on, as it was in life."""
    routing.seed_queues()
    told = history.told(now, accounts)
    early = now - timedelta(days=17)
    _bring((h for h in told if h.at < early), accounts)
    for key, networks, why in LINKS:
        faces = [_face(key, on) for on in networks]
        for other in faces[1:]:
            identity.link(staff["alice"], faces[0], other, why=why)
    _log_meetings(now, accounts, staff)
    _bring((h for h in told if h.at >= early), accounts)
    for key, on, colleague, text in NOTES:
        write_note(staff[colleague], _newest_conversation(key, on), text=text)
    for key, on, colleague in ASSIGNED:
        routing.assign(staff["bob"], _newest_conversation(key, on), member_id=staff[colleague].member_id)


def _bring(heard: Iterable[history.Heard], accounts: dict[str, int]) -> None:
    for on, run in groupby(heard, key=lambda h: h.on):
        listening.receive(accounts[on], [h.raw for h in run])
    worker.drain()


def _log_meetings(now: datetime, accounts: dict[str, int], staff: dict[str, Viewer]) -> None:
    for beat in history.stories():
        if beat.on == "log":
            who = history.author(beat.who, "mail")
            log(
                staff["tomasz"],
                account_id=accounts["log"],
                kind=beat.kind,
                who=who,
                occurred_at=history.happened_at(beat, now),
                text=beat.text,
            )


def _face(key: str, on: str) -> int:
    author = history.author(key, on)
    said = visible_interactions(HEARD).filter(identity__network=author.network, identity__external_id=author.external_id)
    return said.values_list("identity_id", flat=True)[:1].get()


def _newest_conversation(key: str, on: str) -> int:
    newest = interactions_of(HEARD, [_face(key, on)]).values_list("id", flat=True)[:1].get()
    return conversations_of([newest])[newest]
