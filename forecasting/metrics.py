"""What a forecast is measured by: scaled pinball loss, absolute error and bias of totals, coverage.

Belongs here: figures from outcomes and predictions. Does not belong here: which origins are tested (`accuracy`).
"""

from __future__ import annotations

import numpy as np

from forecasting.panel import Floats, Panel, divide

_LOW, _HIGH = 0.05, 0.95


def naive_scale(panel: Panel) -> Floats:
    """Mean absolute day-to-day change of each series, in base units; NaN where there is none to measure or it is 0."""
    change = np.abs(np.diff(panel.qty, axis=1))
    known = np.isfinite(change)
    counts = known.sum(axis=1).astype(float)
    scale = divide(np.nan_to_num(change).sum(axis=1), counts, 0.0)
    return np.where(scale > 0, scale, np.nan)


def score(qty: Floats, mean: Floats, levels: Floats, quantiles: Floats, scales: Floats) -> list[tuple[str, float, int]]:
    """(metric, value, series count) of one segment; a metric that nothing can be averaged for is left out.

    `qty` and `mean` are series × days, `levels` series × days × quantiles, `scales` one a series.
    """
    known = np.isfinite(qty)
    losses = mean_loss(qty, levels, quantiles) / scales
    scored = np.isfinite(losses)
    found = [("spl", float(losses[scored].mean()), int(scored.sum()))] if scored.any() else []
    total, predicted = np.nan_to_num(qty).sum(axis=1), np.where(known, mean, 0.0).sum(axis=1)
    series_count = int(known.any(axis=1).sum())
    if total.sum() > 0:
        found.append(("wape", float(np.abs(predicted - total).sum() / total.sum()), series_count))
        found.append(("bias", float((predicted - total).sum() / total.sum()), series_count))
    if known.any() and _LOW in quantiles and _HIGH in quantiles:
        low, high = levels[..., quantiles == _LOW][..., 0], levels[..., quantiles == _HIGH][..., 0]
        inside = (qty >= low) & (qty <= high)
        found.append(("coverage_90", float(inside[known].mean()), series_count))
    return found


def pinball_loss(qty: Floats, levels: Floats, quantiles: Floats) -> Floats:
    """Loss of each outcome, averaged over the quantiles (last axis of `levels`); NaN where the outcome is."""
    error = qty[..., None] - levels
    loss: Floats = np.maximum(quantiles * error, (quantiles - 1) * error).mean(axis=-1)
    return loss


def mean_loss(qty: Floats, levels: Floats, quantiles: Floats) -> Floats:
    """Pinball loss of each series, averaged over its observed days and the quantiles; NaN where none is observed."""
    loss = pinball_loss(qty, levels, quantiles)
    known = np.isfinite(loss)
    counts = known.sum(axis=1).astype(float)
    return divide(np.nan_to_num(loss).sum(axis=1), counts, np.nan)
