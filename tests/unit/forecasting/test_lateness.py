"""Demand over an interval whose lead time varies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecasting.lateness import PROBABILITIES, WEIGHTS, delays, mixed


def test_lead_times_keep_their_mean_and_nearly_their_deviation() -> None:
    found = delays(np.array([14.0, 10.0, 0.0]), np.array([5.0, 0.0, 3.0]))
    assert found @ WEIGHTS == pytest.approx(np.zeros(3), abs=1e-9)
    assert np.sqrt(found[0] ** 2 @ WEIGHTS) == pytest.approx(5.0, rel=0.03)
    assert (found[1:] == 0).all()
    assert 14.0 + found[0, 0] > 0
    assert (np.diff(found[0]) > 0).all()


def test_a_mixture_of_demand_and_lead_times_has_its_quantiles() -> None:
    rng = np.random.default_rng(7)
    rate, mean, deviation = 3.0, 14.0, 5.0
    demand = rng.normal(rate * 21, 9.0, 400_000)
    lead = rng.gamma((mean / deviation) ** 2, deviation**2 / mean, demand.size)
    wanted = np.array([0.1, 0.5, 0.9, 0.95, 0.99, 0.995])
    levels = stats.norm.ppf(PROBABILITIES, rate * 21, 9.0)
    found = mixed(levels[None], rate * delays(np.array([mean]), np.array([deviation])), wanted)
    np.testing.assert_allclose(found[0], np.quantile(demand + rate * (lead - mean), wanted), rtol=0.02)


def test_rows_do_not_touch_each_other_and_none_is_none() -> None:
    levels, shifts = np.tile(PROBABILITIES * 10, (2_500, 1)), np.zeros((2_500, WEIGHTS.size))
    shifts[7] = 5.0
    found = mixed(levels, shifts, np.array([0.5, 0.9]))
    np.testing.assert_allclose(found[[0, 8, 2_499]], [[5.0, 9.0]] * 3, atol=0.1)
    np.testing.assert_allclose(found[7], [10.0, 14.0], atol=0.1)
    assert mixed(levels[:0], shifts[:0], np.array([0.5])).shape == (0, 1)
