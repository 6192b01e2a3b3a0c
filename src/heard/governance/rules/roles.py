"""Roles and what each may do. One table; everything else asks `may`."""

from enum import Enum


class Role(Enum):
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    VIEWER = "viewer"

    @property
    def label(self) -> str:
        return self.value.capitalize()


EVERYONE = frozenset(Role)
DESK = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AGENT})
LEADS = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

# verb: who may. A verb that is not here may be done by nobody.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "conversation.read": EVERYONE,
    "conversation.assign": DESK,
    "conversation.reply": DESK,
    "conversation.note": DESK,
    "conversation.dispose": DESK,
    "case.open": DESK,
    "case.resolve": DESK,
    "verdict.correct": DESK,
    "model.manage": LEADS,
    "topic.manage": LEADS,
    "customer.link": DESK,
    "import.run": LEADS,
    "site.manage": ADMINISTRATORS,
    "consent.note": DESK,
    "customer.export": LEADS,
    "customer.erase": ADMINISTRATORS,
    "customer.hold": ADMINISTRATORS,
    "interaction.log": DESK,
    "quarantine.replay": LEADS,
    "channel.manage": ADMINISTRATORS,
    "channel.test": LEADS,
    "monitor.manage": LEADS,
    "queue.manage": LEADS,
    "member.manage": ADMINISTRATORS,
    "company.manage": ADMINISTRATORS,
    "token.manage": ADMINISTRATORS,
    "webhook.manage": ADMINISTRATORS,
}
SEES_EVERY_TEAM = LEADS


def may(role: Role, verb: str) -> bool:
    return role in PERMISSIONS.get(verb, frozenset())
