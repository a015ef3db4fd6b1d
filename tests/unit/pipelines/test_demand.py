"""What planning takes as demand: of SKUs that replace others, and of series that nobody has asked for yet."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from pipelines.planning.demand import DEMAND, DEMAND_AND_LAUNCHES, OVERRIDES

_TODAY = date(2026, 3, 5)


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create table dim_product as from (values
            ('OLD', 'NEW', 'garden'), ('NEW', null, 'garden'), ('X', null, 'toys')) t(sku, successor_sku, category);
        create table fct_demand_daily as from (values
            (date '2026-03-01', 'OLD', 'W', 5::bigint, false), (date '2026-03-02', 'OLD', 'W', 0, true),
            (date '2026-03-02', 'NEW', 'W', 2, false), (date '2026-03-03', 'NEW', 'W', 0, true),
            (date '2026-03-03', 'OLD', 'W', 1, true), (date '2026-03-01', 'X', 'W', 7, false)
        ) t(business_date, sku, location_id, qty_demand, is_stocked_out);
        create table fct_forecast_overrides as
        select *, true as is_in_force, date '2026-03-06' as first_date, date '2026-03-09' as last_date,
               timestamptz '2026-03-01 10:00:00+00' as stated_at, timestamptz '2026-03-02 10:00:00+00' as known_at
        from (values ('one', 'set', 3.0, 'LAUNCH', 'W', null), ('class', 'multiply', 2.0, null, null, 'garden'),
                     ('gone', 'withdrawn', 2.0, 'X', null, null), ('former', 'add', 1.0, 'OLD', 'W', null))
             t(override_ref, kind, value, sku, location_id, category)""")
    return connection


def test_the_successor_inherits_demand_and_is_out_only_where_neither_could_be_had(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert warehouse.execute(f"from ({DEMAND}) order by all").fetchall() == [
        (date(2026, 3, 1), "NEW", "W", 5, False),
        (date(2026, 3, 1), "X", "W", 7, False),
        (date(2026, 3, 2), "NEW", "W", 2, False),
        (date(2026, 3, 3), "NEW", "W", 1, True),
    ]


def test_a_launch_that_an_override_names_has_a_day_without_demand(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(DEMAND_AND_LAUNCHES, {"today": _TODAY}).fetchall()
    assert [row for row in rows if row[1] == "LAUNCH"] == [(_TODAY, "LAUNCH", "W", 0, False)]
    assert len(rows) == 5


def test_an_override_covers_every_series_of_its_scope(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(f"select override_ref, sku, location_id from ({OVERRIDES}) order by all").fetchall()
    assert found == [("class", "NEW", "W"), ("former", "NEW", "W"), ("one", "LAUNCH", "W")]
