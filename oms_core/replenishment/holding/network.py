"""Places that replenish each other, planned together: pooled demand, and where the safety stock stands.

Belongs here: which series is replenished from which, demand pooled along the tree, net replenishment times.
Does not belong here: the program that finds service times (`service_times`), levels (`levels`), reading locations.

A place that replenishes others protects their demand and its own as one sum; each of them protects what it takes to get
there, not the supplier's lead time again. Variances add up with the pooled correlation ρ of their demand,
Σσᵢ² + ρ Σᵢ≠ⱼ σᵢσⱼ (risk pooling: Eppen 1979, Management Science 25(5), 498-501), and the sum is taken as gamma by its
two moments (Burgin 1975, Operational Research Quarterly 26(3), 507-525).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

from oms_core.arrays import Bools, Floats, Ints
from oms_core.replenishment.holding.distribution import DUST, SPREAD_GROWTH, DemandGrid
from oms_core.replenishment.holding.service_times import cheapest_service_times

_KEY = ["sku", "location_id"]
#: Whole quantities are spread evenly over the unit below them in a grid: that much variance is not demand's.
_JITTER = 1.0 / 12.0
#: Of a store's spread, at most this part of the variance is put down to its supplier's lead time.
_MOST_SUPPLY_SHARE = 0.75


def with_sources(series: pd.DataFrame, sources: Mapping[str, str]) -> pd.DataFrame:
    """The series (sku, location_id) and those of the places that replenish theirs, each once, sorted."""
    found = [series[_KEY].drop_duplicates()]
    for _ in range(len(sources)):
        above = found[-1].assign(location_id=found[-1]["location_id"].map(sources)).dropna().drop_duplicates()
        if above.empty:
            break
        found.append(above)
    return pd.concat(found, ignore_index=True).drop_duplicates().sort_values(_KEY).reset_index(drop=True)


def sources_of(locations: pd.DataFrame) -> dict[str, str]:
    """Of each location (location_id, replenished_from) the one that replenishes it.

    A source that is no location is left out, and every place of a circle.
    """
    declared = locations[locations["replenished_from"].isin(set(locations["location_id"]))]
    known = {
        str(place): str(source)
        for place, source in zip(declared["location_id"], declared["replenished_from"], strict=True)
    }
    return {place: source for place, source in known.items() if not _is_in_circle(place, known)}


def _is_in_circle(place: str, sources: Mapping[str, str]) -> bool:
    seen, at = {place}, sources[place]
    while at in sources and at not in seen:
        seen.add(at)
        at = sources[at]
    return at in seen


def linked(intervals: pd.DataFrame, demand: pd.DataFrame, sources: Mapping[str, str]) -> pd.DataFrame:
    """The intervals with `levels.NETWORK`: what replenishes each place, and how the demand of a tree's places goes."""
    correlation = demand_correlation(demand, sources) if sources else np.nan
    return intervals.assign(
        replenished_from=intervals["location_id"].map(sources).astype("str"),
        demand_correlation=intervals["location_id"].isin({*sources, *sources.values()}).map({True: correlation}),
    )


def demand_correlation(demand: pd.DataFrame, sources: Mapping[str, str]) -> float:
    """Pooled correlation of weekly demand between places of one tree, over all SKUs; 0 where nothing tells it.

    `demand`: business_date, sku, location_id, qty_demand. (Σ Var of sums − Σ Var) ÷ (Σ (Σσ)² − Σ Var), at least 0.
    """
    roots = {place: _root(place, sources) for place in set(demand["location_id"])}
    joined = demand[demand["location_id"].map(roots).isin(set(sources.values()))]
    if joined.empty:
        return 0.0
    week = pd.to_datetime(joined["business_date"]).dt.to_period("W").dt.start_time
    weekly = joined.groupby([joined["sku"], joined["location_id"].map(roots).rename("root"), "location_id", week])
    table = weekly["qty_demand"].sum().unstack(fill_value=0)
    of_sku = [table.index.get_level_values(0), table.index.get_level_values(1)]
    deviation = table.std(axis=1, ddof=1)
    variance = deviation.pow(2).groupby(of_sku).sum()
    whole = table.groupby(of_sku).sum().var(axis=1, ddof=1)
    shared = float((deviation.groupby(of_sku).sum().pow(2) - variance).sum())
    return float(np.clip((whole - variance).sum() / shared, 0.0, 1.0)) if shared > DUST else 0.0


def _root(place: str, sources: Mapping[str, str]) -> str:
    while place in sources:
        place = sources[place]
    return place


def source_rows(levels: pd.DataFrame) -> Ints:
    """Row number of the series that replenishes each row of `levels`, where they are planned together; −1 elsewhere.

    Needs sku, location_id, replenished_from, network_planning.
    """
    named = levels["replenished_from"].where(levels["network_planning"] == 1)
    numbers = pd.Series(np.arange(len(levels)), index=pd.MultiIndex.from_frame(levels[_KEY].astype(object)))
    wanted = pd.MultiIndex.from_arrays([levels["sku"].astype(object), named.astype(object)])
    found: Ints = numbers.reindex(wanted).fillna(-1).to_numpy(dtype=np.int64)
    return found


def together(planned: pd.DataFrame, grid: DemandGrid, days: Floats) -> pd.DataFrame:
    """`planned` with the intervals of its network, each SKU's places planned as one; index as there.

    `planned`: rows of levels as rules set them, before the network; `grid` and `days` are of the observed intervals.
    Of each place in a network: lead_time_days_mean and protection_days are of its net replenishment time,
    service_time_days is what it promises those that it replenishes, qty_demand_mean and, where it replenishes others,
    qty_demand_std are of the demand that it covers.
    """
    source = source_rows(planned)
    found = planned.assign(service_time_days=pd.array([None] * len(planned), dtype="Int64"), qty_demand_std=np.nan)
    if not (source >= 0).any():
        return found
    pool = _Pool.of(planned, grid, days, source)
    review = planned["review_period_days"].to_numpy(dtype=np.int64)
    service = np.zeros(len(planned), dtype=np.int64)
    for rows, tree in _trees(planned, source):
        service[rows] = _service_times(planned, pool, rows, tree)
    inbound = np.where(source >= 0, service[np.maximum(source, 0)], 0)
    net = np.maximum(inbound + pool.times - service, 1)
    at = pool.is_part
    mean = pool.rate * net
    pooled = at & pool.has_below
    found["service_time_days"] = found["service_time_days"].mask(at, service)
    found["protection_days"] = np.where(at, net, planned["protection_days"])
    found["lead_time_days_mean"] = np.where(at, np.maximum(net - review, 0), planned["lead_time_days_mean"])
    found["qty_demand_mean"] = np.where(at, mean.round(4), planned["qty_demand_mean"])
    found["qty_demand_std"] = np.where(pooled, (pool.deviation * net**SPREAD_GROWTH).round(4), np.nan)
    return found


class _Pool:
    """Demand along the trees, a day: rate, and deviation (grows with days to the power of SPREAD_GROWTH)."""

    def __init__(self, rate: Floats, deviation: Floats, times: Ints, is_part: Bools,
                 has_below: Bools, has_customers: Bools) -> None:  # fmt: skip
        self.rate, self.deviation, self.times = rate, deviation, times
        self.is_part, self.has_below, self.has_customers = is_part, has_below, has_customers

    @classmethod
    def of(cls, planned: pd.DataFrame, grid: DemandGrid, days: Floats, source: Ints) -> _Pool:
        own = planned["qty_demand_mean_observed"].to_numpy(dtype=float) / days
        deviation = own_deviation(grid, own, planned["lead_time_days_std"].to_numpy(dtype=float)) / days**SPREAD_GROWTH
        correlation = planned["demand_correlation"].fillna(0.0).to_numpy(dtype=float)
        rate, variance, sums = own.copy(), deviation**2, deviation.copy()
        for row in _leaves_first(source):
            if source[row] >= 0:
                for total in (rate, variance, sums):
                    total[source[row]] += total[row]
        has_below = np.isin(np.arange(source.size), source)
        lead = planned["lead_time_days_mean"].to_numpy(dtype=float)
        transfer = planned["transfer_days"].to_numpy(dtype=float)
        is_set = planned["lead_time_scope"].notna().to_numpy(dtype=bool)
        supply = np.where((source >= 0) & ~is_set, transfer, lead)
        times = np.ceil(planned["review_period_days"].to_numpy(dtype=float) + supply - DUST).astype(np.int64)
        # A root's supply is late for all that it covers at once.
        late = np.where(source < 0, rate * planned["lead_time_days_std"].to_numpy(dtype=float), 0.0)
        late = late / np.maximum(times, 1) ** SPREAD_GROWTH
        pooled = np.sqrt(variance + correlation * np.maximum(sums**2 - variance, 0.0) + late**2)
        return cls(
            rate, np.where(has_below, pooled, deviation), times, has_below | (source >= 0), has_below, own > DUST
        )


def _leaves_first(source: Ints) -> Ints:
    depth, at = np.zeros(source.size, dtype=np.int64), source.copy()
    while (at >= 0).any():
        depth += at >= 0
        at = np.where(at >= 0, source[np.maximum(at, 0)], -1)
    return np.argsort(-depth, kind="stable")


def _trees(planned: pd.DataFrame, source: Ints) -> list[tuple[Ints, list[int]]]:
    """SKUs whose places and links are the same, side by side: row numbers (SKU × place), and each place's source."""
    frame = pd.DataFrame({"sku": planned["sku"].to_numpy(), "place": planned["location_id"].astype(str).to_numpy()})
    linked = frame["sku"].isin(frame["sku"][source >= 0])
    by_tree: dict[tuple[tuple[str, ...], tuple[int, ...]], list[list[int]]] = {}
    for rows in frame[linked].groupby("sku", sort=False).groups.values():
        numbers = [int(row) for row in rows]
        local = {row: number for number, row in enumerate(numbers)}
        tree = tuple(local.get(int(source[row]), -1) for row in numbers)
        by_tree.setdefault((tuple(frame["place"].iloc[numbers]), tree), []).append(numbers)
    return [(np.array(rows, dtype=np.int64), list(tree)) for (_, tree), rows in by_tree.items()]


def _service_times(planned: pd.DataFrame, pool: _Pool, rows: Ints, tree: list[int]) -> Ints:
    z = special.ndtri(planned["service_level_target"].to_numpy(dtype=float)[rows])
    dear = np.maximum(planned["unit_cost_minor"].to_numpy(dtype=float)[rows], 1.0)
    times = pool.times[rows]
    longest = int(times.sum(axis=1).max())
    spans = np.arange(longest + 1) ** SPREAD_GROWTH
    cost = (z * dear * pool.deviation[rows])[:, :, None] * spans
    # Who sells to customers, or replenishes nobody, is asked for at once.
    is_free = pool.has_below[rows] & ~pool.has_customers[rows]
    return cheapest_service_times(tree, times, cost, np.where(is_free, longest, 0))


def own_deviation(grid: DemandGrid, rate: Floats, lead_time_std: Floats) -> Floats:
    """Standard deviation of each series' interval demand by its grid, without what its supplier's lead time adds."""
    variance = np.maximum(_variance(grid) - _JITTER, 0.0)
    supply = np.minimum((rate * lead_time_std) ** 2, _MOST_SUPPLY_SHARE * variance)
    found: Floats = np.sqrt(variance - supply)
    return found


def narrowed(grid: DemandGrid, mean: Floats, rate: Floats, lead_time_std: Floats, at: Bools) -> DemandGrid:
    """The grid whose rows `at` lose the spread that their supplier's lead time adds: another place replenishes them."""
    variance = np.maximum(_variance(grid), DUST)
    share = np.where(at, np.sqrt(own_deviation(grid, rate, lead_time_std) ** 2 + _JITTER) / np.sqrt(variance), 1.0)
    share = np.minimum(share, 1.0)[:, None]
    qty = np.maximum(mean[:, None] + (grid.qty - mean[:, None]) * share, 0.0)
    return DemandGrid(grid.keys, grid.probabilities, np.where(share == 1.0, grid.qty, qty), grid.lead_qty)


def _variance(grid: DemandGrid) -> Floats:
    """Of each row, its quantiles taken as linear between probabilities and flat beyond them."""
    weight = np.diff(grid.probabilities, prepend=0.0, append=1.0)
    low = np.concatenate([grid.qty[:, :1], grid.qty], axis=1)
    high = np.concatenate([grid.qty, grid.qty[:, -1:]], axis=1)
    mean = ((low + high) / 2 * weight).sum(axis=1)
    squares = ((low**2 + low * high + high**2) / 3 * weight).sum(axis=1)
    variance: Floats = np.maximum(squares - mean**2, 0.0)
    return variance


def pooled_quantiles(mean: Floats, deviation: Floats, probabilities: Floats) -> Floats:
    """Quantiles of sums with those moments, row by row, half a unit below their demand as in a grid."""
    centre, variance = np.maximum(mean - 0.5, DUST)[:, None], np.maximum(deviation, DUST)[:, None] ** 2 + _JITTER
    # Of gamma distributions; `scipy.stats` says the same, and takes most of a second to load.
    found: Floats = special.gammaincinv(centre**2 / variance, probabilities[None, :]) * (variance / centre)
    return np.where(mean[:, None] > DUST, found, 0.0)
