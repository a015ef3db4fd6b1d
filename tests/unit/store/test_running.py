"""Which run works now, by its lock: a real process that is killed, two looks at once, a run that ends meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from oms_core.store import running
from oms_core.store.operations import OperationsStore, Run, open_operations
from oms_core.store.running import at_work, latest_runs, working_run

_WORKING = """
import sys, pathlib
from oms_core.store.running import at_work
with at_work(pathlib.Path(sys.argv[1]), sys.argv[2]):
    print("at work", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _process(home: Path, run_id: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that works in the home until it is killed."""
    command = [sys.executable, "-c", _WORKING, str(home), run_id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        try:
            yield process
        finally:
            process.kill()


def _states(store: OperationsStore, home: Path) -> list[tuple[str, str]]:
    return [(run.run_id, run.state) for run in latest_runs(store, home)]


def test_a_run_is_dead_as_soon_as_its_process_is_killed_and_not_before(url: str, now: datetime, tmp_path: Path) -> None:
    with open_operations(url, now) as store, open_operations(url, now) as another:
        with _process(tmp_path, "p-1") as process:
            store.begin_run("p-1", now)
            # Two who look at once: neither takes the other for the run.
            assert _states(store, tmp_path) == _states(another, tmp_path) == [("p-1", "running")]
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert _states(store, tmp_path) == _states(another, tmp_path) == [("p-1", "died")]
        assert "run again" in latest_runs(store, tmp_path)[0].summary["failures"][0]
        with at_work(tmp_path, "p-2"):
            another.begin_run("p-2", now + timedelta(hours=1))
            assert _states(store, tmp_path) == [("p-2", "running"), ("p-1", "died")]


def test_a_run_that_ends_while_somebody_looks_is_not_called_dead(
    store: OperationsStore, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Run("run-1", now, now, "succeeded", now)

    def and_ends(home: Path) -> str | None:
        store.end_run("p-1", ended)
        store.begin_run("p-2", now + timedelta(hours=1))
        return working_run(home)

    store.begin_run("p-1", now)
    monkeypatch.setattr(running, "working_run", and_ends)
    assert _states(store, tmp_path) == [("p-2", "running"), ("run-1", "succeeded")]


def test_where_no_run_ever_worked_none_works(tmp_path: Path) -> None:
    assert working_run(tmp_path) is None
    with at_work(tmp_path, "a-run-of-a-long-id"):
        assert working_run(tmp_path) == "a-run-of-a-long-id"
    with at_work(tmp_path, "short"):
        assert working_run(tmp_path) == "short"
    assert working_run(tmp_path) is None
