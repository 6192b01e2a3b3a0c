"""What the tables of this room can hold about a person: see holdings.py."""

from heard.kernel.holdings import Holding, Room, rooms
from heard.kernel.models import Allowance, Lease, News, StreamEvent

rooms.plug(
    "kernel",
    Room(
        holdings=[
            Holding(StreamEvent, "News for open pages", holds=["payload"], none=["topic"], sweep="redact"),
            Holding(
                News,
                "News between the rooms",
                holds=["payload", "error"],
                none=["name", "listener", "claimed_by"],
                sweep="redact",
            ),
        ],
        nobodys={
            Lease: "names of duties, and the processes that do them",
            Allowance: "how often we may call whom: networks by the account of ours that calls them, nobody's customer",
        },
    ),
)
