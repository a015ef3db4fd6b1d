"""Locks: one run at a time in a home, whoever starts it; one fetch, one delivery, one replay; and one Dagster.

Belongs here: the locks, and how a run of ours is told from one of Dagster's daemon. Does not belong here: running.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.home import Home, HomeError

#: Tag of runs that `oms run` executes in its own process, which holds the home already.
OURS = "oms/started_at"


@contextmanager
def exclusive(home: Home, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the home, so that one run at a time works in it; the lock ends with the process.

    Where another run holds it, this waits, after telling `on_wait`; without `on_wait` it raises HomeError.
    """
    path = home.root / "run.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if on_wait is None:
                raise HomeError(f"Another run works in {home.root}. Wait for it to end.") from error
            on_wait(f"Another run works in {home.root}: waiting for it to end.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def hold_dagster(home: Home) -> None:
    """Hold the home for Dagster until this process ends, also where Dagster takes its place: two would each start what
    is due. Raises HomeError where one works already."""
    lock = os.open(home.root / "dagster.lock", os.O_RDWR | os.O_CREAT, 0o666)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise HomeError(f"Dagster works in {home.root} already: use its pages, or end it first.") from error


@contextmanager
def in_turn(lock: Path) -> Iterator[None]:
    """Hold a lock file for what only one process may do at a time; a second one waits. The lock ends with the
    process."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
