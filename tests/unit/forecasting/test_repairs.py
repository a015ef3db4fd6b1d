"""What stands for days that could not sell, and for one-off orders."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecasting import repairs

_TODAY = date(2026, 4, 30)


def _demand() -> pd.DataFrame:
    days = pd.date_range(end=str(_TODAY), periods=120)
    frame = pd.DataFrame(
        {"business_date": days, "sku": "A", "location_id": "W", "qty_demand": 4, "is_stocked_out": False}
    )
    frame.loc[60:62, ["qty_demand", "is_stocked_out"]] = [0, True]
    frame.loc[90, "qty_demand"] = 74_215
    return frame


def test_days_out_of_stock_take_what_was_typical_and_a_one_off_ten_times_the_largest_before() -> None:
    found = repairs(_demand(), origin=_TODAY)
    assert found["kind"].tolist() == ["stocked_out"] * 3 + ["one_off"]
    assert found["qty_demand"].tolist() == [0, 0, 0, 74_215]
    np.testing.assert_allclose(found["qty_repaired"], [4.0, 4.0, 4.0, 100.0])
    assert found["method"].str.startswith(("mean of the days in stock", "cut to 10 times")).all()


def test_a_day_partly_out_of_stock_takes_what_was_sold_and_its_part_of_what_is_usual() -> None:
    partly = _demand().assign(stocked_out_share=0.0)
    partly.loc[60:62, "stocked_out_share"] = 1.0
    partly.loc[70, ["qty_demand", "stocked_out_share"]] = [3, 0.25]
    found = repairs(partly, origin=_TODAY)
    row = found[found["demand_date"] == partly.loc[70, "business_date"]].iloc[0]
    assert (row["kind"], row["qty_demand"], row["qty_repaired"]) == ("stocked_out", 3, 4.0)
    assert row["method"].startswith("what was sold; and")
    assert found["kind"].tolist() == ["stocked_out"] * 4 + ["one_off"]


def test_a_repair_looks_at_nothing_after_its_day() -> None:
    whole = repairs(_demand(), origin=_TODAY)
    for until in (date(2026, 3, 5), date(2026, 4, 2)):
        early = repairs(_demand(), origin=until)
        pd.testing.assert_frame_equal(early, whole[whole["demand_date"] <= pd.Timestamp(until)].reset_index(drop=True))


def test_demand_as_it_should_be_needs_no_repair() -> None:
    plain = _demand().assign(qty_demand=4, is_stocked_out=False)
    assert repairs(plain, origin=_TODAY).empty


def test_malformed_demand_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the columns"):
        repairs(_demand().drop(columns="sku"), origin=_TODAY)
