"""What is said of levels once to Python and once to the models: which run is the latest, what orders may not take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

import pipelines
from pipelines.fulfilment.announcing import _DEPARTURES
from pipelines.fulfilment.ground import LEVELS
from pipelines.modelling.warehouse import latest_run

MACROS = Path(pipelines.__file__).parent.parent / "dbt_project" / "macros" / "rules.sql"
RUNS = {
    "an instant for two": [("a", 1, 1), ("b", 1, 1)],
    "one that was landed late": [("b", 1, 1), ("a", 1, 2)],
    "a later day that was landed first": [("a", 2, 1), ("b", 1, 2)],
}


SHARES = {"STORE": 1.0, "WAREHOUSE": 0.0, "HALF": 0.5, "MOST": 0.29}


def macros() -> Any:
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])
    return environment.from_string(MACROS.read_text(encoding="utf-8")).module


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("""
            create table raw.safety_stock (
                sku text default 'MUG', location_id text default 'WH', qty_safety_stock bigint default 1,
                protection_days bigint default 1, run_id text, effective_at bigint, known_at bigint)""")
        connection.execute("create table dim_location (location_id text, kept_back_share double)")
        yield connection


@pytest.mark.parametrize("name", RUNS)
def test_levels_in_force_are_of_the_run_that_the_models_take(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    insert = "insert into raw.safety_stock (run_id, effective_at, known_at, location_id) values ($1, $2, $3, $1)"
    connection.executemany(insert, RUNS[name])
    (of_models,) = connection.execute(str(macros().latest_run("raw.safety_stock"))).fetchall()
    assert connection.execute(latest_run("raw.safety_stock")).fetchall() == [of_models]
    assert [row[1:2] for row in connection.execute(LEVELS).fetchall()] == [of_models]


def test_what_of_a_level_orders_may_not_take_is_what_the_models_keep_back(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.executemany("insert into dim_location values (?, ?)", [*SHARES.items()])
    levels = [(place, str(units), units) for place in (*SHARES, "UNKNOWN") for units in (0, 1, 5, 100)]
    insert = "insert into raw.safety_stock (location_id, sku, qty_safety_stock, run_id) values (?, ?, ?, 'run')"
    connection.executemany(insert, levels)
    of_models = macros().share_of_units("qty_safety_stock", "coalesce(kept_back_share, 0)")
    query = f"select sku, location_id, {of_models} from raw.safety_stock left join dim_location using (location_id)"
    kept = sorted(connection.execute(query).fetchall())
    assert ("100", "MOST", 29) in kept
    assert sorted(row[:3] for row in connection.execute(LEVELS).fetchall()) == kept


def test_of_two_files_that_state_a_departure_at_one_instant_the_ledgers_is_announced(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("""
        create table raw.supply_orders as
        select 'T-1' as order_ref, 'WH-2' as from_location_id, 'transfer_order' as document_type""")
    connection.execute("""
        create table raw.stock_movements as
        select 'T-1' as movement_ref, '1' as line_ref, 'WH-2' as location_id, 'WH-1' as counterparty_location_id,
               'transfer_out' as kind, 'MUG' as sku, quantity, null::text as lot_ref, null::text as serial_ref,
               1 as known_at, file_sha256, row_number
        from (values (5, 'later', 1), (7, 'first', 2)) as stated (quantity, file_sha256, row_number)""")
    (departure,) = connection.execute(_DEPARTURES, {"partners": ["WH-1"]}).to_arrow_table().to_pylist()
    assert departure["quantity"] == 7, "staging orders them by known_at, file_sha256, row_number"
