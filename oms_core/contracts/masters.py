"""What counterparts say of things themselves: products, places, suppliers, channels, what may stand in for what.

Belongs here: the contracts of master data. Does not belong here: what happens to orders and stock (`landed`).
"""

from __future__ import annotations

from oms_core.contracts import conditions
from oms_core.contracts.landed_columns import AMOUNT, CURRENCY, EFFECTIVE, MAX_QUANTITY, MAX_UNIT_PRICE_MINOR
from oms_core.contracts.schema import Contract, flag, integer, money, quantity, text

PRODUCTS = Contract(
    "products",
    "one row a statement of a SKU; the latest is in force",
    ("sku",),
    (
        text("sku", "Stock-keeping unit."),
        text("description", "Name for people."),
        text("category", "Merchandise group."),
        text("supplier_id", "Who delivers it."),
        money("unit_cost_minor", "Cost of one base unit.", minimum=0, maximum=MAX_UNIT_PRICE_MINOR),
        money("unit_price_minor", "List price of one base unit.", minimum=0, maximum=MAX_UNIT_PRICE_MINOR),
        CURRENCY,
        quantity("pack_quantity", "Base units in an order multiple.", minimum=1, maximum=MAX_QUANTITY),
        flag("is_active", "Whether it is still bought."),
        quantity(
            "min_order_quantity", "Least that an order of it takes.", minimum=1, maximum=MAX_QUANTITY, required=False
        ),
        integer(
            "shelf_life_days", "Days from receipt in which it can be sold.", unit="days", minimum=1, required=False
        ),
        integer("unit_volume_ml", "Room that a base unit takes.", unit="ml", minimum=0, required=False),
        text("supersedes_sku", "SKU that it replaces: its demand is planned as this one's.", required=False),
        integer(
            "weight_grams", "What a base unit weighs, packed.", unit="g", minimum=1, maximum=10_000_000, required=False
        ),
        text(
            "handling_class",
            "What whoever sends it has to be fit for, in a word of the sourcing rules (`hazardous`, `oversize`).",
            required=False,
        ),
        *EFFECTIVE,
    ),
)

LOCATIONS = Contract(
    "locations",
    "one row a statement of a location; the latest is in force",
    ("location_id",),
    (
        text("location_id", "Location (node)."),
        text("name", "Name for people."),
        text("kind", "What it is.", allowed=("warehouse", "store", "drop_shipper")),
        text("country", "Country it stands in."),
        text("region", "Delivery region that it serves first."),
        text("timezone", "IANA zone of its business day."),
        flag("ships_orders", "Whether it may ship channel orders."),
        integer("sourcing_rank", "Order in which it is tried, 1 first.", minimum=1),
        text("replenished_from", "Location that replenishes it; empty: its suppliers do.", required=False),
        quantity("capacity_units", "Most base units that it holds.", maximum=MAX_QUANTITY, required=False),
        integer("capacity_litres", "Room that it has.", unit="l", minimum=0, required=False),
        *EFFECTIVE,
    ),
)

SUPPLIERS = Contract(
    "suppliers",
    "one row a statement of a supplier; the latest is in force",
    ("supplier_id",),
    (
        text("supplier_id", "Supplier."),
        text("name", "Name for people."),
        integer("lead_time_days", "Quoted lead time.", unit="days", minimum=0, maximum=conditions.MAX_LEAD_TIME_DAYS),
        integer("review_period_days", "How often it is ordered from.", unit="days", minimum=1, maximum=365),
        money("min_order_value_minor", "Least value of an order for one location.", required=False, **AMOUNT),
        text("min_order_currency", "ISO 4217 code of that value; empty: that of each order.", required=False),
        *EFFECTIVE,
    ),
)

CHANNELS = Contract(
    "channels",
    "one row a statement of a channel; the latest is in force",
    ("channel_id",),
    (
        text("channel_id", "Channel."),
        text("name", "Name for people."),
        text("kind", "What it is.", allowed=("web", "marketplace", "pos", "wholesale")),
        CURRENCY,
        integer("priority", "Order in which its lines are allocated, 1 first.", minimum=1),
        *EFFECTIVE,
    ),
)

SUBSTITUTES = Contract(
    "substitutes",
    "one row a statement of what may be offered for a SKU that is out of stock; the latest is in force",
    ("sku", "substitute_sku"),
    (
        text("sku", "What was asked for."),
        text("substitute_sku", "What may be offered for it."),
        integer("preference", "Order in which substitutes are offered, 1 first; 0 takes this one back.", minimum=0),
        *EFFECTIVE,
    ),
)
