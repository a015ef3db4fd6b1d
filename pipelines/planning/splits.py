"""In how many parcels past orders would have left, had each day had the stock that a replay of a policy gives it.

Belongs here: reading the orders of past days, sourcing a day's together, counting. Does not belong here: the replay
(`oms_core.replenishment.backtest`), the decision, which is the night's (`oms_core.allocation`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd

from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.decisions import Decision
from oms_core.allocation.stated.problem import PICKED_UP, Location, Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.allocation.stated.tables import open_lines, read_locations
from oms_core.allocation.stated.terms import Terms
from oms_core.arrays import Ints
from oms_core.store.published.snapshots import Snapshot

_RESAMPLES = 1_000
#: Days decided at once, which takes a tenth of the time of one by one; but one by one where a place makes only so many
#: parcels a day.
_DAYS_TOGETHER = 28
#: As `int_open_order_lines` has them, under the SKU that is planned, whole as on the day of the order. Who comes for it
#: himself says where; of the others, that is what is decided.
_LINES = """
    select lines.order_line_id, lines.channel_id, lines.order_ref, lines.line_ref, lines.business_date,
           coalesce(products.successor_sku, lines.sku) as sku, ship_to_region,
           case when list_contains($picked_up, fulfilment_method) then demand_location_id end as location_id,
           coalesce(channels.priority, 1000) as priority, placed_at, false as is_held,
           qty_ordered - qty_cancelled as qty_to_decide, null::date as promised_date, false as is_held_by_desk,
           false as is_assigned_by_desk, fulfilment_method, customer_group
    from fct_order_lines as lines
    left join dim_product as products on lines.sku = products.sku
    left join dim_channel as channels using (channel_id)
    where qty_ordered > qty_cancelled and fulfilment_method <> 'carry_out'
      and business_date > $until::date - $days::integer and business_date <= $until::date
    order by business_date, order_line_id"""
#: What was carried out of a shop is gone before any order is decided.
_CARRIED_OUT = """
    select business_date, coalesce(products.successor_sku, lines.sku) as sku, demand_location_id as location_id,
           sum(qty_ordered - qty_cancelled)::bigint as quantity
    from fct_order_lines as lines left join dim_product as products on lines.sku = products.sku
    where fulfilment_method = 'carry_out'
      and business_date > $until::date - $days::integer and business_date <= $until::date
    group by all"""


@dataclass(frozen=True)
class PastOrders:
    """Orders of past days and what decides from where they go.

    `lines`: `business_date` and the columns of `int_open_order_lines`; `carried_out`: business_date, sku, location_id,
    quantity (base units) that customers took with them.
    """

    lines: pd.DataFrame
    carried_out: pd.DataFrame
    locations: tuple[Location, ...]
    rules: Rules


def read_orders(snapshot: Snapshot, rules: Rules, until: date, days: int) -> PastOrders:
    """The orders of the `days` days up to `until`."""
    when: dict[str, Any] = {"until": until.isoformat(), "days": days}
    lines = snapshot.query(_LINES, when | {"picked_up": list(PICKED_UP)}).to_pandas()
    carried_out = snapshot.query(_CARRIED_OUT, when).to_pandas()
    return PastOrders(lines, carried_out, read_locations(snapshot.query("select * from dim_location")), rules)


def count_splits(
    past: PastOrders, series: pd.DataFrame, qty_at_hand: Ints, first: date, *, are_sales_lost: bool
) -> pd.DataFrame:
    """Columns business_date, orders, split: one row a day that has orders, of the days from `first` on.

    `qty_at_hand` is series × days, base units; `series` has columns sku, location_id, in the order of its rows. A day's
    orders are decided together by the rules, on that day's stock; they take nothing from the next day's, which the
    replay gives. An order is split that leaves in more than one parcel: from several places, or a part of it later,
    unless unmet demand is lost. One of which nothing ever leaves is not counted.
    """
    shelf = _Shelf(past, series, qty_at_hand, first)
    number = (pd.to_datetime(past.lines["business_date"]) - pd.Timestamp(first)).dt.days
    lines = past.lines.assign(day=number)[number.between(0, qty_at_hand.shape[1] - 1)]
    counted: dict[int, list[bool]] = defaultdict(list)
    # The rounds of improvement at the end take longer than all before them, and change hardly what is split.
    rules, together = replace(past.rules, rounds=0), 1 if past.rules.parcels_per_day else _DAYS_TOGETHER
    for _, some in lines.groupby(lines["day"] // together):
        decided = allocate(_problem(some, shelf, past.locations), _terms(some, first, rules)).decisions
        day_of = dict(zip(some["order_line_id"], some["day"], strict=True))
        for line, parcels in _parcels(decided, are_sales_lost):
            counted[day_of[line]].append(parcels > 1)
    rows = [(first + timedelta(days=int(day)), len(split), sum(split)) for day, split in sorted(counted.items())]
    return pd.DataFrame(rows, columns=["business_date", "orders", "split"])


def _problem(lines: pd.DataFrame, shelf: _Shelf, locations: tuple[Location, ...]) -> Problem:
    """The orders of some days as one problem in which no day takes another's stock: each has SKUs of its own."""
    stock: dict[tuple[str, str], int] = {}
    for day in lines["day"].unique().tolist():
        for (sku, location_id), quantity in shelf.supply(set(lines.loc[lines["day"] == day, "sku"]), day).items():
            stock[f"{sku}@{day}", location_id] = quantity
    # As old when all is decided as each was at the end of its own day.
    age = pd.to_timedelta(lines["day"].max() - lines["day"], unit="D")
    named = lines.assign(sku=lines["sku"] + "@" + lines["day"].astype(str), placed_at=lines["placed_at"] + age)
    return Problem(open_lines(named), stock, locations, frozenset(named["sku"]))


def _terms(lines: pd.DataFrame, first: date, rules: Rules) -> Terms:
    """The rules at the end of the last of those days."""
    return Terms(rules, datetime.combine(first + timedelta(days=int(lines["day"].max()) + 1), time(), UTC))


class _Shelf:
    """What orders find: what is there, less what is carried out of shops that day."""

    def __init__(self, past: PastOrders, series: pd.DataFrame, qty_at_hand: Ints, first: date) -> None:
        self._row_of = dict(
            zip(zip(series["sku"], series["location_id"], strict=True), range(len(series)), strict=True)
        )
        known = {at.location_id for at in past.locations}
        self._places: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for sku, location_id in self._row_of:
            if location_id in known:
                self._places[sku].append((sku, location_id))
        self._left = np.maximum(qty_at_hand - self._carried_out(past.carried_out, first, qty_at_hand), 0)

    def supply(self, skus: set[str], day: int) -> dict[tuple[str, str], int]:
        """By SKU and location, base units."""
        return {place: int(self._left[self._row_of[place], day]) for sku in skus for place in self._places[sku]}

    def _carried_out(self, taken: pd.DataFrame, first: date, qty_at_hand: Ints) -> Ints:
        """Series × days."""
        found = np.zeros_like(qty_at_hand)
        day = (pd.to_datetime(taken["business_date"]) - pd.Timestamp(first)).dt.days.to_numpy()
        places = zip(taken["sku"], taken["location_id"], strict=True)
        row = np.array([self._row_of.get(place, -1) for place in places], dtype=np.int64)
        inside = (row >= 0) & (day >= 0) & (day < found.shape[1])
        np.add.at(found, (row[inside], day[inside]), taken["quantity"].to_numpy(dtype=np.int64)[inside])
        return found


def split_share(counted: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """The row split_orders of a replay's measures (metric, value, low, high): the share of orders that were split, with
    its 95 % bootstrap interval over days; no row where there was no order."""
    orders, split = (counted[name].to_numpy(dtype=float) for name in ("orders", "split"))
    if not orders.sum():
        return pd.DataFrame(columns=["metric", "value", "low", "high"])
    weights = np.random.default_rng(seed).multinomial(len(orders), np.full(len(orders), 1 / len(orders)), _RESAMPLES)
    drawn = (weights @ split) / np.maximum(weights @ orders, 1)
    row = ("split_orders", split.sum() / orders.sum(), *np.quantile(drawn, [0.025, 0.975]))
    return pd.DataFrame([row], columns=["metric", "value", "low", "high"])


def _parcels(decisions: tuple[Decision, ...], are_sales_lost: bool) -> list[tuple[str, int]]:
    """A line and the parcels of each order of which something leaves."""
    sent: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    line_of: dict[tuple[str, str], str] = {}
    for one in decisions:
        if one.decision == "allocated" or (one.decision == "backordered" and not are_sales_lost):
            # What waits leaves later, from wherever: None.
            order = (one.line.channel_id, one.line.order_ref)
            sent[order].add(one.location_id)
            line_of[order] = one.line.order_line_id
    return [(line_of[order], len(places)) for order, places in sent.items()]
