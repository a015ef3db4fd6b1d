"""True demand of a day: how many lines of which SKU are wanted where, whether or not there is stock.

Belongs here: trend, weekly and yearly season, promotions, launches, lumpy episodes, and the draw.
Does not belong here: orders, receipts, stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from oms_core.arrays import Bools, Floats, Ints
from oms_core.twin.network import CATEGORIES, MARKETPLACE, POS, WEB, Network
from oms_core.twin.streams import Stream, stream

#: Monday first; each sums to 7.
_WEEKLY = {
    WEB: (1.15, 1.05, 1.00, 0.95, 0.90, 0.85, 1.10),
    MARKETPLACE: (1.05, 1.00, 1.00, 1.00, 0.95, 0.95, 1.05),
    POS: (0.85, 0.90, 0.95, 1.00, 1.25, 1.60, 0.45),
}
_PROMOTED_SHARE = 0.03
PROMOTION_UPLIFT = 2.4
PROMOTION_DISCOUNT_PERCENT = 20
WEEKS_PLANNED_AHEAD = 4
_EPISODE_DAYS = 14
_EPISODE_SHARE = 1 / 3


@dataclass(frozen=True)
class DayDemand:
    """Wanted lines in random order: cell, SKU and quantity by line; `is_promoted` by SKU."""

    cell: Ints
    sku: Ints
    quantity: Ints
    is_promoted: Bools


def first_of_week(day: date) -> date:
    """First day of the week that promotions go by."""
    return day - timedelta(days=day.toordinal() % 7)


def promoted_skus(network: Network, day: date) -> Bools:
    """SKUs [S] on promotion in the week of `day`."""
    rng = stream(network.spec.seed, Stream.PROMOTION, day.toordinal() // 7)
    return np.asarray(rng.random(network.spec.sku_count) < _PROMOTED_SHARE)


def sku_factor(network: Network, day: date, is_promoted: Bools) -> Floats:
    """Demand of `day` against the base rate, by SKU [S], the weekly season left out."""
    items = network.items
    age_days = (day - network.spec.history_start).days
    peak = np.array([c[1] for c in CATEGORIES])[items.category]
    height = np.array([c[2] for c in CATEGORIES])[items.category] * items.season_scale
    season = 1 + np.minimum(height, 0.9) * np.cos(2 * np.pi * (day.timetuple().tm_yday - peak) / 365.25)
    trend = np.clip(1 + items.trend * age_days / 365.25, 0.2, 5.0)
    lumpy = np.array([c == "lumpy" for c in items.classes])
    rng = stream(network.spec.seed, Stream.EPISODE, day.toordinal() // _EPISODE_DAYS)
    episode = np.where(rng.random(len(lumpy)) < _EPISODE_SHARE, 1 / _EPISODE_SHARE, 0.0)
    promotion = np.where(is_promoted, PROMOTION_UPLIFT, 1.0)
    return np.asarray(season * trend * np.where(lumpy, episode, 1.0) * promotion * (age_days >= items.launch))


def draw_demand(network: Network, day: date) -> DayDemand:
    """Draw the lines wanted on `day`: Poisson lines, and quantities that are over-dispersed for erratic SKUs."""
    rng = stream(network.spec.seed, Stream.DEMAND, day.toordinal())
    is_promoted = promoted_skus(network, day)
    weekly = np.array([_WEEKLY[cell.channel][day.weekday()] for cell in network.cells])
    rate = network.line_rate * sku_factor(network, day, is_promoted) * weekly[:, None]
    count = rng.poisson(rate)
    cell, sku = np.nonzero(count)
    repeats = count[cell, sku]
    cell, sku = np.repeat(cell, repeats), np.repeat(sku, repeats)
    order = rng.permutation(len(cell))
    cell, sku = cell[order], sku[order]
    extra = network.items.extra_quantity[sku] * rng.gamma(0.8, 1 / 0.8, len(sku))
    return DayDemand(cell, sku, 1 + rng.poisson(extra), is_promoted)


def mean_daily_units(network: Network) -> Floats:
    """Base demand in units a day, cell × SKU [C, S], before season, trend and promotion."""
    return np.asarray(network.line_rate * (1 + network.items.extra_quantity))
