"""What the tables say of what left and came back, and of how orders were served."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from oms_core.contracts.marts.orders import ON_TIME_HOURS
from pipelines.modelling.building import PROJECT


def _of(line: str) -> str:
    return f"where order_line_id = '{line}'"


def test_a_shipment_knows_how_late_it_was_if_its_line_was_promised(told: Any) -> None:
    late = told.row(f"select * from fct_shipments {_of('web:back:1')}")
    assert (str(late["promised_date"]), late["days_late"], late["quantity"]) == ("2026-03-02", 1, 3)
    assert (late["hours_to_ship"], late["net_minor"], late["movement_kind"]) == (24.0, 750, "shipment")
    unpromised = told.row(f"select promised_date, days_late from fct_shipments {_of('web:CSU:1')}")
    assert unpromised == {"promised_date": None, "days_late": None}


def test_what_a_channel_handed_over_itself_is_a_shipment_too(told: Any) -> None:
    sale = told.row("select * from fct_shipments where movement_kind = 'sale' and channel_id = 'pos'")
    assert (
        sale["quantity"]
        == told.row(f"select qty_fulfilled from fct_order_lines {_of(sale['order_line_id'])}")["qty_fulfilled"]
    )


def test_a_return_counts_what_came_back_as_stated_and_of_the_rest_what_is_possible(told: Any) -> None:
    row = told.row(f"select * from fct_returns {_of('web:E5:1')}")
    steps = ("requested", "returned", "inspected", "restocked", "written_off", "exchanged")
    assert [row[f"qty_{step}"] for step in steps] == [2, 2, 2, 0, 1, 0]
    assert (row["hours_to_return"], row["hours_to_refund"], row["refund_minor"]) == (3.0, 3.0, 100)
    assert not row["is_possible"], "of one unit more its line's events do not allow what is said"


def test_a_refund_before_the_goods_are_back_took_no_time_that_anybody_knows(told: Any) -> None:
    row = told.row(f"select hours_to_refund, refund_minor, net_minor from fct_returns {_of('web:back:1')}")
    assert row == {"hours_to_refund": None, "refund_minor": 70, "net_minor": 750}


def test_the_days_numbers_are_those_of_its_orders(told: Any) -> None:
    days = told.rows("select * from rpt_fulfilment")
    for day in days:
        of_day = f"channel_id = '{day['channel_id']}' and business_date = '{day['business_date']}'"
        orders = told.rows(f"select * from fct_orders where {of_day}")
        done = [order for order in orders if order["order_state"] == "fulfilled"]
        states = Counter(order["order_state"] for order in orders)
        assert (day["orders"], day["orders_fulfilled"]) == (len(orders), len(done))
        assert (day["orders_cancelled"], day["orders_open"]) == (states["cancelled"], states["open"] + states["held"])
        assert day["hours_to_ship"] == pytest.approx(sum(order["hours_to_ship"] or 0 for order in done))
        assert day["shipments"] == sum(order["shipment_count"] for order in done)
    assert sum(day["lines_due"] for day in days) > sum(day["lines_otif"] for day in days) > 0


def test_the_hours_that_the_mart_goes_by_are_those_that_readers_are_told() -> None:
    model = (PROJECT / "models" / "marts" / "orders" / "rpt_fulfilment.sql").read_text(encoding="utf-8")
    assert f"set on_time_hours = {ON_TIME_HOURS} " in model


def test_a_documents_line_leads_to_the_file_and_record_of_its_order_line(told: Any) -> None:
    unlike = """select exports.export_id from fct_exports as exports
        inner join fct_order_lines as lines using (order_line_id)
        where exports.file_sha256 <> lines.file_sha256 or exports.row_number <> lines.row_number"""
    assert told.rows(unlike) == []
    assert told.row("select count(*) > 0 as are_there from fct_exports")["are_there"]
