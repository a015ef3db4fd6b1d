"""What limits purchases as a whole: a supplier's least order value, and the room of a place.

Belongs here: filling an order up to its minimum or letting it wait, and cutting what a place has no room for.
Does not belong here: what each series needs (`proposals`), what is on hand and coming (`pipelines`).

An order below its supplier's minimum is filled by days of cover: every series of the order is lifted to the same number
of days of mean demand, the fewest that reach the minimum, since the unit that sells soonest costs least to hold. It is
filled where holding that costs no more than the margin expected to be lost while waiting for demand to make up the
minimum; else it waits. Room goes to the packs that win most expected margin for their place (marginal analysis, as in
`investment`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oms_core.arrays import Bools, Floats, Ints
from oms_core.money import money
from oms_core.replenishment.holding.distribution import DUST, DemandGrid
from oms_core.replenishment.proposing.ordering import as_sold, in_packs

MINIMUM_VALUE, CAPACITY, TURN = "minimum_value", "capacity", "turn"
#: What a proposal may wait for.
WAITS = (MINIMUM_VALUE, CAPACITY, TURN)
#: No order is filled with more than a year's demand.
_MOST_DAYS = 365
_DAYS_A_YEAR = 365.0
#: Parts in which a purchase gets its room.
_MOST_LOTS = 50
_MILLILITRES = 1_000


@dataclass
class Purchases:
    """Series that could be bought, row by row: `quantity` wanted so far, `waits_for` (empty: nothing), `told` reasons.

    `rows` has supplier_id, location_id, currency, unit_cost_minor, unit_price_minor, qty_position, qty_reorder_point,
    pack_quantity, min_order_quantity, qty_demand_mean, protection_days, lead_time_days_mean, holding_share,
    shelf_life_days, unit_volume_ml; min_order_value_minor of the supplier in the row's currency; capacity_units and
    capacity_litres of the place, qty_stored and stored_ml expected there when orders arrive; null where there is none.
    """

    rows: pd.DataFrame
    grid: DemandGrid
    quantity: Ints
    waits_for: NDArray[np.object_]
    told: NDArray[np.object_]

    @classmethod
    def of(cls, rows: pd.DataFrame, grid: DemandGrid, quantity: Ints) -> Purchases:
        """Nothing is limited yet."""
        texts = (np.full(len(rows), "", dtype=object) for _ in range(2))
        return cls(rows.reset_index(drop=True), grid, quantity.copy(), *texts)

    def floats(self, name: str, at: Ints, missing: float = 0.0) -> Floats:
        found: Floats = np.asarray(self.rows[name].iloc[at].astype("float64").fillna(missing), dtype=np.float64)
        return found

    def ints(self, name: str, at: Ints) -> Ints:
        return np.rint(self.floats(name, at)).astype(np.int64)

    def rate(self, at: Ints) -> Floats:
        """Mean demand a day."""
        return self.floats("qty_demand_mean", at) / self.floats("protection_days", at, 1.0)

    def margin(self, at: Ints) -> Floats:
        """What a unit sold earns, minor units."""
        return np.maximum(self.floats("unit_price_minor", at) - self.floats("unit_cost_minor", at), 0.0)

    def value(self, at: Ints, quantity: Ints) -> int:
        return int((self.ints("unit_cost_minor", at) * quantity).sum())


def limit(purchases: Purchases) -> Purchases:
    """Fill orders up to their minimum or have them wait, then cut what has no room; in place, and returned."""
    orders = list(_orders(purchases))
    for at, least in orders:
        if 0 < purchases.value(at, _going(purchases, at)) < least:
            _fill_or_wait(purchases, at, least)
    for at in _places(purchases):
        _fit(purchases, at)
    for at, least in orders:
        left = _going(purchases, at)
        if 0 < purchases.value(at, left) < least:
            _wait(purchases, at[left > 0], "; what there is room for is below its supplier's minimum")
    return purchases


def _going(purchases: Purchases, at: Ints) -> Ints:
    """What of the rows waits for nothing yet."""
    return np.where(purchases.waits_for[at] == "", purchases.quantity[at], 0)


def _orders(purchases: Purchases) -> Iterator[tuple[Ints, int]]:
    """Rows that one order would take together, with the least that it must be worth, minor units."""
    rows = purchases.rows
    with_minimum = rows[rows["min_order_value_minor"].notna()]
    for _, group in with_minimum.groupby(["supplier_id", "location_id", "currency"], sort=True):
        yield group.index.to_numpy(dtype=np.int64), int(group["min_order_value_minor"].iloc[0])


def _places(purchases: Purchases) -> Iterator[Ints]:
    rows = purchases.rows
    limited = rows[rows["capacity_units"].notna() | rows["capacity_litres"].notna()]
    for _, group in limited.groupby("location_id", sort=True):
        yield group.index.to_numpy(dtype=np.int64)


def _wait(purchases: Purchases, at: Ints, why: str) -> None:
    purchases.waits_for[at] = MINIMUM_VALUE
    purchases.told[at] = purchases.told[at] + why


def _fill_or_wait(purchases: Purchases, at: Ints, least: int) -> None:
    quantity = purchases.quantity[at]
    value = purchases.value(at, quantity)
    supplier, currency = (str(purchases.rows[name][at[0]]) for name in ("supplier_id", "currency"))
    short = f"; the order comes to {money(value, currency)}, {supplier} asks for {money(least, currency)}"
    days = _days_of_cover(purchases, at, least)
    if days is None:
        _wait(purchases, at[quantity > 0], f"{short}, which not even a year's demand makes up: it waits")
        return
    filled = _covering(purchases, at, days)
    holding, lost = _cost_of_filling(purchases, at, filled - quantity), _cost_of_waiting(purchases, at, least - value)
    if holding > lost:
        costs = f"{money(holding, currency)} to hold, and waiting {money(lost, currency)} of margin"
        why = f": it waits, as filling it up would cost {costs}"
        _wait(purchases, at[quantity > 0], short + why)
        return
    more = filled > quantity
    purchases.quantity[at] = filled
    purchases.told[at[more]] = purchases.told[at[more]] + f"{short}: filled up to {days} days of demand"


def _days_of_cover(purchases: Purchases, at: Ints, least: int) -> int | None:
    """The fewest days whose demand, where not covered yet, makes the order worth its minimum."""
    low, high = 0, _MOST_DAYS
    if purchases.value(at, _covering(purchases, at, high)) < least:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if purchases.value(at, _covering(purchases, at, middle)) >= least else (middle, high)
    return high


def _covering(purchases: Purchases, at: Ints, days: int) -> Ints:
    """Units of each series that cover so many days of demand, at least what it needs, within its shelf life."""
    rate, position, quantity = purchases.rate(at), purchases.ints("qty_position", at), purchases.quantity[at]
    packs = purchases.ints("pack_quantity", at)
    wanted = np.ceil(rate * days - DUST).astype(np.int64) - position
    lot = np.maximum(purchases.ints("min_order_quantity", at), 1)
    found = as_sold(wanted, pack=packs, least=lot)
    shelf = purchases.floats("shelf_life_days", at, float(10 * _MOST_DAYS))
    sold: Ints = np.floor(rate * shelf + DUST).astype(np.int64) - position
    found = np.where(found <= sold, found, np.maximum(sold // packs * packs, 0))
    return np.maximum(np.where(found < lot, 0, found), quantity)


def _cost_of_filling(purchases: Purchases, at: Ints, more: Ints) -> float:
    """Each unit more is there until the series would have been ordered next; minor units."""
    rate = np.maximum(purchases.rate(at), DUST)
    after = purchases.ints("qty_position", at) + purchases.quantity[at] - purchases.ints("qty_reorder_point", at)
    a_day = purchases.floats("unit_cost_minor", at) * purchases.floats("holding_share", at) / _DAYS_A_YEAR
    return float((more * a_day * np.maximum(after, 0) / rate)[more > 0].sum())


def _cost_of_waiting(purchases: Purchases, at: Ints, missing: int) -> float:
    """The margin expected to be lost while demand makes up what the order lacks; minor units."""
    worth_a_day = float((purchases.rate(at) * purchases.floats("unit_cost_minor", at)).sum())
    return float(margin_lost(purchases, at, min(missing / max(worth_a_day, DUST), float(_MOST_DAYS))).sum())


def margin_lost(purchases: Purchases, at: Ints, days: float) -> Floats:
    """The margin of the units expected to go short where each row is bought so many days later; minor units."""
    rate, lead = purchases.rate(at), np.maximum(purchases.floats("lead_time_days_mean", at), 1.0)
    now = _lead_time_demand(purchases.grid.take(at), rate, lead, purchases.floats("protection_days", at, 1.0))
    later = now.over(rate * lead, (lead + days) / lead, rate, np.ones(at.size))
    position = purchases.floats("qty_position", at)
    more = later.expected_shortage(position) - now.expected_shortage(position)
    return np.maximum(more, 0.0) * purchases.margin(at)


def _lead_time_demand(grid: DemandGrid, rate: Floats, lead: Floats, days: Floats) -> DemandGrid:
    """Demand of the lead time, as the grid has it or as its share of the interval's."""
    if grid.lead_qty is not None:
        return DemandGrid(grid.keys, grid.probabilities, grid.lead_qty)
    return grid.over(rate * days, lead / days, rate, np.ones(rate.size))


def _fit(purchases: Purchases, at: Ints) -> None:
    """Give the room of one place to what wins most with it; what gets none waits."""
    at = at[(purchases.quantity[at] > 0) & (purchases.waits_for[at] == "")]
    volume = purchases.floats("unit_volume_ml", at)
    measured = []
    for name, stored, factor, weight in (
        ("capacity_units", "qty_stored", 1, np.ones(at.size)),
        ("capacity_litres", "stored_ml", _MILLILITRES, volume),
    ):
        most = purchases.rows[name].iloc[at]
        if at.size and most.notna().any():
            room = float(most.iloc[0]) * factor - float(purchases.floats(stored, at)[0])
            measured.append((max(room, 0.0), weight))
    if all((weight * purchases.quantity[at]).sum() <= room for room, weight in measured):
        return
    row, units = _lots_by_worth(purchases, at, measured)
    fits = _that_fit(row, units, measured)
    kept = np.bincount(row[fits], units[fits], minlength=at.size).astype(np.int64)
    for number, place in enumerate(at):
        before = purchases.quantity[place]
        if kept[number] == before:
            continue
        if kept[number]:
            purchases.quantity[place] = kept[number]
            purchases.told[place] += f"; there is room for {kept[number]} of {before}"
        else:
            purchases.waits_for[place] = CAPACITY
            purchases.told[place] += f"; it waits: there is no room for it at {purchases.rows['location_id'][place]}"


def _that_fit(row: Ints, units: Ints, measured: list[tuple[float, Floats]]) -> Bools:
    """Flags of the lots that find room, each in its turn. A purchase of which one finds none gets no later one; what is
    smaller and comes after it may still fit.
    """
    left, full = [room + DUST for room, _ in measured], set[int]()
    fits = np.zeros(row.size, dtype=bool)
    for number, (place, quantity) in enumerate(zip(row.tolist(), units.tolist(), strict=True)):
        needed = [quantity * float(weight[place]) for _, weight in measured]
        if place in full or any(more > room for more, room in zip(needed, left, strict=True)):
            full.add(place)
            continue
        left = [room - more for more, room in zip(needed, left, strict=True)]
        fits[number] = True
    return fits


def _lots_by_worth(purchases: Purchases, at: Ints, measured: list[tuple[float, Floats]]) -> tuple[Ints, Ints]:
    """Each purchase in lots of whole packs, the most expected margin for its share of the room first: row, units."""
    quantity, packs = purchases.quantity[at], purchases.ints("pack_quantity", at)
    least = in_packs(np.maximum(purchases.ints("min_order_quantity", at), 1), packs)
    step = in_packs(np.maximum(-(-(quantity - least) // _MOST_LOTS), 1), packs)
    ends = [
        np.unique(np.append(np.arange(low, most, by), most))
        for low, most, by in zip(least, quantity, step, strict=True)
    ]
    row = np.repeat(np.arange(at.size), [one.size for one in ends])
    end = np.concatenate(ends)
    units: Ints = np.concatenate([np.diff(one, prepend=0) for one in ends])
    grid, position = purchases.grid.take(at[row]), purchases.ints("qty_position", at)[row]
    won = grid.expected_shortage((position + end - units).astype(float)) - grid.expected_shortage(
        (position + end).astype(float)
    )
    share = sum((weight[row] / max(room, 1.0) for room, weight in measured), np.zeros(row.size))
    # Along a row worth only falls: a later lot never comes before an earlier one.
    worth = np.round(purchases.margin(at)[row] * won / np.maximum(units * share, DUST), 9)
    order = np.lexsort((end, row, -pd.Series(worth).groupby(row).cummin().to_numpy()))
    return row[order], units[order]
