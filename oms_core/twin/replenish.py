"""Supply: opening stock, purchase orders with uncertain arrivals, transfers to stores, drop-shippers' own top-ups.

Belongs here: the twin's own (R, S) policy, which stands for the buyers' before us.
Does not belong here: the product's policy (`oms_core/replenishment`): the twin must not know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from oms_core.arrays import Floats, Ints
from oms_core.twin.book import DayBook
from oms_core.twin.demand import mean_daily_units
from oms_core.twin.network import POS, Network
from oms_core.twin.state import NetworkState, PurchaseLine
from oms_core.twin.streams import Stream, stream

REVIEW_PERIOD_DAYS = 7
_SAFETY_FACTOR = 1.35
SMOOTHING = 0.04
_STORE_COVER_DAYS = 10
_DROP_SHIPPER_COVER_DAYS = 30
_SHORT_DELIVERY_SHARE = 0.03
_OPENS_AT, _TRANSFER_IN_AT, _RECEIVES_AT = 5 * 60, 5 * 3600, 6 * 3600 + 1800
_TRANSFER_OUT_AT, _ORDERS_AT = 15 * 3600, 16 * 3600


def first_state(network: Network, day: date) -> NetworkState:
    """The state on the evening before `day`: no stock anywhere, and what buyers expect to sell."""
    mean = by_location(network, mean_daily_units(network))
    shape = network.is_carried.shape
    variance = mean * (1 + network.items.extra_quantity) + 0.05 * mean**2
    zeros = np.zeros(shape, dtype=np.int64)
    return NetworkState(day - timedelta(days=1), zeros, zeros.copy(), mean, variance, zeros.copy())


def by_location(network: Network, by_cell: Floats) -> Floats:
    """Demand by cell [C, S] as what each location must supply [L, S]: a warehouse also its region's stores."""
    found = np.zeros(network.is_carried.shape)
    dropped = network.drop_shipper_of
    for row, cell in zip(by_cell, network.cells, strict=True):
        found[cell.location] += row
        if cell.channel == POS:
            found[network.home[cell.location]] += row
    for sku in np.flatnonzero(dropped >= 0).tolist():
        total = found[:, sku].sum()
        found[:, sku] = 0
        found[dropped[sku], sku] = total
    return found


def learn(network: Network, state: NetworkState, wanted: Ints) -> None:
    """Exponential smoothing of mean and variance of the day's demand by cell [C, S]."""
    units = by_location(network, wanted.astype(float))
    error = units - state.mean_units
    state.mean_units += SMOOTHING * error
    state.variance_units += SMOOTHING * (error**2 - state.variance_units)


def _targets(network: Network, state: NetworkState) -> Ints:
    """Order-up-to level by location and SKU [L, S], in units."""
    lead = network.suppliers.lead_time_days[network.items.supplier]
    spread = lead * network.suppliers.lead_time_cv[network.items.supplier]
    cover = np.zeros(network.is_carried.shape)
    cover[:] = lead + REVIEW_PERIOD_DAYS
    late = np.zeros_like(cover)
    late[:] = spread
    for i, location in enumerate(network.locations):
        if location.kind != "warehouse":
            cover[i] = _STORE_COVER_DAYS if location.kind == "store" else _DROP_SHIPPER_COVER_DAYS
            late[i] = 0
    deviation = np.sqrt(state.variance_units * cover + (late * state.mean_units) ** 2)
    target = np.ceil(state.mean_units * cover + _SAFETY_FACTOR * deviation)
    return np.asarray(np.where(network.is_carried, target, 0), dtype=np.int64)


def open_stock(network: Network, state: NetworkState, book: DayBook) -> None:
    """Opening stock on the first day: what the policy would hold, plus a week for the empty pipeline."""
    opening = _targets(network, state) + np.ceil(state.mean_units * 7).astype(np.int64) * network.is_carried
    state.on_hand += opening
    for row, sku in np.argwhere(opening > 0).tolist():
        location_id, units = network.locations[row].location_id, int(opening[row, sku])
        sku_id = network.items.skus[sku]
        book.move("opening", sku_id, location_id, units, f"OP-{location_id}", str(sku + 1), _OPENS_AT)


def receive(network: Network, state: NetworkState, book: DayBook) -> None:
    """Transfers sent yesterday and the purchase orders that really arrive today."""
    for ref, number, source, target, sku, quantity in state.transfers:
        state.on_hand[target, sku] += quantity
        source_id, target_id = network.locations[source].location_id, network.locations[target].location_id
        sku_id = network.items.skus[sku]
        book.move("transfer_in", sku_id, target_id, quantity, ref, number, _TRANSFER_IN_AT, counterparty=source_id)
    state.transfers = []
    arrived = [line for line in state.purchases if line.due <= book.clock.ordinal]
    state.purchases = [line for line in state.purchases if line.due > book.clock.ordinal]
    for line in arrived:
        _receive_line(network, state, book, line)
    for line in {line.po_ref: line for line in arrived}.values():
        supplier, location_id = network.suppliers.ids[line.supplier], network.locations[line.location].location_id
        days = (line.ordered, line.promised, book.clock.iso)
        at = book.clock.at(_RECEIVES_AT)
        book.add("lead_times", (supplier, line.po_ref, location_id, *days, at, book.clock.iso))


def _receive_line(network: Network, state: NetworkState, book: DayBook, line: PurchaseLine) -> None:
    state.on_hand[line.location, line.sku] += line.received
    location_id, sku = network.locations[line.location].location_id, network.items.skus[line.sku]
    if line.received:
        ref = f"RC-{line.po_ref}"
        book.move("receipt", sku, location_id, line.received, ref, line.line_ref, _RECEIVES_AT, po_ref=line.po_ref)
    at = book.clock.at(_RECEIVES_AT)
    book.add("purchase_orders", _purchase_row(network, line, "received", at, book.clock.iso))


def _purchase_row(network: Network, line: PurchaseLine, status: str, at: str, iso: str) -> tuple[object, ...]:
    items, suppliers = network.items, network.suppliers
    cost, location_id = int(items.unit_cost_minor[line.sku]), network.locations[line.location].location_id
    what = (suppliers.ids[line.supplier], items.skus[line.sku], location_id, line.quantity, cost)
    return (line.po_ref, line.line_ref, *what, network.spec.currency, status, line.promised, at, iso)


def order_from_suppliers(network: Network, state: NetworkState, book: DayBook) -> None:
    """Each supplier's weekly review: bring every warehouse's position up to its target, in whole packs."""
    due = np.flatnonzero(network.suppliers.review_weekday == book.clock.day.weekday())
    if len(due) == 0:
        return
    position = _positions(network, state)
    missing = _targets(network, state) - position
    packs = network.items.pack_quantity
    rounded = -(-missing // packs) * packs
    for supplier in due.tolist():
        for warehouse in network.rows("warehouse"):
            wanted = (network.items.supplier == supplier) & network.is_carried[warehouse] & (missing[warehouse] > 0)
            if wanted.any():
                _place_purchase(network, state, book, supplier, warehouse, np.flatnonzero(wanted), rounded[warehouse])


def _positions(network: Network, state: NetworkState) -> Ints:
    """On hand plus on order minus what customers wait for, by location and SKU [L, S]."""
    position = state.on_hand.copy()
    for line in state.purchases:
        position[line.location, line.sku] += line.quantity
    return position - _waiting(network, state)


def _waiting(network: Network, state: NetworkState) -> Ints:
    """Units of open order lines at the node that is tried first [L, S]."""
    waiting = np.zeros(network.is_carried.shape, dtype=np.int64)
    for line in state.open_lines.values():
        if line.sku >= 0:
            dropper = int(network.drop_shipper_of[line.sku])
            waiting[dropper if dropper >= 0 else line.region, line.sku] += line.quantity
    return waiting


def _place_purchase(
    network: Network, state: NetworkState, book: DayBook, supplier: int, warehouse: int, skus: Ints, quantity: Ints
) -> None:
    ref = f"PO-{network.suppliers.ids[supplier]}-{warehouse + 1}-{book.clock.compact}"
    lines = [(str(n + 1), sku, int(quantity[sku])) for n, sku in enumerate(skus.tolist())]
    take_purchase(network, state, book, ref, (supplier, warehouse), lines, (book.clock.day, _ORDERS_AT))


def take_purchase(
    network: Network,
    state: NetworkState,
    book: DayBook,
    ref: str,
    ends: tuple[int, int],
    lines: Sequence[tuple[str, int, int]],
    ordered: tuple[date, int],
) -> None:
    """A supplier takes an order for a location (`ends`), and says so: `lines` of (number, SKU, units), `ordered` on a
    day, heard by him at a second of today.
    """
    (supplier, location), clock, (day, second) = ends, book.clock, ordered
    rng = stream(network.spec.seed, Stream.PURCHASE, clock.ordinal, supplier, location)
    quoted, cv = int(network.suppliers.lead_time_days[supplier]), float(network.suppliers.lead_time_cv[supplier])
    actual = max(1, round(rng.gamma(1 / cv**2, 1.04 * quoted * cv**2)))
    share = np.where(rng.random(len(lines)) < _SHORT_DELIVERY_SHARE, rng.uniform(0.8, 1.0, len(lines)), 1.0)
    promised, at = (day + timedelta(days=quoted)).isoformat(), clock.at(second)
    for (number, sku, units), part in zip(lines, share.tolist(), strict=True):
        facts = (supplier, sku, location, units, int(units * part), day.isoformat(), promised, at)
        line = PurchaseLine(ref, number, *facts, day.toordinal() + actual)
        state.purchases.append(line)
        book.add("purchase_orders", _purchase_row(network, line, "open", at, clock.iso))


def send_to_stores(network: Network, state: NetworkState, book: DayBook) -> None:
    """Each store's weekly transfer from its region's warehouse, out today and in tomorrow."""
    stores = [s for s in network.rows("store") if s % 6 == book.clock.day.weekday()]
    if not stores:
        return
    target, waiting = _targets(network, state), _waiting(network, state)
    for store in stores:
        source = network.home[store]
        spare = np.maximum(state.on_hand[source] - waiting[source], 0)
        sent = np.minimum(np.maximum(target[store] - state.on_hand[store], 0), spare)
        ref = f"TR-{network.locations[store].location_id}-{book.clock.compact}"
        units_of = [(sku, int(sent[sku])) for sku in np.flatnonzero(sent).tolist()]
        send(network, state, book, ref, (source, store), units_of)


def send(
    network: Network,
    state: NetworkState,
    book: DayBook,
    ref: str,
    ends: tuple[int, int],
    units_of: Sequence[tuple[int, int]],
) -> None:
    """Units of SKUs leave one location for another (`ends`), where they are tomorrow."""
    source, target = ends
    source_id, target_id = network.locations[source].location_id, network.locations[target].location_id
    for n, (sku, units) in enumerate(units_of):
        sku_id, line = network.items.skus[sku], str(n + 1)
        state.on_hand[source, sku] -= units
        book.move("transfer_out", sku_id, source_id, units, ref, line, _TRANSFER_OUT_AT, counterparty=target_id)
        state.transfers.append((ref, line, source, target, sku, units))


def top_up_drop_shippers(network: Network, state: NetworkState, book: DayBook) -> None:
    """Drop-shippers fill up by themselves every Monday morning; we only hear of the receipt."""
    if book.clock.day.weekday() != 0:
        return
    missing = _targets(network, state) + _waiting(network, state) - state.on_hand
    for row in network.rows("drop_shipper"):
        location_id = network.locations[row].location_id
        ref = f"RC-{location_id}-{book.clock.compact}"
        for n, sku in enumerate(np.flatnonzero(missing[row] > 0).tolist()):
            units = int(missing[row, sku])
            state.on_hand[row, sku] += units
            book.move("receipt", network.items.skus[sku], location_id, units, ref, str(n + 1), _RECEIVES_AT)
