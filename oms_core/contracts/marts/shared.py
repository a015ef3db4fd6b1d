"""The published dimensions: the things that facts speak of, one contract a mart.

Belongs here: products, locations, suppliers, channels, customers, days. Does not belong here: facts.
"""

from __future__ import annotations

from oms_core.contracts.schema import Contract, day, flag, instant, integer, money, number, quantity, text

DIM_PRODUCT = Contract(
    "dim_product",
    "one row a SKU",
    ("sku",),
    (
        text("sku", "Stock-keeping unit."),
        text("description", "Name for people."),
        text("category", "Merchandise group."),
        text("supplier_id", "Who delivers it.", references="dim_supplier.supplier_id"),
        money("unit_cost_minor", "Cost of one base unit."),
        money("unit_price_minor", "List price of one base unit."),
        text("currency", "ISO 4217 code."),
        quantity("pack_quantity", "Base units in an order multiple."),
        flag("is_active", "Whether it is still bought."),
        quantity("min_order_quantity", "Least that an order of it takes; empty: a pack.", required=False),
        integer("shelf_life_days", "Days from receipt in which it can be sold.", unit="days", required=False),
        integer("weight_grams", "What a base unit weighs, packed.", unit="g", required=False),
        integer("unit_volume_ml", "Room that a base unit takes.", unit="ml", required=False),
        text("handling_class", "What whoever sends it has to be fit for, by the sourcing rules.", required=False),
        text(
            "successor_sku",
            "SKU that replaces it, the last of a chain: its demand is planned as that one's.",
            required=False,
        ),
        text("abc_class", "A: first 80 % of a year's revenue, B: next 15 %, C: the rest.", allowed=("A", "B", "C")),
    ),
)

DIM_LOCATION = Contract(
    "dim_location",
    "one row a location",
    ("location_id",),
    (
        text("location_id", "Location (node)."),
        text("name", "Name for people."),
        text("kind", "What it is.", allowed=("warehouse", "store", "drop_shipper")),
        text("country", "Country it stands in."),
        text("region", "Delivery region that it serves first."),
        text("timezone", "IANA zone of its business day."),
        flag("ships_orders", "Whether it may ship channel orders."),
        integer("sourcing_rank", "Order in which it is tried, 1 first."),
        text("replenished_from", "Location that replenishes it; empty: its suppliers do.", required=False),
        quantity("capacity_units", "Most base units that it holds.", required=False),
        integer("capacity_litres", "Room that it has.", unit="l", required=False),
        number("kept_back_share", "Share of its safety stock that orders may not take.", minimum=0, maximum=1),
    ),
)

DIM_SUPPLIER = Contract(
    "dim_supplier",
    "one row a supplier",
    ("supplier_id",),
    (
        text("supplier_id", "Supplier."),
        text("name", "Name for people."),
        integer("lead_time_days_quoted", "Quoted lead time.", unit="days"),
        integer("review_period_days", "How often it is ordered from.", unit="days"),
        integer("receipt_count", "Observed deliveries."),
        number("lead_time_days_mean", "Mean observed lead time; the quoted one before any delivery.", unit="days"),
        number("lead_time_days_std", "Its standard deviation; 0 below two deliveries.", unit="days"),
        money("min_order_value_minor", "Least value of an order for one location.", required=False),
        text("min_order_currency", "ISO 4217 code of that value; empty: that of each order.", required=False),
        number(
            "late_share", "Share of deliveries after the promised day; empty before any.", unit="share", required=False
        ),
    ),
)

DIM_CHANNEL = Contract(
    "dim_channel",
    "one row a channel",
    ("channel_id",),
    (
        text("channel_id", "Channel."),
        text("name", "Name for people."),
        text("kind", "What it is.", allowed=("web", "marketplace", "pos", "wholesale")),
        text("currency", "ISO 4217 code."),
        integer("priority", "Order in which its lines are allocated, 1 first."),
    ),
)

DIM_CUSTOMER = Contract(
    "dim_customer",
    "one row a known customer, by pseudonym",
    ("customer_key",),
    (
        text("customer_key", "Pseudonym of the customer.", personal=True),
        text("country", "Country of the latest order.", required=False),
        instant("first_order_at", "First order."),
        instant("last_order_at", "Latest order."),
        integer("order_count", "Orders placed."),
    ),
)

DIM_DATE = Contract(
    "dim_date",
    "one row a calendar day, from the first business day to a year past the last",
    ("date_day",),
    (
        day("date_day", "The day."),
        integer("year", "Calendar year."),
        integer("quarter", "1 to 4."),
        integer("month", "1 to 12."),
        integer("day_of_month", "1 to 31."),
        integer("day_of_week", "ISO: 1 Monday to 7 Sunday."),
        flag("is_weekend", "Saturday or Sunday."),
    ),
)

DIMENSIONS = (DIM_PRODUCT, DIM_LOCATION, DIM_SUPPLIER, DIM_CHANNEL, DIM_CUSTOMER, DIM_DATE)
