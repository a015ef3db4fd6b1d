"""What every way of delivery does, and the three ways in which it can fail.

`pipelines.fulfilment.delivering` notes in the outbox that an attempt begins between `prepare` and `commit`. So after
any crash the outbox tells which of two things is true: the partner has nothing of it (go on with `prepare`), or nobody
knows (`settle`). No file is handed over again on a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

_MEDIA_TYPES = {"json": "application/json", "csv": "text/csv", "x12": "application/edi-x12", "pdf": "application/pdf"}


class DeliveryError(Exception):
    """A file did not demonstrably arrive; the message says why, and names no secret."""


class NotDelivered(DeliveryError):  # noqa: N818 - reads as the sentence it is
    """The partner certainly does not have it: it can be tried again at any time."""


class FateUnknown(DeliveryError):  # noqa: N818 - reads as the sentence it is
    """The partner may have it or not."""


class Refused(DeliveryError):  # noqa: N818 - reads as the sentence it is
    """The partner will not have it, however often it is sent."""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to deliver. Its name holds a hash of what it says, and so serves as its idempotency key."""

    name: str
    data: bytes

    @property
    def media_type(self) -> str:
        """Its MIME type, by the suffix of its name."""
        return _MEDIA_TYPES.get(self.name.rpartition(".")[2], "application/octet-stream")


class Transport(Protocol):
    """One partner's way of delivery."""

    def prepare(self, file: OutgoingFile) -> None:
        """Bring a file as far as it goes without the partner seeing it; may be repeated. Raises NotDelivered."""

    def commit(self, file: OutgoingFile) -> None:
        """Hand a prepared file over. Raises NotDelivered, FateUnknown or Refused."""

    def settle(self, file: OutgoingFile) -> None:
        """See to it that a file whose `commit` may have been reached is handed over, once.

        Raises FateUnknown where that cannot be told or done now, Refused where the partner will not have it.
        """

    def close(self) -> None:
        """Let go of connections."""
