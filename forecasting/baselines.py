"""Forecasts that cost nothing, which the model has to beat: seasonal naive, and the last 91 days as they were.

Belongs here: baselines by series, from days up to the origin only.
Does not belong here: anything fitted over several series.
"""

from __future__ import annotations

import numpy as np

from forecasting.panel import Floats, Panel

EMPIRICAL_DAYS = 91


def empirical(panel: Panel, horizon: int, quantiles: Floats) -> tuple[Floats, Floats]:
    """Mean and quantiles of each series' last 91 observed days, the same for every day ahead.

    Shapes series × days ahead, and series × days ahead × quantiles.
    """
    recent = _without_empty_rows(panel.qty[:, -EMPIRICAL_DAYS:])
    levels = np.nanquantile(recent, quantiles, axis=1).T
    mean = np.nanmean(recent, axis=1)
    shape = (panel.series_count, horizon)
    return np.broadcast_to(mean[:, None], shape), np.broadcast_to(levels[:, None, :], (*shape, len(quantiles)))


def seasonal_naive(panel: Panel, horizon: int, quantiles: Floats) -> tuple[Floats, Floats]:
    """Each day as the same weekday of the last week seen, spread by that rule's own errors over the last 91 days."""
    means, levels = [], []
    for ahead in range(1, horizon + 1):
        lag = 7 * -(-ahead // 7)
        point = np.nan_to_num(_lagged(panel.qty, lag - ahead)[:, -1])
        errors = panel.qty[:, -EMPIRICAL_DAYS:] - _lagged(panel.qty, lag)[:, -EMPIRICAL_DAYS:]
        spread = np.nanquantile(_without_empty_rows(errors), quantiles, axis=1).T
        means.append(point)
        levels.append(np.maximum(point[:, None] + spread, 0.0))
    return np.stack(means, axis=1), np.stack(levels, axis=1)


def _lagged(qty: Floats, days: int) -> Floats:
    """Demand `days` earlier; NaN before the panel."""
    moved = np.full_like(qty, np.nan)
    moved[:, days:] = qty[:, : qty.shape[1] - days] if days < qty.shape[1] else qty[:, :0]
    return moved


def _without_empty_rows(values: Floats) -> Floats:
    """A row without a single number becomes zeros: nothing known is nothing expected."""
    is_empty = ~np.isfinite(values).any(axis=1, keepdims=True)
    return np.where(is_empty, 0.0, values)
