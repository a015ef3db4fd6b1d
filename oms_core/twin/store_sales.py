"""The tills: stores sell what stands on their shelf, and take goods back.

Belongs here: receipts, lost sales, returns in store.
Does not belong here: how the shelf is filled (`replenish`).
"""

from __future__ import annotations

import numpy as np

from oms_core.arrays import Ints
from oms_core.twin.book import POS_FEED, DayBook, Row
from oms_core.twin.demand import DayDemand
from oms_core.twin.grouping import cumulated_before
from oms_core.twin.network import POS, Network
from oms_core.twin.orders import customer_numbers, discount_of
from oms_core.twin.state import NetworkState
from oms_core.twin.streams import Stream, stream
from oms_core.twin.wire import pos_row

RETURN_SHARE = 0.03
_CARD_SHARE = 0.6
_OPENS, _CLOSES = 9 * 3600, 20 * 3600
_LATE_EVERY_DAYS = 23


def sell_in_stores(network: Network, state: NetworkState, demand: DayDemand, book: DayBook) -> Ints:
    """Sell, in every store, up to what is on the shelf. Returns the units lost, cell × SKU [C, S]."""
    lost = np.zeros(network.line_rate.shape, dtype=np.int64)
    for index, cell in enumerate(network.cells):
        if cell.channel != POS:
            continue
        mine = np.flatnonzero(demand.cell == index)
        sku, wanted = demand.sku[mine], demand.quantity[mine]
        sold = np.minimum(wanted, np.maximum(state.on_hand[cell.location, sku] - cumulated_before(sku, wanted), 0))
        np.add.at(state.on_hand[cell.location], sku, -sold)
        np.add.at(lost[index], sku, wanted - sold)
        kept = sold > 0
        _print_receipts(network, state, demand, book, cell.location, sku[kept], sold[kept])
    return lost


def _print_receipts(
    network: Network, state: NetworkState, demand: DayDemand, book: DayBook, store: int, sku: Ints, sold: Ints
) -> None:
    spec, clock, items = network.spec, book.clock, network.items
    rng = stream(spec.seed, Stream.STORE_SALES, clock.ordinal, store)
    receipt = np.cumsum(rng.random(len(sku)) < 0.6)
    seconds = np.sort(rng.integers(_OPENS, _CLOSES, len(sku) + 1))
    customers = customer_numbers(network, rng, len(sku) + 1)
    has_card = rng.random(len(sku) + 1) < _CARD_SHARE
    comes_back = rng.random(len(sku)) < RETURN_SHARE
    back_after = rng.integers(2, 21, len(sku))
    location_id, rows, line = network.locations[store].location_id, [], 0
    for n, (s, units, number) in enumerate(zip(sku.tolist(), sold.tolist(), receipt.tolist(), strict=True)):
        line = line + 1 if n and number == receipt[n - 1] else 1
        card = f"C{customers[number]:06d}" if has_card[number] else ""
        price = int(items.unit_price_minor[s])
        discount = discount_of(price, units, bool(demand.is_promoted[s]))
        ref = f"{location_id}-{clock.compact}-{number:05d}"
        at = clock.at(int(seconds[number]))
        rows.append(pos_row(ref, line, location_id, at, items.skus[s], units, price, discount, spec.currency, card))
        if comes_back[n] and card:
            facts = {"store": store, "sku": s, "quantity": units, "card": card, "price": price}
            state.plan(clock.ordinal + int(back_after[n]), "store_return", **facts)
    book.order_line_count += len(rows)
    _hand_in(network, state, book, store, rows)


def _hand_in(network: Network, state: NetworkState, book: DayBook, store: int, rows: list[Row]) -> None:
    """A till that was offline hands its day in later; all others at once."""
    offline = book.clock.ordinal * 7 + store
    if (
        network.spec.has_dirt
        and rows
        and offline % (_LATE_EVERY_DAYS * 7) == network.spec.seed % (_LATE_EVERY_DAYS * 7)
    ):
        arrival = book.clock.ordinal + 2 + store % 4
        facts = {"feed": POS_FEED, "business_day": book.clock.iso, "records": [list(row) for row in rows]}
        state.plan(arrival, "late", **facts)
        return
    book.rows.setdefault(POS_FEED, []).extend(rows)


def take_back_in_stores(network: Network, state: NetworkState, book: DayBook) -> None:
    """Returns at the tills: unused goods, back on the shelf, on a receipt of their own."""
    for n, entry in enumerate(state.due(book.clock.ordinal, "store_return")):
        store, sku = entry["store"], entry["sku"]
        state.on_hand[store, sku] += entry["quantity"]
        location_id = network.locations[store].location_id
        ref, at = f"{location_id}-{book.clock.compact}-R{n + 1:04d}", book.clock.at(_CLOSES + n % 1800)
        sku_id, units = network.items.skus[sku], -entry["quantity"]
        row = pos_row(ref, 1, location_id, at, sku_id, units, entry["price"], 0, network.spec.currency, entry["card"])
        book.add(POS_FEED, row)
