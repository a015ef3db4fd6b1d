"""Where stock and records part: silent losses, damage, and the cycle counts that find them.

Belongs here: losses, their counting.
Does not belong here: how a count's variance is booked (the ledger's business).
"""

from __future__ import annotations

import numpy as np

from oms_core.twin.book import DayBook
from oms_core.twin.network import Network
from oms_core.twin.state import NetworkState
from oms_core.twin.streams import Stream, stream

_LOSS_CHANCE = 0.0015
_DAMAGE_CHANCE = 0.0008
_COUNT_CYCLE_WEEKS = 8
_DAMAGE_AT, _COUNT_AT = 20 * 3600 + 2400, 21 * 3600 + 900


def lose_and_damage(network: Network, state: NetworkState, book: DayBook) -> None:
    """Damage is written off; shrinkage is nobody's record until a count finds it."""
    rng = stream(network.spec.seed, Stream.LOSS, book.clock.ordinal)
    chance = rng.random(state.on_hand.shape)
    size = 1 + rng.integers(0, 3, state.on_hand.shape)
    present = state.on_hand > 0
    for n, (row, sku) in enumerate(np.argwhere(present & (chance < _DAMAGE_CHANCE)).tolist()):
        units = min(int(size[row, sku]), int(state.on_hand[row, sku]))
        state.on_hand[row, sku] -= units
        location_id = network.locations[row].location_id
        ref, sku_id = f"AD-{location_id}-{book.clock.compact}", network.items.skus[sku]
        book.move("adjustment", sku_id, location_id, -units, ref, str(n + 1), _DAMAGE_AT, reason="damaged")
    for row, sku in np.argwhere(present & (chance > 1 - _LOSS_CHANCE)).tolist():
        units = min(int(size[row, sku]), int(state.on_hand[row, sku]))
        if units:
            state.on_hand[row, sku] -= units
            state.uncounted_loss[row, sku] += units
            book.shrinkage.append((row, sku, units))


def count_stock(network: Network, state: NetworkState, book: DayBook) -> None:
    """Each location counts an eighth of its SKUs on its weekday, in the evening, and counts right."""
    week = book.clock.ordinal // 7
    skus = np.arange(network.spec.sku_count)
    for row, location in enumerate(network.locations):
        if location.kind == "drop_shipper" or (row + 1) % 7 != book.clock.day.weekday():
            continue
        counted = np.flatnonzero(network.is_carried[row] & ((skus + week) % _COUNT_CYCLE_WEEKS == 0))
        ref, at = f"CC-{location.location_id}-{book.clock.compact}", book.clock.at(_COUNT_AT)
        for sku in counted.tolist():
            sku_id, units = network.items.skus[sku], int(state.on_hand[row, sku] + state.blocked[row, sku])
            book.add("stock_counts", (ref, location.location_id, sku_id, units, at, book.clock.iso))
            _find_loss(state, book, row, sku, ref, (location.location_id, sku_id))


def _find_loss(state: NetworkState, book: DayBook, row: int, sku: int, ref: str, what: tuple[str, str]) -> None:
    variance = -int(state.uncounted_loss[row, sku])
    if variance == 0:
        return
    state.uncounted_loss[row, sku] = 0
    facts = {"feed": "stock_counts", "business_day": book.clock.iso, "count_ref": ref}
    book.dirt.append({"kind": "count_disagrees", **facts, "location_id": what[0], "sku": what[1], "variance": variance})
