"""The process that answers one question, which is JSON on its input: `python -m oms_core.store.questions.answering`.

Belongs here: limiting itself, asking, writing the rows as an Arrow stream, or why not as JSON. Does not belong here:
starting and ending it (`asking`).
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from oms_core.store.published.sandbox import QueryError
from oms_core.store.published.snapshots import Snapshot, SnapshotError
from oms_core.store.questions.asking import REFUSED, Limits


def main() -> int:
    """Answer the question; the exit code is 0, or REFUSED with the reason on the output."""
    asked = json.load(sys.stdin.buffer)
    limits = Limits(**asked["limits"])
    _limit(limits)
    try:
        table = _ask(Path(asked["folder"]), asked["sql"], limits)
    except (QueryError, SnapshotError, MemoryError, pa.ArrowException) as error:
        words = str(error) or "It needed more memory than a question may take. Ask for less."
        sys.stdout.write(json.dumps({"error": words}))
        return REFUSED
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)
    return 0


def _limit(limits: Limits) -> None:
    """Bound this process for good: memory, time, size of what it writes; no dump of memory is left behind."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.address_bytes),
        (resource.RLIMIT_FSIZE, 2 * limits.answer_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    # Unhandled, the signal ends the process, wherever it is.
    signal.alarm(limits.seconds)


def _ask(folder: Path, sql: str, limits: Limits) -> pa.Table:
    """At most one row more than the limit, which tells that there are more."""
    with Snapshot.open(folder, memory_limit=f"{limits.memory_megabytes}MB", threads=limits.threads) as snapshot:
        table = snapshot.query(sql, limit=limits.rows + 1)
    if table.nbytes > limits.answer_bytes:
        found, given = table.nbytes >> 20, limits.answer_bytes >> 20
        raise QueryError(f"The answer takes {found:,} MB, and {given} are given. Ask for fewer columns.")
    return table.rename_columns(list(_told_apart(table.column_names)))


def _told_apart(names: list[str]) -> Iterator[str]:
    """Names of which none occurs twice: the second `a` is `a_2`."""
    seen: dict[str, Any] = {}
    for name in names:
        told, number = name, 1
        while told in seen:
            number += 1
            told = f"{name}_{number}"
        seen[told] = None
        yield told


if __name__ == "__main__":
    sys.exit(main())
