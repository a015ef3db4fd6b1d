"""The log keeps every unit once, in order, and survives being cut off."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.contracts import LANDED
from pipelines import log as log_module
from pipelines.home import HomeError
from pipelines.log import INDEX_NAME, Log, Unit, land_decision, table_digest, with_lineage

KNOWN_AT = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
POLICIES = pa.Table.from_pylist(
    [
        {
            "policy_version": 1,
            "scope_kind": "default",
            "scope_value": "*",
            "service_level": 0.95,
            "author": "a",
            "reason": "b",
            "effective_at": KNOWN_AT,
            "business_date": KNOWN_AT.date(),
        }
    ],
    schema=LANDED["policies"].arrow_schema,
)


def unit(digest: str, rows: int = 1) -> Unit:
    return Unit("pos_sales", digest, "a.csv", KNOWN_AT, 10, {"record_count": rows}, {"order_lines": rows})


def commit(log: Log, digest: str) -> None:
    staged = log.stage("pos_sales", digest)
    pq.write_table(pa.table({"x": [1]}), staged / "order_lines.parquet")
    log.commit(staged, unit(digest))


def test_units_are_listed_in_the_order_of_their_commitment(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for digest in ("b", "a", "c"):
        commit(log, digest)
    assert [u.file_sha256 for u in Log(tmp_path).units] == ["b", "a", "c"]


def test_a_unit_committed_twice_is_there_once(tmp_path: Path) -> None:
    log = Log(tmp_path)
    commit(log, "a")
    commit(log, "a")
    assert len(Log(tmp_path).units) == 1


def test_a_torn_last_line_of_the_index_is_no_unit(tmp_path: Path) -> None:
    commit(Log(tmp_path), "a")
    with (tmp_path / INDEX_NAME).open("a") as index:
        index.write('{"feed": "pos_sa')
    assert [u.file_sha256 for u in Log(tmp_path).units] == ["a"]


def test_a_crash_between_rename_and_index_is_made_good_by_committing_again(tmp_path: Path) -> None:
    log = Log(tmp_path)
    commit(log, "a")
    (tmp_path / INDEX_NAME).write_bytes(b"")
    again = Log(tmp_path)
    assert again.unlisted() == [tmp_path / "pos_sales" / "a"]
    assert not again.contains("pos_sales", "a")
    commit(again, "a")
    assert again.contains("pos_sales", "a")
    assert again.damaged(again.units) == []


def test_a_log_that_has_lost_its_index_says_so_and_how_to_make_one_of_its_units(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for digest in ("b", "a"):
        commit(log, digest)
    (tmp_path / INDEX_NAME).unlink()
    for reader in (log, Log(tmp_path)):
        with pytest.raises(HomeError, match="has lost its index") as refused:
            _ = reader.units
    with pytest.raises(HomeError):
        commit(Log(tmp_path), "c")
    (command,) = re.findall("`(cat .*?)`", str(refused.value))
    subprocess.run(command, shell=True, check=True)
    assert sorted(u.file_sha256 for u in Log(tmp_path).units) == ["a", "b"]
    assert Log(tmp_path).unlisted() == []


def test_a_log_that_never_had_a_unit_is_empty(tmp_path: Path) -> None:
    Log(tmp_path).stage("pos_sales", "a")
    assert Log(tmp_path).units == []


def test_what_is_committed_after_a_torn_line_is_found(tmp_path: Path) -> None:
    commit(Log(tmp_path), "a")
    with (tmp_path / INDEX_NAME).open("a") as index:
        index.write(unit("b").to_json()[:40])
    log = Log(tmp_path)
    commit(log, "c")
    commit(log, "b")
    assert [u.file_sha256 for u in log.units] == ["a", "c", "b"]
    assert Log(tmp_path).units == log.units


def test_rows_say_the_same_instant_as_the_index_when_a_commit_is_made_good_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        if path.is_dir():  # the unit has its name by now, and the index does not know it
            raise KeyboardInterrupt

    monkeypatch.setattr(log_module, "sync", killed)
    with pytest.raises(KeyboardInterrupt):
        land_decision(Log(tmp_path), POLICIES, "policies", "run", KNOWN_AT)
    monkeypatch.undo()
    log = Log(tmp_path)
    land_decision(log, POLICIES, "policies", "run", KNOWN_AT + timedelta(days=1))
    (made_good,) = log.units
    assert made_good.known_at == KNOWN_AT + timedelta(days=1)
    assert pq.read_table(log.path(made_good, "policies")).column("known_at").to_pylist() == [made_good.known_at]


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _write_other_rows(path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), path)


@pytest.mark.parametrize("damage", [Path.unlink, _halve, _write_other_rows])
def test_a_damaged_table_is_named_and_nothing_is_made_of_the_rest(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    log = Log(tmp_path)
    for digest in ("a", "b"):
        commit(log, digest)
    log.require_whole(log.units)
    damage(log.path(log.units[0], "order_lines"))
    for thoroughly in (False, True):
        assert [u.file_sha256 for u in log.damaged(log.units, thoroughly=thoroughly)] == ["a"]
    with pytest.raises(HomeError, match=r"pos_sales/a \(a.csv\)"):
        log.require_whole(log.units)


def test_bytes_changed_within_a_table_are_found_by_reading_it(tmp_path: Path) -> None:
    log = Log(tmp_path)
    commit(log, "a")
    path = log.path(log.units[0], "order_lines")
    content = bytearray(path.read_bytes())
    content[4:24] = b"\0" * 20
    path.write_bytes(content)
    assert [u.file_sha256 for u in log.damaged(log.units, thoroughly=True)] == ["a"]


def test_what_the_index_promises_was_on_disk_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(log_module.os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    log = Log(tmp_path)
    commit(log, "a")
    table, index = log.path(log.units[0], "order_lines"), tmp_path / INDEX_NAME
    assert synced.index(table.stat().st_ino) < synced.index(index.stat().st_ino)


def test_landing_a_decision_twice_is_a_no_op(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for _ in range(2):
        land_decision(log, POLICIES, "policies", "run", KNOWN_AT)
    assert len(log.units) == 1
    assert [u.run_id for u in log.of_run("run", "policies")] == ["run"]


def test_lineage_columns_follow_the_rows(tmp_path: Path) -> None:
    table = pa.table({"sku": ["a", "b"], "row_number": pa.array([4, 9], pa.int64())})
    landed = with_lineage(table, "pos_sales", "ff", KNOWN_AT)
    assert landed.column_names == ["sku", "feed", "file_sha256", "row_number", "known_at"]
    assert landed.column("row_number").to_pylist() == [4, 9]
    assert landed.column("known_at").to_pylist() == [KNOWN_AT, KNOWN_AT]


@given(st.lists(st.integers(), min_size=1), st.integers(min_value=1))
def test_a_tables_digest_does_not_depend_on_its_chunks(values: list[int], cut: int) -> None:
    whole = pa.table({"x": pa.array([v % 1000 for v in values])})
    at = cut % len(values)
    pieces = pa.concat_tables([whole.slice(0, at), whole.slice(at)])
    assert table_digest(whole) == table_digest(pieces)


def test_a_units_json_is_read_back_as_it_was() -> None:
    written = unit("a", rows=3)
    assert Unit.from_json(written.to_json()) == written


def test_an_index_line_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / INDEX_NAME).write_text('{"feed": "x"}\n')
    with pytest.raises((KeyError, TypeError)):
        _ = Log(tmp_path).units
