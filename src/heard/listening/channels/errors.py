"""What can go wrong between us and a network, by what is to be done about it.

ChannelError
├── Retryable        try again after `after_seconds`
│   └── RateLimited  the network told us to wait
├── AuthExpired      pause this account and tell its owner
├── Rejected         the network said no to these words; a person must change something
│   └── Gone         what this account listens to will never be back: pause it and tell its owner
├── NotFound         what we point to is gone
├── Ambiguous        it may have gone out: `reconcile` before any retry
├── CursorLost       our place in the stream is gone; start again with overlap from `resync`
└── BadSignature     an inbound request did not prove where it comes from
"""

from typing import Any

JSON = dict[str, Any]


class ChannelError(Exception):
    """Something between us and a network. The text is for an administrator and holds no secret."""


class Retryable(ChannelError):
    def __init__(self, message: str, *, after_seconds: float = 30) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class RateLimited(Retryable):
    pass


class AuthExpired(ChannelError):
    pass


class Rejected(ChannelError):
    pass


class Gone(Rejected):
    pass


class NotFound(ChannelError):
    pass


class Ambiguous(ChannelError):
    pass


class CursorLost(ChannelError):
    def __init__(self, message: str, *, resync: JSON) -> None:
        super().__init__(message)
        self.resync = resync


class BadSignature(ChannelError):
    pass
