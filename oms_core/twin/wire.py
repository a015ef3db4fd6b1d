"""How channels write what happened: Shopify's order JSON, the marketplace's rows, the tills' rows.

Belongs here: the channels' own field names and number formats.
Does not belong here: what is ordered (`orders`, `store_sales`), files (`files`).
"""

from __future__ import annotations

from typing import Any

from oms_core.twin.book import CANONICAL, MARKETPLACE_FEED, POS_FEED, SHOPIFY, decimal_text
from oms_core.twin.state import Wire

_TAX_PERCENT = 19

_MARKETPLACE_COLUMNS = (
    "order_id", "item_id", "status", "purchased_at", "sku", "title", "quantity", "item_price", "promo_discount",
    "item_tax", "currency", "buyer_id", "ship_country", "ship_region", "last_change_at",
)  # fmt: skip
_POS_COLUMNS = (
    "receipt_no", "line_no", "store_id", "sold_at", "sku", "qty", "unit_price", "discount", "tax", "currency",
    "customer_card",
)  # fmt: skip

#: Feed to (file name before the date, header, delimiter). Shopify's is JSON and not among them.
CSV_FEEDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    POS_FEED: ("pos_sales", _POS_COLUMNS, ","),
    MARKETPLACE_FEED: ("marketplace", _MARKETPLACE_COLUMNS, ";"),
    **{name: (name, columns, ",") for name, columns in CANONICAL.items()},
}
FILE_STEMS = {SHOPIFY: "orders", **{feed: stem for feed, (stem, _, _) in CSV_FEEDS.items()}}

_CITIES = {
    "NORTH": ("Hamburg", "20095"),
    "SOUTH": ("Munich", "80331"),
    "EAST": ("Dresden", "01067"),
    "WEST": ("Bonn", "53111"),
}


def included_tax(gross_minor: int) -> int:
    """Tax held in a gross amount, rounded half up."""
    return (2 * gross_minor * _TAX_PERCENT + 100 + _TAX_PERCENT) // (2 * (100 + _TAX_PERCENT))


def shopify_line(line_id: int, sku: str, title: str, quantity: int, price_minor: int, discount_minor: int) -> Wire:
    """A Shopify line item."""
    tax = included_tax(price_minor * quantity - discount_minor)
    return {
        "id": line_id,
        "sku": sku,
        "title": title,
        "quantity": quantity,
        "price": decimal_text(price_minor),
        "total_discount": decimal_text(discount_minor),
        "tax_lines": [{"title": "VAT", "rate": _TAX_PERCENT / 100, "price": decimal_text(tax)}],
    }


def shopify_order(
    order_id: int, number: int, at: str, customer: int, place: tuple[str, str], currency: str, lines: list[Wire]
) -> Wire:
    """A paid, unfulfilled Shopify order. `place`: country code and region code."""
    city, postcode = _CITIES.get(place[1], (place[1].title(), "00000"))
    shipping: list[dict[str, Any]] = [{"code": "STANDARD", "title": "Standard delivery", "price": "4.90"}]
    return {
        "id": order_id,
        "name": f"#{number}",
        "created_at": at,
        "updated_at": at,
        "currency": currency,
        "taxes_included": True,
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "cancel_reason": None,
        "customer": {"id": customer},
        "email": f"customer{customer}@example.com",
        "shipping_address": {"country_code": place[0], "province_code": place[1], "city": city, "zip": postcode},
        "line_items": lines,
        "shipping_lines": shipping,
        "refunds": [],
    }


def shopify_cancelled(order: Wire, at: str, reason: str) -> Wire:
    """The same order, stated again as cancelled."""
    return {**order, "updated_at": at, "cancelled_at": at, "cancel_reason": reason, "financial_status": "voided"}


def marketplace_row(wire: Wire) -> tuple[Any, ...]:
    """A marketplace item in the order of its columns."""
    return tuple(wire[column] for column in _MARKETPLACE_COLUMNS)


def pos_row(
    receipt: str, line: int, store: str, at: str, sku: str, quantity: int, price_minor: int, discount_minor: int,
    currency: str, card: str,
) -> tuple[Any, ...]:  # fmt: skip
    """A till's receipt line; a negative quantity is a return."""
    tax = included_tax(abs(price_minor * quantity) - discount_minor)
    price, discount = decimal_text(price_minor), decimal_text(discount_minor)
    return (receipt, line, store, at, sku, quantity, price, discount, decimal_text(tax), currency, card)
