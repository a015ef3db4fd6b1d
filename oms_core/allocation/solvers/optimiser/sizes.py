"""Which of a SKU's lines its stock can serve, counted by their size: lines are whole.

Where 20 units are there for 13 lines of one, three of two and one of three, prices a unit find 16 lines and a third; no
plan has more than 16. So lines have a price by their size, too, wherever they go from: what orders pay for it beyond
what the best lines that fit would fetch is no longer thought to be to be had (Lagrangian decomposition; Guignard & Kim
1987, Mathematical Programming 39). The best lines that fit are a knapsack, solved from its other side: the cheapest
ones to leave that free what is short.

Belongs here: these knapsacks, of all SKUs at once. Does not belong here: the search for prices (`prices`).
"""

from __future__ import annotations

import numpy as np

from oms_core.allocation.costed.model import Model
from oms_core.allocation.solvers.optimiser.plans import MOST_UNITS
from oms_core.arrays import Bools, Floats, Ints

#: Up to how many units of a SKU are short: where more are, a line more or less is little.
_MOST_SHORT = 255


class Sizes:
    """The lines by SKU and size, shape (S, Q), of SKUs that sizes matter for: fewer units are there than are asked for,
    and no line is too large. `is_priced`: which these are, shape (S,)."""

    def __init__(self, sku: Ints, quantity: Ints, stock: Ints) -> None:
        """Of lines of these, in a `stock` of shape (S, N)."""
        size = np.arange(1, MOST_UNITS + 1)
        self.size = size
        is_small = quantity <= MOST_UNITS
        self._row = np.where(is_small, sku * MOST_UNITS + quantity - 1, 0)
        self._counted, self._skus = is_small, len(stock)
        # No more lines of a size than all nodes hold, each by itself.
        lines = np.minimum(self.count(is_small), (stock[:, :, None] // size).sum(axis=1))
        short = lines @ size - stock.sum(axis=1)
        has_larger = np.bincount(sku[~is_small], minlength=self._skus) > 0
        self.is_priced: Bools = ~has_larger & (short > 0) & (short <= _MOST_SHORT)
        self._counted, self.lines = self.is_priced[sku], np.where(self.is_priced[:, None], lines, 0)
        self._short, priced = short, np.flatnonzero(self.is_priced)
        # SKUs that are short of about as much stand together.
        scale = np.ceil(np.log2(short[priced])).astype(np.int64)
        self._alike = [priced[scale == one] for one in np.unique(scale)]

    @classmethod
    def of(cls, model: Model) -> Sizes:
        """Of all lines of a model."""
        return cls(model.sku[model.item], model.quantity, model.stock)

    @property
    def share(self) -> float:
        """The share of all lines that sizes matter for."""
        return float(self._counted.mean()) if len(self._counted) else 0.0

    def count(self, shipped: Bools) -> Ints:
        """How many of the `shipped` lines, a mask (L,), are of each size."""
        counted = np.bincount(self._row[shipped & self._counted], minlength=self._skus * MOST_UNITS)
        return np.asarray(counted.reshape(self._skus, MOST_UNITS), dtype=np.int64)

    def best(self, price: Floats) -> Ints:
        """Of the lines that fit together, those that fetch most at `price` (S, Q)."""
        kept = self.lines.copy()
        for rows in self._alike:
            kept[rows] -= _cheapest_to_leave(self.lines[rows], self.size, price[rows], self._short[rows])
        return kept


def _cheapest_to_leave(lines: Ints, size: Ints, price: Floats, short: Ints) -> Ints:
    """How many lines of each size to leave, that have at least `short` units together; by SKU, one in each row.

    Lines of a size are offered in bundles of 1, 2, 4, ..., each taken or not.
    """
    sku, units = np.arange(len(short)), np.arange(short.max() + 1)[:, None]
    least = np.full((len(units), len(sku)), np.inf)
    least[0] = 0.0
    offers: list[tuple[int, Ints, Bools]] = []
    for place, each in enumerate(size.tolist()):
        left, step = np.minimum(lines[:, place], -(-short // each)), 1
        while left.any():
            bundle = np.minimum(left, step)
            left, step = left - bundle, 2 * step
            cost = least[np.maximum(units - bundle * each, 0), sku] + bundle * price[:, place]
            pays = cost < least
            least = np.where(pays, cost, least)
            offers.append((place, bundle, pays))
    leave, rest = np.zeros_like(lines), short.copy()
    for place, bundle, pays in reversed(offers):
        taken = np.where(pays[rest, sku], bundle, 0)
        leave[:, place] += taken
        rest = np.maximum(rest - taken * size[place], 0)
    return leave
