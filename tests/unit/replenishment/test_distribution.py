"""Figures of a level from a grid of quantiles, against distributions that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from oms_core.arrays import Floats
from oms_core.replenishment.backtest import LevelsInForce, Setting, run_policy
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import least_cost_service, order_up_to_fill_rate

_P = np.linspace(0.0005, 0.9999, 8_000)
_DAILY = np.array([0.05, 0.6, 4.0])
_REVIEW, _LEAD = 7, 10


def _spread_over_the_unit_below(mean: Floats) -> Floats:
    """Quantiles of Poisson demand, spread evenly over the unit below each quantity, as the landed grid has them."""
    whole = poisson.ppf(_P, mean[:, None])
    into = (_P - poisson.cdf(whole - 1, mean[:, None])) / poisson.pmf(whole, mean[:, None])
    return np.maximum(whole - 1 + into, 0.0)


def _poisson(mean: Floats, lead: Floats | None = None) -> DemandGrid:
    keys = pd.DataFrame({"sku": [str(n) for n in range(mean.size)], "location_id": "W"})
    return DemandGrid(keys, _P, _spread_over_the_unit_below(mean),
                      None if lead is None else _spread_over_the_unit_below(lead))  # fmt: skip


def _loss(mean: Floats, level: Floats) -> Floats:
    """E[(D − S)⁺] of Poisson demand: (μ − S)·P(D > S) + μ·P(D = S)."""
    loss: Floats = (mean - level) * poisson.sf(level, mean) + mean * poisson.pmf(level, mean)
    return loss


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0, 1.4])
def test_the_shortage_of_poisson_demand(share: float) -> None:
    mean = _DAILY * 17
    level = np.floor(mean * share)
    found = _poisson(mean).expected_shortage(level)
    np.testing.assert_allclose(found, _loss(mean, level), rtol=0.02, atol=0.005)


def test_the_probability_of_a_level_is_that_of_whole_demand() -> None:
    level = np.array([1.0, 12.0, 70.0])
    np.testing.assert_allclose(
        _poisson(_DAILY * 17).probability_at_most(level), poisson.cdf(level, _DAILY * 17), atol=2e-4
    )


def test_the_fill_rate_is_sobel_s_closed_form() -> None:
    """β = 1 − (n(S; μ(R + L)) − n(S; μL)) ÷ μR under Poisson demand with backorders (Sobel 2004)."""
    whole, lead = _DAILY * (_REVIEW + _LEAD), _DAILY * _LEAD
    for level in (np.array([1.0, 8.0, 60.0]), np.array([2.0, 13.0, 75.0])):
        exact = 1 - (_loss(whole, level) - _loss(lead, level)) / (_DAILY * _REVIEW)
        np.testing.assert_allclose(_poisson(whole, lead).fill_rate(level), exact, atol=0.004)


def test_the_fill_rate_is_what_a_long_run_of_the_policy_serves() -> None:
    """Weekly reviews over 40 years: the figure is no formula's own."""
    days, level = 14_600, np.array([12])
    demand = np.random.default_rng(3).poisson(_DAILY[1], (1, days))
    setting = Setting("RS", np.array([_REVIEW]), np.full((1, days), _LEAD - 1), np.array([1]))
    outcome = run_policy(demand, [LevelsInForce(0, level, level, level)], setting, measured_from=60)
    served = outcome.qty_served[0] / outcome.qty_demand[0]
    grid = _poisson(_DAILY[1:2] * (_REVIEW + _LEAD - 1), _DAILY[1:2] * (_LEAD - 1))
    assert served == pytest.approx(grid.fill_rate(level.astype(float))[0], abs=0.012)


def test_without_a_lead_time_all_that_the_interval_is_short_of_counts() -> None:
    mean, level = _DAILY * _REVIEW, np.array([1.0, 4.0, 30.0])
    np.testing.assert_allclose(_poisson(mean).fill_rate(level), 1 - _loss(mean, level) / mean, atol=0.01)


@pytest.mark.parametrize("target", [0.6, 0.9, 0.98])
def test_the_level_for_a_fill_rate_is_the_smallest(target: float) -> None:
    grid = _poisson(_DAILY * (_REVIEW + _LEAD), _DAILY * _LEAD)
    level = order_up_to_fill_rate(grid, np.full(3, target))
    assert (grid.fill_rate(level.astype(float)) >= target - 1e-6).all()
    assert (grid.fill_rate(level - 1.0)[level > 0] < target).all()


def test_a_series_that_sells_nothing_needs_nothing() -> None:
    keys = pd.DataFrame({"sku": ["A"], "location_id": ["W"]})
    grid = DemandGrid(keys, np.array([0.5, 0.9999]), np.zeros((1, 2)), np.zeros((1, 2)))
    assert order_up_to_fill_rate(grid, np.array([0.99])).tolist() == [0]
    assert grid.fill_rate(np.zeros(1)).tolist() == [1.0]


def test_least_cost_weighs_the_margin_against_holding_until_the_next_review() -> None:
    """Margin 1.00, cost 52.14 held a week at a quarter a year: 0.25 a unit; critical ratio 1 ÷ 1.25."""
    found = least_cost_service(
        np.array([100.0, 0.0, 0.0]), np.array([5214.2857, 100.0, 0.0]), np.full(3, 7.0), np.full(3, 0.25)
    )
    np.testing.assert_allclose(found, [0.8, 0.0, 0.0], atol=1e-9)
