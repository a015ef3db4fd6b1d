"""Readers first: whether a page is being made for somebody just now, so that what is only asked ahead waits meanwhile.

Belongs here: counting them, and waiting for none. Does not belong here: what is asked ahead (`warming`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: What a browser takes to draw what a script has sent: on a small machine the two share it.
_DRAWING_SECONDS = 1.0
#: A page may itself wait for minutes, for a replay: what is asked ahead goes on all the same, a step at a time.
_LONGEST_PAUSE_SECONDS = 5.0


class _Readers:
    """How many there are, for those who wait for none."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def add(self, count: int) -> None:
        with self._changed:
            self._count += count
            self._changed.notify_all()

    def await_none(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count <= 0, seconds)


_READERS = _Readers()


@contextmanager
def reading() -> Iterator[None]:
    """While a page is made for somebody, and until it is drawn."""
    _READERS.add(1)
    try:
        yield
    finally:
        drawn = threading.Timer(_DRAWING_SECONDS, _READERS.add, (-1,))
        drawn.daemon = True
        drawn.start()


@contextmanager
def waiting() -> Iterator[None]:
    """While a page waits for an answer that may be being asked ahead: asking ahead does not pause for this page
    then."""
    _READERS.add(-1)
    try:
        yield
    finally:
        _READERS.add(1)


def let_pass() -> None:
    """Return when nobody reads, or after the longest pause."""
    _READERS.await_none(_LONGEST_PAUSE_SECONDS)
