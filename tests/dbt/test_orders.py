"""What the tables say of the story's orders: quantities, events, edits, waits, money."""

from __future__ import annotations

from typing import Any

from oms_core.orders.lifecycle import order_waits_for
from pipelines.home import Home
from pipelines.modelling.building import compile_proofs
from tests.dbt.rows import golden


def test_line_quantities_follow_the_golden_fixture_from_landed_rows_on(told: Any) -> None:
    names = ["qty_cancelled", "qty_held", "qty_fulfilled", "qty_allocated", "qty_backordered", "qty_open", "line_state"]
    names.append("qty_pre_sold")
    found = {row["order_line_id"]: row for row in told.rows("select * from fct_order_lines where sku = 'G'")}
    for number, case in enumerate(golden("line_states.csv"), start=1):
        row = found[f"web:G{number}:1"]
        assert [str(row[name]) for name in names] == [case[name] for name in names], (number, case)


def test_channel_and_desk_are_heard_as_the_golden_fixture_says(told: Any) -> None:
    rows = {row["order_ref"]: row for row in told.rows("select * from int_order_lines where order_ref like 'W%'")}
    for case in golden("line_words.csv"):
        row = rows[f"W{case['case']}"]
        found = (str(row["is_held"]).lower(), row["qty_cancel_stated"])
        assert found == (case["is_held"], int(case["qty_cancel_stated"])), case


def test_a_restated_line_is_one_line_as_stated_last(told: Any) -> None:
    row = told.row("select * from fct_order_lines where order_ref = 'restated'")
    assert (row["qty_ordered"], row["gross_minor"], row["net_minor"]) == (8, 2000, 1899)
    order = told.row("select * from fct_orders where order_ref = 'restated'")
    assert (order["charges_minor"], order["net_minor"], order["order_state"]) == (490, 1899, "open")


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
    assert (str(row["next_inbound_date"]), row["next_inbound_location_id"]) == ("2026-03-11", "WH1")
    waits = told.rows(
        "select * from fct_order_events where order_line_id = 'web:waiting:1' and event_type = 'backordered'"
    )
    assert len(waits) == 1, "a wait that goes on is no new event"


def test_of_a_cancellation_what_has_not_left_is_cancelled_and_the_rest_is_a_return(told: Any) -> None:
    quantities = (
        "select qty_cancelled, qty_returned, qty_open, line_state from fct_order_lines where order_ref = 'both'"
    )
    row = told.row(quantities)
    assert row == {"qty_cancelled": 2, "qty_returned": 1, "qty_open": 0, "line_state": "fulfilled"}
    query = "select event_type, quantity, is_possible from fct_order_events where order_id = 'web:both' {} order by all"
    events = [tuple(event.values()) for event in told.rows(query.format("and event_type <> 'refunded'"))]
    assert events == [("cancelled", 2, True), ("placed", 5, True), ("returned", 1, True), ("shipped", 3, True)]


def test_what_left_before_it_was_ordered_took_no_time_that_anybody_knows(told: Any) -> None:
    row = told.row("select hours_to_ship, line_state from fct_order_lines where order_ref = 'early'")
    assert row == {"hours_to_ship": None, "line_state": "fulfilled"}


def test_what_was_refunded_beyond_what_was_paid_is_named(told: Any) -> None:
    offending = compile_proofs(Home(told.folder))["refunds_are_no_more_than_their_orders"]
    assert [row["order_id"] for row in told.rows(offending)] == ["web:both"]


def test_what_was_shipped_beyond_what_was_promised_fills_no_later_promise(told: Any) -> None:
    (line,) = told.rows("select * from fct_order_lines where order_id = 'web:beyond'")
    assert (line["qty_fulfilled"], line["qty_allocated"], line["qty_open"]) == (4, 2, 0)
    rows = told.rows("select * from fct_reservations where order_id = 'web:beyond' order by run_id")
    assert [(row["qty_posted"], row["qty_pending"], row["qty_voided"]) for row in rows] == [(2, 0, 0), (0, 2, 0)]


def test_a_reservation_that_expired_is_not_the_one_that_was_shipped(told: Any) -> None:
    query = (
        "select run_id, reservation_state, qty_posted, qty_voided from fct_reservations where order_id = 'web:again'"
    )
    ends = [tuple(row.values()) for row in told.rows(query + " order by run_id")]
    assert ends == [("run-1", "expired", 0, 5), ("run-2", "posted", 5, 0)]


def test_what_is_cancelled_is_told_once_and_ends_with_being_taken_back(told: Any) -> None:
    query = "select sum(quantity)::bigint as qty from fct_order_events where event_type = 'cancelled' and order_id = "
    assert told.row(query + "'web:said-twice'") == {"qty": 4}
    row = told.row("select qty_cancelled, qty_open, cancelled_at from fct_order_lines where order_ref = 'taken-back'")
    assert row == {"qty_cancelled": 0, "qty_open": 4, "cancelled_at": None}


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


def test_events_are_flagged_as_the_golden_fixture_says(told: Any) -> None:
    found = {
        (row["order_ref"], row["effective_at"].hour): (row["event_type"], row["is_possible"])
        for row in told.rows("select split_part(order_id, ':', 2) as order_ref, * from fct_order_events")
        if row["order_ref"].startswith("E")
    }
    expected = {
        (f"E{row['case']}", int(row["hour"])): (row["event_type"], row["is_possible"] == "true")
        for row in golden("line_events.csv")
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


def test_a_promise_is_kept_as_first_given_and_lateness_counts_from_it(told: Any, retold: Any) -> None:
    query = "select promised_date, days_late, waits_for from fct_order_lines where order_line_id = 'web:{}:1'"
    late = "select days_late from fct_backorders where order_line_id = 'web:waiting:1'"
    for day in (told, retold):
        assert [str(value) for value in day.row(query.format("waiting")).values()] == ["2026-03-11", "None", "stock"]
    assert (told.row(late)["days_late"], retold.row(late)["days_late"]) == (0, 2)
    # Promised by its channel for the day before it left.
    assert [str(value) for value in told.row(query.format("back")).values()] == ["2026-03-02", "1", "nothing"]
    assert told.row("select days_late from fct_orders where order_ref = 'back'") == {"days_late": 1}


def test_edits_stand_as_the_golden_fixture_says_from_landed_rows_on(told: Any, retold: Any) -> None:
    query = "select order_ref, ship_to_region, fulfilment_method from fct_order_lines where sku = 'GE'"
    found = {row["order_ref"]: row["ship_to_region"] for row in told.rows(query)}
    assert found == {f"edit-{case['case']}": case["region"] for case in golden("line_edits.csv")}
    assert {"order_ref": "edit-1", "ship_to_region": "south", "fulfilment_method": "ship"} in retold.rows(query)


def test_an_edited_quantity_is_ordered_with_its_money_until_the_channel_states_the_line_anew(
    told: Any, retold: Any
) -> None:
    query = "select * from fct_order_lines where order_ref like 'edited-%'"
    found = {row["order_ref"]: row for row in told.rows(query)}
    for case in golden("line_quantities.csv"):
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
