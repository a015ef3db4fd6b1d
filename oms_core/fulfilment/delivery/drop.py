"""Files handed over by renaming: staged under a name that receivers pass over, and seen by them only when whole.

A staged file is whole and durable before an attempt begins. So if afterwards neither the staged nor the final name is
there, the file was renamed and the receiver has taken it away: it must not be written again.
"""

from __future__ import annotations

from typing import Protocol

from oms_core.fulfilment.delivery.transport import FateUnknown, NotDelivered, OutgoingFile, Refused


class Shelf(Protocol):
    """One folder of files, wherever it is. Every method raises OSError; ConnectionError or TimeoutError where it cannot
    be told whether the act was done."""

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file durably, over what has that name."""

    def rename(self, old: str, new: str) -> None:
        """Rename a file in one step."""

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is no such file."""

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""

    def close(self) -> None:
        """Let go of connections."""


class Drop:
    """Delivery onto a shelf from which the partner takes files away."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def prepare(self, file: OutgoingFile) -> None:
        """Stage a file."""
        try:
            self._shelf.write(_staged(file), file.data)
        except OSError as error:
            raise NotDelivered(_words(error)) from error

    def commit(self, file: OutgoingFile) -> None:
        """Give a staged file its final name."""
        try:
            self._hand_over(file)
        except (ConnectionError, TimeoutError) as error:
            raise FateUnknown(_words(error)) from error
        except OSError as error:
            raise NotDelivered(_words(error)) from error

    def settle(self, file: OutgoingFile) -> None:
        """Look what is there, and finish what was begun."""
        try:
            if self._shelf.read(file.name) is not None or self._shelf.read(_staged(file)) is not None:
                self._hand_over(file)
        except OSError as error:
            raise FateUnknown(_words(error)) from error

    def close(self) -> None:
        """Let go of connections."""
        self._shelf.close()

    def _hand_over(self, file: OutgoingFile) -> None:
        there = self._shelf.read(file.name)
        if there is None:
            self._shelf.rename(_staged(file), file.name)
            return
        if there != file.data:
            raise Refused(f"{file.name} is there with another content: it was changed after delivery, and is kept")
        self._shelf.remove(_staged(file))


def _staged(file: OutgoingFile) -> str:
    return f".{file.name}.part"


def _words(error: OSError) -> str:
    return str(error) or type(error).__name__
