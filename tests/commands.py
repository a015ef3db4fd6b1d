"""The `oms` command line as tests call it: in this process, or in one of its own.

Belongs here: calling a command, and what it said. Does not belong here: homes (fixtures), assertions.

In this process a command loads neither Python's libraries nor dbt and its project again, which is most of what a
command on a small home costs. What is about processes (a killed run, what a command loads) asks for one of its own.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

PROGRAM = str(Path(sys.executable).with_name("oms"))


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def call(home: Path, *arguments: str, typed: str = "", environment: Mapping[str, str] | None = None) -> Done:
    """`oms` with arguments in a home, in this process, `typed` on its standard input; a defect's exception passes."""
    from pipelines.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    with _process_of(home, arguments, typed, environment or {}), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Done(code, out.getvalue(), err.getvalue())


@contextmanager
def _process_of(home: Path, arguments: tuple[str, ...], typed: str, environment: Mapping[str, str]) -> Iterator[None]:
    """What belongs to a process: arguments, input, and an environment that commands change; as before at the end."""
    named = {"OMS_HOME": str(home), **environment}
    own = {"argv": [PROGRAM, *arguments], "stdin": io.StringIO(typed)}
    with mock.patch.dict(os.environ, named), mock.patch.multiple(sys, **own):
        yield


def spawn(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """`oms` in a process and a process group of its own, still running; its standard error is a pipe."""
    environment = os.environ | {"OMS_HOME": str(home)}
    return subprocess.Popen(
        [PROGRAM, *arguments], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@dataclass(frozen=True)
class Oms:
    """`oms` in one home."""

    home: Path

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command and return what it printed; fails with its whole output where the exit code is another."""
        done = call(self.home, *arguments, environment=environment)
        assert done.code == code, f"oms {' '.join(arguments)}\n{done.out[-4000:]}\n{done.err[-4000:]}"
        return done.out + done.err

    def answer(self, *arguments: str) -> Any:
        """What a command answers with `--json`, on its standard output alone; fails with what went wrong."""
        done = call(self.home, *arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the published snapshot."""
        rows: list[dict[str, Any]] = self.answer("query", sql)
        return rows

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        return next(iter(self.query(sql)[0].values()))
