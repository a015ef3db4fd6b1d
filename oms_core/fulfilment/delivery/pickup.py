"""Where a partner lays files down for us, and how they are taken up.

Belongs here: the way to such a place. Does not belong here: which files were taken up already, and where they go
(`pipelines.reception.fetching`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from oms_core.fulfilment.delivery.drop import Shelf
from oms_core.fulfilment.delivery.transport import DeliveryError


class NotFetched(DeliveryError):  # noqa: N818 - reads as the sentence it is
    """The place cannot be reached or read now; it can be tried again at any time. The message names no secret."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for us. `version` changes whenever its content does, as far as its place tells."""

    name: str
    size_bytes: int
    version: str


class Pickup(Protocol):
    """A place of files. Every method raises NotFetched."""

    def files(self) -> list[Waiting]:
        """What is there, the earliest first; not what is in folders below."""

    def look(self, name: str) -> Waiting | None:
        """A file as it is now; None where it is gone."""

    def read(self, name: str) -> bytes | None:
        """A file's content; None where it is gone."""

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where it is gone."""

    def close(self) -> None:
        """Let go of connections."""


class ListedShelf(Shelf, Protocol):
    """A shelf that can be looked through."""

    def files(self) -> list[Waiting]:
        """What is there, the earliest first."""

    def look(self, name: str) -> Waiting | None:
        """A file as it is now; None where there is no such file."""


class ShelfPickup:
    """A shelf as such a place."""

    def __init__(self, shelf: ListedShelf) -> None:
        self._shelf = shelf

    def files(self) -> list[Waiting]:
        """What is there."""
        with _reaching():
            return self._shelf.files()

    def look(self, name: str) -> Waiting | None:
        """A file as it is now."""
        with _reaching():
            return self._shelf.look(name)

    def read(self, name: str) -> bytes | None:
        """A file's content."""
        with _reaching():
            return self._shelf.read(name)

    def remove(self, name: str) -> None:
        """Remove a file."""
        with _reaching():
            self._shelf.remove(name)

    def close(self) -> None:
        """Let go of connections."""
        self._shelf.close()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotFetched(str(error) or type(error).__name__) from error
