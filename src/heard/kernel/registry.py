"""Slots: what later rooms may plug in to earlier ones at start-up."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """An ordered, named place where later rooms plug something in. Plugging the same name twice is a mistake of ours."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._plugged: dict[str, T] = {}

    def plug(self, name: str, thing: T) -> T:
        if name in self._plugged and self._plugged[name] is not thing:
            raise ValueError(f"{self.name}: {name!r} is plugged in already")
        self._plugged[name] = thing
        return thing

    def __iter__(self) -> Iterator[T]:
        return iter(self._plugged.values())

    def __getitem__(self, name: str) -> T:
        return self._plugged[name]

    def names(self) -> list[str]:
        return list(self._plugged)
