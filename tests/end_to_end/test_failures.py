"""What goes wrong says so, leaves what is right readable, and the next run goes on; a copy is a home."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.commands import Oms, spawn


@pytest.fixture(scope="module")
def oms(first_day: Callable[[str], Oms]) -> Oms:
    return first_day("failures")


def current(oms: Oms) -> str:
    return str((oms.home / "published" / "CURRENT").read_text())


def test_bad_files_stop_their_feeds_and_nothing_else(oms: Oms) -> None:
    """Of a shop's orders, and of what left the warehouses: the night's other files are decided on and published."""
    oms("simulate")
    broken = oms.home / "inbox" / "shopify_orders" / "orders_2026-06-01.json"
    broken.write_text('{"orders": [{"id": 1, "name": "#1", "line_items": [')
    moved = oms.home / "inbox" / "stock_movements" / "stock_movements_2026-06-01.csv"
    moved.write_text(moved.read_text().replace("quantity", "units", 1))
    said = oms("run", code=3)
    for held in held_files(oms):
        assert f"{held['feed']}/{held['file_name']} is held, and its feed stopped: " in said
        assert f"`oms quarantine discard {held['file_sha256'][:12]}`" in said
    assert "the header lacks 'quantity'" in said
    assert oms.value("select max(as_of_date)::varchar from fct_inventory_position") == "2026-06-01"
    came = "select count(*) from rpt_feed_files where feed = '{}' and file_name like '%2026-06-01%'"
    assert [oms.value(came.format(feed)) > 0 for feed in ("pos_sales", "shopify_orders")] == [True, False]
    doubted = oms.query("select distinct doubt_reason, qty_in_doubt > 0 as some from fct_inventory_position "
                        "where qty_on_hand > 0")  # fmt: skip
    why = "feed stock_movements is stopped by stock_movements_2026-06-01.csv"
    assert doubted == [{"doubt_reason": why, "some": True}]
    assert json.loads(oms("status", "--json"))["files_held"] == 2
    for held in held_files(oms):
        oms("quarantine", "discard", held["file_sha256"][:12])
    assert json.loads(oms("status", "--json"))["files_held"] == 0


def held_files(oms: Oms) -> list[dict[str, str]]:
    held: list[dict[str, str]] = json.loads(oms("quarantine", "list", "--json"))["held"]
    return held


def test_a_killed_run_leaves_the_snapshot_and_the_next_run_goes_on(oms: Oms) -> None:
    assert oms.value("select count(*) from fct_inventory_position where doubt_reason like 'feed %'") > 0
    oms("simulate")
    before = current(oms)
    process = spawn(oms.home, "run")
    try:
        wait_for_words(process, "forecast demand")
        assert last_run(oms).startswith("running, started")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert last_run(oms).startswith("died, started")
    assert current(oms) == before
    assert oms.value("select count(*) from fct_orders") > 0
    # The next run is another process than the one that died: this one.
    oms("run")
    assert last_run(oms).startswith("succeeded")
    assert current(oms) != before
    assert oms.value("select max(as_of_date)::varchar from fct_inventory_position") == "2026-06-02"
    assert oms.value("select count(*) from fct_inventory_position where doubt_reason like 'feed %'") == 0


def test_a_copy_is_restored_by_a_run_and_tells_what_the_home_tells_and_sends_nothing_twice(oms: Oms) -> None:
    """From the log alone: what a killed run had left in the warehouse is no other in any mart."""
    copy = Oms(oms.home.parent / "copy")
    oms("backup", str(copy.home))
    copy("run")
    assert current(copy) == current(oms), "a snapshot is named by all its rows"
    assert copy.answer("exports", "list") == oms.answer("exports", "list") != []
    assert documents(copy).isdisjoint(documents(oms))


def last_run(oms: Oms) -> str:
    return str(json.loads(oms("status", "--json"))["last_run"])


def documents(oms: Oms) -> set[str]:
    return {path.name for path in (oms.home / "outbox").rglob("*") if path.is_file()}


def wait_for_words(process: subprocess.Popen[str], words: str) -> None:
    """Read the run's progress until it tells of a step."""
    assert process.stderr is not None
    if not any(words in line for line in process.stderr):
        pytest.fail(f"the run ended before {words!r}")


def test_two_runs_at_once_are_refused(oms: Oms) -> None:
    import fcntl

    with (oms.home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Another run works" in oms("run", code=1)
