"""What the tables say of the story's demand and supply: what is asked for, what comes, what may be promised of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipelines.home import Home
from pipelines.modelling.building import compile_proofs
from tests.dbt.rows import golden


def test_what_may_be_sold_ahead_of_supply_follows_the_golden_fixture_from_landed_rules_on(told: Any) -> None:
    rows = told.rows("select * from fct_ats_by_channel where sku like 'PS%'")
    found = {(row["sku"], row["channel_id"]): row for row in rows}
    network = {(row["sku"], row["channel_id"]): row for row in told.rows("select * from fct_ats_network")}
    atp = {row["sku"]: row for row in told.rows("select * from fct_atp where sku like 'PS%' and qty_supply > 0")}
    for case in golden("pre_sell.csv"):
        sku, quantity = f"PS{case['case']}", int(case["qty_pre_sell"])
        row = found.get((sku, case["channel_id"]), {"qty_pre_sell": 0, "pre_sell_date": None, "qty_ats": 0})
        expected = (quantity, "2026-03-21" if quantity else "None", 0)
        assert (row["qty_pre_sell"], str(row["pre_sell_date"]), row["qty_ats"]) == expected, case
        assert network.get((sku, case["channel_id"]), {"qty_pre_sell": 0})["qty_pre_sell"] == quantity
        assert atp[sku]["qty_pre_sold"] == int(case["qty_pre_sold"])
        assert atp[sku]["qty_pre_sell"] >= quantity


def test_a_line_sold_ahead_says_so_until_its_supply_is_gone(told: Any, retold: Any) -> None:
    query = """
        select qty_pre_sold, pre_sold_at::date::varchar as since, waits_for, next_step, pre_sell_reason
        from fct_order_lines join fct_backorders using (order_line_id, qty_pre_sold) where order_line_id = 'web:{}:1'"""
    ahead = ("2026-03-05", "supply", "date")
    told_row, retold_row = told.row(query.format("ahead")), retold.row(query.format("ahead"))
    assert tuple(told_row.values()) == (6, *ahead, "sold ahead: 6 of purchase order P-AHEAD:1")
    assert tuple(retold_row.values()) == (6, *ahead, "sold ahead: 6 of purchase order P-AHEAD:2")
    assert tuple(retold.row(query.format("behind")).values()) == (0, "2026-03-05", "stock", "order_supply", None)
    events = """
        select quantity, reason, is_possible from fct_order_events
        where order_line_id = 'web:{}:1' and event_type = 'pre_sold' order by effective_at"""
    assert [tuple(row.values()) for row in retold.rows(events.format("ahead"))] == [
        (6, "sold ahead: 6 of purchase order P-AHEAD:1", True),
        (6, "sold ahead: 6 of purchase order P-AHEAD:2", True),
    ]
    assert [tuple(row.values()) for row in retold.rows(events.format("behind"))] == [
        (2, "sold ahead: 2 of purchase order P-AHEAD:1", True),
        (0, "what waits is not sold ahead any more", True),
    ]
    assert told.row("select sum(qty_pre_sold)::bigint as units from fct_orders where order_ref = 'ahead'") == {
        "units": 6
    }


def test_demand_falls_on_the_regions_warehouse_else_on_the_first(told: Any) -> None:
    rows = told.rows("select order_ref, demand_location_id from fct_order_lines")
    located = {row["order_ref"]: row["demand_location_id"] for row in rows}
    assert located["crossed"] == "WH2"
    assert located["unknown-sku"] == "WH1"
    assert located["s1"] == "ST1"


def test_inbound_is_what_has_not_arrived_of_open_orders(told: Any) -> None:
    rows = told.rows("select expected_date, qty_inbound from int_inbound where sku = 'A' order by expected_date")
    assert [(str(r["expected_date"]), r["qty_inbound"]) for r in rows] == [("2026-03-09", 30), ("2026-03-21", 10)]


def test_an_order_that_its_supplier_leaves_open_counts_until_patience_ends_then_is_uncleared(told: Any) -> None:
    query = "select po_ref, qty_remaining, is_awaited from int_inbound_lines where sku = 'FORGOTTEN' order by 1"
    rows = told.rows(query)
    assert [tuple(row.values()) for row in rows] == [
        ("P-OLD1", 1, False),
        ("P-OLD2", 2, True),
        ("P-OLD3", 3, True),
        ("P-OLD4", 4, True),
    ]
    coming = "select sum(qty_coming)::bigint as units from int_coming_supply where sku = 'FORGOTTEN'"
    position = "select qty_inbound as units from fct_inventory_position where sku = 'FORGOTTEN'"
    assert told.row(coming)["units"] == told.row(position)["units"] == 9
    assert told.row("select sum(quantity)::bigint as units from rpt_clearing where sku = 'FORGOTTEN'")["units"] == 10


def test_what_came_elsewhere_or_names_no_order_is_inbound_no_longer(told: Any, retold: Any) -> None:
    query = """select po_ref, location_id, qty_remaining from int_inbound_lines
        where sku in ('ELSE', 'BOTH', 'HALF') order by all"""
    both, half = ("P-BOTH", "WH1", 6), ("P-HALF", "ST1", 10)
    assert [tuple(row.values()) for row in told.rows(query)] == [both, ("P-ELSE", "WH1", 3), half]
    assert [tuple(row.values()) for row in retold.rows(query)] == [both, ("P-ELSE", "WH1", 1), half]
    elsewhere = told.rows(compile_proofs(Home(told.folder))["receipts_come_where_they_are_ordered_to"])
    assert [(row["po_ref"], row["location_id"], row["ordered_to"]) for row in elsewhere] == [("P-ELSE", "ST1", "WH1")]


def test_our_own_orders_count_until_somebody_else_speaks_of_them_or_patience_ends(told: Any) -> None:
    rows = told.rows("select * from fct_supply_orders where sku like 'OWN%' order by order_ref, line_number")
    assert [(row["order_ref"], row["sku"], row["supply_state"], row["qty_coming"]) for row in rows] == [
        ("PO-1", "OWN1", "awaited", 6),
        ("PO-2", "OWN2", "stated", 0),
        ("PO-2", "OWN3", "stated", 0),
        ("PO-3", "OWN4", "overdue", 0),
        ("PO-4", "OWN5", "awaited", 10),
        ("PO-5", "OWN4", "awaited", 7),
        ("PO-6", "OWN6", "cancelled", 0),
        ("TR-1", "OWN7", "awaited", 10),
        ("TR-1", "OWN8", "stated", 0),
        ("TR-3", "OWN9", "stated", 0),
        ("TR-4", "OWN10", "stated", 0),
    ]


def test_a_receipt_that_names_our_transfer_ends_what_was_under_way_by_then(told: Any) -> None:
    coming = told.rows("select sku, supply_ref, qty_coming from int_coming_supply where sku in ('OWN9', 'OWN10')")
    assert coming == [{"sku": "OWN9", "supply_ref": "TR-3:SHP2", "qty_coming": 2}]
    states = told.rows("select distinct supply_state from fct_supply_orders where sku in ('OWN9', 'OWN10')")
    assert states == [{"supply_state": "stated"}]


def test_a_transfer_has_arrived_by_its_receivers_lines_from_its_sender_and_at_its_own_place_only(told: Any) -> None:
    coming = told.rows("""
        select location_id, supply_ref, qty_coming from int_coming_supply where sku = 'LT' order by supply_ref""")
    assert coming == [
        {"location_id": "ST1", "supply_ref": "T-7:1", "qty_coming": 6},
        {"location_id": "ST1", "supply_ref": "T-8:1", "qty_coming": 7},
    ]


def test_the_next_supply_of_what_waits_is_to_come_and_its_alternative_at_a_place_that_is_known(told: Any) -> None:
    row = told.row("select next_inbound_date, next_step, alternative_location_id from fct_backorders where sku = 'LP'")
    assert row == {"next_inbound_date": date(2026, 3, 11), "next_step": "order_supply", "alternative_location_id": None}


def test_an_order_of_ours_is_in_the_position_once(told: Any) -> None:
    rows = told.rows("select sku, qty_inbound from fct_inventory_position where sku like 'OWN%' and qty_inbound > 0")
    assert {row["sku"]: row["qty_inbound"] for row in rows} == {"OWN1": 6, "OWN2": 8, "OWN4": 7, "OWN5": 10}
    coming = told.rows("select sku, location_id, qty_coming from int_coming_supply where supply_type = 'transfer'")
    assert {"sku": "OWN8", "location_id": "ST1", "qty_coming": 9} in coming


def test_demand_is_dense_and_counts_cancellations_on_the_orders_own_day(told: Any) -> None:
    rows = told.rows("select * from fct_demand_daily where sku = 'G' order by business_date")
    assert [str(row["business_date"]) for row in rows] == [f"2026-03-{day:02d}" for day in range(2, 11)]
    assert rows[0]["qty_cancelled"] > 0
    assert rows[0]["qty_demand"] == rows[0]["qty_ordered"] - rows[0]["qty_cancelled"]
    assert {row["qty_ordered"] for row in rows[1:]} == {0}


def test_expected_demand_of_the_latest_run_adds_up_by_channel_and_by_category_and_region(told: Any) -> None:
    by_channel = told.rows("select sku, channel_id, qty_mean from rpt_forecast_by_channel order by all")
    assert [tuple(row.values()) for row in by_channel] == [
        ("A", "pos", 0.25), ("A", "web", 3.5), ("B", "web", 1.0), ("ZZZ", "web", 0.5),
    ]  # fmt: skip
    by_region = told.rows("select category, region, qty_mean from rpt_forecast_by_region order by all")
    assert [tuple(row.values()) for row in by_region] == [
        ("(none)", "north", 0.5), ("things", "north", 1.75), ("things", "south", 3.0),
    ]  # fmt: skip
    assert {row["run_id"] for row in told.rows("select run_id from fct_forecast_mean")} == {"run-8"}


def test_a_planned_event_is_as_it_was_stated_last_and_in_force_until_its_last_day(told: Any) -> None:
    query = "select event_ref, kind, discount_share, is_in_force from fct_planned_events order by event_ref"
    assert [tuple(row.values()) for row in told.rows(query)] == [
        ("inventory", "closed", None, False),
        ("offer", "promotion", 0.3, True),
    ]


def test_the_share_of_a_day_out_of_stock_is_of_the_locations_own_day(told: Any, retold: Any) -> None:
    # Berlin is an hour ahead: stocked at 07:00, sold out at 13:00, stocked at 18:00 and sold out at 21:00.
    query = "select stocked_out_share, is_stocked_out from fct_inventory_daily where sku = 'OUT' order by business_date"
    rows = [(row["stocked_out_share"], row["is_stocked_out"]) for row in told.rows(query)]
    assert rows[:5] == [(0.2917, False), (0.0, False), (0.4583, True), (1.0, True), (0.875, True)]
    assert set(rows[5:]) == {(1.0, True)}
    assert [row["stocked_out_share"] for row in retold.rows(query)][:5] == [share for share, _ in rows[:5]]


def test_forecasts_of_the_last_seven_business_days_are_kept(told: Any, retold: Any) -> None:
    query = "select distinct origin_date from fct_forecast where run_id in ('run-1', 'run-5', 'run-8') order by 1"
    assert [row["origin_date"] for row in told.rows(query)] == [date(2026, 3, 6), date(2026, 3, 9)]
    assert [row["origin_date"] for row in retold.rows(query)] == [date(2026, 3, 9)]


def test_supply_is_promised_for_the_day_on_which_it_is_safe_and_cumulates(told: Any, retold: Any) -> None:
    query = """
        select available_date, supply_ref, qty_pegged, qty_atp from fct_atp
        where sku = 'A' and location_id = 'WH1' and supply_type = 'purchase_order' order by available_date"""
    overdue_comes_tomorrow = [("2026-03-11", "P1:1", 9, 132), ("2026-03-21", "P1:2", 0, 142)]
    assert [(str(r["available_date"]), *list(r.values())[1:]) for r in told.rows(query)] == overdue_comes_tomorrow
    seven_days_cover_four_of_five = [("2026-03-16", "P1:1", 8, 117), ("2026-03-28", "P1:2", 0, 127)]
    assert [
        (str(r["available_date"]), *list(r.values())[1:]) for r in retold.rows(query)
    ] == seven_days_cover_four_of_five


def test_supply_fills_what_its_place_lacks_before_it_may_be_promised(told: Any) -> None:
    row = told.row("select qty_supply, qty_atp from fct_atp where supply_ref = 'PG:1'")
    assert row == {"qty_supply": 4, "qty_atp": 4}


def test_supply_fills_what_is_promised_on_stock_in_doubt_before_it_may_be_promised(told: Any) -> None:
    row = told.row("select qty_supply, qty_atp from fct_atp where supply_ref = 'P-LD:1'")
    assert row == {"qty_supply": 2, "qty_atp": 2}


def test_a_sku_that_replaces_another_one_has_earned_what_that_one_did(told: Any) -> None:
    (successor,) = told.rows("select * from dim_product where sku = 'G2'")
    assert (successor["successor_sku"], successor["abc_class"]) == (None, "A")
    assert not told.rows("select * from fct_order_lines where sku = 'G2'")
