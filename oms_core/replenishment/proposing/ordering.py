"""When to order, and how much: the stock policies, from a position and its levels.

Belongs here: the rule that the nightly proposals and the replay of past weeks both follow, and whose turn it is; the
economic order quantity.
Does not belong here: the levels themselves (`levels`), what the position is made of (`proposals`, `backtest`).
"""

from __future__ import annotations

import numpy as np

from oms_core.arrays import Bools, Floats, Ints

#: How each policy orders once the position (on hand + inbound − backorders) is looked at:
#: (R,S)       at a review, up to S
#: (s,S)       on any day on which the position is at or below s, up to S
#: (r,Q)       on any day on which it is at or below r, as many lots of Q as lift it above r
#: base stock  on any day, up to S
POLICIES: tuple[str, ...] = ("RS", "sS", "rQ", "base_stock")


def in_packs(wanted: Ints, pack: Ints) -> Ints:
    """The fewest whole packs, in base units, that are at least what is wanted; none where nothing is."""
    packs: Ints = -(-wanted // pack) * pack
    return packs


def as_sold(wanted: Ints, *, pack: Ints, least: Ints) -> Ints:
    """What is ordered where so much is wanted: whole packs, and no less than the supplier's minimum."""
    return in_packs(np.where(wanted > 0, np.maximum(wanted, least), 0), pack)


def order_quantity(
    policy: str, position: Ints, *, reorder_point: Ints, order_up_to: Ints, lot: Ints, is_review: Bools
) -> Ints:
    """Units that the policy orders for each series, before packs; 0 where none.

    All arrays are one a series: `position` and the levels in base units, `lot` the Q of (r,Q), `is_review` whether
    today is a review of that series, which only (R,S) asks. Raises ValueError on an unknown policy.
    """
    gap: Ints = np.maximum(order_up_to - position, 0)
    is_low = position <= reorder_point
    if policy == "RS":
        return np.where(is_review, gap, 0)
    if policy == "sS":
        return np.where(is_low, gap, 0)
    if policy == "rQ":
        lots: Ints = (reorder_point - position) // lot + 1
        return np.where(is_low, lots * lot, np.zeros_like(lot))
    if policy == "base_stock":
        return gap
    raise ValueError(f"policy must be one of {POLICIES}, not {policy!r}")


def tiers(source: Ints) -> list[Bools]:
    """Flags of the series that order together, the farthest from a supplier first: a source knows what it is asked.

    `source` numbers the series that replenishes each, −1 where its supplier does.
    """
    depth, at = np.zeros(source.size, dtype=np.int64), source.copy()
    while (at >= 0).any():
        depth += at >= 0
        at = np.where(at >= 0, source[np.maximum(at, 0)], -1)
    return [depth == tier for tier in range(int(depth.max(initial=0)), -1, -1)]


def economic_order_quantity(demand_rate: Floats, order_cost: Floats | float, holding_cost: Floats) -> Floats:
    """√(2KD ÷ h): the lot that balances the cost of ordering against that of holding (Harris 1913).

    `demand_rate` in units a period, `order_cost` an order, `holding_cost` a unit and period, in one currency.
    Raises ValueError where a holding cost is not positive.
    """
    if (holding_cost <= 0).any():
        raise ValueError("the holding cost must be positive")
    quantity: Floats = np.sqrt(2.0 * order_cost * demand_rate / holding_cost)
    return quantity
