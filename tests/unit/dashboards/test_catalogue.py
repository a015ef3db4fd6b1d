"""What the data page tells of a table is what contracts, manifest and derivation say."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dashboards.data import catalogue, connecting_view
from oms_core.contracts import PUBLISHED
from oms_core.store.published.derivation import Derivation, Node, Proof
from oms_core.store.published.snapshots import Manifest, TableEntry

AT = datetime(2026, 5, 31, tzinfo=UTC)
ENTRIES = {
    "fct_inventory_position": TableEntry(3, "a", 10),
    "fct_order_lines/2026-04": TableEntry(5, "b", 20),
    "fct_order_lines/2026-05": TableEntry(7, "c", 30),
}
MANIFEST = Manifest("s", "r", AT, AT, ENTRIES)
GRAPH = Derivation(
    {
        node.name: node
        for node in (
            Node("raw.order_lines", "record type", ""),
            Node("int_lines", "model", "", ("raw.order_lines",)),
            Node("fct_order_lines", "model", "", ("int_lines",)),
            Node('People "at home"', "reader", "", ("fct_order_lines",)),
            Node("fct_far", "model", "", ("fct_away",)),
        )
    },
    (
        Proof("sums", "They sum.", True, ("fct_order_lines",)),
        Proof("known", "They are known.", False, ("fct_order_lines",)),
        Proof("unsaid", "Nobody says.", True, ("fct_order_lines",)),
    ),
)


def test_a_table_kept_by_months_is_one_row_with_the_sum_of_its_files() -> None:
    tables = catalogue.tables(MANIFEST, GRAPH).set_index("table")
    assert list(tables.index) == ["fct_order_lines", "fct_inventory_position"]
    assert tables.loc["fct_order_lines", ["rows", "bytes", "proofs"]].tolist() == [12, 50, 3]


def test_a_table_is_found_by_a_columns_meaning() -> None:
    assert list(catalogue.tables(MANIFEST, None, "  days OF cover ")["table"]) == []
    assert list(catalogue.tables(MANIFEST, None, "days_of_cover")["table"]) == ["fct_inventory_position"]
    assert list(catalogue.tables(MANIFEST, None, "carrier")["table"]) == ["fct_order_lines"]


def test_a_table_of_many_files_is_downloaded_as_one_with_all_rows_and_types(tmp_path: Path) -> None:
    files = [tmp_path / f"2026-0{month}.parquet" for month in (4, 5)]
    parts = [pa.table({"sku": [f"a{n}"], "at": pa.array([AT], pa.timestamp("us", "UTC"))}) for n in (1, 2)]
    for part, file in zip(parts, files, strict=True):
        pq.write_table(part, file)
    assert pq.read_table(io.BytesIO(catalogue.whole(files))) == pa.concat_tables(parts)
    assert catalogue.whole(files[:1]) == files[0].read_bytes()


def test_every_column_of_every_contract_is_told() -> None:
    for contract in PUBLISHED.values():
        columns = catalogue.columns(contract)
        assert tuple(columns["column"]) == contract.names
        assert tuple(columns.loc[columns["is_key"], "column"]) == tuple(n for n in contract.names if n in contract.key)
        assert columns["description"].str.len().gt(0).all()


def test_what_a_column_may_hold_is_said() -> None:
    lines = catalogue.columns(PUBLISHED["fct_order_lines"]).set_index("column")
    assert lines.loc["line_state", "holds"] == "cancelled, held, fulfilled, allocated, backordered, open"
    assert lines.loc["channel_id", "holds"] == "one of dim_channel.channel_id"
    assert lines.loc["qty_ordered", ["unit", "holds"]].tolist() == ["base units", "≥ 0"]
    assert lines.loc["customer_key", "description"].endswith("Personal, as a pseudonym.")


def test_a_proof_tells_what_the_run_found_and_a_warning_of_which_nothing_is_said_stays_open() -> None:
    found = catalogue.found_by_the_run({"proofs": [{"name": "sums", "offending_rows": 2}]})
    proofs = catalogue.proofs(GRAPH, "fct_order_lines", found).set_index("proof")["offending_rows"]
    assert proofs["sums"] == 2
    assert proofs["unsaid"] == 0
    assert proofs.isna().to_dict() == {"sums": False, "known": True, "unsaid": False}


def test_the_neighbourhood_is_drawn_two_steps_up_and_one_down() -> None:
    drawn = catalogue.neighbourhood(GRAPH, "fct_order_lines")
    assert '"raw.order_lines" -> "int_lines";' in drawn
    assert '"fct_order_lines" -> "People \\"at home\\"";' in drawn
    assert "fct_far" not in drawn


def _publish(folder: Path) -> Manifest:
    """Both tables with a row or two each, as they lie in a snapshot."""
    (folder / "fct_order_lines").mkdir(parents=True)
    for name in ENTRIES:
        rows = {"sku": ["A"], "location_id": ["W"], "qty_on_hand": [1], "qty_ats": [0], "channel_id": ["web"]}
        pq.write_table(pa.table(rows), folder / f"{name}.parquet")
    return MANIFEST


def test_the_lines_for_python_run_as_they_stand(tmp_path: Path) -> None:
    folder = tmp_path / "it's published"
    script = connecting_view.python_lines(str(folder), _publish(folder)) + "\nprint(len(frame))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "1"
    assert "web" in done.stdout


def test_the_file_of_views_opens_every_table(tmp_path: Path) -> None:
    folder = tmp_path / "it's published"
    (tmp_path / "views.sql").write_text(connecting_view.views_sql(str(folder), _publish(folder)), encoding="utf-8")
    subprocess.run([sys.executable, "-c", connecting_view.PYTHON_VIEWS], check=True, cwd=tmp_path)
    with duckdb.connect(str(tmp_path / "quartermaster.duckdb"), read_only=True) as views:
        assert views.sql("select count(*) from fct_order_lines").fetchall() == [(2,)]
        assert views.sql("select count(*) from fct_inventory_position").fetchall() == [(1,)]


def test_the_drawing_is_the_same_for_the_same_graph() -> None:
    again = Derivation.from_json(json.dumps(json.loads(GRAPH.to_json())))
    assert set(catalogue.neighbourhood(again, "int_lines").split(";")) == set(
        catalogue.neighbourhood(GRAPH, "int_lines").split(";")
    )
