"""What is wrong with a file or with a record of it, said so that somebody can mend it.

Belongs here: the refusal of a whole file or of a part of a definition, the rejection of one record, and the safe
quoting of values. Does not belong here: the checks that lead to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

_QUOTED_CHARACTERS = 80
#: Reason code of a record that the feed's definition leaves out: set aside, and nobody's fault.
LEFT_OUT = "skipped"


class FileRefused(Exception):  # noqa: N818 - said as it is: the file is refused
    """A file that cannot be read as a whole: nothing of it is landed.

    `str(refusal)` names the file, the record where one is to blame, and what to do. `row_number` is the
    1-based record, header not counted; None where the fault is not in one record.
    """

    def __init__(self, reason_code: str, message: str, row_number: int | None = None) -> None:
        super().__init__(_printable(message))
        self.reason_code = reason_code
        self.row_number = row_number


class SpecError(ValueError):
    """A part of a definition that cannot be used, and why; whoever reads the file adds file and key."""


class OrderKey(NamedTuple):
    """What of an order a record states. `line_ref` is empty where it cannot be read."""

    channel_id: str
    order_ref: str
    line_ref: str | None


@dataclass(frozen=True)
class Rejection:
    """One record that is set aside. `field` is the source's or the contract's name; empty for the whole record.

    `order`: the channel, order and line that it states, as far as they can be read; empty of what is no order's.
    """

    row_number: int
    reason_code: str
    reason: str
    field: str = ""
    order: OrderKey | None = None


@dataclass(frozen=True)
class Bad:
    """A value that could not be taken, in place of the value. `reason` never quotes a personal column."""

    reason_code: str
    reason: str


def quoted(value: object) -> str:
    """A value in quotes for a message: at most 80 characters, control characters escaped.

    >>> quoted("a\\tb")
    "'a\\\\tb'"
    """
    text = str(value)
    shown = text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 1] + "…"
    return f"'{_printable(shown)}'"


def _printable(text: str) -> str:
    """Control characters escaped: a file's name and content must not steer a terminal or a log."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
