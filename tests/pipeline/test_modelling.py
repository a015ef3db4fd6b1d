"""dbt's own process: it builds again and again, says what went wrong, and never outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.modelling.building import BuildError, build
from pipelines.modelling.warehouse import load, note_run, open_warehouse

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PATIENCE_SECONDS = 60
_PARENT = """
from multiprocessing import active_children
from pipelines.modelling.building import ensure_manifest, warm_up
if __name__ == "__main__":
    ensure_manifest()
    warm_up()
    print(active_children()[0].pid, flush=True)
    input()
"""


def test_the_same_models_are_built_again_with_their_rows_seconds_and_bytes(home: Home) -> None:
    load(home, NOW, "first")
    note_run(home, NOW.date(), "ground")
    first, second = build(home, "ground"), build(home, "ground")
    assert [node.unique_id for node in first if not node.passed] == []
    assert {node.unique_id for node in first} == {node.unique_id for node in second}
    lines = next(node for node in second if node.name == "int_order_lines")
    assert (lines.rows, lines.seconds > 0, lines.bytes) == (0, True, 0)


def test_a_failed_build_names_the_model_and_dbts_reason_and_tells_what_was_built(home: Home) -> None:
    load(home, NOW, "first")
    note_run(home, NOW.date(), "ground")
    with open_warehouse(home) as connection:
        connection.execute("alter table raw.locations drop column location_id")
    with pytest.raises(BuildError, match=r"dim_location: (.|\n)*location_id") as failure:
        build(home, "ground")
    assert any(node.passed for node in failure.value.built)
    assert any(node.is_skipped for node in failure.value.built)


def test_a_killed_build_leaves_the_warehouse_as_it_was(home: Home) -> None:
    load(home, NOW, "first")
    note_run(home, NOW.date(), "ground")
    before = _tables(home)
    with ThreadPoolExecutor(1) as elsewhere:
        building = elsewhere.submit(build, home, "ground")
        _wait_until(lambda: any(home.dbt_target.rglob("fct_inventory_daily.sql")), "no build has come so far")
        for child in active_children():
            child.kill()
        with pytest.raises(BuildError, match="killed"):
            building.result()
    assert not home.warehouse.with_suffix(".duckdb.wal").exists()
    assert _tables(home) == before


def test_dbts_process_ends_with_a_killed_parent(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(_PARENT)
    parent = subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _runs(child)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    _wait_until(lambda: not _runs(child), f"process {child} outlives its parent")


def _tables(home: Home) -> list[tuple[str, str, int]]:
    with open_warehouse(home) as connection:
        known = "select schema_name, table_name, estimated_size from duckdb_tables() order by all"
        return connection.execute(known).fetchall()


def _wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        os.sched_yield()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
