"""What planners, BI and the HTTP API may rely on: one contract a mart.

Belongs here: grain, key, columns, types and units of every published table. The dbt properties
(`dbt_project/models/marts/**/*.yml`) are generated from this file; a convention test holds both together.
Does not belong here: how a mart is derived (its SQL), any table that is not published; those of orders are in
`order_marts`, those of planning in `planning_marts`.
"""

from __future__ import annotations

from oms_core.contracts.dimensions import DIMENSIONS
from oms_core.contracts.mart_columns import CURRENCY, KNOWN, LINE, LOCATION, ORIGIN, SKU, STOCKED_OUT_SHARE, mart
from oms_core.contracts.order_marts import ORDER_MARTS
from oms_core.contracts.planning_marts import PLANNING_MARTS
from oms_core.contracts.reconciliation_marts import FCT_STOCK_RECONCILIATION, RPT_CLEARING
from oms_core.contracts.schema import (
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

FCT_INVENTORY_POSTINGS = mart(
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
            "block",
            "unblock",
            "write_off",
            "count_variance",
            "count_held",
            "count_released",
        ),
    ),
    text(
        "account",
        "Where the quantity lies. What a location holds is the sum of three: `on_hand` for sale, `blocked` and not for "
        "sale, and `drop_ship`, a drop-shipper's own that he sells for us.",
        allowed=(
            "on_hand",
            "blocked",
            "drop_ship",
            "supplier",
            "customer",
            "in_transit",
            "adjustment",
            "written_off",
            "variance",
            "suspense",
            "opening",
        ),
    ),
    SKU,
    LOCATION,
    signed_quantity("quantity", "Quantity into the account, negative out of it."),
    text("reason", "Why, where there is a reason.", required=False),
    text("lot_ref", "Lot (batch) that it is of.", required=False),
    text("serial_ref", "Serial number of the one unit that it is of.", required=False),
    text("order_line_id", "Order line behind it.", required=False),
    text("po_ref", "Purchase order behind it.", required=False),
    instant("effective_at", "When it was true in the world."),
    KNOWN,
    day("business_date", "Calendar day of `effective_at` at its source."),
    *ORIGIN,
    by_month=True,
    looked_up_by=("sku", "location_id"),
)

FCT_INVENTORY_DAILY = mart(
    "fct_inventory_daily",
    "one row a SKU, location and business day since its first movement",
    ("business_date", "sku", "location_id"),
    day("business_date", "Business day."),
    SKU,
    LOCATION,
    signed_quantity("qty_opening", "On hand at the start of the day."),
    signed_quantity("qty_received", "Openings, receipts and transfers in."),
    signed_quantity("qty_issued", "Shipments, sales and transfers out, negative."),
    signed_quantity("qty_returned", "Returns."),
    signed_quantity("qty_adjusted", "Adjustments, write-offs and count variances, less what is held for review."),
    signed_quantity("qty_closing", "On hand at the end of the day: the sum of the five."),
    signed_quantity("qty_blocked", "Of that, what is not for sale: damaged, on hold, or still to be inspected."),
    flag("is_stocked_out", "Whether the day ended with nothing on hand that is for sale."),
    STOCKED_OUT_SHARE,
    by_month=True,
)

FCT_INVENTORY_POSITION = mart(
    "fct_inventory_position",
    "one row a SKU and location that ever held or expects stock, at the run's as-of",
    ("sku", "location_id"),
    SKU,
    LOCATION,
    day("as_of_date", "Last business day known."),
    signed_quantity("qty_on_hand", "All that lies there, blocked or not: what a count would find."),
    signed_quantity("qty_blocked", "Of that, what is not for sale: damaged, on hold, or still to be inspected."),
    quantity("qty_reserved", "Allocated and not yet shipped."),
    quantity("qty_safety_stock", "Safety stock in force."),
    quantity("qty_kept_back", "Of that, what orders may not take: a store's, for who walks in, or what a rule says."),
    quantity("qty_in_doubt", "Held back because the location's stock is in doubt."),
    text("doubt_reason", "Why it is; empty unless it is.", required=False),
    quantity("qty_oversell", "By how much a rule lets it promise and ship beyond what lies there for sale."),
    quantity("qty_set_aside", "Here for lines that were sold it ahead of supply and are held."),
    quantity(
        "qty_ats",
        "On hand - blocked + oversell - reserved - set aside - kept back - in doubt, not below 0: to sell.",
    ),
    quantity("qty_inbound", "Open purchase orders."),
    day("next_inbound_date", "Next expected receipt.", required=False),
    number("qty_demand_per_day", "Mean daily demand of the last 28 days.", unit="base units a day"),
    number(
        "days_of_cover", "On hand and not blocked, by that demand; empty without demand.", unit="days", required=False
    ),
    money("unit_cost_minor", "Cost of one base unit."),
    money("stock_value_minor", "On hand at cost; 0 at a drop-shipper's, whose stock is his own."),
    CURRENCY,
    text("abc_class", "Class of the SKU.", allowed=("A", "B", "C")),
)

PRE_SELL = (
    quantity("qty_pre_sell", "What this channel may sell ahead of purchase orders, beside what is available."),
    day("pre_sell_date", "Day for which the first of that is safe to promise.", required=False),
)

FCT_ATS_BY_CHANNEL = mart(
    "fct_ats_by_channel",
    "one row a SKU and location that may sell something, now or ahead of supply, and channel",
    ("sku", "location_id", "channel_id"),
    SKU,
    LOCATION,
    text("channel_id", "Channel.", references="dim_channel.channel_id"),
    quantity("qty_protected", "Kept for this channel alone."),
    quantity("qty_protected_for_others", "Kept for other channels."),
    quantity("qty_ats", "Available to sell to this channel: the location's, less what is kept for others."),
    *PRE_SELL,
)

FCT_ATS_NETWORK = mart(
    "fct_ats_network",
    "one row a SKU and channel, over all locations that ship orders",
    ("sku", "channel_id"),
    SKU,
    text("channel_id", "Channel.", references="dim_channel.channel_id"),
    quantity("qty_ats", "Available to sell to this channel."),
    integer("location_count", "Locations that have some of it."),
    *PRE_SELL,
)

FCT_RESERVATIONS = mart(
    "fct_reservations",
    "one row a run, order line and location: reserved = pending + posted + voided",
    ("reservation_id",),
    text("reservation_id", "`order_line_id`, location and run."),
    text("run_id", "Run that reserved."),
    *LINE,
    SKU,
    LOCATION,
    quantity("qty_reserved", "Reserved by the run.", minimum=1),
    quantity("qty_pending", "Still promised; its sum by location is the position's reserved."),
    quantity("qty_unreleased", "Of what is pending, what no document has asked its location for yet."),
    quantity("qty_posted", "Shipped from there."),
    quantity("qty_voided", "Freed: cancelled, shipped from elsewhere, or expired."),
    text(
        "reservation_state",
        "How it stands; `expired`: voided, as its location had not shipped it in time, or a better plan replaced it.",
        allowed=("pending", "posted", "voided", "expired"),
    ),
    instant("reserved_at", "The run's `as_of`."),
    instant("posted_at", "Last shipped against it.", required=False),
    day("business_date", "Calendar day of the run."),
    by_month=True,
)

FCT_ATP = mart(
    "fct_atp",
    "one row a SKU, location and supply: what may be promised from its day on",
    ("sku", "location_id", "supply_type", "supply_ref"),
    SKU,
    LOCATION,
    day(
        "available_date",
        "Day for which it is safe to promise: expected, and the supplier's delay at the asked confidence.",
    ),
    text("supply_type", "What supplies it.", allowed=("on_hand", "purchase_order", "transfer")),
    text("supply_ref", "Purchase order and line, or transfer document and line."),
    day("expected_date", "Day its supplier states."),
    quantity("qty_supply", "Available to sell, or still to come."),
    quantity("qty_pegged", "Pegged to lines that wait."),
    quantity("qty_pre_sold", "Of that, what is sold ahead of this supply."),
    quantity("qty_pre_sell", "What a channel may still sell ahead of it, where most is open to it."),
    signed_quantity("qty_atp", "Available to promise from that day on: all supply until then, less what is pegged."),
)

FCT_ALLOCATIONS = mart(
    "fct_allocations",
    "one row a run, order line and location",
    ("allocation_id",),
    text("allocation_id", "`order_line_id`, location and run."),
    text("run_id", "Run that decided."),
    *LINE,
    SKU,
    text("location_id", "Location that ships it.", references="dim_location.location_id"),
    quantity("qty_allocated", "Allocated quantity."),
    text("reason_code", "Rule that decided."),
    text("reason", "The rule in words, with its figures."),
    integer("priority", "Channel priority the line was ranked by."),
    integer("decision_rank", "Position of the line in the run."),
    integer("qty_ats_before", "Available to sell there before this decision.", unit="base units", required=False),
    money("cost_minor", "What it adds to the run's cost by the sourcing rules.", required=False),
    text("alternative_location_id", "The cheapest other location that could have.", required=False),
    money("alternative_cost_minor", "What it would have cost from there.", required=False),
    instant("release_due_at", "When its location is told of it, with a wave; empty: at once.", required=False),
    quantity("qty_unreleased", "Of it, what is reserved there and its location has not been told of yet."),
    instant("allocated_at", "The run's `as_of`."),
    day("business_date", "Calendar day of the run."),
    by_month=True,
)

FCT_ALLOCATION_RUNS = mart(
    "fct_allocation_runs",
    "one row an allocation run",
    ("run_id",),
    text("run_id", "Run that decided."),
    text("rules_id", "Sourcing rules that it went by: the beginning of their text's SHA-256."),
    text("rules", "Those rules, as YAML."),
    text("solver", "Who decided.", allowed=("optimise", "greedy")),
    integer("orders", "Orders with a line to decide."),
    integer("lines", "Order lines to decide."),
    integer("parcels", "Parcels that its plan makes, those of lines decided anew included."),
    money("cost_minor", "What its plan costs by the rules; empty where they rule a part of it out.", required=False),
    money("bound_minor", "No plan costs less; empty where the solver proves nothing.", required=False),
    money("greedy_minor", "What line by line would cost; empty where that breaks a rule.", required=False),
    integer("lines_reopened", "Lines that were promised before and decided anew with them.", required=False),
    integer("lines_moved", "Of these, the ones that did not stay where they were.", required=False),
    money("kept_minor", "What it would cost had none been moved; empty where none could be.", required=False),
    number(
        "gap",
        "Cost above the bound, as a share of it: the plan is at most so far from the cheapest.",
        unit="share",
        required=False,
    ),
    text("currency", "ISO 4217 code."),
    instant("allocated_at", "The run's `as_of`."),
    day("business_date", "Calendar day of the run."),
)

FCT_BACKORDERS = mart(
    "fct_backorders",
    "one row an order line that waits for stock now",
    ("order_line_id",),
    *LINE,
    text("channel_id", "Channel that took it."),
    SKU,
    quantity("qty_backordered", "Waiting quantity.", minimum=1),
    quantity("qty_pre_sold", "Of that, what is sold ahead of supply: no backorder to its customer."),
    instant("placed_at", "When it was placed."),
    instant("backordered_at", "First backordered."),
    text("reason_code", "Rule that decided."),
    text("reason", "The rule in words, with its figures."),
    text("pre_sell_reason", "What is sold ahead of which supply, in words; empty where nothing is.", required=False),
    day("next_inbound_date", "Day from which the SKU's next supply anywhere may be promised.", required=False),
    text("next_inbound_location_id", "Where it is expected.", required=False),
    text(
        "alternative_location_id",
        "Location that has all of it for the line's channel now, to pick up or to transfer.",
        required=False,
    ),
    quantity("qty_alternative", "What that channel may sell there.", required=False),
    text("substitute_sku", "What may be offered for it: there is enough for the line's channel.", required=False),
    quantity("qty_substitute", "Available to sell of that.", required=False),
    day("promised_date", "Day on which all pegged supply is there; empty unless each unit is pegged.", required=False),
    integer("days_late", "Days since the first promise; empty without one.", unit="days", required=False),
    text("pegged_to", "Supply that ends the wait.", required=False),
    text(
        "next_step",
        "The way out: stock elsewhere, else a substitute, else the promised date, else supply has to be ordered. What "
        "is wholly sold ahead waits for its date.",
        allowed=("other_location", "substitute", "date", "order_supply"),
    ),
    text("run_id", "Latest run that decided."),
)

FCT_EXPORTS = mart(
    "fct_exports",
    "one row a line of an export document, back to the file and record that stated its order line",
    ("export_id", "line_number"),
    text("export_id", "Document."),
    integer("line_number", "Line of the document."),
    text("run_id", "Run that wrote it."),
    text("partner_id", "Who receives it."),
    text("location_id", "Location that is to ship."),
    text("wave", "Wave of the location's day."),
    text("document_type", "Kind of document."),
    integer("revision", "Revision of the business key."),
    *LINE,
    SKU,
    quantity("qty_exported", "Quantity to ship."),
    quantity("qty_shipped", "Quantity of the line that the location is known since to have shipped."),
    text("file_name", "Name of the document's file, without its suffix."),
    text("document_sha256", "Hash of the JSON document's bytes."),
    integer("control_number", "Number of its X12 interchange at the partner.", required=False),
    flag("is_void", "Whether it was taken back before the partner had it, for another document or none."),
    text("answer", "What the partner answered of its order.", required=False, allowed=("accepted", "rejected")),
    text("answer_reason", "Why it was rejected, in the partner's words or codes.", required=False),
    instant("answered_at", "When the partner answered.", required=False),
    instant("exported_at", "The run's `as_of`."),
    day("business_date", "Calendar day of the run."),
    *ORIGIN,
    by_month=True,
)

RPT_FEED_FILES = mart(
    "rpt_feed_files",
    "one row a received file; its records = accepted + duplicate + superseded + quarantined",
    ("feed", "file_sha256"),
    text("feed", "Feed that delivered it."),
    text("file_sha256", "Hash of its bytes."),
    text("file_name", "Its name when it came: data, never a path."),
    KNOWN,
    integer("size_bytes", "Size.", unit="bytes"),
    integer("record_count", "Records that the byte-level screen counted."),
    integer("accepted_count", "Records landed."),
    integer("duplicate_count", "Records that repeat another of the file exactly."),
    integer("superseded_count", "Records replaced by a later one of the same file."),
    integer("quarantined_count", "Records set aside with a reason."),
)

RPT_QUARANTINE = mart(
    "rpt_quarantine",
    "one row a quarantined record and reason",
    ("feed", "file_sha256", "row_number", "reason_code"),
    text("feed", "Feed that delivered it."),
    text("file_sha256", "File that held it."),
    text("file_name", "Name of that file."),
    integer("row_number", "Record number in that file."),
    text("reason_code", "Which rule it broke."),
    text("reason", "The rule in words; never the customer's data."),
    KNOWN,
)

MARTS: dict[str, tuple[Contract, ...]] = {
    "shared": DIMENSIONS,
    "orders": ORDER_MARTS,
    "inventory": (
        FCT_INVENTORY_POSTINGS,
        FCT_INVENTORY_DAILY,
        FCT_INVENTORY_POSITION,
        FCT_ATS_BY_CHANNEL,
        FCT_ATS_NETWORK,
        FCT_RESERVATIONS,
        FCT_ATP,
        FCT_STOCK_RECONCILIATION,
        RPT_CLEARING,
    ),
    "planning": PLANNING_MARTS,
    "fulfilment": (FCT_ALLOCATIONS, FCT_ALLOCATION_RUNS, FCT_BACKORDERS, FCT_EXPORTS),
    "quality": (RPT_FEED_FILES, RPT_QUARANTINE),
}
