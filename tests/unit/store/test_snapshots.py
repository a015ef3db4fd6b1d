"""Published snapshots: finding, opening, querying, and what a query cannot do."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oms_core.store.published.sandbox import QueryError
from oms_core.store.published.snapshots import (
    DamagedSnapshotError,
    Manifest,
    NoSnapshot,
    Snapshot,
    TableEntry,
    read_manifest,
    snapshots,
)

AT = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)
Publish = Callable[..., Path]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "it's published"


@pytest.fixture
def publish(published: Path) -> Publish:
    """Publishes a snapshot of one table `fct_orders` with the given number of rows, and turns the pointer to it."""

    def write(snapshot_id: str = "2026-05-31-abc", rows: int = 5, published_at: datetime = AT) -> Path:
        folder = published / snapshot_id
        folder.mkdir(parents=True)
        table = pa.table(
            {"order_id": [f"web:{n}" for n in range(rows)], "net_minor": pa.array(range(rows), pa.int64())}
        )
        path = folder / "fct_orders.parquet"
        pq.write_table(table, path)
        entry = TableEntry(rows, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        manifest = Manifest(snapshot_id, "run-1", AT, published_at, {"fct_orders": entry}, {"lines": {"allocated": 3}})
        (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        (published / "CURRENT").write_text(snapshot_id + "\n", encoding="utf-8")
        return folder

    return write


@pytest.fixture
def snapshot(publish: Publish, published: Path) -> Iterator[Snapshot]:
    publish()
    with Snapshot.current(published) as opened:
        yield opened


class TestFinding:
    def test_before_the_first_run_the_error_says_what_to_do(self, published: Path) -> None:
        with pytest.raises(NoSnapshot, match="oms run"):
            Snapshot.current(published)
        assert snapshots(published) == []

    def test_current_is_the_one_that_the_pointer_names(self, publish: Publish, published: Path) -> None:
        publish("2026-05-30-aaa", rows=1)
        publish("2026-05-31-bbb", rows=2)
        (published / "CURRENT").write_text("2026-05-30-aaa", encoding="utf-8")
        with Snapshot.current(published) as snapshot:
            assert snapshot.snapshot_id == "2026-05-30-aaa"
            assert snapshot.query("select count(*) as n from fct_orders").to_pylist() == [{"n": 1}]

    def test_the_list_has_the_latest_first_and_no_unfinished_ones(self, publish: Publish, published: Path) -> None:
        publish("b", published_at=AT - timedelta(days=1))
        publish("a")
        (published / ".staging-run-2").mkdir()
        assert [manifest.snapshot_id for manifest in snapshots(published)] == ["a", "b"]

    @pytest.mark.parametrize("name", ["", "..", "../2026-05-31-abc", "gone", ".staging-run"])
    def test_a_pointer_that_leads_elsewhere_is_refused(self, publish: Publish, published: Path, name: str) -> None:
        publish()
        (published / "CURRENT").write_text(name, encoding="utf-8")
        with pytest.raises(DamagedSnapshotError, match="no snapshot there"):
            Snapshot.current(published)

    def test_a_manifest_comes_back_as_it_was_written(self, publish: Publish) -> None:
        manifest = read_manifest(publish())
        assert Manifest.from_json(manifest.to_json()) == manifest

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"snapshot_id": 1}'])
    def test_a_manifest_that_is_none_is_named(self, publish: Publish, text: str) -> None:
        folder = publish()
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(DamagedSnapshotError, match=r"manifest\.json"):
            Snapshot.open(folder)

    def test_a_missing_or_cut_table_is_named_on_opening(self, publish: Publish) -> None:
        folder = publish()
        path = folder / "fct_orders.parquet"
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DamagedSnapshotError, match=r"fct_orders\.parquet has \d+ bytes instead of"):
            Snapshot.open(folder)
        path.unlink()
        with pytest.raises(DamagedSnapshotError, match=r"fct_orders\.parquet is missing"):
            Snapshot.open(folder)

    def test_a_changed_byte_is_found_by_the_full_check(self, publish: Publish) -> None:
        folder = publish()
        with Snapshot.open(folder) as snapshot:
            assert snapshot.changed_tables() == []
            content = bytearray((folder / "fct_orders.parquet").read_bytes())
            content[10] ^= 1
            (folder / "fct_orders.parquet").write_bytes(content)
            assert snapshot.changed_tables() == ["fct_orders"]


class TestQuerying:
    def test_parameters_fill_places_by_order_and_by_name(self, snapshot: Snapshot) -> None:
        by_order = snapshot.query("select order_id from fct_orders where net_minor = ?", [3])
        by_name = snapshot.query("select order_id from fct_orders where net_minor = $net", {"net": 3})
        assert by_order.to_pylist() == by_name.to_pylist() == [{"order_id": "web:3"}]

    def test_a_parameter_is_never_sql(self, snapshot: Snapshot) -> None:
        assert snapshot.query("select * from fct_orders where order_id = ?", ["' or 1=1 --"]).num_rows == 0

    @pytest.mark.parametrize(("limit", "rows"), [(0, 0), (2, 2), (5, 5), (9, 5), (None, 5)])
    def test_a_limit_caps_the_rows_and_keeps_the_columns(
        self, snapshot: Snapshot, limit: int | None, rows: int
    ) -> None:
        answer = snapshot.query("select * from fct_orders order by net_minor", limit=limit)
        assert (answer.num_rows, answer.column_names) == (rows, ["order_id", "net_minor"])

    def test_instants_are_utc(self, snapshot: Snapshot) -> None:
        answer = snapshot.query("select timestamptz '2026-05-31 10:00:00+02' as at")
        assert answer.to_pylist() == [{"at": datetime(2026, 5, 31, 8, 0, tzinfo=UTC)}]

    def test_texts_with_quotes_are_texts(self, snapshot: Snapshot) -> None:
        found = snapshot.query("select 'it''s' as a, $$'$$ as b, e'\\'' as c, 'ü' as \"d's\"").to_pylist()
        assert found == [{"a": "it's", "b": "'", "c": "'", "d's": "ü"}]

    @pytest.mark.parametrize("sql", ["describe fct_orders", "show tables", "summarize fct_orders"])
    def test_one_can_ask_what_there_is(self, snapshot: Snapshot, sql: str) -> None:
        assert snapshot.query(sql).num_rows > 0

    def test_a_mistake_comes_back_in_duckdbs_own_words(self, snapshot: Snapshot) -> None:
        with pytest.raises(QueryError, match="fct_order does not exist"):
            snapshot.query("select * from fct_order")

    def test_many_threads_share_one_snapshot(self, snapshot: Snapshot) -> None:
        barrier = threading.Barrier(8)

        def ask(number: int) -> int:
            barrier.wait(timeout=30)
            sql = "select sum(net_minor)::bigint as total from fct_orders where net_minor <= ?"
            return int(snapshot.query(sql, [number]).to_pylist()[0]["total"])

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(8))) == [0, 1, 3, 6, 10, 10, 10, 10]

    def test_a_reader_goes_on_while_the_pointer_turns(
        self, snapshot: Snapshot, publish: Publish, published: Path
    ) -> None:
        publish("2026-06-01-new", rows=1)
        assert snapshot.query("select count(*) as n from fct_orders").to_pylist() == [{"n": 5}]
        with Snapshot.current(published) as newer:
            assert newer.query("select count(*) as n from fct_orders").to_pylist() == [{"n": 1}]


ESCAPES = [
    "copy fct_orders to '{folder}/fct_orders.parquet'",
    "copy fct_orders to '{outside}'",
    "explain analyze copy fct_orders to '{folder}/fct_orders.parquet'",
    "export database '{folder}'",
    "attach '{folder}/other.db'",
    "create table t as select 1",
    "create or replace view fct_orders as select 1",
    "drop view fct_orders",
    "insert into fct_orders values ('x', 1)",
    "set enable_external_access = true",
    "set threads = 1",
    "pragma enable_profiling",
    "install httpfs",
    "load httpfs",
    "call enable_logging()",
    "select 1; drop view fct_orders",
    "select * from '{outside}'",
    "select * from read_parquet('{outside}')",
    "select * from read_text('/etc/hosts')",
    "select * from read_csv('/etc/passwd')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from parquet_metadata('{outside}')",
    "select * from glob('/etc/*')",
    "select * from duckdb_secrets()",
    "select * from query('select 1')",
    "select * from query_table(['fct_orders'])",
    "with x as (select * from read_text('/etc/hosts')) select (select content from x)",
    "select * from fct_orders, lateral (select * from READ_TEXT('/etc/hosts'))",
    "select * from enable_logging(storage = 'file', storage_path = '{folder}/log')",
    "select * from force_checkpoint()",
    "select * from arrow_scan(1, 2, 3)",
    "select * from python_table",
    # Quotes, and what ends a text, before what must be seen all the same.
    "select '''); copy fct_orders to ''{outside}'' --' as a from read_text('/etc/hosts')",
    "select 'it''s' as a, $$ ' $$ as b, e'\\'' as c from read_text('/etc/hosts')",
    "select '\0' as a from read_text('/etc/hosts')",
    "",
    ";",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_a_query_cannot_leave_its_snapshot_nor_change_anything(snapshot: Snapshot, tmp_path: Path, sql: str) -> None:
    python_table = pa.table({"secret": [1]})
    outside = tmp_path / "outside.parquet"
    pq.write_table(python_table, outside)
    before = sorted(path.name for path in snapshot.folder.iterdir())
    with pytest.raises(QueryError):
        snapshot.query(sql.format(folder=str(snapshot.folder).replace("'", "''"), outside=outside))
    assert sorted(path.name for path in snapshot.folder.iterdir()) == before
    assert snapshot.changed_tables() == []
    assert snapshot.query("select count(*) as n from fct_orders").to_pylist() == [{"n": 5}]


def test_a_query_nested_without_end_is_refused_and_the_process_lives(snapshot: Snapshot) -> None:
    with pytest.raises(QueryError):
        snapshot.query("select " + "(" * 50_000 + "1" + ")" * 50_000)
    with pytest.raises(QueryError):
        snapshot.query("select " + "abs(" * 900 + "1" + ")" * 900)


def test_a_query_beyond_its_memory_is_refused_and_the_next_one_is_answered(publish: Publish) -> None:
    with Snapshot.open(publish(), memory_limit="50MB") as small:
        with pytest.raises(QueryError, match="Out of Memory"):
            small.query("select list(a) from (select random() as a from range(100_000_000))")
        assert small.query("select count(*) as n from fct_orders").num_rows == 1
