"""A snapshot appears whole or not at all, and the last one stays readable."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from oms_core.contracts import PUBLISHED
from oms_core.store.published.derivation import read_derivation
from oms_core.store.published.snapshots import DamagedSnapshotError, NoSnapshot, Snapshot
from pipelines.home import Home
from pipelines.modelling.warehouse import open_warehouse
from pipelines.publication import publishing
from pipelines.publication.publishing import publish

AS_OF = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def with_marts(home: Home) -> Home:
    with open_warehouse(home) as connection:
        for contract in PUBLISHED.values():
            connection.register("empty", pa.schema([(c.name, c.arrow_type) for c in contract.columns]).empty_table())
            connection.execute(f"create table {contract.name} as select * from empty")
            connection.unregister("empty")
    return home


def test_before_the_first_run_there_is_a_clear_word(home: Home) -> None:
    with pytest.raises(NoSnapshot, match="oms run"):
        Snapshot.current(home.published)


def test_a_published_snapshot_holds_every_mart_with_its_columns(with_marts: Home) -> None:
    manifest = publish(with_marts, "run", AS_OF, AS_OF, {})
    snapshot = Snapshot.current(with_marts.published)
    assert snapshot.snapshot_id == manifest.snapshot_id
    for contract in PUBLISHED.values():
        assert tuple(snapshot.query(f"select * from {contract.name}").column_names) == contract.names


def test_beside_a_snapshot_lies_what_its_tables_are_made_of_and_which_proofs_hold_on_them(with_marts: Home) -> None:
    publish(with_marts, "run", AS_OF, AS_OF, {})
    graph = read_derivation(Snapshot.current(with_marts.published).folder)
    assert graph is not None
    assert set(PUBLISHED) <= set(graph.nodes)
    assert all(graph.proofs_of(table) for table in PUBLISHED)
    assert {"inbox/pos_sales", "raw.order_lines"} <= {node.name for node in graph.origins("fct_orders")}
    assert next(node.name for node in graph.readers("fct_exports")) == "BI tools and `oms query`"


def test_the_same_content_is_the_same_snapshot(with_marts: Home) -> None:
    first = publish(with_marts, "run", AS_OF, AS_OF, {})
    again = publish(with_marts, "run", AS_OF, AS_OF, {})
    assert first.snapshot_id == again.snapshot_id
    assert [path.name for path in with_marts.published.iterdir() if path.is_dir()] == [first.snapshot_id]


def test_a_publish_that_dies_half_way_leaves_the_last_snapshot(
    with_marts: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish(with_marts, "run", AS_OF, AS_OF, {})
    with open_warehouse(with_marts) as connection:
        connection.execute("insert into dim_channel values ('web', 'Web', 'web', 'EUR', 1)")

    def full(path: Path) -> str:
        raise OSError(28, f"No space left on device: {path}")

    monkeypatch.setattr(publishing, "file_digest", full)
    with pytest.raises(OSError, match="No space"):
        publish(with_marts, "run-2", AS_OF, AS_OF, {})
    assert Snapshot.current(with_marts.published).snapshot_id == before.snapshot_id
    monkeypatch.undo()
    assert publish(with_marts, "run-2", AS_OF, AS_OF, {}).snapshot_id != before.snapshot_id


def test_old_snapshots_are_pruned_and_the_current_one_never(with_marts: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "KEPT", 2)
    for number in range(5):
        with open_warehouse(with_marts) as connection:
            connection.execute(f"insert into dim_channel values ('c{number}', 'C', 'web', 'EUR', 1)")
        last = publish(with_marts, f"run-{number}", AS_OF, AS_OF, {})
    folders = [path.name for path in with_marts.published.iterdir() if path.is_dir()]
    assert last.snapshot_id in folders
    assert len(folders) == 3


def test_the_latest_snapshots_are_kept_whatever_their_names(tmp_path: Path) -> None:
    made = [tmp_path / f"2026-05-31-{digest}" for digest in ("c", "a", "e", "b", "d")]
    for hour, folder in enumerate(made):
        folder.mkdir()
        os.utime(folder, (3600 * hour, 3600 * hour))
    (tmp_path / ".building").mkdir()
    publishing.remove_older(made[-1], 2)
    assert set(tmp_path.iterdir()) == {*made[-3:], tmp_path / ".building"}


def closing(home: Home, day: str, quantity: int) -> None:
    """A day of one SKU at one location, in `fct_inventory_daily`."""
    with open_warehouse(home) as connection:
        connection.execute("delete from fct_inventory_daily where business_date = ?", [day])
        row = [day, "A", "WH", 0, quantity, 0, 0, 0, quantity, 0, False, 0.0]
        connection.execute(f"insert into fct_inventory_daily values ({', '.join('?' * len(row))})", row)


def changed(home: Home, day: str) -> None:
    with open_warehouse(home) as connection:
        connection.execute("update raw.run set changed_from = ?", [day])


def test_a_month_that_has_not_changed_is_the_last_snapshots_file(with_marts: Home) -> None:
    closing(with_marts, "2026-04-30", 1)
    closing(with_marts, "2026-05-31", 2)
    first = publish(with_marts, "run", AS_OF, AS_OF, {})
    closing(with_marts, "2026-05-31", 3)
    changed(with_marts, "2026-05-20")
    second = publish(with_marts, "run", AS_OF, AS_OF, {})
    april, may = (
        [
            (with_marts.published / m.snapshot_id / "fct_inventory_daily" / f"2026-{month}.parquet")
            for m in (first, second)
        ]
        for month in ("04", "05")
    )
    assert april[0].samefile(april[1])
    assert not may[0].samefile(may[1])
    with Snapshot.current(with_marts.published) as snapshot:
        rows = snapshot.query("select qty_closing from fct_inventory_daily order by business_date").to_pylist()
        assert [row["qty_closing"] for row in rows] == [1, 3]
        assert snapshot.manifest.rows("fct_inventory_daily") == 2
        assert snapshot.changed_tables() == []


def test_a_snapshot_written_whole_is_the_one_with_linked_months(with_marts: Home) -> None:
    closing(with_marts, "2026-04-30", 1)
    closing(with_marts, "2026-05-31", 2)
    publish(with_marts, "run", AS_OF, AS_OF, {})
    closing(with_marts, "2026-05-31", 3)
    changed(with_marts, "2026-05-20")
    linked = publish(with_marts, "run", AS_OF, AS_OF, {})
    shutil.rmtree(with_marts.published)
    assert publish(with_marts, "run", AS_OF, AS_OF, {}).snapshot_id == linked.snapshot_id


def test_damage_in_one_month_is_named(with_marts: Home) -> None:
    closing(with_marts, "2026-04-30", 1)
    manifest = publish(with_marts, "run", AS_OF, AS_OF, {})
    (with_marts.published / manifest.snapshot_id / "fct_inventory_daily" / "2026-04.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedSnapshotError, match=r"fct_inventory_daily/2026-04\.parquet has 4 bytes"):
        Snapshot.current(with_marts.published)
