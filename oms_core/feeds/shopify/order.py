"""What one Shopify order says: its lines, charges, and what was cancelled or returned of it.

Belongs here: the meaning of Shopify's fields (Admin REST API, resource Order). Does not belong here: files and
chunks (`shopify`), bounds (`checks`).

- A line's status is ours to work on: `fulfillment_status` is not read, because it is our own shipments that the
  shop repeats there, and they reach us as stock movements.
- Names, e-mail and postal addresses stay here; notes and line properties are not read at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.feeds.rejections import Bad, quoted
from oms_core.feeds.values.converters import to_instant
from oms_core.feeds.values.personal import customer_key
from oms_core.money import AmountRefused, to_minor

_STATUS_BY_PAYMENT: dict[str | None, tuple[str, str | None]] = {
    None: ("open", None),
    "authorized": ("open", None),
    "paid": ("open", None),
    "partially_paid": ("open", None),
    "partially_refunded": ("open", None),
    "refunded": ("open", None),
    "pending": ("held", "payment pending"),
    "unpaid": ("held", "payment pending"),
    "expired": ("held", "payment authorisation expired"),
    "voided": ("cancelled", "payment voided"),
}
_RESTOCK_TYPES = ("cancel", "return", "legacy_restock", "no_restock")

Json = Mapping[str, Any]


class OrderRefused(ValueError):  # noqa: N818 - said as it is: the order is refused
    """One order that cannot be taken. The message names the line by its ordinal and quotes nothing personal."""

    def __init__(self, reason_code: str, reason: str, field_name: str = "") -> None:
        super().__init__(reason)
        self.reason_code = reason_code
        self.field = field_name


@dataclass
class OrderRows:
    """The canonical rows of one order, as (record type, row), in the order's own order."""

    order_ref: str
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def add(self, record_type: str, **row: Any) -> None:
        self.rows.append((record_type, row))


@dataclass(frozen=True)
class _Order:
    """What all rows of an order share."""

    source: Json
    currency: str
    common: dict[str, Any]
    constants: Mapping[str, str]

    def amount(self, value: Any, where: str) -> int:
        """A decimal string in minor units; a missing one is nothing."""
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise OrderRefused("not_a_number", f"{where} is no decimal amount", where)
        try:
            return to_minor(str(value), self.currency)
        except AmountRefused as error:
            raise OrderRefused(error.reason_code, f"{where} {quoted(value)}: {error}", where) from error

    def total(self, items: Any, key: str, where: str) -> int:
        return sum(self.amount(item.get(key), f"{where} {key}") for item in _objects(items, where))


def order_rows(source: Any, constants: Mapping[str, str], key: bytes) -> OrderRows:
    """The rows of one order. `constants` holds `channel_id`; `key` is the pseudonyms' secret.

    Raises OrderRefused with the first thing that is wrong.
    """
    order = _read_order(source, constants, key)
    rows = OrderRows(order.common["order_ref"])
    lines = _objects(source.get("line_items"), "line_items")
    if not lines:
        raise OrderRefused("no_lines", "the order has no line_items", "line_items")
    taxes = _line_taxes(order, lines)
    for ordinal, (line, tax) in enumerate(zip(lines, taxes, strict=True), start=1):
        _add_line(rows, order, line, tax, f"line {ordinal}")
    for ordinal, line in enumerate(_objects(source.get("shipping_lines"), "shipping_lines"), start=1):
        _add_shipping(rows, order, line, ordinal)
    for refund in _objects(source.get("refunds"), "refunds"):
        _add_refund(rows, order, refund, {str(line.get("id")): line for line in lines})
    return rows


def _read_order(source: Any, constants: Mapping[str, str], key: bytes) -> _Order:
    if not isinstance(source, dict):
        raise OrderRefused("not_an_order", "the record is no JSON object")
    if source.get("test") is True:
        raise OrderRefused("test_order", "the shop marks it as a test", "test")
    placed_at = _instant(source, "created_at", "order")
    currency = _text(source.get("currency"), "currency") or ""
    common = {
        "channel_id": constants["channel_id"],
        "order_ref": _reference(source, "id", "order"),
        "currency": currency,
        "customer_key": _customer_key(source, constants["channel_id"], key),
        "effective_at": placed_at,
        "business_date": placed_at.date(),
    }
    return _Order(source, currency, common, constants)


def _add_line(rows: OrderRows, order: _Order, line: Json, tax_minor: int, where: str) -> None:
    discount = _discount(order, line, where)
    price, quantity = order.amount(line.get("price"), f"{where} price"), _quantity(line, where)
    if line.get("price") is None:
        raise OrderRefused("missing_value", f"{where} has no price", "price")
    line_ref, description = _reference(line, "id", where), _text(line.get("title"), f"{where} title")
    if line.get("requires_shipping") is False:
        # A gift card or a download: money, but nothing to allocate.
        code = _text(line.get("sku"), f"{where} sku") or "NOT_SHIPPED"
        rows.add(
            "order_charges", **order.common, line_ref=line_ref, charge_code=code, description=description,
            amount_minor=price * quantity - discount,
        )  # fmt: skip
        return
    sku = _text(line.get("sku"), f"{where} sku")
    if not sku:
        raise OrderRefused("missing_value", f"{where} has no sku: give the variant one in the shop", "sku")
    status, reason = _status(order.source)
    place = order.source.get("shipping_address")
    address: Json = place if isinstance(place, dict) else {}
    rows.add(
        "order_lines", **order.common, line_ref=line_ref, sku=sku.strip().upper(), description=description,
        quantity=quantity, unit_price_minor=price, discount_minor=discount, tax_minor=tax_minor,
        ship_to_country=_text(address.get("country_code"), "country_code"),
        ship_to_region=_text(address.get("province_code"), "province_code"),
        fulfilment_method="ship", line_status=status, status_reason=reason,
        updated_at=_instant(order.source, "updated_at" if order.source.get("updated_at") else "created_at", "order"),
    )  # fmt: skip


def _status(source: Json) -> tuple[str, str | None]:
    payment = source.get("financial_status")
    if isinstance(payment, list | dict) or payment not in _STATUS_BY_PAYMENT:
        raise _unknown("order", "financial_status", payment)
    if source.get("cancelled_at") is not None:
        return "cancelled", _text(source.get("cancel_reason"), "cancel_reason") or "cancelled"
    return _STATUS_BY_PAYMENT[payment]


def _discount(order: _Order, line: Json, where: str) -> int:
    """Allocations state what order-wide codes take off this line, too; `total_discount` only the line's own."""
    if line.get("discount_allocations"):
        return order.total(line["discount_allocations"], "amount", f"{where} discount_allocations")
    return order.amount(line.get("total_discount"), f"{where} total_discount")


def _line_taxes(order: _Order, lines: list[Json]) -> list[int]:
    """Tax by line: as the lines state it, else the order's own, shared out by value."""
    stated = [order.total(line.get("tax_lines"), "price", f"line {i} tax_lines") for i, line in enumerate(lines, 1)]
    total = order.total(order.source.get("tax_lines"), "price", "tax_lines")
    if any(stated) or not total:
        return stated
    values = [
        max(order.amount(line.get("price"), f"line {i} price"), 0) * max(_quantity(line, f"line {i}"), 0)
        for i, line in enumerate(lines, start=1)
    ]
    return share_out(total, values)


def share_out(total: int, weights: list[int]) -> list[int]:
    """A whole amount shared by weight, exactly: each share rounded down, the rest by largest remainder.

    Ties go to the first. Equal shares where no weight is positive.
    """
    base = sum(weights)
    weights, base = (weights, base) if base > 0 else ([1] * len(weights), len(weights))
    shares = [total * weight // base for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % base), i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _add_shipping(rows: OrderRows, order: _Order, line: Json, ordinal: int) -> None:
    where = f"shipping line {ordinal}"
    price = line.get("discounted_price") if line.get("discounted_price") is not None else line.get("price")
    code = _text(line.get("code"), f"{where} code") or "SHIPPING"
    ref = str(line["id"]) if isinstance(line.get("id"), int | str) else f"shipping-{ordinal}"
    rows.add(
        "order_charges", **order.common, line_ref=ref, charge_code=code,
        description=_text(line.get("title"), f"{where} title"), amount_minor=order.amount(price, f"{where} price"),
    )  # fmt: skip


def _add_refund(rows: OrderRows, order: _Order, refund: Json, lines: Mapping[str, Json]) -> None:
    ref, at = _reference(refund, "id", "refund"), _instant(refund, "created_at", "refund")
    own = {**order.common, "effective_at": at, "business_date": at.date()}
    for ordinal, item in enumerate(_objects(refund.get("refund_line_items"), "refund_line_items"), start=1):
        where = f"refund line {ordinal}"
        line = lines.get(str(item.get("line_item_id")))
        if line is None:
            raise OrderRefused("unknown_line", f"{where} names a line that the order does not have", "line_item_id")
        if line.get("requires_shipping") is not False:
            rows.add("order_adjustments", **own, adjustment_ref=ref, **_adjustment(order, item, line, where))
    for ordinal, item in enumerate(_objects(refund.get("order_adjustments"), "order_adjustments"), start=1):
        code = (_text(item.get("kind"), "kind") or "refund").upper()
        amount = order.amount(item.get("amount"), f"refund adjustment {ordinal} amount")
        rows.add("order_charges", **own, line_ref=f"refund-{ref}-{ordinal}", charge_code=code, amount_minor=amount)


def _adjustment(order: _Order, item: Json, line: Json, where: str) -> dict[str, Any]:
    restock = item.get("restock_type", "no_restock")
    if restock not in _RESTOCK_TYPES:
        raise _unknown(where, "restock_type", restock)
    has_left = line.get("fulfillment_status") in ("fulfilled", "partial")
    is_return = restock == "return" or (restock != "cancel" and has_left)
    comes_back = restock in ("return", "legacy_restock") and is_return
    return {
        "line_ref": _reference(item, "id", where),
        "kind": "returned" if is_return else "cancelled",
        "order_line_ref": _reference(line, "id", where),
        "sku": (_text(line.get("sku"), f"{where} sku") or "").strip().upper(),
        "quantity": _quantity(item, where),
        "unit_price_minor": order.amount(line.get("price"), f"{where} price"),
        "location_id": _return_location(order, item) if comes_back else None,
        "reason": str(restock).replace("_", " "),
    }


def _return_location(order: _Order, item: Json) -> str | None:
    """Our name for the shop's location: constant `location_<its id>`, else `returns_location_id`, else its id."""
    theirs = item.get("location_id")
    fallback = order.constants.get("returns_location_id") or (None if theirs is None else str(theirs))
    return order.constants.get(f"location_{theirs}", fallback)


def _customer_key(source: Json, channel_id: str, key: bytes) -> str | None:
    customer = source.get("customer")
    identity = customer.get("id") if isinstance(customer, dict) else None
    email = source.get("email")
    if identity is None and isinstance(email, str) and email.strip():
        identity = email.strip().lower()
    return None if identity is None else customer_key(key, channel_id, str(identity))


def _unknown(where: str, name: str, value: Any) -> OrderRefused:
    return OrderRefused("unknown_value", f"{where}: {name} {quoted(value)} is none that is known", name)


def _objects(value: Any, where: str) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise OrderRefused("wrong_type", f"{where} is no list of objects", where)
    return value


def _instant(source: Json, name: str, where: str) -> datetime:
    value = source.get(name)
    instant = to_instant(value) if isinstance(value, str) else Bad("missing_value", "is missing")
    if isinstance(instant, Bad):
        shown = f" {quoted(value)}" if isinstance(value, str) else ""
        raise OrderRefused(instant.reason_code, f"{where}: {name}{shown} {instant.reason}", name)
    return instant


def _reference(source: Json, name: str, where: str) -> str:
    value = source.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).strip():
        raise OrderRefused("missing_value", f"{where}: {name} is missing, or neither text nor whole number", name)
    return str(value)


def _quantity(source: Json, where: str) -> int:
    value = source.get("quantity")
    if isinstance(value, bool) or not isinstance(value, int):
        raise OrderRefused("not_an_integer", f"{where}: quantity {quoted(value)} is no whole number", "quantity")
    if abs(value) > 10**15:
        raise OrderRefused("out_of_range", f"{where}: quantity is beyond all reason", "quantity")
    return value


def _text(value: Any, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise OrderRefused("wrong_type", f"{where} is no text", where)
