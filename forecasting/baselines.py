"""Forecasts that cost nothing, which the model has to beat: seasonal naive, and the last 91 days as they were.

Belongs here: baselines by series, from days up to the origin only.
Does not belong here: anything fitted over several series.
"""

from __future__ import annotations

import numpy as np

from forecasting.panel import Panel
from oms_core.arrays import Floats, divide

EMPIRICAL_DAYS = 91


def empirical(panel: Panel, horizon: int, quantiles: Floats) -> tuple[Floats, Floats]:
    """Mean and quantiles of each series' last 91 observed days, the same for every day ahead.

    Shapes series × days ahead, and series × days ahead × quantiles.
    """
    mean, levels = recent_days(panel.qty, panel.day_count - 1, quantiles)
    shape = (panel.series_count, horizon)
    return np.broadcast_to(mean[:, None], shape), np.broadcast_to(levels[:, None, :], (*shape, len(quantiles)))


def recent_days(qty: Floats, origin: int, quantiles: Floats) -> tuple[Floats, Floats]:
    """Mean (one a series) and quantiles (series × quantiles) of the 91 days of `qty` (series × days) up to `origin`; 0
    where none is known.
    """
    recent = qty[:, max(origin + 1 - EMPIRICAL_DAYS, 0) : origin + 1]
    mean = divide(np.nan_to_num(recent).sum(axis=1), np.isfinite(recent).sum(axis=1).astype(float), 0.0)
    return mean, row_quantiles(recent, quantiles)


def seasonal_naive(panel: Panel, horizon: int, quantiles: Floats) -> tuple[Floats, Floats]:
    """Each day as the same weekday of the last week seen, spread by that rule's own errors over the last 91 days."""
    lags = 7 * -(-np.arange(1, horizon + 1) // 7)
    spreads = {lag: _spread_of_lag(panel, int(lag), quantiles) for lag in np.unique(lags)}
    means = [np.nan_to_num(_lagged(panel.qty, int(lag) - ahead)[:, -1]) for ahead, lag in enumerate(lags, start=1)]
    levels = [np.maximum(mean[:, None] + spreads[lag], 0.0) for mean, lag in zip(means, lags, strict=True)]
    return np.stack(means, axis=1), np.stack(levels, axis=1)


def _spread_of_lag(panel: Panel, lag: int, quantiles: Floats) -> Floats:
    """Quantiles (series × quantiles) of demand less demand `lag` days before, over the last 91 days."""
    errors = panel.qty[:, -EMPIRICAL_DAYS:] - _lagged(panel.qty, lag)[:, -EMPIRICAL_DAYS:]
    return row_quantiles(errors, quantiles)


def row_quantiles(values: Floats, quantiles: Floats) -> Floats:
    """Quantiles of each row's numbers, NaN left out, linear between them; 0 for a row of none. Rows × quantiles.

    As `numpy.nanquantile(axis=1)`, which goes row by row and took half of the back-test's time.
    """
    ordered = np.sort(values, axis=1)
    last = np.maximum(np.isfinite(values).sum(axis=1) - 1, 0)
    place = last[:, None] * quantiles
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, last[:, None])
    low, high = np.take_along_axis(ordered, below, axis=1), np.take_along_axis(ordered, above, axis=1)
    found: Floats = np.nan_to_num(low + (place - below) * (high - low))
    return found


def _lagged(qty: Floats, days: int) -> Floats:
    """Demand `days` earlier; NaN before the panel."""
    moved = np.full_like(qty, np.nan)
    moved[:, days:] = qty[:, : qty.shape[1] - days] if days < qty.shape[1] else qty[:, :0]
    return moved
