"""The facts that a release goes by, as a published plan has them."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from oms_core.replenishment.proposing.releasing import verdicts
from oms_core.store.published.release_facts import FACTS

_MARTS = """
    create table fct_replenishment (run_id text, proposal_ref text, kind text, sku text, location_id text,
        from_location_id text, supplier_id text, quantity bigint, pack_quantity bigint, min_order_quantity bigint,
        value_minor bigint, currency text, waits_for text, business_date date);
    insert into fct_replenishment values
        ('run', 'buy', 'purchase', 'MUG', 'WH', null, 'SUP', 6, 4, 5, 1200, 'EUR', null, '2026-06-01'),
        ('run', 'move', 'transfer', 'MUG', 'ST', 'WH', null, 2, 4, 5, 200, 'EUR', null, '2026-06-01');
    create table fct_safety_stock as select 'MUG' as sku, unnest(['WH', 'ST']) as location_id, true as is_current,
        'B' as abc_class, 14::bigint as protection_days, 3::bigint as policy_version, 1::bigint as release_transfers,
        500000::bigint as release_order_minor, 8.0::double as release_weeks, null::text as replenished_from,
        1::bigint as network_planning;
    create table fct_demand_daily (sku text, location_id text, business_date date, qty_demand bigint);
    insert into fct_demand_daily values
        ('MUG', 'WH', '2025-01-01', 0), ('MUG', 'WH', '2025-03-01', 500), ('MUG', 'WH', '2026-03-02', 500),
        ('MUG', 'WH', '2026-03-03', 13), ('MUG', 'ST', '2025-05-01', 2), ('MUG', 'ST', '2026-05-30', 13),
        ('CUP', 'ST', '2026-05-30', 7);
    create table rpt_forecast_alarms (kind text, segment text);
    create table fct_forecast_accuracy (run_id text, metric text, segment text, value double);
    create table fct_inventory_position (sku text, location_id text, qty_in_doubt bigint, doubt_reason text);
    insert into fct_inventory_position values ('MUG', 'WH', 0, null), ('MUG', 'ST', 0, null);
    create table dim_product as select 'MUG' as sku, 'kitchen' as category;
    create table dim_supplier as select 'SUP' as supplier_id, 9000::bigint as min_order_value_minor,
        'EUR' as min_order_currency;
    create table fct_forecast_overrides (override_ref text, sku text, location_id text, category text,
        first_date date, last_date date, is_in_force boolean);
    create table fct_supply_orders (document_type text, partner_id text, sku text, location_id text, order_ref text,
        quantity bigint, qty_promised bigint, supply_state text, ordered_at timestamp);
    create table rpt_feed_files as
        select 'daily' as feed, unnest(range(timestamp '2026-05-20 23:00:00',
            timestamp '2026-06-01 12:00:00', interval 1 day)) as known_at;
"""  # fmt: skip
OVERRIDE = "insert into fct_forecast_overrides values ('launch', {}, '2026-06-{:02d}', '2026-07-01', true)"
DAYS = "insert into rpt_feed_files select '{}', timestamp '{} 23:00:00' - day * interval {} day from range(5) as t(day)"


def facts(*changes: str) -> dict[str, dict[str, Any]]:
    with duckdb.connect() as connection:
        connection.execute(_MARTS)
        for change in changes:
            connection.execute(change)
        return {row["proposal_ref"]: row for row in connection.execute(FACTS).to_arrow_table().to_pylist()}


def against(name: str, *changes: str) -> dict[str, Any]:
    return {ref: row[name] for ref, row in facts(*changes).items()}


def test_of_an_ordinary_plan_nothing_is_said_against_it() -> None:
    found = facts()
    assert {one: verdict.is_released for one, verdict in verdicts(list(found.values())).items()} == {
        "buy": True,
        "move": True,
    }
    assert (found["buy"]["qty_asked"], found["buy"]["first_asked"]) == (13, date(2025, 3, 1))
    assert (found["buy"]["min_order_value_minor"], found["move"]["min_order_value_minor"]) == (9000, None)


def test_the_least_quantity_is_of_packs_and_the_suppliers_minimum() -> None:
    assert against("least_quantity")["buy"] == 8


def test_a_place_is_asked_for_what_those_below_it_are_asked_for_unless_they_stand_alone() -> None:
    below = "update fct_safety_stock set replenished_from = 'WH', network_planning = {} where location_id = 'ST'"
    assert against("qty_asked", below.format(1)) == {"buy": 26, "move": 13}
    assert against("qty_asked", below.format(0)) == {"buy": 13, "move": 13}


@pytest.mark.parametrize(
    ("segment", "hit"),
    [("all", {"buy", "move"}), ("B", {"buy", "move"}), ("C", set()), ("WH", {"buy", "move"}), ("ST", {"move"})],
)
def test_an_alarm_is_of_all_of_a_class_or_of_a_place_that_sends_or_gets(segment: str, hit: set[str]) -> None:
    found = against("alarms", f"insert into rpt_forecast_alarms values ('bias', '{segment}')")
    assert {ref for ref, told in found.items() if told == f"bias ({segment})"} == hit
    assert {ref for ref, told in found.items() if told is None} == {"buy", "move"} - hit


@pytest.mark.parametrize(
    ("run_id", "value", "told"), [("run", 1.0, "silence (ST)"), ("run", 0.0, None), ("before", 1.0, None)]
)
def test_a_silent_place_is_in_doubt_until_it_was_heard_for_a_week_or_its_file_has_come(
    run_id: str, value: float, told: str | None
) -> None:
    alarm = "insert into rpt_forecast_alarms values ('silence', 'ST')"
    week = f"insert into fct_forecast_accuracy values ('{run_id}', 'days_unheard_7', 'ST', {value})"
    assert against("alarms", alarm, week) == {"buy": None, "move": told}


def test_stock_in_doubt_counts_where_it_is_and_where_it_would_come_from() -> None:
    doubt = "update fct_inventory_position set qty_in_doubt = 4, doubt_reason = 'stale' where location_id = '{}'"
    assert against("doubts", doubt.format("ST")) == {"buy": None, "move": "4 at ST (stale)"}
    assert against("doubts", doubt.format("WH")) == {"buy": "4 at WH (stale)", "move": "4 at WH (stale)"}


@pytest.mark.parametrize(
    ("of", "day", "hit"),
    [
        ("null, null, null", 15, {"buy", "move"}),
        ("null, null, null", 16, set()),
        ("'', 'ST', ''", 2, {"move"}),
        ("'MUG', '', 'kitchen'", 2, {"buy", "move"}),
        ("null, null, 'garden'", 2, set()),
        ("'CUP', null, null", 2, set()),
    ],
)
def test_an_override_counts_where_its_days_reach_into_those_that_the_level_covers(
    of: str, day: int, hit: set[str]
) -> None:
    found = against("override_refs", OVERRIDE.format(of, day))
    assert {ref for ref, told in found.items() if told == "launch"} == hit


@pytest.mark.parametrize(
    ("last", "every", "told"),
    [
        ("2026-05-29", 1, "shop"),  # three days of silence
        ("2026-05-31", 1, None),
        ("2026-04-20", 1, None),  # ended long ago
        ("2026-04-30", 7, None),  # comes seldom: no word of stock or demand
    ],
)
def test_a_feed_that_comes_daily_and_is_silent_stops_all_until_it_has_ended(last: str, every: int, told: str) -> None:
    found = against("late_feeds", DAYS.format("shop", last, every))
    assert found == {"buy": told, "move": told}


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("40, 'confirmed'", None),
        ("0, 'refused'", "0 of 40 (PO-2)"),
        ("null, 'awaited'", "30 of 40 (PO-1)"),  # not answered yet
        ("0, 'cancelled'", "30 of 40 (PO-1)"),
    ],
)
def test_a_purchase_of_which_its_supplier_promised_less_last_time_is_not_ordinary(since: str, told: str | None) -> None:
    order = (
        "insert into fct_supply_orders values ('purchase_order', 'SUP', 'MUG', '{}', '{}', 40, {}, '2026-05-{:02d}')"
    )
    less = order.format("WH", "PO-1", "30, 'confirmed'", 3)
    assert against("refusals", less) == {"buy": "30 of 40 (PO-1)", "move": None}
    assert against("refusals", less, order.format("WH", "PO-2", since, 9)) == {"buy": told, "move": None}
    assert against("refusals", order.format("ST", "PO-1", "30, 'confirmed'", 3)) == {"buy": None, "move": None}
