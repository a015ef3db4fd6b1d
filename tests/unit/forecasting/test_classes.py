"""Classes of demand by variability, interval and size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.classes import demand_classes

DAYS = pd.date_range("2025-06-02", periods=364)


def _demand(by_week: list[float], *, sku: str = "S", stocked_out: np.ndarray | None = None) -> pd.DataFrame:
    """The weekly quantities again and again for 52 weeks, all of a week on its third day."""
    qty = np.zeros(len(DAYS))
    qty[2::7] = np.resize(by_week, 52)
    out = np.zeros(len(DAYS), dtype=bool) if stocked_out is None else stocked_out
    rows = {"business_date": DAYS, "sku": sku, "location_id": "W", "qty_demand": qty, "is_stocked_out": out}
    return pd.DataFrame(rows)


def _classified(demand: pd.DataFrame) -> pd.Series:
    return demand_classes(demand, origin=DAYS[-1].date()).iloc[0]


@pytest.mark.parametrize(
    ("by_week", "pattern", "xyz"),
    [
        ([10, 11, 9, 10], "smooth", "X"),
        ([10, 0, 9, 10, 11, 10, 10, 10], "smooth", "X"),
        ([2, 30, 1, 4], "erratic", "Z"),
        ([10, 0, 10, 0], "intermittent", "Y"),
        ([5, 0, 0, 0], "intermittent", "Z"),
        ([1, 0, 0, 40, 0, 0, 2, 0], "lumpy", "Z"),
    ],
)
def test_a_series_is_of_the_pattern_that_its_weeks_have(by_week: list[float], pattern: str, xyz: str) -> None:
    found = _classified(_demand(by_week))
    assert (found["demand_pattern"], found["xyz_class"]) == (pattern, xyz)


def test_the_figures_are_those_of_the_paper_s_definitions() -> None:
    found = _classified(_demand([10, 0, 30, 0]))
    assert found["demand_interval_weeks"] == 2.0
    assert found["demand_size_cv2"] == 0.25  # mean 20, deviation 10


def test_a_series_without_demand_in_a_year_has_no_pattern() -> None:
    found = _classified(_demand([0]))
    assert pd.isna(found["demand_pattern"])
    assert found["xyz_class"] == "Z"
    assert pd.isna(found["demand_interval_weeks"])


def test_weeks_in_which_it_could_not_be_had_say_nothing() -> None:
    out = np.zeros(len(DAYS), dtype=bool)
    weeks = np.arange(len(DAYS)) // 7
    out[np.isin(weeks, [3, 9, 20])] = True
    demand = _demand([10]).assign(is_stocked_out=out)
    demand.loc[out, "qty_demand"] = 0
    assert _classified(demand)["demand_interval_weeks"] == 1.0


def test_a_one_off_order_counts_as_planning_takes_it() -> None:
    huge, cut = _demand([10]), _demand([10])
    huge.loc[300, "qty_demand"], cut.loc[300, "qty_demand"] = 70_000, 100
    pd.testing.assert_series_equal(_classified(huge), _classified(cut))


def test_a_series_of_a_few_days_is_classified_by_what_there_is() -> None:
    found = demand_classes(_demand([10]).iloc[-5:], origin=DAYS[-1].date())
    assert len(found) == 1
    assert pd.isna(found["demand_pattern"].iloc[0])


def test_rows_after_the_origin_are_not_looked_at() -> None:
    demand = _demand([10, 0])
    until = DAYS[279].date()
    later = demand.assign(qty_demand=demand["qty_demand"].mask(demand["business_date"].dt.date > until, 999))
    pd.testing.assert_frame_equal(demand_classes(demand, origin=until), demand_classes(later, origin=until))
