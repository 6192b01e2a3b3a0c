"""How much was heard, by the hour: in the walk's transaction, of what was really written down."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from heard.kernel import bulk
from heard.listening.models import MentionCount, VoiceCount

Place = tuple[int, int]  # (account, hours since 1970)


def place(account_id: int, at: datetime) -> Place:
    return (account_id, int(at.timestamp()) // 3600)


def count_voices(places: Iterable[Place]) -> None:
    """One statement for any number."""
    counted = {(account_id, _moment(hour)): n for (account_id, hour), n in Counter(places).items()}
    bulk.count_up(VoiceCount, ["account_id", "hour"], counted)


def count_mentions(found: Iterable[tuple[int, Place]]) -> None:
    """Of (monitor, place). One statement for any number."""
    counted = {(monitor_id, account_id, _moment(hour)): n for (monitor_id, (account_id, hour)), n in Counter(found).items()}
    bulk.count_up(MentionCount, ["monitor_id", "account_id", "hour"], counted)


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)
