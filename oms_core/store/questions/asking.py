"""A question to a snapshot in somebody's own SQL, answered by a process of its own, which can be ended at any time.

Belongs here: what that process is asked, its limits, what it may end with. Does not belong here: waiting for it and
ending it (`errands`), what it does (`answering`), what a query may do (`sandbox`), how it looks (`dashboards`).

Measured with DuckDB 1.5.5 on 2026-11-28: a memory limit of 512 MB let `repeat('x', 1500000000)` take 3 GB, and a
regular expression over 200 MB went on for 22 s after it was interrupted. The kernel's limits and a kill hold.
"""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from oms_core.store.published.sandbox import QueryError
from oms_core.store.questions.errands import Errand

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


class Question(Errand):
    """One SELECT under way. Questions beyond those that may run at once wait for their turn."""

    _all_turns = threading.BoundedSemaphore(2)

    def __init__(self, folder: Path, sql: str, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        asked = json.dumps({"folder": str(folder), "sql": sql, "limits": asdict(self.limits)})
        command = [sys.executable, "-I", "-m", "oms_core.store.questions.answering"]
        # The process ends itself in time; a little later it is ended.
        super().__init__(command, asked.encode(), {}, self.limits.seconds + 5, self._all_turns)

    def answer(self) -> Answer:
        """What came of it, once it has ended. Raises QueryError in words for people."""
        code, output = self.result()
        if code == REFUSED:
            raise QueryError(json.loads(output)["error"])
        if code:
            raise QueryError(_why_it_ended(code, self.seconds, self.limits))
        return _read(output, self.limits.rows, self.seconds)


def _why_it_ended(code: int, seconds: float, limits: Limits) -> str:
    if seconds >= limits.seconds:
        return f"It took more than {limits.seconds} s, and was ended. Ask for less: fewer rows, fewer joins."
    return f"It needed more memory than a question may take, and was ended ({code}). Ask for less."


def _read(output: bytes, rows: int, seconds: float) -> Answer:
    table = pa.ipc.open_stream(output).read_all()
    return Answer(table.slice(0, rows), table.num_rows > rows, seconds)
