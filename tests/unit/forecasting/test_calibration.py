"""Probabilities corrected by what quantiles have covered."""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson

from forecasting.calibration import PROBABILITIES, fit_calibration, volume_rank


def _levels(mean: np.ndarray) -> np.ndarray:
    """Quantiles of whole Poisson demand, spread over the unit below it; the last one covers all."""
    inside = np.clip(PROBABILITIES, 1e-9, 1 - 1e-9)
    whole = poisson.ppf(inside, mean[:, None])
    into = (inside - poisson.cdf(whole - 1, mean[:, None])) / poisson.pmf(whole, mean[:, None])
    return np.maximum(whole - 1 + into, 0.0)


def test_the_class_whose_quantiles_cover_too_little_is_asked_higher_and_then_covers_its_target() -> None:
    """The tenth that sells most asks for 15 % more than its quantiles know; the others for as much."""
    rng = np.random.default_rng(2)
    volume, levels = rng.random(40_000), _levels(np.array([12.0]))
    sells_most = volume > 0.9
    actual = rng.poisson(np.where(sells_most, 1.15, 1.0) * 12.0).astype(float)
    found = fit_calibration(np.repeat(levels, volume.size, axis=0), volume, actual)
    for target in (0.5, 0.9, 0.99):
        asked = found.asked(volume, target)
        level = np.interp(asked, PROBABILITIES, levels[0])
        covered = np.clip(level - (actual - 1.0), 0.0, 1.0)
        np.testing.assert_allclose([covered[sells_most].mean(), covered[~sells_most].mean()], target, atol=0.005)
        np.testing.assert_allclose(asked[~sells_most], target, atol=0.025)
        assert asked[sells_most].min() > target + 0.002


def test_too_few_outcomes_correct_nothing() -> None:
    few = np.full(4_000, 3.0)
    found = fit_calibration(_levels(few), np.linspace(0, 1, few.size), np.zeros(few.size))
    asked = found.asked(np.array([0.0, 0.5, 1.0]), np.array([0.005, 0.9, 0.999]))
    np.testing.assert_allclose(asked, [0.005, 0.9, 0.999])


def test_what_is_asked_rises_with_the_probability_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(3)
    found = fit_calibration(_levels(np.full(6_000, 0.2)), rng.random(6_000), rng.poisson(0.2, 6_000).astype(float))
    assert len(found.covered) == 2
    asked = np.array([found.asked(np.array([0.7]), p)[0] for p in np.linspace(0, 1, 201)])
    assert (np.diff(asked) >= 0).all()
    np.testing.assert_allclose(asked[[0, -1]], [0.0, 1.0], atol=1e-6)


def test_volume_is_ranked_from_the_least_to_the_most() -> None:
    np.testing.assert_allclose(volume_rank(np.array([5.0, 0.0, 9.0, 5.0])), [0.375, 0.125, 0.875, 0.625])
    assert volume_rank(np.zeros(0)).size == 0
