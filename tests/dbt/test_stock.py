"""What the tables say of the story's stock: postings, counts, what is blocked or in doubt, what is for sale."""

from __future__ import annotations

from typing import Any

from pipelines.home import Home
from pipelines.modelling.building import compile_proofs
from tests.dbt.rows import golden


def test_availability_follows_the_golden_fixture_from_landed_rows_on(told: Any) -> None:
    names = ["qty_on_hand", "qty_blocked", "qty_reserved", "qty_kept_back", "qty_in_doubt"]
    names += ["qty_oversell", "qty_ats"]
    found = {row["sku"]: row for row in told.rows("select * from fct_inventory_position where sku like 'AV%'")}
    for number, case in enumerate(golden("availability.csv"), start=1):
        assert [str(found[f"AV{number}"][name]) for name in names] == [case[name] for name in names], (number, case)


def test_orders_may_take_what_protects_a_warehouse_and_not_what_protects_a_store_or_a_rule_keeps_back(
    told: Any,
) -> None:
    rows = told.rows("select * from fct_inventory_position where sku = 'KB'")
    kept = {row["location_id"]: (row["qty_safety_stock"], row["qty_kept_back"], row["qty_ats"]) for row in rows}
    assert kept == {"ST1": (5, 5, 15), "WH2": (5, 0, 20), "WH0": (5, 2, 18)}


def test_channels_parts_follow_the_golden_fixture_from_landed_rules_on(told: Any) -> None:
    rows = told.rows("select * from fct_ats_by_channel where sku like 'CS%'")
    found = {(row["sku"], row["channel_id"]): (row["qty_protected"], row["qty_ats"]) for row in rows}
    for case in golden("channel_segments.csv"):
        expected = (int(case["qty_protected"]), int(case["qty_channel_ats"]))
        assert found[f"CS{case['case']}", case["channel_id"]] == expected, case


def test_units_kept_for_a_channel_shrink_as_it_takes_them_and_grow_as_they_come_back(told: Any) -> None:
    # Of 20 on hand 3 left, 1 came back, 2 are promised: 16 to sell; of the web's 10 it has had 3 - 1 + 2.
    row = told.row("select * from fct_ats_by_channel where sku = 'CSU' and channel_id = 'retail'")
    assert (row["qty_protected"], row["qty_protected_for_others"], row["qty_ats"]) == (0, 6, 10)
    assert told.row("select qty_ats from fct_ats_network where sku = 'CSU' and channel_id = 'web'") == {"qty_ats": 16}


def test_stock_of_a_place_nobody_hears_of_says_why_it_is_held_back(told: Any) -> None:
    reasons = told.rows("select distinct doubt_reason from fct_inventory_position where location_id like 'SILENT-%'")
    assert reasons == [{"doubt_reason": "nothing heard since 2026-03-02"}]


def test_stock_of_a_place_whose_feed_a_held_file_stops_is_held_back_by_the_rule_for_failing_feeds(told: Any) -> None:
    rows = told.rows("select location_id, qty_in_doubt, doubt_reason from fct_inventory_position where sku = 'LN'")
    assert {row.pop("location_id"): tuple(row.values()) for row in rows} == {
        "STOPPED": (10, "feed feed-STOPPED is stopped by half.csv"),
        "FLOWING": (0, None),
        "UNRULED": (0, None),
    }


def test_no_reservation_expires_while_what_was_shipped_may_stand_in_a_held_file(told: Any) -> None:
    rows = told.rows("select location_id, qty_expiring from int_expiring_reservations where sku = 'LN'")
    assert rows == [{"location_id": "FLOWING", "qty_expiring": 8}]


def test_what_left_a_place_on_its_own_next_day_does_not_lie_there(told: Any, retold: Any) -> None:
    for story in (told, retold):
        assert story.row("select qty_on_hand from fct_inventory_position where sku = 'TY'") == {"qty_on_hand": 6}
    day = told.row("select qty_closing from fct_inventory_daily where sku = 'TY' and business_date = date '2026-03-10'")
    assert day == {"qty_closing": 10}, "its day has not ended"


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


def test_a_return_that_both_sides_state_counts_once_by_the_channel(told: Any, retold: Any) -> None:
    query = "select qty_returned from fct_order_lines where order_ref = 'back'"
    assert told.row(query) == {"qty_returned": 3}
    assert retold.row(query) == {"qty_returned": 2}


def test_a_return_that_both_sides_state_comes_back_to_stock_once(told: Any) -> None:
    row = told.row("select qty_on_hand, qty_blocked, qty_ats from fct_inventory_position where sku = 'LR'")
    assert row == {"qty_on_hand": 9, "qty_blocked": 3, "qty_ats": 6}


def test_a_difference_has_a_cause_an_age_and_its_money(told: Any, retold: Any) -> None:
    query = """
        select qty_expected, qty_explained, qty_difference, cause, age_days, difference_minor
        from fct_stock_reconciliation where sku = '{}' and location_id = '{}'"""
    assert list(told.row(query.format("A", "WH1")).values()) == [84, 0, 6, "missing_receipt", 4, 600]
    assert list(told.row(query.format("B", "WH2")).values()) == [37, 0, -2, "unknown_movement", 3, -200]
    assert list(retold.row(query.format("B", "WH2")).values()) == [37, 2, 0, "late_file", 6, 0]


def test_a_balance_below_zero_has_its_own_age_and_money_whatever_was_counted_before(told: Any) -> None:
    row = told.row("select cause, age_days, difference_minor from fct_stock_reconciliation where sku = 'LB'")
    assert row == {"cause": "missing_receipt", "age_days": 1, "difference_minor": -300}


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


def test_stock_below_zero_that_a_rule_allows_says_so(told: Any) -> None:
    cases = {f"AV{n}": case for n, case in enumerate(golden("availability.csv"), start=1)}
    rows = told.rows("select sku, cause from fct_stock_reconciliation where sku like 'AV%'")
    found = {row["sku"]: row["cause"] for row in rows}
    allowed = {sku for sku, case in cases.items() if case["qty_oversell"] != "0"}
    held = {sku: int(cases[sku]["qty_on_hand"]) for sku in allowed}
    assert {sku: found.get(sku) for sku in allowed if held[sku] < 0} == {
        sku: "oversold_by_rule" if held[sku] >= -5 else "missing_receipt" for sku in allowed if held[sku] < 0
    }
    assert sum(cause == "oversold_by_rule" for cause in found.values()) == 3


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


def test_a_number_that_two_use_at_one_place_is_a_movement_of_each_and_one_that_is_said_anew_is_named(
    told: Any, retold: Any
) -> None:
    query = """select movement_kind, quantity from fct_inventory_postings
        where sku = 'NUM' and account = 'on_hand' and movement_kind <> 'count_variance'"""
    at_first = [("opening", 20), ("transfer_out", -3)]
    assert [tuple(row.values()) for row in told.rows(query + " order by all")] == at_first
    assert [tuple(row.values()) for row in retold.rows(query + " order by all")] == [
        at_first[0], ("transfer_in", 1), ("transfer_in", 5), at_first[1],
    ]  # fmt: skip
    twice = compile_proofs(Home(retold.folder))["what_happened_is_stated_one_way"]
    (said,) = retold.rows(f"select counts_as, stated_as from ({twice}) where fact_id like 'ST1:N-7%'")
    assert list(said.values()) == ["transfer_out NUM 3 - - WH1 -", "transfer_out NUM 4 - - WH1 -"]
    counted = retold.row("select qty_difference, cause from fct_stock_reconciliation where sku = 'NUM'")
    assert counted == {"qty_difference": -1, "cause": "stated_anew"}
