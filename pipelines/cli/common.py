"""What every command needs: the two consoles, the home, who types, JSON out, and the words for expected failures."""

from __future__ import annotations

import errno
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

from pipelines.home import Home, HomeError

if TYPE_CHECKING:
    from oms_core.store.operations import Actor

#: The option of every command whose answer a program may want.
JSON = typer.Option("--json", help="The answer as JSON.")


class _Unwatched(Console):
    """Where a file or a program reads: nothing is wrapped, no id is cut, and no cell is filled up to the longest."""

    def __init__(self, *, stderr: bool) -> None:
        super().__init__(stderr=stderr, highlight=False, width=10_000)

    def print(self, *objects: Any, **options: Any) -> None:
        with self.capture() as captured:
            super().print(*objects, **options)
        self.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
        self.file.flush()


def _console(*, stderr: bool) -> Console:
    """As wide as its terminal, where there is one."""
    is_watched = (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, highlight=False) if is_watched else _Unwatched(stderr=stderr)


#: Results go to standard output, progress and complaints to standard error, so that pipes stay clean.
out = _console(stderr=False)
err = _console(stderr=True)


def home() -> Home:
    """The home of this call; raises HomeError where there is none."""
    return Home.locate().require()


def person() -> Actor:
    """Who types, by the login of this machine: with every role, for who can read the home can do anything with it."""
    from oms_core.store.operations import at_the_machine

    return at_the_machine(getpass.getuser())


@contextmanager
def stages(first: str) -> Iterator[Callable[[str], None]]:
    """How far a long command is, on standard error: one line that changes, or a line each where nobody watches."""
    with err.status(first) as status:

        def say(stage: str) -> None:
            status.update(stage)
            if not err.is_terminal:
                err.print(stage, markup=False)

        if not err.is_terminal:
            err.print(first, markup=False)
        yield say


def print_json(value: Any) -> None:
    """Write a value for programs: one JSON document, keys as given."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> int | str:
    """DuckDB's sums of integers arrive as decimals: whole ones are integers again, everything else is text."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return str(value)


def say_failure(message: object) -> None:
    """One line of failure on standard error. What a counterpart wrote is shown as it stands, never as markup."""
    err.print(f"[red]✗[/red] {escape(str(message))}")


def _is_full_disk(error: BaseException | None) -> bool:
    """Whether something found no room: Python itself, or a database under it, which says so in words only."""
    words = ("disk is full", "No space left on device", "disk I/O error")
    while error is not None:
        if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or any(word in str(error) for word in words):
            return True
        error = error.__cause__ or error.__context__
    return False


def complain(error: Exception) -> bool:
    """Tell of an expected failure; False where the error is none and deserves its traceback."""
    from oms_core.feeds import DefinitionError
    from oms_core.store.operations import DecisionRefused, ExportConflict, StoreUnavailableError
    from oms_core.store.published.sandbox import QueryError
    from oms_core.store.published.snapshots import SnapshotError
    from pipelines.modelling.building import BuildError

    expected = (
        HomeError,
        BuildError,
        DefinitionError,
        SnapshotError,
        QueryError,
        StoreUnavailableError,
        ExportConflict,
        DecisionRefused,
    )
    if isinstance(error, expected):
        say_failure(error)
        return True
    if _is_full_disk(error):
        say_failure("The disk is full, or cannot be written. The last snapshot stays readable: make room, run again.")
        return True
    return False
