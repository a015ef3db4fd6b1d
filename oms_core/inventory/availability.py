"""Available to sell (ATS): on hand, less what is blocked, promised, kept back or in doubt, never below zero; which
part of it only one channel may take; and what may be sold ahead of supply that is not here yet.

Belongs here: the rules in Python. dbt's `fct_inventory_position`, `fct_ats_by_channel` and `int_pre_sell` state them in
SQL (`macros/rules.sql`); both pass the golden fixtures `availability.csv`, `channel_segments.csv`, `pre_sell.csv`.
Does not belong here: where the quantities come from, nor who gets what is available (`allocation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from oms_core.arrays import Ints

_KEY = ["sku", "location_id"]


@dataclass(frozen=True, slots=True)
class Segment:
    """What a channel asks to be kept for it: a share of what is available, or units, or the larger of both."""

    channel_id: str
    share: float = 0.0
    units: int = 0


def available_to_sell(
    qty_on_hand: npt.ArrayLike,
    qty_reserved: npt.ArrayLike,
    qty_kept_back: npt.ArrayLike,
    qty_in_doubt: npt.ArrayLike = 0,
    qty_blocked: npt.ArrayLike = 0,
    qty_oversell: npt.ArrayLike = 0,
) -> Ints:
    """max(on hand - blocked + oversell - reserved - kept back - in doubt, 0), element by element, in base units.

    `qty_kept_back`: of safety stock, what orders may not take (`dim_location.kept_back_share` of it).
    Blocked below 0 (more was unblocked than had been blocked) adds nothing: nothing beyond what lies there is for sale.
    Raises TypeError for anything but whole numbers: a float here means that a join left a gap.
    """
    quantities = (qty_on_hand, qty_reserved, qty_kept_back, qty_in_doubt, qty_blocked, qty_oversell)
    on_hand, reserved, kept_back, in_doubt, blocked, oversell = (_whole(values) for values in quantities)
    free = on_hand - np.maximum(blocked, 0) + oversell - reserved - kept_back - in_doubt
    return np.asarray(np.maximum(free, 0), dtype=np.int64)


def protect(qty_ats: int, segments: Sequence[Segment]) -> dict[str, int]:
    """What is kept for each channel of what a location may sell, the most urgent channel first; base units.

    Each gets what it asks for (a share rounded down), at most what those before it have left. A channel may take its
    own part and what is kept for nobody.
    """
    kept: dict[str, int] = {}
    left = qty_ats
    for segment in segments:
        kept[segment.channel_id] = min(max(_share(qty_ats, segment.share), segment.units), left)
        left -= kept[segment.channel_id]
    return kept


def pre_sell_limit(qty_supply: int, share: float, units: int) -> int:
    """How many units of a supply may be sold before it is here: a share of it (rounded down), or units, if more."""
    return min(max(_share(qty_supply, share), units), qty_supply)


def available_to_pre_sell(qty_supply: int, share: float, units: int, qty_pre_sold: int, qty_pegged: int) -> int:
    """What a channel of these terms may still sell ahead of a supply, in base units.

    `qty_pre_sold`: sold ahead of it already, by whichever channel, so that of channels with different limits the one
    with the lower stops first (nested booking limits). `qty_pegged`: that, and what other waiting lines are to get.
    """
    return max(min(pre_sell_limit(qty_supply, share, units) - qty_pre_sold, qty_supply - qty_pegged), 0)


def _share(quantity: int, share: float) -> int:
    # A whole product such as 100 x 0.29 may come out a little below its number.
    return int(quantity * share + 1e-9)


def supply(balance: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """What each location may sell: columns sku, location_id, qty_ats, in order of SKU and location.

    `balance`: sku, location_id, qty_on_hand, qty_blocked, qty_reserved, qty_in_doubt, qty_oversell
    (`int_stock_balance`). `levels`: sku, location_id, qty_kept_back; a pair without a level keeps nothing back.
    Raises MergeError where a pair occurs twice.
    """
    kept_back = levels[[*_KEY, "qty_kept_back"]]
    joined = balance.merge(kept_back, on=_KEY, how="left", validate="one_to_one").sort_values(_KEY, ignore_index=True)
    joined["qty_kept_back"] = joined["qty_kept_back"].fillna(0).astype("int64")
    names = ("qty_on_hand", "qty_reserved", "qty_kept_back", "qty_in_doubt", "qty_blocked", "qty_oversell")
    qty_ats = available_to_sell(*(joined[name] for name in names))
    return joined[_KEY].assign(qty_ats=qty_ats)


def _whole(values: npt.ArrayLike) -> Ints:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"quantities are whole base units without gaps, not {array.dtype}")
    return array.astype(np.int64)
