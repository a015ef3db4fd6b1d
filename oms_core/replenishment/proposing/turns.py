"""Whose turn it is: a supplier is ordered from once a review period, earlier where waiting costs more than an order.

Belongs here: which purchases wait for their supplier's next turn, and what an order takes along. Does not belong here:
what each series needs (`proposals`), least order values and room (`order_limits`).

Levels protect a review period and the lead time, and hold that promise where nobody is looked at more seldom than once
a review period. So an order takes along what is above its reorder point and below its level: all that its supplier
sells to that place is at its level then, and may wait a review period (can-order policies: Balintfy 1964, Management
Science 10(2), 287-297).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from oms_core.arrays import Floats, Ints
from oms_core.money import money
from oms_core.replenishment.proposing.order_limits import TURN, Purchases, margin_lost


def take_turns(purchases: Purchases, today: pd.Timestamp) -> Purchases:
    """Have purchases wait whose supplier was ordered from within their review period, and the others take along what is
    below its level; in place, and returned.

    Beside what `Purchases` has, rows need qty_order_up_to, review_period_days, order_cost_minor, owed (units of the
    position that other places wait for) and days_since_order (null: the supplier was never ordered from for the place).
    """
    for at in _orders(purchases):
        low = at[purchases.quantity[at] > 0]
        days = _days_to_wait(purchases, low)
        if days > 0 and _costs_less_than_an_order(purchases, low, days, today):
            purchases.waits_for[low] = TURN
        else:
            _take_along(purchases, at)
    return purchases


def _orders(purchases: Purchases) -> Iterator[Ints]:
    """Rows of each supplier, place and currency of which any is low."""
    rows = purchases.rows
    for _, group in rows.groupby(["supplier_id", "location_id", "currency"], sort=True):
        at = group.index.to_numpy(dtype=np.int64)
        if purchases.quantity[at].any():
            yield at


def _days_to_wait(purchases: Purchases, low: Ints) -> int:
    """Days until the first of the rows is looked at again; 0 where it is its turn."""
    since = purchases.floats("days_since_order", low, np.inf)
    return int(max((purchases.floats("review_period_days", low) - np.maximum(since, 0.0)).min(), 0))


def _costs_less_than_an_order(purchases: Purchases, low: Ints, days: int, today: pd.Timestamp) -> bool:
    """Whether waiting so long is expected to lose no more margin, beyond what the levels accept, than an order
    costs; each of the rows is told."""
    rows = purchases.rows
    beyond = np.maximum(margin_lost(purchases, low, days) - _margin_accepted(purchases, low), 0.0)
    lost = int(np.ceil((beyond + _margin_waited_for(purchases, low)).sum()))
    cost = int(rows["order_cost_minor"].iloc[low].max())
    supplier, currency = str(rows["supplier_id"][low[0]]), str(rows["currency"][low[0]])
    turn = f"{supplier}'s next turn is {today + pd.Timedelta(days, 'D'):%Y-%m-%d}"
    waits = lost <= cost
    costs = f"that costs {money(lost, currency)} more margin than levels accept, another order {money(cost, currency)}"
    told = f"; {turn}: its order {'waits' if waits else 'does not wait'}, as {costs}"
    purchases.told[low] = purchases.told[low] + told
    return waits


def _margin_accepted(purchases: Purchases, low: Ints) -> Floats:
    """Margin that a review period is expected to lose where it begins at the level: what the target accepts."""
    level = purchases.floats("qty_order_up_to", low)
    return purchases.grid.take(low).expected_backorders(level) * purchases.margin(low)


def _margin_waited_for(purchases: Purchases, low: Ints) -> Floats:
    """Margin of the units that customers wait for and nothing that comes covers; minor units."""
    waited_for = np.maximum(-purchases.floats("qty_position", low) - purchases.floats("owed", low), 0.0)
    return waited_for * purchases.margin(low)


def _take_along(purchases: Purchases, at: Ints) -> None:
    """Add what is above its reorder point and below its level, in whole packs that do not pass it."""
    along = at[purchases.quantity[at] == 0]
    packs = purchases.ints("pack_quantity", along)
    gap = np.maximum(purchases.ints("qty_order_up_to", along) - purchases.ints("qty_position", along), 0)
    found = gap // packs * packs
    found = np.where(found >= purchases.ints("min_order_quantity", along), found, 0)
    purchases.quantity[along] = found
    taken = along[found > 0]
    purchases.told[taken] = purchases.told[taken] + "; the order takes it along up to its level"
