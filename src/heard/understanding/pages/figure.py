"""A share of corrections as a page says it: never without its base, and in percent only where there are enough."""

from dataclasses import dataclass
from typing import Any

from heard.understanding.learning.quality import LEAST, Share


@dataclass(frozen=True)
class Figure:
    """A share as the page says it: percent only where there are enough to speak of one. `asked` leads to its rows."""

    share: Share
    name: Any
    asked: str

    @property
    def is_enough(self) -> bool:
        return self.share.count >= LEAST

    @property
    def percent(self) -> int:
        return round(100 * (self.share.share or 0))

    @property
    def low(self) -> int:
        return int(100 * self.share.low)

    @property
    def high(self) -> int:
        return -int(-100 * self.share.high // 1)

    @property
    def wrong(self) -> int:
        return self.share.count - self.share.right
