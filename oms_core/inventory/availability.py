"""Available to sell (ATS): on hand, less what is promised, less what is protected, never below zero.

Belongs here: the rule in Python. dbt's `fct_inventory_position` states it in SQL, and both pass the golden fixture
`tests/fixtures/golden/availability.csv`.
Does not belong here: where the three quantities come from, nor who gets what is available (`allocation`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

_KEY = ["sku", "location_id"]


def available_to_sell(
    qty_on_hand: npt.ArrayLike, qty_reserved: npt.ArrayLike, qty_safety_stock: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """max(on hand - reserved - safety stock, 0), element by element, in base units.

    Raises TypeError for anything but whole numbers: a float here means that a join left a gap.
    """
    on_hand, reserved, safety_stock = (_whole(values) for values in (qty_on_hand, qty_reserved, qty_safety_stock))
    return np.asarray(np.maximum(on_hand - reserved - safety_stock, 0), dtype=np.int64)


def supply(balance: pd.DataFrame, safety_stock: pd.DataFrame) -> pd.DataFrame:
    """What each location may sell: columns sku, location_id, qty_ats, in order of SKU and location.

    `balance`: sku, location_id, qty_on_hand, qty_reserved (`int_stock_balance`). `safety_stock`: sku, location_id,
    qty_safety_stock; a pair without a level protects nothing. Raises MergeError where a pair occurs twice.
    """
    levels = safety_stock[[*_KEY, "qty_safety_stock"]]
    joined = balance.merge(levels, on=_KEY, how="left", validate="one_to_one").sort_values(_KEY, ignore_index=True)
    protected = joined["qty_safety_stock"].fillna(0).astype("int64")
    qty_ats = available_to_sell(joined["qty_on_hand"], joined["qty_reserved"], protected)
    return joined[_KEY].assign(qty_ats=qty_ats)


def _whole(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"quantities are whole base units without gaps, not {array.dtype}")
    return array.astype(np.int64)
