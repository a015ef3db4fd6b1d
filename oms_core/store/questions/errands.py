"""A process of its own for what a page asks and must be able to end: its turn, its time, what it wrote, its end.

Belongs here: starting it, waiting for it, ending it with all that it started. Does not belong here: what is asked
(`asking`, and the pages that try something out on the command line).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

#: Bytes at the end of its standard error that are read.
_MOST_TOLD = 4096


class Errand:
    """One process under way. It waits until one of the `turns` is free, and is ended after so many seconds.

    It gets nothing of our environment but what is given: that may hold the address of a database. `politely_seconds`:
    for so long it may clean up after itself when it is ended (SIGINT), before it is killed.
    """

    def __init__(
        self, command: Sequence[str], entry: bytes, environment: Mapping[str, str], seconds: float,
        turns: threading.Semaphore, politely_seconds: float = 0,
    ) -> None:  # fmt: skip
        self._command, self._entry, self._environment = command, entry, environment
        self._most_seconds, self._turns, self._politely = seconds, turns, politely_seconds
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
            self._process.wait(min(seconds, max(self._most_seconds - self.seconds, 0)))
        except subprocess.TimeoutExpired:
            if self.seconds < self._most_seconds:
                return False
            self._kill()
        self._end()
        return True

    def cancel(self) -> None:
        """End it, if it has not ended. Repeating it does nothing."""
        if self._process is not None and self._seconds is None:
            self._kill()
            self._end()

    @property
    def last_word(self) -> str:
        """The last line that it wrote to its standard error so far."""
        return next((line.strip() for line in reversed(self.errors.splitlines()) if line.strip()), "")

    @property
    def errors(self) -> str:
        """The end of what it wrote to its standard error so far."""
        if not self.is_running:
            return ""
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), _MOST_TOLD, max(size - _MOST_TOLD, 0)).decode(errors="replace")

    def result(self) -> tuple[int, bytes]:
        """Its exit code (negative: the signal that ended it) and all that it wrote, once it has ended."""
        if self._process is None or self._seconds is None:
            raise RuntimeError("the errand has not ended")
        self._output.seek(0)
        return self._process.returncode, self._output.read()

    def _start(self) -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - both are read later
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._began = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            self._command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._errors,
            env=dict(self._environment),
            # A group of its own: what it starts ends with it.
            start_new_session=True,
        )
        if self._process.stdin is None:
            raise RuntimeError("the process has no input")
        with self._process.stdin as entry:
            entry.write(self._entry)

    def _kill(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        if self._politely:
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._politely)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _end(self) -> None:
        self._seconds = time.monotonic() - self._began
        self._turns.release()
