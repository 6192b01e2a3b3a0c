"""What the tables of this room can hold about a customer. Members are no customers: their accounts are ended, never erased,
because their acts keep an author."""

from heard.governance.models import (
    AuditLine,
    Company,
    Erasure,
    Invitation,
    LegalHold,
    Member,
    RetentionRule,
    Suppression,
    Team,
    WebhookEndpoint,
    WebhookMessage,
)
from heard.kernel.holdings import Holding, Room, rooms

rooms.plug(
    "governance",
    Room(
        holdings=[
            Holding(
                WebhookMessage,
                "Told to other systems",
                holds=["body"],
                none=["key", "event", "claimed_by", "error"],
                sweep="delete",
            ),
            Holding(AuditLine, "What colleagues did", holds=["detail"], none=["verb", "object_kind"], sweep="redact"),
        ],
        nobodys={
            Team: "a part of the house",
            Member: "somebody who works here, who is no customer",
            Invitation: "somebody who is to work here",
            Company: "the house itself",
            WebhookEndpoint: "another system of the house",
            Erasure: "the receipt, which names nobody; whom it is about is sealed while it runs, and gone once it is done",
            Suppression: "a keyed hash that leads from an address to a date, and from nothing to an address",
            LegalHold: "why something must be kept, as long as it must; its words are the house's",
            RetentionRule: "how long a kind of data is kept",
        },
    ),
)
