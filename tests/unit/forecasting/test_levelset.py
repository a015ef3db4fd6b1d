"""Pooled ratios of outcome to prediction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecasting.levelset import fit_level_set


def test_quantiles_recover_a_known_distribution_at_every_size() -> None:
    rng = np.random.default_rng(0)
    mean = np.repeat([20.0, 200.0, 2000.0], 20_000)
    level_set = fit_level_set(mean, np.ones(mean.size), rng.exponential(mean))
    for size in (20.0, 200.0, 2000.0):
        found = level_set.quantile(np.array([size]), np.ones(1), 0.9)[0]
        assert found == pytest.approx(-size * np.log(0.1), rel=0.05)


@pytest.mark.parametrize("mean", [0.1, 0.6, 2.0, 7.5])
def test_the_ceiling_of_a_quantile_of_counts_is_the_quantile_in_whole_units(mean: float) -> None:
    actual = np.random.default_rng(1).poisson(mean, 50_000).astype(float)
    level_set = fit_level_set(np.full(actual.size, mean), np.zeros(actual.size), actual)
    for probability in (0.25, 0.5, 0.8, 0.97, 0.995):
        exact = int(stats.poisson.ppf(probability, mean))
        clear = abs(stats.poisson.cdf([exact - 1, exact], mean) - probability).min() > 0.005
        found = np.ceil(level_set.quantile(np.array([mean]), np.zeros(1), probability)[0])
        assert found == exact or (not clear and abs(found - exact) <= 1)


def test_series_that_sell_seldom_spread_otherwise_than_busy_ones_of_the_same_mean() -> None:
    rng = np.random.default_rng(2)
    busyness = np.repeat([0.1, 0.9], 20_000)
    lumpy = 10.0 * rng.binomial(1, 0.1, 20_000)
    level_set = fit_level_set(np.ones(40_000), busyness, np.concatenate([lumpy, rng.poisson(1.0, 20_000)]))
    assert np.ceil(level_set.quantile(np.ones(2), np.array([0.1, 0.9]), 0.95)).tolist() == [10.0, 3.0]


def test_many_probabilities_at_once_answer_as_one_by_one() -> None:
    rng = np.random.default_rng(4)
    mean, busyness = rng.gamma(0.5, 4.0, 5_000), rng.random(5_000)
    level_set = fit_level_set(mean, busyness, rng.poisson(mean).astype(float))
    wanted = np.array([0.005, 0.05, 0.5, 0.835, 0.995])
    one_by_one = np.column_stack([level_set.quantile(mean, busyness, probability) for probability in wanted])
    np.testing.assert_allclose(level_set.quantiles(mean, busyness, wanted), one_by_one)


def test_one_probability_a_series_answers_as_one_for_all() -> None:
    rng = np.random.default_rng(0)
    mean, busyness = rng.uniform(0.01, 50, 5_000), rng.uniform(0, 1, 5_000)
    level_set = fit_level_set(mean, busyness, rng.poisson(mean).astype(float))
    asked, busy = np.array([0.5, 20.0, 3.0]), np.array([0.1, 0.5, 0.9])
    each = level_set.quantile(asked, busy, np.array([0.5, 0.9, 0.99]))
    assert each.tolist() == [level_set.quantile(asked, busy, p)[i] for i, p in enumerate((0.5, 0.9, 0.99))]


def test_equal_predictions_make_one_class_and_no_outcome_is_refused() -> None:
    level_set = fit_level_set(np.zeros(5_000), np.zeros(5_000), np.zeros(5_000))
    assert level_set.size_edges.size == 0
    assert level_set.quantile(np.array([0.0]), np.zeros(1), 0.99).tolist() == [0.0]
    with pytest.raises(ValueError, match="no held-out outcome"):
        fit_level_set(np.zeros(0), np.zeros(0), np.zeros(0))
