"""What leaves the warehouses and drop-shippers for customers, and what customers send back to them.

Belongs here: the twin's own choice of node in history, the answers to our export documents after it, deliveries and
returns.
Does not belong here: tills (`store_sales`), supply (`replenish`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from oms_core.twin.book import DayBook
from oms_core.twin.network import WEB, Network
from oms_core.twin.orders import discount_of
from oms_core.twin.state import NetworkState, OpenLine, line_key
from oms_core.twin.streams import Stream, stream

Export = Mapping[str, Any]

RETURN_SHARE = 0.04
#: Of what comes back to a warehouse, what somebody must look at first, and what of that is not worth selling again.
INSPECTED_SHARE, SPOILT_SHARE = 0.4, 0.25
_SHIPS_AT, _DELIVERS_AT, _INSPECTS_AT, _COMES_BACK_AT = 8 * 3600, 10 * 3600, 11 * 3600, 14 * 3600
CARRIER, PAYMENTS = "parcel-carrier", "payment-provider"


def ship_history(network: Network, state: NetworkState, book: DayBook) -> None:
    """Ship the open lines, oldest first, each whole from one node: the region's own, then the others."""
    shipped: list[tuple[int, OpenLine]] = []
    for line in state.open_lines.values():
        if line.ready > book.clock.ordinal or line.sku < 0:
            continue
        node = _node_with_stock(network, state, line)
        if node is not None:
            state.on_hand[node, line.sku] -= line.quantity
            shipped.append((node, line))
    numbers = [0] * len(network.locations)
    for node, line in shipped:
        numbers[node] += 1
        ref = f"SH-{network.locations[node].location_id}-{book.clock.compact}"
        _state_shipment(network, book, node, line, line.quantity, ref, numbers[node])
        state.close_line(line, shipped=True)
    _plan_returns(network, state, book, [(node, line, line.quantity) for node, line in shipped])


def _node_with_stock(network: Network, state: NetworkState, line: OpenLine) -> int | None:
    dropper = int(network.drop_shipper_of[line.sku])
    nodes: Sequence[int] = (dropper,) if dropper >= 0 else network.node_order[line.region]
    return next((node for node in nodes if state.on_hand[node, line.sku] >= line.quantity), None)


def _state_shipment(
    network: Network, book: DayBook, node: int, line: OpenLine, quantity: int, ref: str, number: int
) -> None:
    location_id = network.locations[node].location_id
    order = (line.channel, line.order_ref, line.line_ref)
    second = _SHIPS_AT + number % 3600
    # What a node ships of an order on one day goes in one parcel.
    parcel = (CARRIER, f"PC{book.clock.compact}{node:02d}{line.order_ref[-7:]}")
    book.move("shipment", network.items.skus[line.sku], location_id, quantity, ref, str(number), second, order=order,
              parcel=parcel)  # fmt: skip
    book.shipped_line_count += 1


def answer_exports(network: Network, state: NetworkState, exports: Sequence[Export], book: DayBook) -> None:
    """Ship what our documents ask for, each document once, never more than is truly there.

    A document already answered is left alone, so handing in the same ones every day is harmless.
    Raises ValueError for a location or SKU that the network does not have.
    """
    known = set(state.answered)
    rows = {location_id: i for i, location_id in enumerate(network.location_ids)}
    skus = {sku: i for i, sku in enumerate(network.items.skus)}
    for document in sorted(exports, key=lambda d: str(d["export_id"])):
        if document["export_id"] in known:
            continue
        if document["location_id"] not in rows:
            raise ValueError(f"export {document['export_id']}: unknown location {document['location_id']!r}")
        _answer(network, state, document, rows[document["location_id"]], skus, book)
        known.add(document["export_id"])
        state.answered.append(document["export_id"])


def _answer(
    network: Network, state: NetworkState, document: Export, node: int, skus: Mapping[str, int], book: DayBook
) -> None:
    done: list[tuple[int, OpenLine, int]] = []
    for entry in document["lines"]:
        if entry["sku"] not in skus:
            raise ValueError(f"export {document['export_id']}: unknown SKU {entry['sku']!r}")
        sku = skus[entry["sku"]]
        quantity = min(int(entry["quantity"]), int(state.on_hand[node, sku]))
        if quantity <= 0:
            continue
        state.on_hand[node, sku] -= quantity
        line = OpenLine(
            str(entry["channel_id"]), str(entry["order_ref"]), str(entry["line_ref"]), sku, 0, quantity, 0, 0
        )
        ref = f"SH-{document['export_id']}"
        _state_shipment(network, book, node, line, quantity, ref, int(entry["line_number"]))
        _reduce(state, line)
        done.append((node, line, quantity))
    _plan_returns(network, state, book, done, int(state.next_number("answer")))


def _reduce(state: NetworkState, shipped: OpenLine) -> None:
    """Take a shipped quantity off the open line. A warehouse ships as told: there may be none."""
    line = state.open_lines.get(line_key(shipped.channel, shipped.line_ref))
    if line is None:
        return
    if shipped.quantity >= line.quantity:
        state.close_line(line, shipped=True)
        return
    line.quantity -= shipped.quantity
    state.open_orders[line_key(line.channel, line.order_ref)].has_shipped = True


def _plan_returns(
    network: Network, state: NetworkState, book: DayBook, shipped: Sequence[tuple[int, OpenLine, int]], batch: int = 0
) -> None:
    _plan_deliveries(network, state, book, shipped, batch)
    rng = stream(network.spec.seed, Stream.RETURNS, book.clock.ordinal, batch)
    comes_back = rng.random(len(shipped)) < RETURN_SHARE
    after = rng.integers(6, 22, len(shipped))
    for n in np.flatnonzero(comes_back).tolist():
        node, line, quantity = shipped[n]
        facts = {"node": node, "sku": line.sku, "quantity": quantity}
        order = [line.channel, line.order_ref, line.line_ref]
        state.plan(book.clock.ordinal + int(after[n]), "return", order=order, **facts)


def _plan_deliveries(
    network: Network, state: NetworkState, book: DayBook, shipped: Sequence[tuple[int, OpenLine, int]], batch: int
) -> None:
    """The web shop's carrier tells of its deliveries; the marketplace keeps its own to itself."""
    days = stream(network.spec.seed, Stream.DELIVERIES, book.clock.ordinal, batch).integers(1, 4, len(shipped))
    for (_, line, quantity), after in zip(shipped, days.tolist(), strict=True):
        if line.channel == WEB:
            order = [line.channel, line.order_ref, line.line_ref]
            state.plan(book.clock.ordinal + after, "deliver", order=order, quantity=quantity)


def deliver(state: NetworkState, book: DayBook) -> None:
    """Parcels reach their customers."""
    for n, entry in enumerate(state.due(book.clock.ordinal, "deliver"), start=1):
        channel, order_ref, line_ref = entry["order"]
        ref, second = f"DL-{book.clock.compact}-{n}", _DELIVERS_AT + n % 3600
        book.happen("delivered", CARRIER, ref, (channel, order_ref, line_ref), entry["quantity"], second)


def inspect(network: Network, state: NetworkState, book: DayBook) -> None:
    """Goods that came back blocked are looked at: most go back on sale, the rest is given up."""
    for n, entry in enumerate(state.due(book.clock.ordinal, "inspect")):
        node, sku, units = entry["node"], entry["sku"], entry["quantity"]
        state.blocked[node, sku] -= units
        if not entry["is_spoilt"]:
            state.on_hand[node, sku] += units
        kind, disposition, reason = (
            ("write_off", "blocked", "not worth selling again") if entry["is_spoilt"] else ("unblock", "", "inspected")
        )
        location_id, order = network.locations[node].location_id, entry["order"]
        ref, second = f"IN-{location_id}-{book.clock.compact}", _INSPECTS_AT + n % 3600
        book.move(kind, network.items.skus[sku], location_id, units, ref, str(n + 1), second, reason=reason,
                  order=(order[0], order[1], order[2]), disposition=disposition)  # fmt: skip


def take_back(network: Network, state: NetworkState, book: DayBook) -> None:
    """Goods that customers send back arrive where they came from and go back on sale, some once they are inspected."""
    due = state.due(book.clock.ordinal, "return")
    rng = stream(network.spec.seed, Stream.INSPECTIONS, book.clock.ordinal)
    chance, after = rng.random(len(due)), rng.integers(1, 4, len(due))
    for n, entry in enumerate(due):
        node, sku = entry["node"], entry["sku"]
        is_looked_at = network.locations[node].kind == "warehouse" and bool(chance[n] < INSPECTED_SHARE)
        (state.blocked if is_looked_at else state.on_hand)[node, sku] += entry["quantity"]
        if is_looked_at:
            is_spoilt = bool(chance[n] < INSPECTED_SHARE * SPOILT_SHARE)
            facts = {name: entry[name] for name in ("node", "sku", "quantity", "order")}
            state.plan(book.clock.ordinal + int(after[n]), "inspect", is_spoilt=is_spoilt, **facts)
        location_id = network.locations[node].location_id
        order = (entry["order"][0], entry["order"][1], entry["order"][2])
        ref, second = f"RT-{location_id}-{book.clock.compact}", _COMES_BACK_AT + n % 3600
        sku_id, units = network.items.skus[sku], entry["quantity"]
        disposition = "blocked" if is_looked_at else ""
        book.move("return", sku_id, location_id, units, ref, str(n + 1), second, reason="customer return", order=order,
                  disposition=disposition)  # fmt: skip
        # Less a fee as large as a promotion's discount, so that never more is refunded than was paid.
        price = int(network.items.unit_price_minor[sku])
        refund = price * units - discount_of(price, units, promoted=True)
        book.happen("refunded", PAYMENTS, f"RF-{ref}-{n + 1}", order, units, second + 60, amount_minor=refund)
