"""The forecasts that cost nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting import forecast
from forecasting.baselines import empirical, row_quantiles, seasonal_naive
from forecasting.panel import Panel, build_panel

QUANTILES = np.array([0.05, 0.5, 0.95])


def _panel(qty: list[float]) -> Panel:
    days = pd.date_range("2025-03-03", periods=len(qty))
    rows = {"business_date": days, "sku": "A", "location_id": "W", "qty_demand": qty, "is_stocked_out": False}
    return build_panel(pd.DataFrame(rows), days[-1])


def test_row_quantiles_agree_with_numpy_row_by_row() -> None:
    values = np.random.default_rng(0).normal(size=(50, 91))
    values[values > 1] = np.nan
    np.testing.assert_allclose(row_quantiles(values, QUANTILES), np.nanquantile(values, QUANTILES, axis=1).T)
    assert row_quantiles(np.full((1, 4), np.nan), QUANTILES).tolist() == [[0.0, 0.0, 0.0]]


def test_seasonal_naive_repeats_a_perfect_week_without_spread() -> None:
    week = [0.0, 1, 2, 3, 4, 5, 6]
    mean, levels = seasonal_naive(_panel(week * 20), 28, QUANTILES)
    assert mean[0].tolist() == week * 4
    assert (levels[0] == np.array(week * 4)[:, None]).all()


def test_the_empirical_forecast_is_the_last_91_days_as_they_were() -> None:
    mean, levels = empirical(_panel([100.0] * 30 + [2.0] * 91), 3, QUANTILES)
    assert (mean == 2.0).all()
    assert (levels == 2.0).all()


def test_where_last_days_stand_for_a_model_one_order_is_no_level() -> None:
    """A home of a month leaves its series to their own days: 74,215 pieces once were 2,475 a day for four weeks."""
    qty = [1.0, 0.0, 2.0] * 10
    qty[20] = 74_215.0
    rows = pd.DataFrame({"business_date": pd.date_range("2025-03-03", periods=30), "sku": "A", "qty_demand": qty})
    found = forecast(rows.assign(location_id="W", is_stocked_out=False), origin=rows["business_date"].max())
    assert set(found.frame["model"]) == {"recent_91_days"}
    # Ten times a handful is left of it.
    assert found.qty_mean.max() < 5
    assert found.frame["qty_forecast"].max() <= 100


def test_one_day_of_history_is_enough() -> None:
    mean, levels = seasonal_naive(_panel([3.0]), 10, QUANTILES)
    assert np.isfinite(mean).all()
    assert np.isfinite(levels).all()
