"""The warehouse loads each unit once, as far as it is known, and remembers what must be restated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oms_core.contracts import LANDED
from pipelines.home import Home, HomeError
from pipelines.log import INDEX_NAME, Log, land_decision
from pipelines.modelling.warehouse import (
    holds_much_deleted,
    kept_open,
    let_go,
    load,
    note_built,
    open_warehouse,
    remove_warehouse,
    require_log_of,
    seen_until,
    select_frame,
)
from pipelines.reception.landing import land_inbox
from tests.pipeline.hands import AT, land

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
END = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)
ROWS = [(f"R{n}", "SKU-1", "2", "9.99") for n in range(20)]
Till = Callable[..., Path]


def lines(home: Home) -> int:
    return int(select_frame(home, "select count(*)::bigint as n from raw.order_lines")["n"].iloc[0])


def test_a_unit_is_loaded_once_however_often_load_is_called(home: Home, till: Till) -> None:
    till("2026-05-30", ROWS)
    land_inbox(home, NOW)
    assert load(home, END, "run").rows["order_lines"] == 20
    assert load(home, END, "run").units == 0
    assert lines(home) == 20


def test_what_is_not_known_yet_is_not_loaded_yet(home: Home, till: Till) -> None:
    till("2026-05-30", ROWS)
    till("2026-05-31", [(f"S{n}", "SKU-2", "1", "1.00") for n in range(5)])
    land_inbox(home, NOW)
    load(home, datetime(2026, 5, 30, 23, 59, 59, tzinfo=UTC), "first")
    assert lines(home) == 20
    load(home, END, "second")
    assert lines(home) == 25


def test_deleted_rows_are_told_once_they_are_many(home: Home) -> None:
    with open_warehouse(home) as connection:
        connection.execute("create table facts as select range as n from range(400000)")
    assert not holds_much_without(home, "n % 5 = 0")
    assert holds_much_without(home, "n % 2 = 0")


def holds_much_without(home: Home, forgotten: str) -> bool:
    with open_warehouse(home) as connection:
        connection.execute(f"delete from facts where {forgotten}")
    return holds_much_deleted(home)


def test_rows_carry_the_number_of_their_load_and_a_build_is_noted(home: Home, till: Till) -> None:
    till("2026-05-30", ROWS)
    land_inbox(home, NOW)
    load(home, END, "run")
    with open_warehouse(home) as connection:
        connection.execute("create table int_restatement as select date '2026-05-30' as demand_from")
    note_built(home, "ground")
    till("2026-05-12", [("L1", "SKU-1", "1", "1.00")], name="pos_sales_2026-05-12_late_2026-05-31.csv")
    land_inbox(home, NOW)
    load(home, END, "run")
    rows = select_frame(home, "select load_number, count(*) as rows from raw.order_lines group by all order by all")
    assert rows.to_dict("list") == {"load_number": [1, 2], "rows": [20, 1]}
    run = select_frame(home, "select last_load, ground_load, decisions_load from raw.run")
    assert run.to_dict("records") == [{"last_load": 2, "ground_load": 1, "decisions_load": 0}]


def test_forecasts_that_nobody_reads_any_more_stay_in_landing_alone(home: Home) -> None:
    def kept() -> dict[str, list[str]]:
        names = ("forecasts", "forecast_means", "interval_demand")
        asked = "select distinct run_id from raw.{} order by 1"
        return {name: select_frame(home, asked.format(name))["run_id"].tolist() for name in names}

    for run, days in (("long ago", -20), ("last week", -3), ("today", 0)):
        for name in ("forecasts", "forecast_means", "interval_demand", "safety_stock"):
            land(home, name, {"run_id": run}, at=AT + timedelta(days=days), run_id=run)
    load(home, END, "run")
    assert set(map(tuple, kept().values())) == {("last week", "today")}
    land(home, "forecasts", {"run_id": "next"}, at=AT + timedelta(days=6), run_id="next")
    load(home, END, "run")
    as_loaded = kept()
    before = ["last week", "today"]
    assert as_loaded == {"forecasts": ["next", "today"], "forecast_means": before, "interval_demand": before}
    assert select_frame(home, "select count(*)::bigint as n from raw.safety_stock")["n"].iloc[0] == 3
    remove_warehouse(home)
    load(home, END, "run")
    assert kept() == as_loaded


def test_a_warehouse_of_an_earlier_version_is_refused_with_what_to_do(home: Home) -> None:
    with open_warehouse(home) as connection:
        connection.execute("create schema raw; create table raw.run (as_of_date date, restate_from date)")
    with pytest.raises(HomeError, match="oms rebuild"):
        load(home, END, "run")


def test_a_warehouse_that_lacks_a_contracts_column_is_refused_likewise(home: Home) -> None:
    load(home, END, "run")
    with open_warehouse(home) as connection:
        connection.execute("alter table raw.order_lines drop column promised_date")
    with pytest.raises(HomeError, match="oms rebuild"):
        load(home, END, "run")


def test_what_was_landed_before_a_contract_had_an_optional_column_is_loaded_without_it(home: Home, till: Till) -> None:
    till("2026-05-30", ROWS)
    land_inbox(home, NOW)
    (path,) = home.landing.rglob("order_lines.parquet")
    pq.write_table(pq.read_table(path).drop_columns(["promised_date"]), path)
    load(home, END, "run")
    promised = select_frame(
        home, "select count(*)::bigint as n, count(promised_date)::bigint as p from raw.order_lines"
    )
    assert promised.to_dict("records") == [{"n": 20, "p": 0}]


def test_a_deleted_warehouse_is_loaded_anew_from_the_log(home: Home, till: Till) -> None:
    till("2026-05-30", [*ROWS, ("R99", "SKU-1", "1", "much")])
    land_inbox(home, NOW)
    load(home, END, "run")
    remove_warehouse(home)
    load(home, END, "run")
    assert lines(home) == 20
    assert len(select_frame(home, "select * from raw.quarantine")) == 1


def test_a_log_that_has_lost_what_the_warehouse_knows_is_refused_before_anything_is_made_of_the_rest(
    home: Home, till: Till
) -> None:
    for day in ("2026-05-29", "2026-05-30"):
        till(day, ROWS)
        land_inbox(home, NOW)
        load(home, END, "run")
    index = home.landing / INDEX_NAME
    first, _ = index.read_text(encoding="utf-8").splitlines(keepends=True)
    index.write_text(first, encoding="utf-8")
    for reads in (lambda: load(home, END, "run"), lambda: require_log_of(home)):
        with pytest.raises(HomeError, match=r"lost 1 units .*COMMITTED.jsonl from a backup"):
            reads()


def test_what_was_known_is_known_after_what_runs_decided_though_snapshots_and_warehouse_are_lost(home: Home) -> None:
    table = pa.Table.from_pylist([], schema=LANDED["policies"].arrow_schema)
    land_decision(Log(home.landing), table, "policies", "run-1", NOW)
    assert seen_until(home) == NOW


def test_integers_stay_integers_on_their_way_to_a_frame(home: Home, till: Till) -> None:
    till("2026-05-30", ROWS)
    land_inbox(home, NOW)
    load(home, END, "run")
    frame = select_frame(home, "select unit_price_minor, quantity from raw.order_lines")
    assert set(map(str, frame.dtypes)) == {"int64"}


def opens_elsewhere(home: Home) -> bool:
    """Whether another process may open the warehouse now."""
    code = f"import duckdb; duckdb.connect({str(home.warehouse)!r})"
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_a_warehouse_that_is_kept_open_is_anothers_once_it_is_let_go_and_here_again_with_all_that_was_written(
    home: Home, till: Till
) -> None:
    till("2026-05-30", ROWS)
    land_inbox(home, NOW)
    with kept_open(home):
        load(home, END, "run")
        assert not opens_elsewhere(home)
        let_go(home)
        assert opens_elsewhere(home)
        assert lines(home) == 20
        assert not opens_elsewhere(home)
    assert opens_elsewhere(home)
    assert lines(home) == 20


def test_what_counts_for_nothing_was_not_true_either(home: Home) -> None:
    """A movement that was stated first as of noon, then as of the morning; and a sender's of the same number."""
    moved = {"movement_ref": "M1", "line_ref": "1", "sku": "MUG", "location_id": "WH"}
    for kind, hours, known, quantity in (
        ("receipt", 0, 1, 5),
        ("return", -4, 2, 3),
        ("transfer_in", -4, 3, 2),
    ):
        at = AT + timedelta(hours=hours)
        row = moved | {"kind": kind, "quantity": quantity, "effective_at": at, "counterparty_location_id": "ST"}
        land(home, "stock_movements", row, at=AT + timedelta(hours=known))
    load(home, AT + timedelta(days=1), "replay", effective_until=AT - timedelta(hours=1))
    assert select_frame(home, "select quantity from raw.stock_movements")["quantity"].to_list() == [2]
