"""What the tables say of the story's first ten days."""

from __future__ import annotations

from datetime import date
from types import ModuleType
from typing import Any

from oms_core.orders.lifecycle import order_waits_for


def test_line_quantities_follow_the_golden_fixture_from_landed_rows_on(told: Any, story: ModuleType) -> None:
    names = ["qty_cancelled", "qty_held", "qty_fulfilled", "qty_allocated", "qty_backordered", "qty_open", "line_state"]
    names.append("qty_pre_sold")
    found = {row["order_line_id"]: row for row in told.rows("select * from fct_order_lines where sku = 'G'")}
    for number, case in enumerate(story.golden("line_states.csv"), start=1):
        row = found[f"web:G{number}:1"]
        assert [str(row[name]) for name in names] == [case[name] for name in names], (number, case)


def test_channel_and_desk_are_heard_as_the_golden_fixture_says(told: Any, story: ModuleType) -> None:
    rows = {row["order_ref"]: row for row in told.rows("select * from int_order_lines where order_ref like 'W%'")}
    for case in story.golden("line_words.csv"):
        row = rows[f"W{case['case']}"]
        found = (str(row["is_held"]).lower(), row["qty_cancel_stated"])
        assert found == (case["is_held"], int(case["qty_cancel_stated"])), case


def test_availability_follows_the_golden_fixture_from_landed_rows_on(told: Any, story: ModuleType) -> None:
    names = ["qty_on_hand", "qty_blocked", "qty_reserved", "qty_safety_stock", "qty_in_doubt"]
    names += ["qty_oversell", "qty_ats"]
    found = {row["sku"]: row for row in told.rows("select * from fct_inventory_position where sku like 'AV%'")}
    for number, case in enumerate(story.golden("availability.csv"), start=1):
        assert [str(found[f"AV{number}"][name]) for name in names] == [case[name] for name in names], (number, case)


def test_channels_parts_follow_the_golden_fixture_from_landed_rules_on(told: Any, story: ModuleType) -> None:
    rows = told.rows("select * from fct_ats_by_channel where sku like 'CS%'")
    found = {(row["sku"], row["channel_id"]): (row["qty_protected"], row["qty_ats"]) for row in rows}
    for case in story.golden("channel_segments.csv"):
        expected = (int(case["qty_protected"]), int(case["qty_channel_ats"]))
        assert found[f"CS{case['case']}", case["channel_id"]] == expected, case


def test_what_may_be_sold_ahead_of_supply_follows_the_golden_fixture_from_landed_rules_on(
    told: Any, story: ModuleType
) -> None:
    rows = told.rows("select * from fct_ats_by_channel where sku like 'PS%'")
    found = {(row["sku"], row["channel_id"]): row for row in rows}
    network = {(row["sku"], row["channel_id"]): row for row in told.rows("select * from fct_ats_network")}
    atp = {row["sku"]: row for row in told.rows("select * from fct_atp where sku like 'PS%' and qty_supply > 0")}
    for case in story.golden("pre_sell.csv"):
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


def test_units_kept_for_a_channel_shrink_as_it_takes_them_and_grow_as_they_come_back(told: Any) -> None:
    # Of 20 on hand 3 left, 1 came back, 2 are promised: 16 to sell; of the web's 10 it has had 3 - 1 + 2.
    row = told.row("select * from fct_ats_by_channel where sku = 'CSU' and channel_id = 'retail'")
    assert (row["qty_protected"], row["qty_protected_for_others"], row["qty_ats"]) == (0, 6, 10)
    assert told.row("select qty_ats from fct_ats_network where sku = 'CSU' and channel_id = 'web'") == {"qty_ats": 16}


def test_stock_of_a_place_nobody_hears_of_says_why_it_is_held_back(told: Any) -> None:
    reasons = told.rows("select distinct doubt_reason from fct_inventory_position where location_id like 'SILENT-%'")
    assert reasons == [{"doubt_reason": "nothing heard since 2026-03-02"}]


def test_a_restated_line_is_one_line_as_stated_last(told: Any) -> None:
    row = told.row("select * from fct_order_lines where order_ref = 'restated'")
    assert (row["qty_ordered"], row["gross_minor"], row["net_minor"]) == (8, 2000, 1899)
    order = told.row("select * from fct_orders where order_ref = 'restated'")
    assert (order["charges_minor"], order["net_minor"], order["order_state"]) == (490, 1899, "open")


def test_demand_falls_on_the_regions_warehouse_else_on_the_first(told: Any) -> None:
    rows = told.rows("select order_ref, demand_location_id from fct_order_lines")
    located = {row["order_ref"]: row["demand_location_id"] for row in rows}
    assert located["crossed"] == "WH2"
    assert located["unknown-sku"] == "WH1"
    assert located["s1"] == "ST1"


def test_a_line_of_an_unknown_sku_is_kept_and_decided(told: Any) -> None:
    assert told.row("select qty_to_decide from int_open_order_lines where sku = 'ZZZ'") == {"qty_to_decide": 1}
    assert told.row("select line_state from fct_order_lines where sku = 'ZZZ'") == {"line_state": "open"}


def test_a_held_line_goes_to_the_run_with_its_reason(told: Any) -> None:
    row = told.row("select is_held, status_reason, qty_to_decide from int_open_order_lines where order_ref = 'held'")
    assert row == {"is_held": True, "status_reason": "fraud check", "qty_to_decide": 4}


def test_lines_that_wait_are_decided_again_and_known_by_their_latest_run(told: Any) -> None:
    assert told.row("select qty_to_decide from int_open_order_lines where order_ref = 'waiting'")["qty_to_decide"] == 9
    row = told.row("select * from fct_backorders where order_line_id = 'web:waiting:1'")
    assert (row["run_id"], row["reason"]) == ("run-2", "none left on day 4")
    assert str(row["backordered_at"])[:10] == "2026-03-03"
    assert (str(row["next_inbound_date"]), row["next_inbound_location_id"]) == ("2026-03-09", "WH1")
    waits = told.rows(
        "select * from fct_order_events where order_line_id = 'web:waiting:1' and event_type = 'backordered'"
    )
    assert len(waits) == 1, "a wait that goes on is no new event"


def test_stock_promised_here_and_shipped_from_elsewhere_is_freed_here(told: Any) -> None:
    rows = told.rows("select location_id, qty_reserved from int_reservations where order_line_id = 'web:crossed:1'")
    assert rows == [{"location_id": "WH1", "qty_reserved": 2}]


def test_what_was_shipped_in_the_stead_of_what_was_ordered_is_posted_and_said(told: Any) -> None:
    assert told.row("select sku, qty_fulfilled from fct_order_lines where order_ref = 'crossed'") == {
        "sku": "A",
        "qty_fulfilled": 3,
    }
    posted = told.rows("select sku, lot_ref from fct_inventory_postings where order_line_id = 'web:crossed:1'")
    assert posted == [{"sku": "B", "lot_ref": "L-07"}] * 2
    said = told.rows("select reason from fct_order_events where event_type = 'shipped' and reason is not null")
    assert said == [{"reason": "B in the stead of A"}]
    parcels = "select event_type, carrier, tracking_ref from fct_order_events where tracking_ref is not null"
    assert told.rows(parcels) == [{"event_type": "shipped", "carrier": "UPSN", "tracking_ref": "1Z 999"}]


def test_a_shipment_of_an_unknown_order_moves_stock_all_the_same(told: Any) -> None:
    row = told.row("select * from fct_inventory_postings where movement_id like '%orphan%' and account = 'on_hand'")
    assert (row["quantity"], row["order_line_id"]) == (-1, "web:never-seen:1")


def test_a_document_delivered_twice_moves_stock_once_as_stated_first(told: Any) -> None:
    row = told.row(
        "select quantity from fct_inventory_postings where movement_id like '%waste%' and account = 'on_hand'"
    )
    assert row["quantity"] == -3


def test_a_stores_own_sale_issues_its_stock(told: Any) -> None:
    row = told.row("select * from fct_inventory_postings where movement_kind = 'sale' and account = 'on_hand'")
    assert (row["location_id"], row["quantity"], row["order_line_id"]) == ("ST1", -2, "pos:s1:1")


def test_inbound_is_what_has_not_arrived_of_open_orders(told: Any) -> None:
    rows = told.rows("select expected_date, qty_inbound from int_inbound where sku = 'A' order by expected_date")
    assert [(str(r["expected_date"]), r["qty_inbound"]) for r in rows] == [("2026-03-09", 30), ("2026-03-21", 10)]


def test_our_own_orders_count_until_somebody_else_speaks_of_them_or_patience_ends(told: Any) -> None:
    rows = told.rows("select * from fct_supply_orders order by order_ref, line_number")
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


def test_an_order_of_ours_is_in_the_position_once(told: Any) -> None:
    rows = told.rows("select sku, qty_inbound from fct_inventory_position where sku like 'OWN%' and qty_inbound > 0")
    assert {row["sku"]: row["qty_inbound"] for row in rows} == {"OWN1": 6, "OWN2": 8, "OWN4": 7, "OWN5": 10}
    coming = told.rows("select sku, location_id, qty_coming from int_coming_supply where supply_type = 'transfer'")
    assert {"sku": "OWN8", "location_id": "ST1", "qty_coming": 9} in coming


def test_a_cancellation_after_shipping_is_a_return_and_brings_stock_back(told: Any) -> None:
    row = told.row("select qty_cancelled, qty_returned, line_state from fct_order_lines where order_ref = 'i2'")
    assert row == {"qty_cancelled": 0, "qty_returned": 2, "line_state": "fulfilled"}
    posting = told.row(
        "select * from fct_inventory_postings where movement_id = 'return:retail:C1:1' and account = 'on_hand'"
    )
    assert (posting["quantity"], posting["location_id"], posting["order_line_id"]) == (2, "WH1", None)


def test_a_credit_of_an_unknown_line_is_no_event_but_its_goods_are_stock(told: Any) -> None:
    assert told.rows("select * from fct_order_events where event_id like '%retail:C3%'") == []
    rows = told.rows("select * from fct_inventory_postings where movement_id = 'return:retail:C3:1'")
    assert sorted(row["quantity"] for row in rows) == [-1, 1]
    unmatched = told.rows("select adjustment_id from int_adjustment_matches where order_line_id is null")
    assert {"retail:C2:1", "retail:C3:1"} <= {row["adjustment_id"] for row in unmatched}


def test_a_return_that_both_sides_state_counts_once_by_the_channel(told: Any, retold: Any) -> None:
    query = "select qty_returned from fct_order_lines where order_ref = 'back'"
    assert told.row(query) == {"qty_returned": 3}
    assert retold.row(query) == {"qty_returned": 2}


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


def test_quarantined_records_of_one_rule_are_one_row(told: Any) -> None:
    assert told.row("select row_number, reason_code, reason from rpt_quarantine")["reason"] == "r1"


def test_export_lines_know_what_their_location_has_shipped_since(told: Any) -> None:
    assert told.row("select qty_exported, qty_shipped from fct_exports") == {"qty_exported": 5, "qty_shipped": 3}


def test_what_could_not_be_picked_is_decided_anew_and_in_doubt_there_until_somebody_looks(told: Any) -> None:
    ended = told.rows(
        "select order_line_id, location_id, reservation_days, qty_expiring from int_expiring_reservations "
        "where order_line_id like 'web:short-%' order by order_line_id"
    )
    assert [tuple(row.values()) for row in ended] == [
        ("web:short-SP:1", "ST1", None, 2),
        ("web:short-SQ:1", "ST1", None, 1),
    ]
    again = told.rows("select sku, qty_to_decide from int_open_order_lines where sku in ('SP', 'SQ') order by sku")
    assert [tuple(row.values()) for row in again] == [("SP", 2), ("SQ", 1)]
    stock = told.rows("select sku, qty_on_hand, qty_reserved, qty_in_doubt from int_stock_balance "
                      "where sku in ('SP', 'SQ') order by sku")  # fmt: skip
    assert [tuple(row.values()) for row in stock] == [("SP", 10, 3, 2), ("SQ", 10, 4, 0)]
    shown = told.row("select qty_in_doubt, doubt_reason from fct_inventory_position where sku = 'SP'")
    assert shown == {
        "qty_in_doubt": 2,
        "doubt_reason": "2 units could not be picked here, and nobody has counted since",
    }


def test_the_first_answer_of_its_own_partner_counts_by_id_or_control_number(told: Any) -> None:
    row = told.row("select answer, answer_reason, cast(answered_at as date) as answered_on from fct_exports")
    assert row == {"answer": "accepted", "answer_reason": None, "answered_on": date(2026, 3, 4)}


def test_a_run_tells_how_near_its_plan_is_to_the_cheapest(told: Any) -> None:
    rows = told.rows("select run_id, solver, gap from fct_allocation_runs order by run_id")
    assert [tuple(row.values()) for row in rows] == [("run-1", "optimise", 0.02), ("run-2", "greedy", None)]


def test_forecasts_of_the_last_seven_business_days_are_kept(told: Any, retold: Any) -> None:
    query = "select distinct origin_date from fct_forecast where run_id in ('run-1', 'run-5', 'run-8') order by 1"
    assert [row["origin_date"] for row in told.rows(query)] == [date(2026, 3, 6), date(2026, 3, 9)]
    assert [row["origin_date"] for row in retold.rows(query)] == [date(2026, 3, 9)]


def test_events_are_flagged_as_the_golden_fixture_says(told: Any, story: ModuleType) -> None:
    found = {
        (row["order_ref"], row["effective_at"].hour): (row["event_type"], row["is_possible"])
        for row in told.rows("select split_part(order_id, ':', 2) as order_ref, * from fct_order_events")
        if row["order_ref"].startswith("E")
    }
    expected = {
        (f"E{row['case']}", int(row["hour"])): (row["event_type"], row["is_possible"] == "true")
        for row in story.golden("line_events.csv")
    }
    assert found == expected


def test_a_line_knows_when_what_happened_and_what_was_refunded(told: Any) -> None:
    row = told.row("select * from fct_order_lines where order_ref = 'E1'")
    instants = [
        row[f"{name}_at"].hour for name in ("validated", "released", "picked", "packed", "shipped", "delivered")
    ]
    assert instants == [2, 3, 4, 5, 6, 7]
    assert (row["hours_to_ship"], row["hours_to_deliver"], row["waits_for"]) == (5.0, 6.0, "nothing")
    order = told.row("select returned_at, refunded_at, refund_minor from fct_orders where order_ref = 'E5'")
    assert (order["returned_at"].hour, order["refunded_at"].hour, order["refund_minor"]) == (5, 8, 100)


def test_a_refund_in_another_currency_than_the_orders_is_kept_flagged_and_not_summed(told: Any) -> None:
    events = told.rows("""
        select amount_minor, reason, is_possible from fct_order_events
        where order_id = 'web:back' and event_type = 'refunded' order by amount_minor""")
    assert [tuple(row.values()) for row in events] == [
        (70, "too late", True),
        (140, "in USD, not in EUR: too late", False),
    ]
    assert told.row("select refund_minor from fct_orders where order_ref = 'back'") == {"refund_minor": 70}


def test_what_a_line_waits_for_is_said_in_one_word(told: Any) -> None:
    query = "select order_ref, waits_for from fct_order_lines where order_ref in ('held', 'waiting', 'crossed', 's1')"
    found = {row["order_ref"]: row["waits_for"] for row in told.rows(query)}
    assert found == {"held": "fraud_review", "waiting": "stock", "crossed": "warehouse", "s1": "nothing"}


def test_a_fact_of_an_unknown_line_waits_and_joins_when_its_order_comes(told: Any, retold: Any) -> None:
    query = "select fact_type, order_line_id from rpt_waiting_events"
    assert told.rows(query) == [{"fact_type": "shipment", "order_line_id": "web:never-seen:1"}]
    assert retold.rows(query) == [{"fact_type": "packed", "order_line_id": "web:unheard-of:1"}]
    events = "select event_type from fct_order_events where order_line_id = 'web:never-seen:1' order by event_type"
    assert told.rows(events) == []
    assert [row["event_type"] for row in retold.rows(events)] == ["placed", "shipped"]


def test_an_event_that_another_replaces_has_never_happened(told: Any, retold: Any) -> None:
    query = "select quantity from fct_order_events where event_type = 'delivered' and order_line_id = 'web:E{}:1'"
    assert [told.row(query.format(n))["quantity"] for n in (1, 2)] == [5, 4]
    assert retold.row(query.format(1))["quantity"] == 4
    assert retold.rows(query.format(2)) == []


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


def test_a_wait_has_a_way_out_and_its_promise_moves_with_supply(told: Any, retold: Any) -> None:
    query = """
        select promised_date, pegged_to, next_step, alternative_location_id from fct_backorders
        where order_line_id = 'web:waiting:1'"""
    row = told.row(query)
    assert (str(row.pop("promised_date")), *row.values()) == (
        "2026-03-11",
        "purchase_order P1:1",
        "other_location",
        "WH1",
    )
    assert str(retold.row(query)["promised_date"]) == "2026-03-16"


def test_a_substitute_is_offered_that_the_network_has_enough_of_for_the_channel(told: Any) -> None:
    row = told.row("select substitute_sku, qty_substitute from fct_backorders where order_line_id = 'web:waiting:1'")
    assert row == {"substitute_sku": "AV2", "qty_substitute": 10}


def test_a_reservation_ends_unit_by_unit(told: Any, retold: Any) -> None:
    """Five were reserved here; three left from elsewhere, and two from here."""
    query = "select qty_pending, qty_posted, qty_voided from fct_reservations where order_line_id = 'web:crossed:1'"
    assert told.row(query) == {"qty_pending": 2, "qty_posted": 0, "qty_voided": 3}
    assert retold.row(query) == {"qty_pending": 0, "qty_posted": 2, "qty_voided": 3}


def test_a_promise_is_kept_as_first_given_and_lateness_counts_from_it(told: Any, retold: Any) -> None:
    query = "select promised_date, days_late, waits_for from fct_order_lines where order_line_id = 'web:{}:1'"
    late = "select days_late from fct_backorders where order_line_id = 'web:waiting:1'"
    for day in (told, retold):
        assert [str(value) for value in day.row(query.format("waiting")).values()] == ["2026-03-11", "None", "stock"]
    assert (told.row(late)["days_late"], retold.row(late)["days_late"]) == (0, 2)
    # Promised by its channel for the day before it left.
    assert [str(value) for value in told.row(query.format("back")).values()] == ["2026-03-02", "1", "nothing"]
    assert told.row("select days_late from fct_orders where order_ref = 'back'") == {"days_late": 1}


def test_a_reservation_that_is_not_shipped_in_time_expires_and_its_line_is_decided_anew(told: Any, retold: Any) -> None:
    assert told.row("select qty_expiring from int_expiring_reservations where order_line_id = 'web:forgotten:1'") == {
        "qty_expiring": 4
    }
    assert (
        told.row("select qty_to_decide from int_open_order_lines where order_ref = 'forgotten'")["qty_to_decide"] == 4
    )
    rows = retold.rows("""
        select location_id, reservation_state, qty_pending, qty_voided from fct_reservations
        where order_line_id = 'web:forgotten:1' order by reserved_at""")
    assert [list(row.values()) for row in rows] == [["WH2", "expired", 0, 4], ["WH1", "pending", 4, 0]]
    assert retold.rows("select * from int_expiring_reservations where order_line_id = 'web:forgotten:1'") == []


def test_a_difference_has_a_cause_an_age_and_its_money(told: Any, retold: Any) -> None:
    query = """
        select qty_expected, qty_explained, qty_difference, cause, age_days, difference_minor
        from fct_stock_reconciliation where sku = '{}' and location_id = '{}'"""
    assert list(told.row(query.format("A", "WH1")).values()) == [84, 0, 6, "missing_receipt", 4, 600]
    assert list(told.row(query.format("B", "WH2")).values()) == [37, 0, -2, "unknown_movement", 3, -200]
    assert list(retold.row(query.format("B", "WH2")).values()) == [37, 2, 0, "late_file", 6, 0]


def test_a_count_beyond_its_tolerance_is_held_until_it_is_reviewed(told: Any, retold: Any) -> None:
    query = """
        select qty_difference, qty_held, qty_on_hand, cause from fct_stock_reconciliation
        where sku = 'H' and location_id = 'ST1'"""
    assert list(told.row(query).values()) == [-8, -8, 20, "held_for_review"]
    assert list(retold.row(query).values()) == [-8, 0, 12, "unknown_movement"]
    suspense = (
        "select sum(quantity)::bigint as qty from fct_inventory_postings where account = 'suspense' and sku = 'H'"
    )
    assert (told.row(suspense)["qty"], retold.row(suspense)["qty"]) == (-8, 0)


def test_a_held_count_ends_when_a_later_one_wins_and_one_that_agrees_with_the_ledger_is_no_difference(
    told: Any, retold: Any
) -> None:
    query = """
        select sku, qty_expected, qty_difference, qty_held, qty_on_hand, cause from fct_stock_reconciliation
        where sku in ('HC', 'HR') order by sku"""
    confirmed = ("HC", 11, 1, 0, 12, "unknown_movement")
    assert [tuple(row.values()) for row in told.rows(query)] == [confirmed, ("HR", 20, 0, 0, 20, "agrees")]
    assert [tuple(row.values()) for row in retold.rows(query)] == [confirmed, ("HR", 20, -1, 0, 19, "unknown_movement")]
    suspense = "select account, quantity from rpt_clearing where sku in ('HC', 'HR')"
    assert told.rows(suspense) == retold.rows(suspense) == []


def test_edits_stand_as_the_golden_fixture_says_from_landed_rows_on(told: Any, retold: Any, story: ModuleType) -> None:
    query = "select order_ref, ship_to_region, fulfilment_method from fct_order_lines where sku = 'GE'"
    found = {row["order_ref"]: row["ship_to_region"] for row in told.rows(query)}
    assert found == {f"edit-{case['case']}": case["region"] for case in story.golden("line_edits.csv")}
    assert {"order_ref": "edit-1", "ship_to_region": "south", "fulfilment_method": "ship"} in retold.rows(query)


def test_an_edited_quantity_is_ordered_with_its_money_until_the_channel_states_the_line_anew(
    told: Any, retold: Any, story: ModuleType
) -> None:
    query = "select * from fct_order_lines where order_ref like 'edited-%'"
    found = {row["order_ref"]: row for row in told.rows(query)}
    for case in story.golden("line_quantities.csv"):
        row, ordered = found[f"edited-{case['case']}"], int(case["qty_ordered"])
        assert (row["qty_ordered"], row["qty_cancelled"]) == (ordered, int(case["qty_cancelled"])), case
        assert (row["gross_minor"], row["discount_minor"], row["tax_minor"]) == (
            250 * ordered,
            10 * ordered,
            50 * ordered,
        )
    taken_back = {row["order_ref"]: row["qty_ordered"] for row in retold.rows(query)}
    assert taken_back["edited-2"] == 6


def test_what_is_shipped_and_cancelled_of_a_raised_quantity_is_possible(told: Any) -> None:
    query = "select qty_ordered, qty_fulfilled, qty_cancelled, qty_returned from fct_order_lines where order_ref = '{}'"
    assert tuple(told.row(query.format("raised")).values()) == (7, 5, 2, 0)
    assert tuple(told.row(query.format("raised-whole")).values()) == (7, 7, 0, 0)
    events = told.rows("select * from fct_order_events where order_id like 'web:raised%'")
    assert all(event["is_possible"] for event in events)
    edited = [(event["quantity"], event["reason"]) for event in events if event["event_type"] == "edited"]
    assert edited[0][1].startswith("ordered quantity 7")


def test_what_is_blocked_lies_there_and_is_not_for_sale_until_it_was_inspected(told: Any, retold: Any) -> None:
    query = "select qty_on_hand, qty_blocked, qty_ats from fct_inventory_position where sku = 'RB'"
    # Of 18 by the ledger one lacks: a count counts what is blocked, too.
    assert list(told.row(query).values()) == [17, 7, 10]
    assert list(retold.row(query).values()) == [16, 0, 16]
    days = retold.rows(
        "select qty_closing, qty_blocked from fct_inventory_daily where sku = 'RB' order by business_date"
    )
    assert [tuple(row.values()) for row in days][4:8] == [(6, 0), (9, 3), (18, 3), (17, 3)]
    count = retold.row("select qty_difference, cause from fct_stock_reconciliation where sku = 'RB'")
    assert count == {"qty_difference": -1, "cause": "unknown_movement"}


def test_what_became_of_a_blocked_return_is_in_its_lines_life(told: Any, retold: Any) -> None:
    query = """
        select event_type, quantity, is_possible from fct_order_events
        where order_line_id = 'web:inspected:1' and event_type in ('returned', 'restocked', 'written_off')
        order by event_type"""
    assert [tuple(row.values()) for row in told.rows(query)] == [("returned", 3, True)]
    assert [tuple(row.values()) for row in retold.rows(query)] == [
        ("restocked", 2, True),
        ("returned", 3, True),
        ("written_off", 1, True),
    ]
    given_up = "select sum(quantity)::bigint as units from fct_inventory_postings where account = 'written_off'"
    assert retold.row(given_up) == {"units": 1}


def test_stock_below_zero_that_a_rule_allows_says_so(told: Any, story: ModuleType) -> None:
    cases = {f"AV{n}": case for n, case in enumerate(story.golden("availability.csv"), start=1)}
    rows = told.rows("select sku, cause from fct_stock_reconciliation where sku like 'AV%'")
    found = {row["sku"]: row["cause"] for row in rows}
    allowed = {sku for sku, case in cases.items() if case["qty_oversell"] != "0"}
    held = {sku: int(cases[sku]["qty_on_hand"]) for sku in allowed}
    assert {sku: found.get(sku) for sku in allowed if held[sku] < 0} == {
        sku: "oversold_by_rule" if held[sku] >= -5 else "missing_receipt" for sku in allowed if held[sku] < 0
    }
    assert sum(cause == "oversold_by_rule" for cause in found.values()) == 3


def test_an_order_waits_for_the_most_pressing_of_what_its_lines_wait_for(told: Any, retold: Any) -> None:
    assert told.row("select waits_for from fct_orders where order_ref = 'several'") == {"waits_for": "payment"}
    for day in (told, retold):
        orders = day.rows("""
            select orders.waits_for, list(lines.waits_for) as lines
            from fct_orders as orders inner join fct_order_lines as lines using (order_id)
            group by orders.order_id, orders.waits_for""")
        assert all(order["waits_for"] == order_waits_for(order["lines"]) for order in orders)
        assert len({order["waits_for"] for order in orders}) > 5


def test_an_exchange_is_told_of_both_orders_and_of_no_other(told: Any, retold: Any) -> None:
    query = "select order_ref, exchange_of_order_id, exchanged_for_order_id from fct_orders where {} is not null"
    ends = ("exchange_of_order_id", "exchanged_for_order_id")
    assert [told.rows(query.format(name)) for name in ends] == [[], []]
    found = [tuple(retold.row(query.format(name)).values()) for name in ends]
    assert found == [("sent-for-it", "web:inspected", None), ("inspected", None, "web:sent-for-it")]
    event = retold.row("""
        select reason, quantity from fct_order_events
        where event_type = 'exchanged' and order_line_id = 'web:inspected:1'""")
    assert event == {"reason": "order sent-for-it", "quantity": 1}


def test_supply_fills_what_its_place_lacks_before_it_may_be_promised(told: Any) -> None:
    row = told.row("select qty_supply, qty_atp from fct_atp where supply_ref = 'PG:1'")
    assert row == {"qty_supply": 4, "qty_atp": 4}


def test_a_sku_that_replaces_another_one_has_earned_what_that_one_did(told: Any) -> None:
    (successor,) = told.rows("select * from dim_product where sku = 'G2'")
    assert (successor["successor_sku"], successor["abc_class"]) == (None, "A")
    assert not told.rows("select * from fct_order_lines where sku = 'G2'")


def test_what_a_place_has_not_been_told_of_waits_for_its_wave_and_is_released_with_its_document(
    told: Any, retold: Any
) -> None:
    query = "select order_ref, waits_for, released_at from fct_order_lines where order_ref like 'wave-%' order by 1"
    assert [(row["order_ref"], row["waits_for"]) for row in told.rows(query) if row["order_ref"] != "wave-more"] == [
        ("wave-gone", "wave"),
        ("wave-moved", "wave"),
        ("wave-patient", "wave"),
        ("wave-told", "wave"),
    ]
    assert [
        (r["order_ref"], r["waits_for"], r["released_at"] and r["released_at"].day) for r in retold.rows(query)
    ] == [
        ("wave-gone", "nothing", None),
        ("wave-more", "warehouse", 13),
        ("wave-moved", "wave", None),
        ("wave-patient", "warehouse", 13),
        ("wave-told", "warehouse", 13),
    ]
    events = "select event_type, quantity from fct_order_events where order_line_id = 'web:wave-told:1' order by 1"
    assert [tuple(row.values()) for row in retold.rows(events)] == [
        ("allocated", 5),
        ("exported", 5),
        ("placed", 5),
        ("released", 5),
    ]


def test_only_the_latest_of_a_lines_allocations_are_unreleased(told: Any, retold: Any) -> None:
    query = """
        select location_id, qty_allocated, qty_unreleased from fct_allocations
        where order_line_id = 'web:wave-{}:1' order by allocated_at"""
    rows = lambda day, line: [tuple(row.values()) for row in day.rows(query.format(line))]  # noqa: E731
    assert rows(told, "moved") == [("WH1", 3, 3)]
    assert rows(retold, "moved") == [("WH1", 3, 0), ("WH2", 3, 3)]
    assert rows(retold, "more") == [("WH1", 3, 0), ("WH1", 2, 0)]
    assert rows(retold, "gone") == [("WH1", 4, 0)]
    assert rows(told, "told") == [("WH1", 5, 5)]


def test_what_was_replaced_before_its_place_was_told_has_ended_there(retold: Any) -> None:
    rows = retold.rows("""
        select location_id, reservation_state, qty_pending from fct_reservations
        where order_line_id = 'web:wave-moved:1' order by reserved_at""")
    assert [tuple(row.values()) for row in rows] == [("WH1", "expired", 0), ("WH2", "pending", 3)]


def test_a_places_time_to_ship_begins_when_it_is_told(told: Any, retold: Any) -> None:
    for day in (told, retold):
        assert day.rows("select * from int_expiring_reservations where order_line_id = 'web:wave-patient:1'") == []


def test_the_next_run_finds_what_it_may_decide_anew(told: Any, retold: Any) -> None:
    query = """
        select order_ref, location_id, qty_unreleased, release_due_at from int_earlier_unreleased
        where order_ref like 'wave-%' and release_due_at is not null order by order_ref"""
    assert [(r["order_ref"], r["location_id"]) for r in told.rows(query) if r["order_ref"] != "wave-more"] == [
        ("wave-gone", "WH1"),
        ("wave-moved", "WH1"),
        ("wave-patient", "WH2"),
        ("wave-told", "WH1"),
    ]
    assert [(r["order_ref"], r["location_id"], r["qty_unreleased"]) for r in retold.rows(query)] == [
        ("wave-moved", "WH2", 3)
    ]


def test_what_comes_back_lies_blocked_until_it_is_looked_at_where_a_rule_says_so(told: Any, retold: Any) -> None:
    query = """
        select sku, location_id, qty_on_hand, qty_blocked from fct_inventory_position where sku in ('RI', 'RN')
        order by all"""
    assert [tuple(row.values()) for row in told.rows(query)] == [
        ("RI", "ST1", 20, 4), ("RI", "WH1", 2, 0), ("RN", "ST1", 13, 0),
    ]  # fmt: skip
    assert tuple(retold.rows(query)[0].values()) == ("RI", "ST1", 25, 4)


def test_a_drop_shippers_stock_is_not_ours_and_worth_nothing_to_us(told: Any) -> None:
    query = (
        "select location_id, qty_on_hand, stock_value_minor from fct_inventory_position where sku = 'DS' order by all"
    )
    assert [tuple(row.values()) for row in told.rows(query)] == [("DROP", 30, 0), ("WH1", 4, 400)]
    counted = told.row("select * from fct_stock_reconciliation where sku = 'DS'")
    assert (counted["cause"], counted["qty_difference"], counted["difference_minor"]) == ("unknown_movement", -10, 0)


def test_what_has_not_cleared_is_told_with_its_age_and_money_until_it_has(told: Any, retold: Any) -> None:
    query = """
        select account, location_id, cause, quantity, oldest_ref, age_days, limit_days, is_overdue, value_minor
        from rpt_clearing where sku in ('CL', 'H', 'RI') order by sku, account, cause"""
    assert [tuple(row.values()) for row in told.rows(query)] == [
        ("in_transit", "ST1", "not_received", 4, "T-new", 2, 5, False, 0),
        ("in_transit", "ST1", "received_short", 1, "T-old", 8, 5, True, 0),
        ("supplier", "WH1", "delivered_short", 6, "P-CL", 5, 7, False, 0),
        ("suspense", "ST1", "held_for_review", -8, "count:ST1:k3:H", 3, 5, False, 0),
        ("blocked", "ST1", "not_inspected", 4, "movement:ST1:back-RI:1", 4, 5, False, 0),
    ]
    # The count was accepted, and what was under way has come.
    assert [tuple(row.values())[2] for row in retold.rows(query)] == [
        "received_short", "delivered_short", "not_inspected",
    ]  # fmt: skip
    owed = retold.row(
        "select quantity, is_overdue, counterparty_id from rpt_clearing where cause = 'delivered_short' and sku = 'CL'"
    )
    assert owed == {"quantity": 5, "is_overdue": True, "counterparty_id": "S1"}
