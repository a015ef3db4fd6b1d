"""A process of its own: its turn, its last word, its result, and its end with all that it started."""

from __future__ import annotations

import os
import select
import sys
import threading
from pathlib import Path

import pytest

from oms_core.store.questions.errands import Errand


def errand(
    code: str, *arguments: str, seconds: float = 60, turns: threading.Semaphore | None = None, politely: float = 0
) -> Errand:
    command = [sys.executable, "-I", "-c", code, *arguments]
    return Errand(command, b"entry", {}, seconds, turns or threading.BoundedSemaphore(1), politely)


def ended(one: Errand) -> Errand:
    while not one.wait(0.2):
        pass
    return one


def until(one: Errand, word: str) -> None:
    while one.last_word != word:
        assert not one.wait(0.05), one.result()


def test_it_reads_its_entry_and_gives_its_code_its_output_and_its_last_word() -> None:
    one = errand(
        "import os, sys; print(sys.stdin.read(), sorted(os.environ)); sys.stderr.write('a\\nb\\n'); sys.exit(3)"
    )
    with pytest.raises(RuntimeError):
        one.result()
    code, output = ended(one).result()
    assert (code, one.last_word) == (3, "b")
    assert output.decode().startswith("entry")
    assert "OMS_DATABASE_URL" not in output.decode()


def test_who_takes_too_long_is_ended_and_the_next_has_its_turn() -> None:
    turns = threading.BoundedSemaphore(1)
    first = errand("import time; time.sleep(600)", seconds=1, turns=turns)
    second = errand("print('there')", turns=turns)
    assert not first.wait(0)
    assert not second.wait(0)
    assert not second.is_running
    assert ended(first).result()[0] < 0
    assert ended(second).result() == (0, b"there\n")


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "child"
    starts = (
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "print('started', file=sys.stderr, flush=True); time.sleep(600)"
    )
    one = errand(starts, str(note))
    until(one, "started")
    child = os.pidfd_open(int(note.read_text()))
    one.cancel()
    one.cancel()
    assert one.result()[0] < 0
    # Readable once the process has ended, whether anybody has waited for it or not.
    ended_now, _, _ = select.select([child], [], [], 30)
    os.close(child)
    assert ended_now == [child]


def test_it_may_tidy_up_before_it_is_killed(tmp_path: Path) -> None:
    built = tmp_path / "built"
    tidies = (
        "import pathlib, sys, time\n"
        "built = pathlib.Path(sys.argv[1])\n"
        "try:\n"
        "    built.write_text('half'); print('built', file=sys.stderr, flush=True); time.sleep(600)\n"
        "finally:\n"
        "    built.unlink()"
    )
    one = errand(tidies, str(built), politely=30)
    until(one, "built")
    one.cancel()
    assert not built.exists()
