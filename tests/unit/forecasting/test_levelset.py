"""Pooled ratios of outcome to prediction."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.levelset import fit_level_set


def test_quantiles_recover_a_known_distribution_at_every_size() -> None:
    rng = np.random.default_rng(0)
    mean = np.repeat([2.0, 20.0, 200.0], 20_000)
    level_set = fit_level_set(mean, rng.exponential(mean))
    for size in (2.0, 20.0, 200.0):
        found = level_set.quantile(np.array([size]), 0.9)[0]
        assert found == pytest.approx(-size * np.log(0.1), rel=0.05)


def test_one_probability_a_series_answers_as_one_for_all() -> None:
    rng = np.random.default_rng(0)
    mean = rng.uniform(0.01, 50, 5_000)
    level_set = fit_level_set(mean, rng.poisson(mean).astype(float))
    asked = np.array([0.5, 20.0, 3.0])
    each = level_set.quantile(asked, np.array([0.5, 0.9, 0.99]))
    assert each.tolist() == [level_set.quantile(asked, p)[i] for i, p in enumerate((0.5, 0.9, 0.99))]


def test_equal_predictions_make_one_pool_and_no_outcome_is_refused() -> None:
    level_set = fit_level_set(np.zeros(5_000), np.zeros(5_000))
    assert level_set.edges.size == 0
    assert level_set.quantile(np.array([0.0, 7.0]), 0.99).tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="no held-out outcome"):
        fit_level_set(np.zeros(0), np.zeros(0))
