"""What a supplier promises and ships of a purchase order is the supply that is counted on, whatever came first."""

from __future__ import annotations

from typing import Any

COMING = """
    select supply_ref, expected_date::varchar as day, qty_coming from int_coming_supply
    where supply_ref like 'PO-C%' order by supply_ref"""
LINES = """
    select sku, supply_state, qty_promised, promised_date::varchar as promised, qty_shipped, qty_received, qty_coming
    from fct_supply_orders where sku like 'C%' order by sku"""


def test_supply_is_what_is_shipped_and_promised_beyond_that_in_parts_by_their_days(told: Any) -> None:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for row in told.rows(COMING):
        order, _, part = row["supply_ref"].removeprefix("PO-C").partition(":")
        found.setdefault(order, []).append((part, row["day"][5:], row["qty_coming"]))
    assert found == {
        "ANEW": [("ref", "03-18", 20), ("ref/2", "03-19", 15)],
        "BACK": [("ref", "03-13", 40)],
        "CAME": [("ref/2", "03-13", 20)],
        "FIXED": [("ref", "03-13", 15), ("ref/2", "03-17", 3), ("ref/3", "03-13", 22)],
        "KEPT": [("ref", "03-17", 25)],
        "LATE": [("ref", "03-16", 30)],
        "LESS": [("ref", "03-16", 30)],
        "MORE": [("ref", "03-12", 45)],
        "PARTS": [("ref", "03-14", 10), ("ref/2", "03-21", 30)],
        "SENT": [("ref", "03-15", 12), ("ref/2", "03-16", 10)],
        "WRONG": [("ref", "03-13", 40)],
    }


def test_a_line_of_ours_says_what_was_promised_shipped_and_received_of_it(told: Any, retold: Any) -> None:
    found = {row.pop("sku"): tuple(row.values()) for row in told.rows(LINES)}
    assert found == {
        "CBACK": ("awaited", None, None, None, 0, 40),
        "CCAME": ("confirmed", None, None, 20, 20, 20),
        "CFIXED": ("confirmed", None, None, 18, 0, 40),
        "CLATE": ("confirmed", 30, "2026-03-16", 0, 0, 30),
        "CLESS": ("confirmed", 30, "2026-03-16", 0, 0, 30),
        "CMORE": ("confirmed", None, None, 45, 0, 45),
        "CNONE": ("refused", 0, None, 0, 0, 0),
        "CPARTS": ("confirmed", 40, "2026-03-21", 0, 0, 40),
        "CSENT": ("confirmed", 30, "2026-03-16", 20, 8, 22),
        "CWRONG": ("awaited", None, None, None, 0, 40),
    }
    later = {row.pop("sku"): tuple(row.values()) for row in retold.rows(LINES)}
    assert later.items() - found.items() == {
        ("CLESS", ("confirmed", 30, "2026-03-16", 30, 30, 0)),
        ("CNOBODY", ("confirmed", 12, "2026-03-15", 0, 0, 12)),
        ("CNONE", ("confirmed", 40, "2026-03-20", 0, 0, 40)),
    }


def test_what_comes_no_more_is_not_in_the_position(told: Any) -> None:
    rows = told.rows("select sku, qty_inbound from fct_inventory_position where sku in ('CLESS', 'CNONE', 'CSENT')")
    assert {row["sku"]: row["qty_inbound"] for row in rows if row["qty_inbound"]} == {"CLESS": 30, "CSENT": 22}


def test_a_confirmation_of_no_order_of_its_supplier_waits_for_it(told: Any, retold: Any) -> None:
    query = "select po_ref from fct_supplier_confirmations where not is_known order by 1"
    assert [row["po_ref"] for row in told.rows(query)] == ["PO-CNOBODY", "PO-CWRONG"]
    assert [row["po_ref"] for row in retold.rows(query)] == ["PO-CWRONG"]


def test_what_was_said_is_kept_and_the_last_word_by_its_own_time_counts(told: Any) -> None:
    rows = told.rows("""
        select is_in_force from fct_supplier_confirmations
        where po_ref in ('PO-CLATE', 'PO-CFIXED') order by po_ref, known_at, part_number""")
    assert [row["is_in_force"] for row in rows] == [False, False, True, True, False, True, False, False]
    at_once = told.rows("""
        select quantity from fct_supplier_confirmations where po_ref = 'PO-CLATE' and known_at < '2026-03-09'""")
    assert [row["quantity"] for row in at_once] == [30], "what was known by then"
