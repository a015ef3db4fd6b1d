"""The positions that proposals start from, read from a warehouse."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from oms_core.replenishment.holding.levels import PLANNED_WITH
from pipelines.planning.replenishing import POSITIONS, TRANSFERS

_TODAY = date(2026, 3, 5)
_NUMBERS = [name for name in (*PLANNED_WITH, *TRANSFERS) if name != "replenished_from"]


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """NEW replaces OLD, of which W has 30 left and V 5; both want 20 of NEW."""
    connection = duckdb.connect()
    connection.execute(f"""
        create schema raw;
        create table dim_product as
        select *, 'SUP' as supplier_id, 6 as pack_quantity, null as min_order_quantity, 250 as unit_cost_minor,
               900 as unit_price_minor, 'EUR' as currency, true as is_active, null::bigint as unit_volume_ml
        from (values ('OLD', 'NEW'), ('NEW', null), ('X', null)) t(sku, successor_sku);
        create table dim_location as
        select *, 'warehouse' as kind, null as capacity_units, null as capacity_litres
        from (values ('W'), ('V')) t(location_id);
        create table dim_supplier as
        select 'SUP' as supplier_id, null::varchar as min_order_currency, null::bigint as min_order_value_minor;
        create table int_stock_balance as
        select *, 0 as qty_reserved, 0 as qty_in_doubt
        from (values ('OLD', 'W', 30), ('OLD', 'V', 5), ('NEW', 'W', 2), ('X', 'W', 7))
            t(sku, location_id, qty_sellable);
        create table int_coming_supply as
        select *, null::bigint as qty_coming from (values ('X', 'W')) t(sku, location_id);
        create table int_supply_orders (sku varchar, location_id varchar, from_location_id varchar, quantity bigint,
            document_type varchar, supply_state varchar, partner_id varchar, order_ref varchar, ordered_at timestamp);
        create table int_purchase_lines (po_ref varchar, supplier_id varchar, location_id varchar, status varchar,
            placed_date date);
        create table int_order_lines (channel_id varchar, order_ref varchar, line_ref varchar,
            demand_location_id varchar);
        create table raw.allocations (run_id varchar, sku varchar, location_id varchar, decision varchar,
            reason_code varchar, quantity bigint, channel_id varchar, order_ref varchar, line_ref varchar);
        create table raw.safety_stock as
        select *, 'run' as run_id, 20 as qty_order_up_to, 10 as qty_reorder_point, 5.0 as qty_lead_time_demand_mean,
               null as shelf_life_days, 0.2 as holding_share, 500 as order_cost_minor, null as replenished_from,
               {", ".join(f"null as {name}" for name in _NUMBERS)}
        from (values ('NEW', 'W'), ('NEW', 'V'), ('X', 'W')) t(sku, location_id);
        create table fct_demand_daily (business_date date, sku varchar, location_id varchar, qty_demand bigint)""")
    return connection


def _positions(warehouse: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[int, int, int]]:
    return _found(warehouse, "qty_position, qty_replaced, qty_on_hand_free")


def _found(warehouse: duckdb.DuckDBPyConnection, columns: str) -> dict[tuple[str, str], tuple[int, ...]]:
    query = f"select sku, location_id, {columns} from ({POSITIONS})"
    rows = warehouse.execute(query, {"run_id": "run", "until": _TODAY, "today": _TODAY}).fetchall()
    return {(sku, place): tuple(found) for sku, place, *found in rows}


def test_what_is_left_of_a_replaced_sku_covers_as_much_of_the_level_as_is_still_asked_for_under_it(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute("""
        insert into fct_demand_daily values
            ('2026-03-01', 'OLD', 'W', 6), ('2026-03-02', 'NEW', 'W', 4), ('2026-03-02', 'OLD', 'V', 9),
            ('2026-01-01', 'OLD', 'W', 99), ('2026-03-06', 'OLD', 'W', 99), ('2026-03-01', 'X', 'W', 3)""")
    found = _positions(warehouse)
    # Three fifths of 20, and all that lies there.
    assert found == {("NEW", "W"): (14, 12, 2), ("NEW", "V"): (5, 5, 0), ("X", "W"): (7, 0, 7)}


def test_once_nobody_asks_for_the_replaced_sku_its_stock_serves_nobody(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("""
        insert into fct_demand_daily values ('2026-03-01', 'NEW', 'W', 6), ('2026-03-01', 'OLD', 'W', 0)""")
    assert _positions(warehouse)["NEW", "W"] == (2, 0, 2)


def test_where_neither_was_asked_for_all_that_is_left_counts_up_to_the_level(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute("insert into fct_demand_daily values ('2026-03-01', 'OLD', 'W', 0)")
    assert _positions(warehouse)["NEW", "W"] == (22, 20, 2)


def test_a_supplier_s_last_order_for_a_place_is_ours_on_the_day_we_made_it_or_another_buyer_s(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute("""
        insert into int_supply_orders (document_type, partner_id, location_id, order_ref, supply_state, ordered_at)
        values ('purchase_order', 'SUP', 'W', 'OURS', 'stated', '2026-03-01 23:59:59'),
               ('purchase_order', 'SUP', 'W', 'VOID', 'cancelled', '2026-03-04 23:59:59'),
               ('purchase_order', 'SUP', 'W', 'NEVER', 'refused', '2026-03-04 23:59:59');
        insert into int_purchase_lines values
            ('OURS', 'SUP', 'W', 'open', '2026-03-02'), ('THEIRS', 'SUP', 'V', 'received', '2026-02-26'),
            ('CLOSED', 'SUP', 'V', 'cancelled', '2026-03-03'), ('OTHER', 'SUP-2', 'V', 'open', '2026-03-04')""")
    found = _found(warehouse, "days_since_order")
    assert found == {("NEW", "W"): (4,), ("X", "W"): (4,), ("NEW", "V"): (7,)}
