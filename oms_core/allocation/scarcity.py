"""What a place is expected to lose by giving one more unit away: the margin, as likely as it is that it will want it.

Belongs here: this one figure from the forecast's distribution. Does not belong here: the distribution
(`replenishment.distribution`), how much it counts (`rules`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from oms_core.replenishment.distribution import DemandGrid


def scarcity(places: pd.DataFrame, grid: DemandGrid) -> dict[tuple[str, str], float]:
    """Minor units a unit, by SKU and location: margin x P(demand until the next supply >= what is not promised).

    `places`: sku, location_id, qty_free (on hand less promised, base units), margin_minor. `grid` holds the demand of
    each of them over its protection interval. It is the critical-fractile reasoning of the newsvendor: the last unit
    earns its margin only if demand reaches it.
    """
    free = places["qty_free"].to_numpy(dtype=float)
    wanted = 1.0 - grid.of(places).probability_at_most(np.maximum(free - 1.0, 0.0))
    wanted = np.where(free < 1.0, 1.0, wanted)
    lost = np.maximum(places["margin_minor"].to_numpy(dtype=float), 0.0) * wanted
    return dict(zip(zip(places["sku"], places["location_id"], strict=True), lost.tolist(), strict=True))
