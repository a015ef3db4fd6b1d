"""What planners, BI and the HTTP API may rely on: one contract a mart.

Belongs here: grain, key, columns, types and units of every published table. The dbt properties
(`dbt_project/models/marts/**/*.yml`) are generated from this file; a convention test holds both together.
Does not belong here: how a mart is derived (its SQL), nor any table that is not published.
"""

from __future__ import annotations

from oms_core.contracts.decisions import FORECAST_ACCURACY as LANDED_ACCURACY
from oms_core.contracts.decisions import FORECASTS as LANDED_FORECASTS
from oms_core.contracts.decisions import INTERVAL_DEMAND as LANDED_INTERVAL_DEMAND
from oms_core.contracts.decisions import SAFETY_STOCK as LANDED_SAFETY_STOCK
from oms_core.contracts.dimensions import DIMENSIONS
from oms_core.contracts.schema import (
    Column,
    Contract,
    day,
    flag,
    instant,
    integer,
    money,
    number,
    quantity,
    signed_quantity,
    text,
)

_SKU = text("sku", "Stock-keeping unit.")
_LOCATION = text("location_id", "Location (node).")
_CURRENCY = text("currency", "ISO 4217 code.")
_KNOWN = instant("known_at", "When we learnt it.")
_ORIGIN = (
    text("feed", "Feed that delivered the row behind it."),
    text("file_sha256", "File that held that row."),
    integer("row_number", "Record number in that file."),
)
_LINE = (
    text("order_line_id", "`channel_id:order_ref:line_ref`."),
    text("order_id", "`channel_id:order_ref`."),
)
_QTY_BY_STATE = (
    quantity("qty_ordered", "Ordered."),
    quantity("qty_cancelled", "Cancelled before it left."),
    quantity("qty_held", "Held, and so neither allocated nor promised."),
    quantity("qty_fulfilled", "Shipped or carried out."),
    quantity("qty_allocated", "Allocated to a location and not yet shipped."),
    quantity("qty_backordered", "Waiting for stock."),
    quantity("qty_open", "Not yet decided; 0 after a completed run."),
    quantity("qty_returned", "Come back after it was fulfilled; not part of the sum."),
)


def _mart(name: str, grain: str, key: tuple[str, ...], *columns: Column) -> Contract:
    return Contract(name, grain, key, columns)


def _as_mart(name: str, landed: Contract, *dropped: str, kept: str = "") -> Contract:
    columns = tuple(column for column in landed.columns if column.name not in dropped)
    return Contract(name, landed.grain + kept, landed.key, columns)


FCT_ORDER_EVENTS = _mart(
    "fct_order_events",
    "one row an event of an order line",
    ("event_id",),
    text("event_id", "Event: line, type, and what stated it."),
    *_LINE,
    text(
        "event_type",
        "What happened.",
        allowed=("placed", "held", "allocated", "backordered", "exported", "shipped", "cancelled", "returned"),
    ),
    quantity("quantity", "Quantity it happened to."),
    text("location_id", "Where, if anywhere.", required=False),
    text("reason", "Why, where there is a reason.", required=False),
    instant("effective_at", "When it was true in the world."),
    _KNOWN,
    day("business_date", "Calendar day of `effective_at` at its source."),
    *_ORIGIN,
)

FCT_ORDER_LINES = _mart(
    "fct_order_lines",
    "one row an order line; qty_ordered = cancelled + held + fulfilled + allocated + backordered + open",
    ("order_line_id",),
    *_LINE,
    text("channel_id", "Channel that took it.", references="dim_channel.channel_id"),
    text("order_ref", "The channel's order number."),
    text("line_ref", "The channel's line id."),
    _SKU,
    text("customer_key", "Pseudonym; empty for a guest.", required=False, personal=True),
    text("fulfilment_method", "How the customer gets it."),
    text("ship_to_country", "Country to ship to.", required=False),
    text("ship_to_region", "Region to ship to.", required=False),
    text("demand_location_id", "Location that its demand falls on.", references="dim_location.location_id"),
    instant("placed_at", "When it was placed."),
    day("business_date", "Calendar day of `placed_at` at its source."),
    _KNOWN,
    *_QTY_BY_STATE,
    text(
        "line_state",
        "The state of the largest undone quantity, or of all of it.",
        allowed=("cancelled", "held", "fulfilled", "allocated", "backordered", "open"),
    ),
    instant("allocated_at", "First allocated.", required=False),
    instant("shipped_at", "Last shipped.", required=False),
    money("unit_price_minor", "Price of one base unit before discount."),
    money("gross_minor", "Ordered quantity at price."),
    money("discount_minor", "Discount on the line."),
    money("tax_minor", "Tax on the line."),
    money("net_minor", "Gross less discount, for what was not cancelled."),
    _CURRENCY,
    *_ORIGIN,
)

FCT_ORDERS = _mart(
    "fct_orders",
    "one row an order",
    ("order_id",),
    text("order_id", "`channel_id:order_ref`."),
    text("channel_id", "Channel that took it."),
    text("order_ref", "The channel's order number."),
    text("customer_key", "Pseudonym; empty for a guest.", required=False, personal=True),
    text("ship_to_country", "Country to ship to.", required=False),
    instant("placed_at", "When it was placed."),
    day("business_date", "Calendar day of `placed_at` at its source."),
    integer("line_count", "Lines."),
    *_QTY_BY_STATE,
    text(
        "order_state",
        "`open` until every line is fulfilled or cancelled.",
        allowed=("open", "held", "fulfilled", "cancelled"),
    ),
    integer("location_count", "Locations that ship or shipped it; above 1 is a split."),
    money("gross_minor", "Sum of the lines."),
    money("discount_minor", "Sum of the lines."),
    money("tax_minor", "Sum of the lines."),
    money("charges_minor", "Postage and fees on the order."),
    money("net_minor", "Sum of the lines' net."),
    _CURRENCY,
)

FCT_INVENTORY_POSTINGS = _mart(
    "fct_inventory_postings",
    "one row a posting: the two of a movement sum to zero",
    ("posting_id",),
    text("posting_id", "`movement_id` and account."),
    text("movement_id", "The movement both postings belong to."),
    text(
        "movement_kind",
        "What moved.",
        allowed=(
            "opening",
            "receipt",
            "shipment",
            "sale",
            "transfer_out",
            "transfer_in",
            "return",
            "adjustment",
            "count_variance",
        ),
    ),
    text(
        "account",
        "Where the quantity lies.",
        allowed=("on_hand", "supplier", "customer", "in_transit", "adjustment", "variance", "opening"),
    ),
    _SKU,
    _LOCATION,
    signed_quantity("quantity", "Quantity into the account, negative out of it."),
    text("reason", "Why, where there is a reason.", required=False),
    text("order_line_id", "Order line behind it.", required=False),
    text("po_ref", "Purchase order behind it.", required=False),
    instant("effective_at", "When it was true in the world."),
    _KNOWN,
    day("business_date", "Calendar day of `effective_at` at its source."),
    *_ORIGIN,
)

FCT_INVENTORY_DAILY = _mart(
    "fct_inventory_daily",
    "one row a SKU, location and business day since its first movement",
    ("business_date", "sku", "location_id"),
    day("business_date", "Business day."),
    _SKU,
    _LOCATION,
    signed_quantity("qty_opening", "On hand at the start of the day."),
    signed_quantity("qty_received", "Openings, receipts and transfers in."),
    signed_quantity("qty_issued", "Shipments, sales and transfers out, negative."),
    signed_quantity("qty_returned", "Returns."),
    signed_quantity("qty_adjusted", "Adjustments and count variances."),
    signed_quantity("qty_closing", "On hand at the end of the day: the sum of the five."),
    flag("is_stocked_out", "Whether the day ended with nothing on hand."),
)

FCT_INVENTORY_POSITION = _mart(
    "fct_inventory_position",
    "one row a SKU and location that ever held or expects stock, at the run's as-of",
    ("sku", "location_id"),
    _SKU,
    _LOCATION,
    day("as_of_date", "Last business day known."),
    signed_quantity("qty_on_hand", "Sum of the on-hand postings."),
    quantity("qty_reserved", "Allocated and not yet shipped."),
    quantity("qty_safety_stock", "Safety stock in force."),
    signed_quantity("qty_ats", "Available to sell: on hand - reserved - safety stock, not below 0."),
    quantity("qty_inbound", "Open purchase orders."),
    day("next_inbound_date", "Next expected receipt.", required=False),
    number("qty_demand_per_day", "Mean daily demand of the last 28 days.", unit="base units a day"),
    number("days_of_cover", "On hand by that demand; empty without demand.", unit="days", required=False),
    money("unit_cost_minor", "Cost of one base unit."),
    money("stock_value_minor", "On hand at cost."),
    _CURRENCY,
    text("abc_class", "Class of the SKU.", allowed=("A", "B", "C")),
)

FCT_DEMAND_DAILY = _mart(
    "fct_demand_daily",
    "one row a SKU, location and business day from the series' first demand on",
    ("business_date", "sku", "location_id"),
    day("business_date", "Business day of the order."),
    _SKU,
    _LOCATION,
    quantity("qty_ordered", "Ordered."),
    quantity("qty_cancelled", "Cancelled before it left, at the order's own day."),
    quantity("qty_demand", "Ordered less cancelled: what the customer wanted."),
    quantity("qty_returned", "Returned that day; it does not reduce demand."),
    flag("is_stocked_out", "Whether the day ended with nothing on hand: its demand may be censored."),
)

FCT_FORECAST = _as_mart(
    "fct_forecast", LANDED_FORECASTS, "effective_at", "business_date", kept=": the runs of the last seven business days"
)
FCT_FORECAST_ACCURACY = _as_mart("fct_forecast_accuracy", LANDED_ACCURACY, "effective_at", "business_date")

#: The latest run's rows only: what the workbench needs to answer "what if", nothing older.
FCT_INTERVAL_DEMAND = Contract(
    "fct_interval_demand",
    "one row a series and probability: the latest run's demand over the protection interval, as one sum",
    ("sku", "location_id", "probability"),
    tuple(c for c in LANDED_INTERVAL_DEMAND.columns if c.name not in ("effective_at", "business_date")),
)

FCT_SAFETY_STOCK = Contract(
    "fct_safety_stock",
    "one row a SKU, location and policy version: the latest run's result",
    ("policy_version", "sku", "location_id"),
    (
        *(column for column in LANDED_SAFETY_STOCK.columns if column.name not in ("effective_at", "business_date")),
        flag("is_current", "Whether it is the level in force."),
        instant("calculated_at", "The run's `as_of`."),
    ),
)

FCT_ALLOCATIONS = _mart(
    "fct_allocations",
    "one row a run, order line and location",
    ("allocation_id",),
    text("allocation_id", "`order_line_id`, location and run."),
    text("run_id", "Run that decided."),
    *_LINE,
    _SKU,
    text("location_id", "Location that ships it.", references="dim_location.location_id"),
    quantity("qty_allocated", "Allocated quantity."),
    text("reason_code", "Rule that decided."),
    text("reason", "The rule in words, with its figures."),
    integer("priority", "Channel priority the line was ranked by."),
    integer("decision_rank", "Position of the line in the run."),
    integer("qty_ats_before", "Available to sell there before this decision.", unit="base units", required=False),
    instant("allocated_at", "The run's `as_of`."),
    day("business_date", "Calendar day of the run."),
)

FCT_BACKORDERS = _mart(
    "fct_backorders",
    "one row an order line that waits for stock now",
    ("order_line_id",),
    *_LINE,
    text("channel_id", "Channel that took it."),
    _SKU,
    quantity("qty_backordered", "Waiting quantity.", minimum=1),
    instant("placed_at", "When it was placed."),
    instant("backordered_at", "First backordered."),
    text("reason_code", "Rule that decided."),
    text("reason", "The rule in words, with its figures."),
    day("next_inbound_date", "Next expected receipt of the SKU anywhere.", required=False),
    text("next_inbound_location_id", "Where it is expected.", required=False),
    text("run_id", "Latest run that decided."),
)

FCT_EXPORTS = _mart(
    "fct_exports",
    "one row a line of an export document",
    ("export_id", "line_number"),
    text("export_id", "Document."),
    integer("line_number", "Line of the document."),
    text("run_id", "Run that wrote it."),
    text("partner_id", "Who receives it."),
    text("location_id", "Location that is to ship."),
    text("wave", "Wave of the location's day."),
    text("document_type", "Kind of document."),
    integer("revision", "Revision of the business key."),
    *_LINE,
    _SKU,
    quantity("qty_exported", "Quantity to ship."),
    quantity("qty_shipped", "Quantity of the line that the location has shipped since."),
    text("file_name", "Name of the document's file, without its suffix."),
    text("document_sha256", "Hash of the JSON document's bytes."),
    instant("exported_at", "The run's `as_of`."),
    day("business_date", "Calendar day of the run."),
)

RPT_FEED_FILES = _mart(
    "rpt_feed_files",
    "one row a received file; its records = accepted + duplicate + superseded + quarantined",
    ("feed", "file_sha256"),
    text("feed", "Feed that delivered it."),
    text("file_sha256", "Hash of its bytes."),
    text("file_name", "Its name when it came: data, never a path."),
    _KNOWN,
    integer("size_bytes", "Size.", unit="bytes"),
    integer("record_count", "Records that the byte-level screen counted."),
    integer("accepted_count", "Records landed."),
    integer("duplicate_count", "Records that repeat another of the file exactly."),
    integer("superseded_count", "Records replaced by a later one of the same file."),
    integer("quarantined_count", "Records set aside with a reason."),
)

RPT_QUARANTINE = _mart(
    "rpt_quarantine",
    "one row a quarantined record and reason",
    ("feed", "file_sha256", "row_number", "reason_code"),
    text("feed", "Feed that delivered it."),
    text("file_sha256", "File that held it."),
    text("file_name", "Name of that file."),
    integer("row_number", "Record number in that file."),
    text("reason_code", "Which rule it broke."),
    text("reason", "The rule in words; never the customer's data."),
    _KNOWN,
)

MARTS: dict[str, tuple[Contract, ...]] = {
    "shared": DIMENSIONS,
    "orders": (FCT_ORDER_EVENTS, FCT_ORDER_LINES, FCT_ORDERS),
    "inventory": (FCT_INVENTORY_POSTINGS, FCT_INVENTORY_DAILY, FCT_INVENTORY_POSITION),
    "planning": (FCT_DEMAND_DAILY, FCT_FORECAST, FCT_FORECAST_ACCURACY, FCT_INTERVAL_DEMAND, FCT_SAFETY_STOCK),
    "fulfilment": (FCT_ALLOCATIONS, FCT_BACKORDERS, FCT_EXPORTS),
    "quality": (RPT_FEED_FILES, RPT_QUARANTINE),
}
