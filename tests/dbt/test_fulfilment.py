"""What the tables say of what the story's places are told: reservations, waves, documents, answers."""

from __future__ import annotations

from datetime import date
from typing import Any


def test_quarantined_records_of_one_rule_are_one_row(told: Any) -> None:
    assert told.row("select row_number, reason_code, reason from rpt_quarantine")["reason"] == "r1"


def test_export_lines_know_what_their_location_has_shipped_since(told: Any) -> None:
    row = told.row("select qty_exported, qty_shipped from fct_exports where export_id = 'e1'")
    assert row == {"qty_exported": 5, "qty_shipped": 3}


def test_what_could_not_be_picked_is_decided_anew_and_in_doubt_there_until_somebody_looks(told: Any) -> None:
    ended = told.rows(
        "select order_line_id, location_id, reservation_days, qty_expiring from int_expiring_reservations "
        "where order_line_id like 'web:short-%' order by order_line_id"
    )
    assert [tuple(row.values()) for row in ended] == [
        ("web:short-SP:1", "ST1", None, 2),
        ("web:short-SQ:1", "ST1", None, 1),
        ("web:short-SR:1", "ST1", None, 2),
    ]
    again = told.rows("select sku, qty_to_decide from int_open_order_lines where order_ref like 'short-%' order by sku")
    assert [tuple(row.values()) for row in again] == [("SP", 2), ("SQ", 1), ("SR", 2)]
    stock = told.rows("select sku, qty_on_hand, qty_reserved, qty_in_doubt from int_stock_balance "
                      "where sku in ('SP', 'SQ') order by sku")  # fmt: skip
    assert [tuple(row.values()) for row in stock] == [("SP", 10, 3, 2), ("SQ", 10, 4, 0)]
    shown = told.row("select qty_in_doubt, doubt_reason from fct_inventory_position where sku = 'SP'")
    assert shown == {
        "qty_in_doubt": 2,
        "doubt_reason": "2 units could not be picked here, and nobody has counted since",
    }


def test_the_first_answer_of_its_own_partner_counts_by_id_or_control_number(told: Any) -> None:
    row = told.row(
        "select answer, answer_reason, cast(answered_at as date) as answered_on from fct_exports where export_id = 'e1'"
    )
    assert row == {"answer": "accepted", "answer_reason": None, "answered_on": date(2026, 3, 4)}


def test_what_is_said_of_a_document_when_its_lines_are_done_is_known_of_them(told: Any, retold: Any) -> None:
    named = "export_id in ('e8', 'e9', 'e10')"
    query = f"select export_id, answer, is_void from fct_exports where {named} order by control_number"
    assert {(row["answer"], row["is_void"]) for row in told.rows(query)} == {(None, False)}
    assert [tuple(row.values()) for row in retold.rows(query)] == [
        ("e8", "rejected", False), ("e9", "accepted", False), ("e10", None, True),
    ]  # fmt: skip


def test_a_run_tells_how_near_its_plan_is_to_the_cheapest(told: Any) -> None:
    rows = told.rows("select run_id, solver, gap from fct_allocation_runs order by run_id")
    assert [tuple(row.values()) for row in rows] == [("run-1", "optimise", 0.02), ("run-2", "greedy", None)]


def test_a_reservation_ends_unit_by_unit(told: Any, retold: Any) -> None:
    """Five were reserved here; three left from elsewhere, and two from here."""
    query = "select qty_pending, qty_posted, qty_voided from fct_reservations where order_line_id = 'web:crossed:1'"
    assert told.row(query) == {"qty_pending": 2, "qty_posted": 0, "qty_voided": 3}
    assert retold.row(query) == {"qty_pending": 0, "qty_posted": 2, "qty_voided": 3}


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
