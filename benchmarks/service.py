"""Safety stock against its promise and against the textbook: achieved service, stock and loss on real demand.

Demand over 14 days from each of twelve weekly origins, each fitted on what came before; every series of a panel. The
textbook's level is μ·14 + z·σ·√14 with mean and deviation of the last 91 days. "Stock at equal service" stretches its z
until the textbook achieves as much as ours did, and compares the sum of all levels. Fill rates are of the second week,
after a lead time of one: what is short after both, less what was short after the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import optimize, stats

from benchmarks.measure import Figure
from benchmarks.panels import panels
from forecasting.arrays import Floats, divide
from forecasting.interval import interval_panel
from forecasting.panel import Panel
from oms_core.replenishment.distribution import DemandGrid
from oms_core.replenishment.levels import order_up_to, order_up_to_fill_rate

_INTERVAL_DAYS = 14
_LEAD_DAYS = 7
_ORIGIN_COUNT = 12
_RECENT_DAYS = 91
_TARGETS: Floats = np.array([0.9, 0.95, 0.98, 0.99])
_STOCK_GOALS = {"online_retail": "≤ 0.78", "complete_journey": "≤ 0.97"}


@dataclass(frozen=True)
class _Outcomes:
    """One row a series and origin: what came, of it in the review period; our levels, the service that they promise as
    whole units, and units short under the levels for as high a fill rate (all × targets); the textbook's mean and
    deviation, volume.
    """

    demand: Floats
    review_demand: Floats
    levels: Floats
    promised: Floats
    short: Floats
    mean: Floats
    deviation: Floats
    volume: Floats

    def textbook(self, z: float) -> Floats:
        found: Floats = np.ceil(np.maximum(self.mean + z * self.deviation, 0.0))
        return found


def service(_folder: Path) -> list[Figure]:
    """Achieved cycle service by target and volume decile, stock at equal service, loss in the tail."""
    figures: list[Figure] = []
    for name, panel in panels().items():
        found = _outcomes(panel)
        figures += [figure for number in range(_TARGETS.size) for figure in _achieved(name, found, number)]
        figures += [_stock(name, found, 1, _STOCK_GOALS[name]), _stock(name, found, 3), _tail_loss(name, found)]
    return figures


def _outcomes(panel: Panel) -> _Outcomes:
    last = panel.day_count - 1 - _INTERVAL_DAYS
    parts = [_outcomes_from(panel, last - 7 * week) for week in range(_ORIGIN_COUNT)]
    return _Outcomes(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Outcomes.__annotations__))


def _outcomes_from(panel: Panel, origin: int) -> _Outcomes:
    past = panel.until(origin)
    wanted = past.keys.assign(protection_days=_INTERVAL_DAYS, lead_time_days_mean=_LEAD_DAYS, lead_time_days_std=0.0)
    distribution = interval_panel(past, wanted, seed=0)
    came = panel.qty[panel.starts <= origin, origin + 1 : origin + 1 + _INTERVAL_DAYS]
    known = np.isfinite(came).all(axis=1)
    mean, deviation = _recent(past)
    grid = DemandGrid.from_frame(distribution.grid())
    targets = np.tile(_TARGETS, (past.series_count, 1))
    levels = np.column_stack([order_up_to(grid, target) for target in targets.T]).astype(float)
    filled = np.column_stack([order_up_to_fill_rate(grid, target) for target in targets.T]).astype(float)
    demand, lead = np.nan_to_num(came).sum(axis=1), np.nan_to_num(came[:, :_LEAD_DAYS]).sum(axis=1)
    whole = _Outcomes(
        demand,
        demand - lead,
        levels,
        np.column_stack([grid.probability_at_most(level) for level in levels.T]),
        np.maximum(demand[:, None] - filled, 0.0) - np.maximum(lead[:, None] - filled, 0.0),
        mean * _INTERVAL_DAYS,
        deviation * np.sqrt(_INTERVAL_DAYS),
        np.nan_to_num(past.qty).sum(axis=1),
    )
    return _Outcomes(*(getattr(whole, name)[known] for name in _Outcomes.__annotations__))


def _recent(past: Panel) -> tuple[Floats, Floats]:
    recent = past.qty[:, -_RECENT_DAYS:]
    days = np.isfinite(recent).sum(axis=1).astype(float)
    mean = divide(np.nan_to_num(recent).sum(axis=1), days, 0.0)
    squares = np.nan_to_num((recent - mean[:, None]) ** 2).sum(axis=1)
    return mean, np.sqrt(divide(squares, days - 1, 0.0))


def _achieved(name: str, found: _Outcomes, number: int) -> list[Figure]:
    target = float(_TARGETS[number])
    met = found.demand <= found.levels[:, number]
    textbook = float((found.demand <= found.textbook(float(stats.norm.ppf(target)))).mean())
    deciles = np.array_split(np.argsort(found.volume, kind="stable"), 10)
    worst = max((float(met[rows].mean()) - target for rows in deciles), key=abs)
    promised = found.promised[:, number]
    broken = max((float(met[rows].mean() - promised[rows].mean()) for rows in deciles), key=abs)
    fill_rate = 1.0 - float(found.short[:, number].sum() / found.review_demand.sum())
    at = f"service.{name}.at_{target:.0%}"
    return [
        Figure(at, round(100 * float(met.mean()), 2), "%", f"textbook {textbook:.2%}", None, "within 0.5 points"),
        Figure(f"{at}.worst_volume_decile", round(100 * worst, 2), "points", "", None, "within 1.0"),
        # What sells seldom has no whole level with a service as low as its target: the promise is what S covers.
        Figure(f"{at}.worst_volume_decile_to_its_promise", round(100 * broken, 2), "points"),
        Figure(f"service.{name}.fill_rate_at_{target:.0%}", round(100 * fill_rate, 2), "%"),
    ]


def _stock(name: str, found: _Outcomes, number: int, goal: str = "") -> Figure:
    levels = found.levels[:, number]
    achieved = (found.demand <= levels).mean()

    def shortfall(z: float) -> float:
        return float((found.demand <= found.textbook(z)).mean() - achieved)

    theirs = found.textbook(float(optimize.brentq(shortfall, 0.0, 100.0))).sum()
    return Figure(
        f"service.{name}.stock_at_{_TARGETS[number]:.0%}",
        round(float(levels.sum())),
        "units",
        f"textbook at equal service {theirs:.0f}",
        round(float(levels.sum() / theirs), 3),
        goal,
    )


def _tail_loss(name: str, found: _Outcomes) -> Figure:
    def loss(levels: Floats) -> float:
        error = found.demand - levels
        return float(np.maximum(0.99 * error, -0.01 * error).mean())

    ours, theirs = loss(found.levels[:, 3]), loss(found.textbook(float(stats.norm.ppf(0.99))))
    anchor = f"textbook {theirs:.3f}"
    return Figure(f"service.{name}.pinball_99", round(ours, 3), "units", anchor, round(ours / theirs, 3), "≤ 0.55")
