"""Available to sell: golden cases shared with dbt, and the join behind it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from oms_core.inventory.availability import available_to_sell, supply

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "availability.csv"


def test_python_gives_the_golden_quantities() -> None:
    golden = pd.read_csv(GOLDEN)
    ats = available_to_sell(golden["qty_on_hand"], golden["qty_reserved"], golden["qty_safety_stock"])
    assert ats.tolist() == golden["qty_ats"].tolist()
    assert len(golden) > 0


def test_a_gap_or_a_fraction_is_refused_instead_of_rounded() -> None:
    with pytest.raises(TypeError, match="whole base units"):
        available_to_sell(pd.Series([1, None]), [0, 0], [0, 0])
    with pytest.raises(TypeError, match="whole base units"):
        available_to_sell([1.5], [0], [0])


def test_nothing_in_gives_nothing_out() -> None:
    assert available_to_sell([], [], []).tolist() == []


def balance(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sku", "location_id", "qty_on_hand", "qty_reserved"])


def levels(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sku", "location_id", "qty_safety_stock"])


def test_supply_protects_where_there_is_a_level_and_comes_in_order_of_sku_and_location() -> None:
    found = supply(
        balance(("B", "WH", 10, 1), ("A", "WH", 10, 3), ("A", "ST", 4, 0)), levels(("A", "WH", 5), ("C", "WH", 9))
    )
    assert found.to_dict("records") == [
        {"sku": "A", "location_id": "ST", "qty_ats": 4},
        {"sku": "A", "location_id": "WH", "qty_ats": 2},
        {"sku": "B", "location_id": "WH", "qty_ats": 9},
    ]
    assert found["qty_ats"].dtype == "int64"


def test_supply_without_any_level_or_any_balance() -> None:
    assert supply(balance(("A", "WH", 10, 3)), levels())["qty_ats"].tolist() == [7]
    assert supply(balance(), levels(("A", "WH", 5))).empty


def test_a_pair_that_occurs_twice_is_refused_rather_than_counted_twice() -> None:
    with pytest.raises(pd.errors.MergeError):
        supply(balance(("A", "WH", 10, 0), ("A", "WH", 10, 0)), levels())
    with pytest.raises(pd.errors.MergeError):
        supply(balance(("A", "WH", 10, 0)), levels(("A", "WH", 5), ("A", "WH", 6)))
