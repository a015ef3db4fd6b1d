"""What a forecast is measured by: scaled pinball loss, absolute error and bias of totals, coverage.

Belongs here: figures from outcomes and predictions. Does not belong here: which origins are tested (`accuracy`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forecasting.panel import Panel
from oms_core.arrays import Floats, Ints, divide

#: What the losses are averaged over, where a forecast has them: those of M5 (Makridakis et al. 2022).
M5_QUANTILES: Floats = np.array([0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995])

#: Coverage is told of the bands between these quantiles, in percent.
_BANDS = {50: (0.25, 0.75), 90: (0.05, 0.95), 95: (0.025, 0.975), 99: (0.005, 0.995)}
_WEIGHED_DAYS = 28


@dataclass(frozen=True)
class Past:
    """What a series' errors are measured in, one number a series, from days up to the origin.

    `change` is the mean absolute day-to-day change and `squared_change` its mean square (NaN where there is none to
    measure or it is 0), `units` what was asked for in the last 28 days.
    """

    change: Floats
    squared_change: Floats
    units: Floats

    def take(self, series: Ints) -> Past:
        """Those of the chosen series."""
        return Past(self.change[series], self.squared_change[series], self.units[series])


def past_of(panel: Panel) -> Past:
    """The scales of a panel's series as of its last day."""
    change = np.diff(panel.qty, axis=1)
    recent = np.nan_to_num(panel.qty[:, -_WEIGHED_DAYS:]).sum(axis=1)
    return Past(_positive(_mean_of_known(np.abs(change))), _positive(_mean_of_known(change**2)), recent)


def naive_scale(panel: Panel) -> Floats:
    """Mean absolute day-to-day change of each series, in base units; NaN where there is none to measure or it is 0."""
    return past_of(panel).change


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def score(qty: Floats, mean: Floats, levels: Floats, quantiles: Floats, past: Past) -> list[tuple[str, float, int]]:
    """(metric, value, series count) of one segment; a metric that nothing can be averaged for is left out.

    `qty` and `mean` are series × days, `levels` series × days × quantiles. Losses are averaged over the quantiles of
    M5 where all of them are there, else over those given.
    """
    known = np.isfinite(qty)
    found = [*_scaled(qty, mean, levels, quantiles, past)]
    total, predicted = np.nan_to_num(qty).sum(axis=1), np.where(known, mean, 0.0).sum(axis=1)
    series_count = int(known.any(axis=1).sum())
    if total.sum() > 0:
        found.append(("wape", float(np.abs(predicted - total).sum() / total.sum()), series_count))
        found.append(("bias", float((predicted - total).sum() / total.sum()), series_count))
    for percent, (low, high) in _BANDS.items():
        if known.any() and low in quantiles and high in quantiles:
            lower, upper = levels[..., quantiles == low][..., 0], levels[..., quantiles == high][..., 0]
            inside = (qty >= lower) & (qty <= upper)
            found.append((f"coverage_{percent}", float(inside[known].mean()), series_count))
    return found


def _scaled(
    qty: Floats, mean: Floats, levels: Floats, quantiles: Floats, past: Past
) -> Iterator[tuple[str, float, int]]:
    of_m5 = np.isin(quantiles, M5_QUANTILES)
    chosen = of_m5 if of_m5.sum() == M5_QUANTILES.size else np.ones(quantiles.size, dtype=bool)
    losses = mean_loss(qty, levels[..., chosen], quantiles[chosen]) / past.change
    scored = np.isfinite(losses)
    if scored.any():
        yield "spl", float(losses[scored].mean()), int(scored.sum())
    weights = np.where(scored, past.units, 0.0)
    if weights.sum() > 0:
        yield "wspl", float((np.nan_to_num(losses) * weights).sum() / weights.sum()), int((weights > 0).sum())
    errors = np.sqrt(_mean_of_known((qty - mean) ** 2) / past.squared_change)
    scored = np.isfinite(errors)
    if scored.any():
        yield "rmsse", float(errors[scored].mean()), int(scored.sum())
    weights = np.where(scored, past.units, 0.0)
    if weights.sum() > 0:
        yield "wrmsse", float((np.nan_to_num(errors) * weights).sum() / weights.sum()), int((weights > 0).sum())


def _mean_of_known(values: Floats) -> Floats:
    return divide(np.nan_to_num(values).sum(axis=1), np.isfinite(values).sum(axis=1).astype(float), np.nan)


def pinball_loss(qty: Floats, levels: Floats, quantiles: Floats) -> Floats:
    """Loss of each outcome, averaged over the quantiles (last axis of `levels`); NaN where the outcome is."""
    error = qty[..., None] - levels
    loss: Floats = np.maximum(quantiles * error, (quantiles - 1) * error).mean(axis=-1)
    return loss


def mean_loss(qty: Floats, levels: Floats, quantiles: Floats) -> Floats:
    """Pinball loss of each series, averaged over its observed days and the quantiles; NaN where none is observed."""
    return _mean_of_known(pinball_loss(qty, levels, quantiles))
