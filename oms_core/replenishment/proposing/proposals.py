"""What to buy and what to move, tonight: purchase proposals, and transfers between locations that are worth their cost.

Belongs here: deciding quantities from positions, levels and demand. Does not belong here: the ordering rule
(`ordering`), the levels (`levels`), reading positions or landing decisions (`pipelines`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from oms_core.arrays import Bools, Floats, Ints
from oms_core.replenishment.holding.distribution import DUST, DemandGrid
from oms_core.replenishment.holding.levels import grid_in_force, observed_rate
from oms_core.replenishment.holding.network import source_rows
from oms_core.replenishment.proposing.order_limits import Purchases, limit
from oms_core.replenishment.proposing.ordering import as_sold, order_quantity, tiers
from oms_core.replenishment.proposing.turns import take_turns

_KEY = ["sku", "location_id"]

COLUMNS = (
    *("kind", "sku", "location_id", "supplier_id", "from_location_id", "quantity", "expected_date"),
    *("qty_position", "qty_reorder_point", "qty_order_up_to", "pack_quantity", "min_order_quantity"),
    *("unit_cost_minor", "value_minor", "gain_minor", "currency", "reason", "waits_for"),
)


def propose(positions: pd.DataFrame, interval_demand: pd.DataFrame, *, today: pd.Timestamp) -> pd.DataFrame:
    """Transfers, then purchases of what they leave short: `COLUMNS`, sorted by kind, SKU and location.

    `positions`: one row a series with sku, location_id, qty_on_hand_free (on hand less reserved and in doubt),
    qty_position (that and inbound, less backorders; `qty_replaced` of it are of a SKU that this one replaces, and stay
    where they are), qty_reorder_point, qty_order_up_to, lead_time_days_mean,
    supplier_id (null: nothing can be bought), pack_quantity, min_order_quantity (null: a pack), unit_cost_minor,
    unit_price_minor, currency, is_active; transfer_cost_minor, transfer_cost_share and transfer_days of what is moved
    to it; what `levels.grid_in_force` and `order_limits.Purchases` ask for.
    `interval_demand`: the run's grid of those series; gains are reckoned over the intervals that are planned with.
    A series is looked at on any day, by (s,S); an inactive SKU is
    moved but not bought. Raises ValueError where a series has no grid.
    """
    positions = positions.sort_values(_KEY).reset_index(drop=True)
    if positions.empty:
        return pd.DataFrame({name: [] for name in COLUMNS})
    grid = grid_in_force(positions, DemandGrid.from_frame(interval_demand))
    source = source_rows(positions)
    moves = _transfers(positions, grid, source, today)
    sent, owed = _from_sources(positions, moves, source, today)
    moves = pd.concat([frame for frame in (moves, sent) if len(frame)] or [moves], ignore_index=True)
    moves = _one_a_way(moves)
    moved_in = moves.groupby(_KEY)["quantity"].sum().rename("moved_in")
    moved_out = moves.groupby(["sku", "from_location_id"])["quantity"].sum().rename("moved_out")
    after = positions.assign(owed=owed).merge(moved_in, on=_KEY, how="left")
    after = after.merge(moved_out, left_on=_KEY, right_index=True, how="left").fillna({"moved_in": 0, "moved_out": 0})
    moved = (after["moved_in"] - after["moved_out"]).astype("int64")
    after["qty_position"] += moved - after["owed"]
    # What moves takes its room at once.
    volume = moved * after["unit_volume_ml"].astype("float64").fillna(0.0)
    after["qty_stored"] += moved.groupby(after["location_id"]).transform("sum")
    after["stored_ml"] += volume.groupby(after["location_id"]).transform("sum")
    found = [frame for frame in (_purchases(after, grid, source, today), moves) if len(frame)]
    if not found:
        return pd.DataFrame({name: [] for name in COLUMNS})
    whole = pd.concat(found, ignore_index=True)[list(COLUMNS)]
    return whole.sort_values(["kind", *_KEY, "from_location_id"], kind="stable").reset_index(drop=True)


def _from_sources(
    positions: pd.DataFrame, moves: pd.DataFrame, source: Ints, today: pd.Timestamp
) -> tuple[pd.DataFrame, Ints]:
    """What places that another one replenishes need, from what that one has free and its own orders do not need first
    (`_fair_shares`); and what each is asked for beyond that. A source waits for that no less than a customer: it buys
    for it, or asks for it.
    """
    position, free = _ints(positions["qty_position"]).copy(), _ints(positions["qty_on_hand_free"]).copy()
    number = {key: row for row, key in enumerate(zip(positions["sku"], positions["location_id"], strict=True))}
    ends = zip(moves["sku"], moves["location_id"], moves["from_location_id"], moves["quantity"], strict=True)
    for sku, to, giving, quantity in ends:
        position[number[sku, to]] += quantity
        position[number[sku, giving]] -= quantity
        free[number[sku, giving]] -= quantity
    level, reorder_point = _ints(positions["qty_order_up_to"]), _ints(positions["qty_reorder_point"])
    days, asked = positions["protection_days"].to_numpy(dtype=float), observed_rate(positions)
    owed = np.zeros_like(position)
    found: list[tuple[int, int, int]] = []
    for tier in tiers(source):
        low = np.flatnonzero(tier & (source >= 0) & (position <= reorder_point) & (level > position))
        low = low[np.lexsort((position[low] / np.maximum(level[low], 1), source[low]))]
        for below in filter(len, np.split(low, np.flatnonzero(np.diff(source[low])) + 1)):
            giving, wanted = source[below[0]], level[below] - position[below]
            sent = _fair_shares(int(free[giving]), asked[giving] * days[below].max(), position[below], level[below])
            position[giving] -= wanted.sum()
            free[giving] -= sent.sum()
            owed[giving] += (wanted - sent).sum()
            parts = zip(below.tolist(), sent.tolist(), wanted.tolist(), strict=True)
            found += [(to, units, needed) for to, units, needed in parts if units]
    rows, sent, wanted = np.array(found, dtype=np.int64).reshape(-1, 3).T
    there = positions.iloc[rows].reset_index(drop=True)
    origin = positions["location_id"].iloc[source[rows]].reset_index(drop=True)
    moved = there.assign(quantity=sent, gain_minor=None, reason=_as_share(there, origin, sent, wanted))
    return _as_moves(moved, origin, today), owed


def _as_share(there: pd.DataFrame, origin: pd.Series, sent: Ints, wanted: Ints) -> pd.Series:
    """Why so much is moved from where each place is replenished."""
    point, names = there["qty_reorder_point"].astype("str"), origin.astype("str")
    reason = "position " + there["qty_position"].astype("str") + " is at or below the reorder point " + point
    reason += "; " + names + " replenishes it"
    told = "; up to " + there["qty_order_up_to"].astype("str") + " takes " + pd.Series(wanted).astype("str")
    told += ", of which " + pd.Series(sent).astype("str") + " come: " + names + " has too little for all, and each "
    return reason + (told + "is filled to the same part of its level").where(sent < wanted, "")


def _fair_shares(free: int, own: float, position: Ints, level: Ints) -> Ints:
    """Units that go to each place of one source, the emptiest first in `position` and `level`; no more than its level.

    Where there is less `free` than all need, all are filled to the same part: places of their levels, the source of
    what is asked of itself in the meantime (`own`). An odd unit goes to the emptiest (fair-share rationing: Eppen and
    Schrage 1981, TIMS Studies in the Management Sciences 16, 51-67).
    """

    def part_of(own: float) -> float:
        # One that is fuller than the others are filled takes no share, and counting it in would raise theirs.
        filled, levels = free + np.append(0, position.cumsum()), own + np.append(0, level.cumsum())
        return float((filled / np.maximum(levels, DUST)).min())

    part = part_of(own)
    if part < 0:  # places wait for more than there is: nothing is left for the source
        own, part = 0.0, part_of(0.0)
    part = min(part, 1.0)
    shares: Ints = np.clip(np.floor(part * level - position + DUST), 0, None).astype(np.int64)
    odd = int(free - part * own + DUST) - int(shares.sum())
    shares[np.flatnonzero((part * level > position) & (shares < level - position))[: max(odd, 0)]] += 1
    return shares


def _one_a_way(moves: pd.DataFrame) -> pd.DataFrame:
    """One transfer a SKU and pair of places: what is moved for two reasons is one."""
    key = [*_KEY, "from_location_id"]
    if not moves.duplicated(key).any():
        return moves
    summed = moves.groupby(key, sort=False)[["quantity", "value_minor"]].transform("sum")
    return moves.assign(**summed).drop_duplicates(key).reset_index(drop=True)


def _as_moves(moved: pd.DataFrame, origin: pd.Series, today: pd.Timestamp) -> pd.DataFrame:
    return moved.assign(
        kind="transfer",
        supplier_id=None,
        waits_for=None,
        from_location_id=origin,
        expected_date=today + pd.to_timedelta(moved["transfer_days"].to_numpy(dtype=np.int64), unit="D"),
        value_minor=moved["quantity"] * moved["unit_cost_minor"],
    )


def _purchases(positions: pd.DataFrame, grid: DemandGrid, source: Ints, today: pd.Timestamp) -> pd.DataFrame:
    is_bought = (positions["supplier_id"].notna() & positions["is_active"]).to_numpy(dtype=bool) & (source < 0)
    bought, grid = positions[is_bought].reset_index(drop=True), grid.take(np.flatnonzero(is_bought))
    packs = _ints(bought["pack_quantity"])
    wanted = order_quantity(
        "sS",
        _ints(bought["qty_position"]),
        reorder_point=_ints(bought["qty_reorder_point"]),
        order_up_to=_ints(bought["qty_order_up_to"]),
        lot=packs,
        is_review=np.ones(len(bought), dtype=bool),
    )
    least = _ints(bought["min_order_quantity"].fillna(1))
    quantity = as_sold(wanted, pack=packs, least=least)
    limited = limit(take_turns(Purchases.of(bought, grid, quantity), today))
    rows = bought.assign(
        quantity=limited.quantity, packed=quantity, needed=wanted, least=least, waits_for=limited.waits_for,
        told=limited.told,
    )[limited.quantity > 0].reset_index(drop=True)  # fmt: skip
    position, reorder_point = rows["qty_position"].astype("str"), rows["qty_reorder_point"].astype("str")
    is_low, above = rows["needed"] > 0, "position " + position + " is above the reorder point " + reorder_point
    reason = "position " + position + " is at or below the reorder point " + reorder_point
    reason += "; up to " + rows["qty_order_up_to"].astype("str") + " takes " + rows["needed"].astype("str")
    below = "; places that it replenishes wait for " + rows["owed"].astype("str")
    reason += below.where(rows["owed"] > 0, "")
    replaced = "; " + rows["qty_replaced"].astype("str") + " of the position are of the SKU that it replaces"
    reason += replaced.where(rows["qty_replaced"] > 0, "")
    packed = "; in packs of " + rows["pack_quantity"].astype("str") + " " + rows["packed"].astype("str")
    reason += ("; an order takes at least " + rows["least"].astype("str")).where(rows["least"] > rows["needed"], "")
    return rows.assign(
        kind="purchase",
        from_location_id=None,
        expected_date=today + pd.to_timedelta(_supply_days(rows), unit="D"),
        value_minor=rows["quantity"] * rows["unit_cost_minor"],
        gain_minor=None,
        reason=(reason + packed.where(rows["packed"] != rows["needed"], "")).where(is_low, above) + rows["told"],
        waits_for=rows["waits_for"].replace({"": None}).astype(object),
    )


def _supply_days(rows: pd.DataFrame) -> Ints:
    """Days that each supplier takes. A place in a network plans with its net lead time, less what it lets those below
    wait for: its supplier is no faster for that.
    """
    is_net, is_set = rows["service_time_days"].notna(), rows["lead_time_scope"].notna()
    lead = rows["lead_time_days_mean"].mask(is_net & ~is_set, rows["lead_time_days_observed"])
    whole = rows["protection_days"] + rows["service_time_days"] - rows["review_period_days"]
    lead = lead.mask(is_net & is_set, whole.astype("float64"))
    return np.ceil(lead.to_numpy(dtype=float) - 1e-9).astype(np.int64)


def _transfers(positions: pd.DataFrame, grid: DemandGrid, source: Ints, today: pd.Timestamp) -> pd.DataFrame:
    names = ("qty_position", "qty_on_hand_free", "qty_order_up_to", "qty_reorder_point")
    position, free, level, reorder_point = (_ints(positions[name]) for name in names)
    price, cost, fixed = (
        _ints(positions[name]) for name in ("unit_price_minor", "unit_cost_minor", "transfer_cost_minor")
    )
    handling: Floats = positions["transfer_cost_share"].to_numpy(dtype=float) * price
    # What replenishes others gets nothing back from them: it buys.
    is_short = (position <= reorder_point) & ~np.isin(np.arange(len(positions)), source)
    found = []
    for rows in _skus_with_both(positions, is_short, np.minimum(free, position - level) > 0):
        of_sku = _Places(
            DemandGrid(grid.keys.iloc[:0], grid.probabilities, grid.qty[rows]),
            position[rows],
            free[rows],
            level[rows],
            is_short[rows],
            max(int(price[rows[0]] - cost[rows[0]]), 0),
            handling[rows],
            fixed[rows],
        )
        found += [(rows[to], rows[giving], *figures) for to, giving, *figures in _moves(of_sku)]
    frame = pd.DataFrame(found, columns=["to", "from", "quantity", "gain_minor"])
    there = positions.iloc[frame["to"].to_numpy(dtype=int)].reset_index(drop=True)
    origin = positions["location_id"].iloc[frame["from"].to_numpy(dtype=int)].reset_index(drop=True)
    spare = positions["qty_on_hand_free"].iloc[frame["from"].to_numpy(dtype=int)].reset_index(drop=True)
    moved = there.assign(quantity=frame["quantity"].astype("int64"), gain_minor=frame["gain_minor"].astype("int64"))
    moved = _as_moves(moved, origin, today)
    moved["reason"] = (
        "position " + moved["qty_position"].astype("str") + " is at or below the reorder point "
        + moved["qty_reorder_point"].astype("str") + "; " + origin.astype("str") + " has " + spare.astype("str")
        + " free, and its demand needs them less"
    )  # fmt: skip
    return moved


def _skus_with_both(positions: pd.DataFrame, is_short: Bools, has_spare: Bools) -> Iterator[Ints]:
    """Rows of each SKU that is short at one place and to spare at another, in the order of SKUs."""
    numbers, _ = pd.factorize(positions["sku"])
    short, spare = (np.bincount(numbers, flags) > 0 for flags in (is_short, has_spare))
    rows = np.flatnonzero((short & spare)[numbers])
    yield from np.split(rows, np.flatnonzero(np.diff(numbers[rows])) + 1) if rows.size else ()


@dataclass(frozen=True)
class _Places:
    """The places of one SKU, row by row; `position` and `free` change as units move. `handling` of a unit that moves to
    the place, `fixed` of the transfer, and `margin` are minor units.
    """

    grid: DemandGrid
    position: Ints
    free: Ints
    level: Ints
    is_short: Bools
    margin: int
    handling: Floats
    fixed: Ints

    def probability(self, place: int, levels: Ints) -> Floats:
        """Probability that demand of one place is at most each of the levels."""
        repeated = np.repeat(self.grid.qty[place : place + 1], levels.size, axis=0)
        return replace(self.grid, qty=repeated).probability_at_most(levels.astype(float))


def _moves(places: _Places) -> Iterator[tuple[int, int, int, int]]:
    """(to, from, quantity, gain), the place that is shortest of its level first, the richest giving first.

    The k-th unit gains margin × P(demand there reaches it), and costs margin × P(demand here would have) and its
    handling; as many move as gain more than they cost, if together they gain more than the transfer.
    """
    position, free, level = places.position, places.free, places.level
    for to in np.flatnonzero(places.is_short)[np.argsort((position - level)[places.is_short], kind="stable")]:
        for giving in np.argsort(-(position - level), kind="stable"):
            most = min(level[to] - position[to], free[giving], position[giving] - level[giving])
            if giving == to or most <= 0:
                continue
            units = np.arange(1, most + 1)
            reached = 1.0 - places.probability(to, position[to] + units - 1)
            missed = 1.0 - places.probability(giving, position[giving] - units)
            net = places.margin * (reached - missed) - places.handling[to]
            quantity = int((np.minimum.accumulate(net) > 0).sum())
            gain = int(net[:quantity].sum()) - int(places.fixed[to])
            if gain <= 0:
                continue
            position[to] += quantity
            position[giving] -= quantity
            free[giving] -= quantity
            yield int(to), int(giving), quantity, gain


def _ints(column: pd.Series) -> Ints:
    return column.to_numpy(dtype=np.int64)
