"""Days that could not sell, or only for a part of the day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.censoring import MAX_CENSORED_DAYS, lost_demand, unknown_days
from forecasting.panel import build_panel


def test_a_shop_that_sells_nothing_while_out_of_stock_has_unknown_days() -> None:
    qty, out = np.array([[3.0, 0, 0, 2, 0, 0]]), np.array([[0, 1.0, 1.0, 0, 0.5, 0.4]])
    np.testing.assert_array_equal(unknown_days(qty, out), [[False, True, True, False, True, False]])


def test_a_series_that_takes_back_orders_has_real_zeros_and_loses_nothing() -> None:
    qty, out = np.array([[3.0, 0, 4, 0, 0, 2]]), np.array([[0, 1.0, 1.0, 1.0, 1.0, 0.5]])
    np.testing.assert_array_equal(unknown_days(qty, out), [[False, True, False, False, False, False]])
    assert not lost_demand(qty, qty, out, out > 0.9).any()


def test_a_day_that_was_stocked_and_sold_out_again_is_no_back_order() -> None:
    qty, out = np.array([[3.0, 0, 4, 0]]), np.array([[0, 1.0, 0.7, 1.0]])
    np.testing.assert_array_equal(unknown_days(qty, out), [[False, True, False, True]])


def test_a_long_stock_out_ends_up_as_no_demand() -> None:
    out = np.ones((1, MAX_CENSORED_DAYS + 10))
    out[0, 0] = 0
    assert unknown_days(np.zeros(out.shape), out).sum() == MAX_CENSORED_DAYS


def test_a_part_of_a_day_out_of_stock_loses_that_part_of_what_is_usual() -> None:
    qty = np.array([[4.0, 6, 5, 5, 9, 0]])
    share = np.array([[0.0, 0, 0.5, 0, 0.25, 0.25]])
    # Usual before the third day is 5; before the fifth 5 too, since only days in stock all day count.
    restocked = np.zeros(qty.shape, dtype=bool)
    np.testing.assert_allclose(lost_demand(qty, qty, share, restocked), [[0, 0, 2.5, 0, 1.25, 0]])


def test_an_unknown_day_lost_what_days_in_stock_before_it_asked_for_and_not_what_emptied_the_shelf() -> None:
    qty, share = np.array([[4.0, 6, 90, np.nan, np.nan]]), np.array([[0.0, 0, 0.3, 1, 1]])
    lost = lost_demand(qty, qty, share, np.array([[False, False, True, True, True]]))
    np.testing.assert_allclose(lost[0, 3:], [5.0, 5.0])


def _sold_out_stores(day_count: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What forty stores were asked for, sold, and whether they ran out: each day begins with 4 to 20 units."""
    rng = np.random.default_rng(0)
    wanted = rng.negative_binomial(1.0, 0.15, (40, day_count)).astype(float)
    stock = rng.integers(4, 21, wanted.shape)
    return wanted, np.minimum(wanted, stock), wanted >= stock


def test_a_day_that_sold_out_takes_what_days_in_stock_asked_for_beyond_as_much() -> None:
    wanted, sold, ran_out = _sold_out_stores()
    share = np.where(ran_out, 0.05, 0.0)
    repaired = sold + lost_demand(sold, sold, share, ran_out)
    assert wanted[:, 100:].mean() > 1.15 * sold[:, 100:].mean()
    # Nothing is known beyond the largest stock of all.
    assert 0.75 < (repaired - sold)[:, 100:].sum() / (wanted - sold)[:, 100:].sum() < 1.1


def test_a_repair_knows_nothing_of_later_days() -> None:
    _, sold, ran_out = _sold_out_stores(120)
    share = np.where(ran_out, 0.05, 0.0)
    whole = lost_demand(sold, sold, share, ran_out)
    for day in (20, 60, 119):
        part = [matrix[:, :day] for matrix in (sold, sold, share, ran_out)]
        np.testing.assert_allclose(lost_demand(*part), whole[:, :day])


def test_repaired_demand_is_right_on_average_where_half_of_the_days_run_out() -> None:
    rng = np.random.default_rng(0)
    wanted, share = rng.poisson(6.0, (50, 400)), np.where(rng.random((50, 400)) < 0.5, rng.random((50, 400)), 0.0)
    days = pd.date_range("2025-01-01", periods=400)
    demand = pd.DataFrame(
        {
            "business_date": np.tile(days, 50),
            "sku": np.repeat([f"S{n:02d}" for n in range(50)], 400),
            "location_id": "W",
            "qty_demand": rng.binomial(wanted, 1 - share).ravel(),
            "is_stocked_out": False,
            "stocked_out_share": share.ravel(),
        }
    )
    repaired = build_panel(demand, days[-1])
    observed = build_panel(demand.drop(columns="stocked_out_share"), days[-1])
    assert np.nanmean(observed.qty) < 5.0
    assert np.nanmean(repaired.qty[:, 30:]) == pytest.approx(6.0, rel=0.02)
