"""Units that are marked down where they stay: what that makes of a unit that goes from one place and not from another.

Belongs here: that comparison. Does not belong here: by how much places mark down (`rules`), all else that a unit costs
(`costs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oms_core.arrays import Bools, Floats


@dataclass(frozen=True)
class Markdowns:
    """`saved`: by SKU and node, by how much a unit that stays is marked down, in minor units. `there`: which nodes have
    units of the SKU and ship orders."""

    saved: Mapping[str, Floats]
    there: Mapping[str, Bools]

    def elsewhere(self, sku: str, node: int) -> float:
        """What is marked down elsewhere for a unit that goes from a node: as much more as it would save at the place,
        of those that have it and ship orders, where it saves most."""
        return max(self.most(sku) - float(self.saved[sku][node]), 0.0) if sku in self.saved else 0.0

    def most(self, sku: str) -> float:
        """What a unit that goes saves at most."""
        return float(self.saved[sku][self.there[sku]].max(initial=0.0)) if sku in self.saved else 0.0
