"""What goes wrong stops loudly, leaves the last snapshot readable, and the next run goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.commands import Oms, spawn

PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def oms(first_day: Callable[[str], Oms]) -> Oms:
    return first_day("failures")


def current(oms: Oms) -> str:
    return str((oms.home / "published" / "CURRENT").read_text())


def test_a_truncated_file_stops_its_feed_and_nothing_is_published(oms: Oms) -> None:
    before = current(oms)
    broken = oms.home / "inbox" / "shopify_orders" / "orders_2026-06-01.json"
    broken.write_text('{"orders": [{"id": 1, "name": "#1", "line_items": [')
    said = oms("run", code=1)
    assert "shopify_orders/orders_2026-06-01.json" in said.replace("\n", "")
    assert "Nothing was published" in said
    assert current(oms) == before
    assert oms.value("select count(*) from fct_orders") > 0
    assert json.loads(oms("status", "--json"))["files_held"] == 1
    held = json.loads(oms("quarantine", "list", "--json"))["held"][0]
    oms("quarantine", "discard", held["file_sha256"][:12])
    assert json.loads(oms("status", "--json"))["files_held"] == 0


def test_a_killed_run_leaves_the_snapshot_and_the_next_run_goes_on(oms: Oms) -> None:
    oms("simulate")
    before = current(oms)
    process = spawn(oms.home, "run")
    wait_for_words(process, "forecast demand")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert current(oms) == before
    assert oms.value("select count(*) from fct_orders") > 0
    # The next run is another process than the one that died: this one.
    oms("run")
    assert current(oms) != before
    assert oms.value("select max(as_of_date)::varchar from fct_inventory_position") == "2026-06-01"
    assert "Every mart equals" in oms("rebuild", "--check")


def wait_for_words(process: subprocess.Popen[str], words: str) -> None:
    """Read the run's progress until it tells of a step."""
    assert process.stderr is not None
    deadline = time.monotonic() + PATIENCE_SECONDS
    for line in process.stderr:
        if words in line:
            return
        assert time.monotonic() < deadline, f"{words!r} never came"
    pytest.fail(f"the run ended before {words!r}")


def test_two_runs_at_once_are_refused(oms: Oms) -> None:
    import fcntl

    with (oms.home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Another run works" in oms("run", code=1)
