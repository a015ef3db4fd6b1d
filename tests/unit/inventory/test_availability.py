"""Available to sell: golden cases shared with dbt, and the join behind it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from oms_core.inventory.availability import Segment, available_to_pre_sell, available_to_sell, protect, supply

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden"


def test_python_gives_the_golden_quantities() -> None:
    golden = pd.read_csv(GOLDEN / "availability.csv")
    names = ["qty_on_hand", "qty_reserved", "qty_kept_back", "qty_in_doubt", "qty_blocked", "qty_oversell"]
    assert available_to_sell(*(golden[name] for name in names)).tolist() == golden["qty_ats"].tolist()
    assert len(golden) > 0


def test_python_keeps_the_golden_parts_for_channels() -> None:
    golden = pd.read_csv(GOLDEN / "channel_segments.csv")
    for _, case in golden.groupby("case"):
        qty_ats = int(case["qty_ats"].iloc[0])
        kept = protect(qty_ats, [Segment(*part) for part in case[["channel_id", "share", "units"]].to_numpy()])
        assert list(kept.values()) == case["qty_protected"].tolist()
        others = {channel: sum(kept.values()) - part for channel, part in kept.items()}
        assert [qty_ats - part for part in others.values()] == case["qty_channel_ats"].tolist()


def test_python_gives_the_golden_quantities_to_sell_ahead_of_supply() -> None:
    golden = pd.read_csv(GOLDEN / "pre_sell.csv")
    names = ["qty_supply", "share", "units", "qty_pre_sold", "qty_pegged"]
    found = [available_to_pre_sell(*case) for case in golden[names].itertuples(index=False)]
    assert found == golden["qty_pre_sell"].tolist()
    assert len(found) > 0


def test_a_share_whose_product_is_whole_loses_no_unit_to_binary_fractions() -> None:
    assert protect(100, [Segment("web", 0.29)]) == {"web": 29}


def test_a_gap_or_a_fraction_is_refused_instead_of_rounded() -> None:
    with pytest.raises(TypeError, match="whole base units"):
        available_to_sell(pd.Series([1, None]), [0, 0], [0, 0])
    with pytest.raises(TypeError, match="whole base units"):
        available_to_sell([1.5], [0], [0])


def test_nothing_in_gives_nothing_out() -> None:
    assert available_to_sell([], [], []).tolist() == []


def balance(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["sku", "location_id", "qty_on_hand", "qty_reserved"])
    return frame.assign(qty_in_doubt=0, qty_blocked=0, qty_oversell=0)


def levels(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sku", "location_id", "qty_kept_back"])


def test_supply_keeps_back_where_a_level_does_and_comes_in_order_of_sku_and_location() -> None:
    found = supply(
        balance(("B", "WH", 10, 1), ("A", "WH", 10, 3), ("A", "ST", 4, 0)), levels(("A", "WH", 5), ("C", "WH", 9))
    )
    assert found.to_dict("records") == [
        {"sku": "A", "location_id": "ST", "qty_ats": 4},
        {"sku": "A", "location_id": "WH", "qty_ats": 2},
        {"sku": "B", "location_id": "WH", "qty_ats": 9},
    ]
    assert found["qty_ats"].dtype == "int64"


def test_supply_leaves_out_what_is_in_doubt() -> None:
    assert supply(balance(("A", "WH", 10, 3)).assign(qty_in_doubt=4), levels())["qty_ats"].tolist() == [3]


def test_supply_without_any_level_or_any_balance() -> None:
    assert supply(balance(("A", "WH", 10, 3)), levels())["qty_ats"].tolist() == [7]
    assert supply(balance(), levels(("A", "WH", 5))).empty


def test_a_pair_that_occurs_twice_is_refused_rather_than_counted_twice() -> None:
    with pytest.raises(pd.errors.MergeError):
        supply(balance(("A", "WH", 10, 0), ("A", "WH", 10, 0)), levels())
    with pytest.raises(pd.errors.MergeError):
        supply(balance(("A", "WH", 10, 0)), levels(("A", "WH", 5), ("A", "WH", 6)))
