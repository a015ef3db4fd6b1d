"""A question to a snapshot in somebody's own SQL, answered by a process of its own, which can be ended at any time.

Belongs here: starting that process, its limits, waiting for it, what it may end with. Does not belong here: what it
does (`answering`), what a query may do (`sandbox`), how a question looks (`dashboards`).

Measured with DuckDB 1.5.5 on 2026-11-28: a memory limit of 512 MB let `repeat('x', 1500000000)` take 3 GB, and a
regular expression over 200 MB went on for 22 s after it was interrupted. The kernel's limits and a kill hold.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from oms_core.store.sandbox import QueryError

#: What the process ends with beside 0: it was refused, and says why.
REFUSED = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may take. `address_bytes` bounds all memory of its process, code and caches included."""

    seconds: int = 30
    rows: int = 10_000
    answer_bytes: int = 32 << 20
    memory_megabytes: int = 1024
    address_bytes: int = 4 << 30
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer; `is_cut` where there are more than the limit gives."""

    table: pa.Table
    is_cut: bool
    seconds: float


class Question:
    """One SELECT under way. Questions beyond those that may run at once wait for their turn."""

    _turns = threading.BoundedSemaphore(2)

    def __init__(self, folder: Path, sql: str, limits: Limits | None = None) -> None:
        self._folder, self._sql, self.limits = folder, sql, limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._began = time.monotonic()
        self._seconds: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether its turn has come."""
        return self._process is not None

    @property
    def seconds(self) -> float:
        """Since it began, the wait for its turn apart."""
        return time.monotonic() - self._began if self._seconds is None else self._seconds

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for its turn or its end; whether it has ended."""
        if self._process is None:
            if not self._turns.acquire(timeout=seconds):
                return False
            try:
                self._start()
            except BaseException:
                self._turns.release()
                raise
        if self._process is None or self._seconds is not None:
            return True
        try:
            # The process ends itself in time; a little later it is ended.
            self._process.wait(min(seconds, max(self.limits.seconds + 5 - self.seconds, 0)))
        except subprocess.TimeoutExpired:
            if self.seconds < self.limits.seconds + 5:
                return False
            self._process.kill()
            self._process.wait()
        self._end()
        return True

    def cancel(self) -> None:
        """End it, if it has not ended. Repeating it does nothing."""
        if self._process is not None and self._seconds is None:
            self._process.kill()
            self._process.wait()
            self._end()

    def answer(self) -> Answer:
        """What came of it, once it has ended. Raises QueryError in words for people."""
        if self._process is None or self._seconds is None:
            raise RuntimeError("the question has not ended")
        self._output.seek(0)
        with self._output:
            if self._process.returncode == REFUSED:
                raise QueryError(json.loads(self._output.read())["error"])
            if self._process.returncode:
                raise QueryError(_why_it_ended(self._process.returncode, self.seconds, self.limits))
            return _read(self._output, self.limits.rows, self._seconds)

    def _start(self) -> None:
        asked = json.dumps({"folder": str(self._folder), "sql": self._sql, "limits": asdict(self.limits)})
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the answer is read later
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            # Nothing of our environment: it may hold the address of a database.
            [sys.executable, "-I", "-m", "oms_core.store.answering"],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            env={},
        )
        if self._process.stdin is None:
            raise RuntimeError("the process has no input")
        with self._process.stdin as entry:
            entry.write(asked.encode())

    def _end(self) -> None:
        self._seconds = time.monotonic() - self._began
        self._turns.release()


def _why_it_ended(code: int, seconds: float, limits: Limits) -> str:
    if seconds >= limits.seconds:
        return f"It took more than {limits.seconds} s, and was ended. Ask for less: fewer rows, fewer joins."
    return f"It needed more memory than a question may take, and was ended ({code}). Ask for less."


def _read(output: IO[bytes], rows: int, seconds: float) -> Answer:
    table = pa.ipc.open_stream(output).read_all()
    return Answer(table.slice(0, rows), table.num_rows > rows, seconds)
