"""Safety stock against its promise and against the textbook: achieved service, stock and loss on real demand.

Demand over 14 days from each of twelve origins two weeks apart, half a year without a day twice, each fitted on what
came before; every series of a panel, Complete Journey's chosen by what was sold before the first origin. In total, once
more from the last twelve weeks, of which the goals are (`weekly`; ADR 34 says why not of these alone). The textbook's
level is μ·14 + z·σ·√14 with mean and deviation of the last 91 days. "Stock at equal service" stretches its z
until the textbook achieves as much as ours did, and compares the sum of all levels. A level's promise is what it covers
as a whole number of units, by its own distribution: the smallest that reaches a target covers more than it. Fill rates
are of the second week, after a lead time of one: what is short after both, less what was short after the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from benchmarks.measure import Figure
from benchmarks.panels import panels
from forecasting.interval import interval_panel
from forecasting.panel import Panel
from oms_core.arrays import Bools, Floats, Ints, divide
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import order_up_to, order_up_to_fill_rate

_INTERVAL_DAYS = 14
_LEAD_DAYS = 7
_ORIGIN_COUNT, _ORIGIN_EVERY_DAYS, _WEEKLY = 12, 14, 7
_CHOSEN_UP_TO = "2017-07-09"
_RECENT_DAYS = 91
_DECILES = 10
_RESAMPLES, _BLOCK_ORIGINS = 2_000, 2
_TARGETS: Floats = np.array([0.9, 0.95, 0.98, 0.99])
_STOCK_GOALS = {"online_retail": "≤ 0.78", "complete_journey": "≤ 0.97"}


@dataclass(frozen=True)
class _Outcomes:
    """One row a series and origin: what came, of it in the review period; our levels, the service that they promise as
    whole units, and units short under the levels for as high a fill rate (all × targets); the textbook's mean and
    deviation, volume, and the number of the origin, 0 the last.
    """

    demand: Floats
    review_demand: Floats
    levels: Floats
    promised: Floats
    short: Floats
    mean: Floats
    deviation: Floats
    volume: Floats
    origin: Floats

    @cached_property
    def deciles(self) -> Ints:
        """Decile of volume of each row among those of its origin, 0 what sells least."""
        found = np.empty(self.volume.size, dtype=np.int64)
        for number in np.unique(self.origin):
            of_origin = np.flatnonzero(self.origin == number)
            ordered = of_origin[np.argsort(self.volume[of_origin], kind="stable")]
            for decile, rows in enumerate(np.array_split(ordered, _DECILES)):
                found[rows] = decile
        return found

    def textbook(self, z: float) -> Floats:
        found: Floats = np.ceil(np.maximum(self.mean + z * self.deviation, 0.0))
        return found


def service(_folder: Path) -> list[Figure]:
    """Achieved cycle service by target and volume decile, stock at equal service, loss in the tail."""
    figures: list[Figure] = []
    for name, panel in panels(_CHOSEN_UP_TO).items():
        found, weekly = (_outcomes(panel, every_days) for every_days in (_ORIGIN_EVERY_DAYS, _WEEKLY))
        figures += [figure for number in range(_TARGETS.size) for figure in _achieved(name, found, number)]
        figures += [_stock(name, found, 1, _STOCK_GOALS[name]), _stock(name, found, 3), _tail_loss(name, found)]
        figures += [_stock_by_decile(name, found, 1)]
        figures += [_in_total(f"{name}.weekly", weekly, number) for number in range(_TARGETS.size)]
        figures += [_stock(f"{name}.weekly", weekly, 1, _STOCK_GOALS[name]), _tail_loss(f"{name}.weekly", weekly)]
    return figures


def _outcomes(panel: Panel, every_days: int) -> _Outcomes:
    last = panel.day_count - 1 - _INTERVAL_DAYS
    parts = [_outcomes_from(panel, last - every_days * number, number) for number in range(_ORIGIN_COUNT)]
    return _Outcomes(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Outcomes.__annotations__))


def _outcomes_from(panel: Panel, origin: int, number: int) -> _Outcomes:
    past = panel.until(origin)
    lead = {"lead_time_days_mean": _LEAD_DAYS, "lead_time_days_std": 0.0, "lead_days": _LEAD_DAYS}
    wanted = past.keys.assign(protection_days=_INTERVAL_DAYS, **lead)
    distribution = interval_panel(past, wanted, seed=0)
    came = panel.qty[panel.starts <= origin, origin + 1 : origin + 1 + _INTERVAL_DAYS]
    # Who was shut untold is asked how long his levels last all the same, though no forecast learns from such days.
    came = np.where(np.isnan(came).all(axis=0), 0.0, came)
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
        np.full(past.series_count, float(number)),
    )
    return _Outcomes(*(getattr(whole, name)[known] for name in _Outcomes.__annotations__))


def _recent(past: Panel) -> tuple[Floats, Floats]:
    recent = past.qty[:, -_RECENT_DAYS:]
    days = np.isfinite(recent).sum(axis=1).astype(float)
    mean = divide(np.nan_to_num(recent).sum(axis=1), days, 0.0)
    squares = np.nan_to_num((recent - mean[:, None]) ** 2).sum(axis=1)
    return mean, np.sqrt(divide(squares, days - 1, 0.0))


def _in_total(name: str, found: _Outcomes, number: int) -> Figure:
    target = float(_TARGETS[number])
    met = float((found.demand <= found.levels[:, number]).mean())
    textbook = float((found.demand <= found.textbook(float(stats.norm.ppf(target)))).mean())
    at = f"service.{name}.at_{target:.0%}"
    return Figure(at, round(100 * met, 2), "%", f"textbook {textbook:.2%}", None, "within 0.5 points")


def _achieved(name: str, found: _Outcomes, number: int) -> list[Figure]:
    target = float(_TARGETS[number])
    met = found.demand <= found.levels[:, number]
    # What sells seldom has no whole level with a service as low as its target: the promise is what S covers.
    to_target, to_promise, of_units = met - target, met - found.promised[:, number], found.promised[:, number] - target
    fill_rate = 1.0 - float(found.short[:, number].sum() / found.review_demand.sum())
    at = f"service.{name}.at_{target:.0%}"
    return [
        _in_total(name, found, number),
        Figure(f"{at}.to_its_promise", round(100 * float(to_promise.mean()), 2), "points", "", None, "within 0.5"),
        # What whole levels that reach their target cover beyond it if their distribution is the true one: no forecast
        # takes it away, only levels that promise less than was asked for.
        Figure(f"{at}.of_whole_units", round(100 * float(of_units.mean()), 2), "points", _signed(of_units, found)),
        Figure(f"{at}.worst_volume_decile", _worst(to_target, found.deciles), "points", "", None, "within 1.0"),
        Figure(
            f"{at}.worst_volume_decile_to_its_promise",
            _worst(to_promise, found.deciles),
            "points",
            _signed(to_promise, found),
            None,
            "within 1.0",
        ),
        Figure(f"{at}.worst_volume_decile_by_chance", _by_chance(to_promise, found), "points"),
        Figure(f"service.{name}.fill_rate_at_{target:.0%}", round(100 * fill_rate, 2), "%"),
    ]


def _signed(deviation: Floats, found: _Outcomes) -> str:
    """The deviation of each decile of volume, points, what sells least first."""
    return " ".join(f"{100 * deviation[found.deciles == decile].mean():+.1f}" for decile in range(_DECILES))


def _worst(deviation: NDArray[np.floating], deciles: Ints) -> float:
    """The deviation, in points, of the decile of volume that keeps its target worst."""
    return round(100 * max((float(deviation[deciles == decile].mean()) for decile in range(_DECILES)), key=abs), 2)


def _by_chance(deviation: Floats, found: _Outcomes) -> float:
    """How far off, in points, the worst decile would be in half of all such half-years if each decile kept its promise.

    Origins are drawn anew two neighbours at a time, all series of an origin together, as weeks are good or bad for all;
    of each decile only the deviation from its own mean counts.
    """
    by_origin = np.array(
        [
            [deviation[(found.deciles == decile) & (found.origin == number)].mean() for number in range(_ORIGIN_COUNT)]
            for decile in range(_DECILES)
        ]
    )
    by_origin -= by_origin.mean(axis=1, keepdims=True)
    starts = np.random.default_rng(0).integers(0, _ORIGIN_COUNT, (_RESAMPLES, _ORIGIN_COUNT // _BLOCK_ORIGINS))
    drawn = (starts[:, :, None] + np.arange(_BLOCK_ORIGINS)) % _ORIGIN_COUNT
    worst = np.abs(by_origin[:, drawn].mean(axis=(2, 3))).max(axis=0)
    return round(100 * float(np.median(worst)), 2)


def _stock(name: str, found: _Outcomes, number: int, goal: str = "") -> Figure:
    everything = np.ones(found.demand.size, dtype=bool)
    ours, theirs = _stock_of(found, number, everything)
    at = f"service.{name}.stock_at_{_TARGETS[number]:.0%}"
    return Figure(at, round(ours), "units", f"textbook at equal service {theirs:.0f}", round(ours / theirs, 3), goal)


def _stock_by_decile(name: str, found: _Outcomes, number: int) -> Figure:
    """The textbook's z stretched in each decile of volume on its own: as even a service as ours, not its total alone.
    Deciles in which no z of the textbook's serves as much are left out of both.
    """
    parts = [_stock_of(found, number, found.deciles == decile) for decile in range(_DECILES)]
    ours, theirs = np.array([part for part in parts if np.isfinite(part[1])]).sum(axis=0)
    at = f"service.{name}.stock_at_{_TARGETS[number]:.0%}.equal_in_every_decile"
    return Figure(at, round(float(ours)), "units", f"textbook {theirs:.0f}", round(float(ours / theirs), 3))


def _stock_of(found: _Outcomes, number: int, rows: Bools) -> tuple[float, float]:
    """Units of our levels and of the textbook's that serve as many of these rows; NaN where none do."""
    demand, levels = found.demand[rows], found.levels[rows, number]
    achieved = (demand <= levels).mean()

    def shortfall(z: float) -> float:
        return float((demand <= found.textbook(z)[rows]).mean() - achieved)

    lowest, highest = -10.0, 100.0
    if shortfall(highest) < 0 or shortfall(lowest) > 0:
        return float(levels.sum()), np.nan
    return float(levels.sum()), float(found.textbook(float(optimize.brentq(shortfall, lowest, highest)))[rows].sum())


def _tail_loss(name: str, found: _Outcomes) -> Figure:
    def loss(levels: Floats) -> float:
        error = found.demand - levels
        return float(np.maximum(0.99 * error, -0.01 * error).mean())

    ours, theirs = loss(found.levels[:, 3]), loss(found.textbook(float(stats.norm.ppf(0.99))))
    anchor = f"textbook {theirs:.3f}"
    return Figure(f"service.{name}.pinball_99", round(ours, 3), "units", anchor, round(ours / theirs, 3), "≤ 0.55")
