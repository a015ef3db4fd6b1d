"""The spread of sums: blended pools, and the error that is expected of a prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.features import History, Spans, summarise
from forecasting.panel import build_panel
from forecasting.spread import Traits, fit_dispersion, fit_spread

_SERIES, _DAYS, _LENGTH = 60, 200, 7


def _history() -> History:
    """Half of the series sell 4 every day, half of them 28 once a week on average: as much, but less evenly."""
    rng = np.random.default_rng(11)
    days = pd.date_range("2026-01-01", periods=_DAYS)
    frames = [
        pd.DataFrame(
            {
                "business_date": days,
                "sku": f"{number:03}",
                "location_id": "W",
                "qty_demand": rng.poisson(4, _DAYS) if number % 4 < 2 else 28 * (rng.random(_DAYS) < 1 / 7),
                "is_stocked_out": False,
            }
        )
        for number in range(_SERIES)
    ]
    return summarise(build_panel(pd.concat(frames), days[-1]))


def _held_out(history: History) -> tuple[Spans, np.ndarray]:
    origins = np.arange(60, _DAYS - _LENGTH - 1)
    series, origin = (part.ravel() for part in np.meshgrid(np.arange(_SERIES), origins, indexing="ij"))
    spans = Spans(series, origin, origin + 1, origin + _LENGTH)
    return spans, history.panel.totals(series, origin + 1, origin + _LENGTH)[0]


def test_what_sells_less_evenly_is_expected_to_err_more() -> None:
    history = _history()
    spans, actual = _held_out(history)
    predicted = np.full(spans.size, 28.0)
    model, told = fit_dispersion(history, spans, predicted, actual, seed=0)
    is_lumpy = spans.series % 4 >= 2
    assert told[is_lumpy].mean() > 3 * told[~is_lumpy].mean()
    np.testing.assert_allclose(told[~is_lumpy].mean(), np.abs(actual - 28)[~is_lumpy].mean() / 28.25, rtol=0.2)
    assert model.predict(history, spans, predicted).shape == (spans.size,)
    spread = fit_spread(predicted, Traits(np.ones(spans.size), told, np.zeros(spans.size)), actual)
    low, high = (
        spread.quantile(predicted, Traits(np.ones(spans.size), told, np.zeros(spans.size)), p) for p in (0.5, 0.95)
    )
    assert (low <= high).all()
    assert high[is_lumpy].mean() > 1.2 * high[~is_lumpy].mean()


def test_from_too_few_outcomes_nothing_is_learnt() -> None:
    history = _history()
    spans, actual = _held_out(history)
    few = np.arange(40)
    model, told = fit_dispersion(history, spans.take(few), np.full(few.size, 28.0), actual[few], seed=0)
    assert told.tolist() == [1.0] * few.size
    assert model.predict(history, spans, np.full(spans.size, 28.0)).tolist() == [1.0] * spans.size


def test_the_blend_is_the_mean_of_both_pools_and_dormant_series_keep_to_themselves() -> None:
    rng = np.random.default_rng(2)
    predicted, busyness = rng.uniform(4, 5, 8_000), np.where(np.arange(8_000) % 3, 0.4, 0.0)
    actual = np.where(busyness > 0, rng.poisson(predicted), 0).astype(float)
    traits = Traits(busyness, rng.uniform(0.2, 2.0, 8_000), np.zeros(8_000))
    spread = fit_spread(predicted, traits, actual)
    pools = (
        spread.by_busyness.quantile(predicted, busyness, 0.9),
        spread.by_dispersion.quantile(predicted, traits.awake_dispersion, 0.9),
    )
    np.testing.assert_allclose(spread.quantile(predicted, traits, 0.9), (pools[0] + pools[1]) / 2)
    assert np.ceil(spread.quantile(predicted, traits, 0.9)[busyness == 0]).max() == 0
    assert spread.deviation(predicted, traits)[busyness > 0].min() > 0


def test_a_spread_needs_an_outcome() -> None:
    nothing = np.zeros(0)
    with pytest.raises(ValueError, match="no held-out outcome"):
        fit_spread(nothing, Traits(nothing, nothing, nothing), nothing)
