"""A check says for which channels it is meant; for the others it is not collected, so that what is skipped is worth reading."""

from collections.abc import Callable
from typing import Any, TypeVar

from heard.listening.conformance.fixtures import fixtures_of

Check = TypeVar("Check", bound=Callable[..., Any])
Condition = Callable[[Any], object]  # of the suite, a subclass of Hooks


def only_if(condition: Condition) -> Callable[[Check], Check]:
    def mark(check: Check) -> Check:
        check.only_if = condition  # type: ignore[attr-defined]
        return check

    return mark


def leave_out(suite: type) -> None:
    """Hide from pytest the checks that do not concern the channel of this suite."""
    for name in dir(suite):
        condition = getattr(getattr(suite, name), "only_if", None)
        if condition is not None and not condition(suite):
            setattr(suite, name, None)


def able(suite: Any) -> Any:
    return suite.adapter.capabilities


def can_send(suite: Any) -> bool:
    return able(suite).outbound


def can_poll(suite: Any) -> bool:
    return "poll" in able(suite).inbound


def takes_webhooks(suite: Any) -> bool:
    return "webhook" in able(suite).inbound


def is_signed(suite: Any) -> bool:
    return takes_webhooks(suite) and suite.overrides("signed")


def has_fixtures(suite: Any) -> bool:
    return any(True for _ in fixtures_of(suite.adapter))


def talks_http(suite: Any) -> bool:
    return suite.wire == "http" and (can_send(suite) or can_poll(suite) or "stream" in able(suite).inbound)


def talks(suite: Any) -> bool:
    return suite.wire != "none" and (can_send(suite) or can_poll(suite) or "stream" in able(suite).inbound)


def signs_in(suite: Any) -> bool:
    return any(field.secret for field in suite.adapter.config_fields)


def knows_the_network(suite: Any) -> bool:
    return suite.overrides("answers")
