"""The states of an utterance and the steps between them. Whatever is not listed cannot happen.

queued ──> sending ──> sent ──> delivered ──> read
  │  ^        │  │       └─────────┴──> failed (it came back)
  │  └────────┤  └──> unknown ──> sent · queued (a person decided)
  v           v
cancelled   failed ──> queued (a person tries again)
"""

ALLOWED: dict[str, frozenset[str]] = {
    "queued": frozenset({"sending", "cancelled", "failed", "sent"}),  # sent: a slow worker comes back knowing that it went out
    "sending": frozenset({"sent", "queued", "failed", "unknown"}),
    "unknown": frozenset({"sent", "queued"}),
    "failed": frozenset({"queued", "cancelled", "delivered", "read"}),  # delivered after a bounce: the relay's second try
    "sent": frozenset({"delivered", "read", "failed"}),
    "delivered": frozenset({"read"}),
    "read": frozenset(),
    "cancelled": frozenset(),
}
OUT = frozenset({"sent", "delivered", "read"})  # the network has it
STUCK = frozenset({"failed", "unknown"})  # a person must do something


def may_become(state: str, target: str) -> bool:
    return target in ALLOWED[state]


def sources_of(target: str) -> frozenset[str]:
    """The states from which `target` can be reached in one step: the condition of every UPDATE that writes it."""
    return frozenset(state for state, targets in ALLOWED.items() if target in targets)
