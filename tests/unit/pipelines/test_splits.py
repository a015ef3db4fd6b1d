"""Past orders sourced on the stock that a replay leaves: whole from where it can be, and counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from oms_core.allocation.stated.problem import Location
from oms_core.allocation.stated.rules import default_rules
from pipelines.planning.splits import PastOrders, count_splits, split_share

_FIRST = date(2026, 3, 2)
_SERIES = pd.DataFrame([("A", "W1"), ("A", "W2"), ("B", "W1"), ("B", "W2")], columns=["sku", "location_id"])
_LOCATIONS = tuple(Location(f"W{number}", "warehouse", "NORTH", True, number) for number in (1, 2))


def _line(day: int, order: str, sku: str, quantity: int = 1) -> dict[str, Any]:
    placed = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=day)
    named = {"order_line_id": f"web:{order}:{sku}", "channel_id": "web", "order_ref": order, "line_ref": sku}
    plain = {"is_held": False, "is_held_by_desk": False, "is_assigned_by_desk": False, "fulfilment_method": "ship",
             "customer_group": None}  # fmt: skip
    where = {"ship_to_region": "NORTH", "location_id": None, "promised_date": None, "priority": 1}
    when = {"business_date": _FIRST + timedelta(days=day), "placed_at": placed}
    return {**named, **plain, **where, **when, "sku": sku, "qty_to_decide": quantity}


def _past(*lines: dict[str, Any], carried_out: tuple[tuple[date, str, str, int], ...] = ()) -> PastOrders:
    taken = pd.DataFrame(carried_out, columns=["business_date", "sku", "location_id", "quantity"])
    return PastOrders(pd.DataFrame(lines), taken, _LOCATIONS, default_rules())


def _stock(*days: tuple[int, int, int, int]) -> Any:
    return np.array(days, dtype=np.int64).T


def _counted(past: PastOrders, stock: Any, *, are_sales_lost: bool = False) -> list[tuple[int, int]]:
    found = count_splits(past, _SERIES, stock, _FIRST, are_sales_lost=are_sales_lost)
    return list(zip(found["orders"], found["split"], strict=True))


def test_an_order_leaves_whole_from_where_all_of_it_is_and_is_split_where_no_place_has_it() -> None:
    past = _past(*(_line(day, f"o{day}", sku) for day in range(3) for sku in "AB"))
    # Together at one of two places; each at another one; one of them nowhere.
    stock = _stock((1, 1, 0, 1), (1, 0, 0, 1), (1, 0, 0, 0))
    assert _counted(past, stock) == [(1, 0), (1, 1), (1, 1)]
    assert _counted(past, stock, are_sales_lost=True) == [(1, 0), (1, 1), (1, 0)]


def test_no_day_takes_of_anothers_stock_and_no_order_of_what_was_carried_out() -> None:
    past = _past(
        _line(0, "o1", "A", 5), _line(1, "o2", "A", 5), carried_out=((_FIRST + timedelta(days=1), "A", "W1", 3),)
    )
    assert _counted(past, _stock((5, 0, 0, 0), (5, 9, 0, 0))) == [(1, 0), (1, 0)]
    assert _counted(past, _stock((5, 0, 0, 0), (5, 0, 0, 0))) == [(1, 0), (1, 1)]


def test_days_are_decided_at_once_as_they_are_one_by_one() -> None:
    rng = np.random.default_rng(3)
    quantities = rng.integers(1, 4, (5, 8, 2)).tolist()
    days = [
        [
            _line(day, f"{day}-{order}", sku, quantities[day][order][row])
            for order in range(8)
            for row, sku in enumerate("AB")
        ]
        for day in range(5)
    ]
    stock = rng.integers(0, 15, (4, 5))
    # Line by line: where the optimiser searches, it may end at another plan as cheap.
    greedy = replace(default_rules(), solver="greedy")
    one_by_one = [pair for lines in days for pair in _counted(replace(_past(*lines), rules=greedy), stock)]
    together = _counted(replace(_past(*(line for lines in days for line in lines)), rules=greedy), stock)
    assert together == one_by_one
    assert sum(split for _, split in together) > 0


def test_the_share_of_split_orders_has_its_interval_over_days() -> None:
    counted = pd.DataFrame({"orders": [10, 10, 20], "split": [1, 0, 5]})
    (row,) = split_share(counted).to_dict("records")
    assert (row["metric"], row["value"]) == ("split_orders", pytest.approx(0.15))
    assert row["low"] <= 0.15 <= row["high"]
    assert split_share(counted.iloc[:0]).empty
