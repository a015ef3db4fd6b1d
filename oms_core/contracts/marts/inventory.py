"""The marts of stock: the ledger, what lies where, what of it may be sold, and what does not agree.

Belongs here: grain, key, columns, types and units of what is published of them. Does not belong here: the rules of
availability (`oms_core.inventory`), how a mart is derived (its SQL).
"""

from __future__ import annotations

from oms_core.contracts.marts.columns import CURRENCY, KNOWN, LINE, LOCATION, ORIGIN, SKU, STOCKED_OUT_SHARE, mart
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
from oms_core.inventory.ledger import KINDS

FCT_INVENTORY_POSTINGS = mart(
    "fct_inventory_postings",
    "one row a posting: the two of a movement sum to zero",
    ("posting_id",),
    text("posting_id", "`movement_id` and account."),
    text("movement_id", "The movement both postings belong to."),
    text("movement_kind", "What moved.", allowed=tuple(KINDS)),
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

FCT_STOCK_RECONCILIATION = mart(
    "fct_stock_reconciliation",
    "one row a SKU and location whose latest count, ledger and reservations are compared",
    ("sku", "location_id"),
    SKU,
    LOCATION,
    text("count_id", "Latest count; empty where nobody has counted.", required=False),
    instant("counted_at", "The count's own time.", required=False),
    signed_quantity("qty_counted", "Counted.", required=False),
    signed_quantity("qty_expected", "What the ledger said of that time when the count became known.", required=False),
    signed_quantity("qty_explained", "What became known later and explains part of the difference."),
    signed_quantity("qty_difference", "Counted, less expected, less what is explained since."),
    signed_quantity("qty_held", "Of the difference, what waits for a review, or was rejected by one."),
    signed_quantity("qty_on_hand", "What the ledger says now."),
    quantity("qty_reserved", "Promised there now."),
    quantity("qty_over_reserved", "Promised beyond what lies there for sale."),
    text(
        "cause",
        "Why they differ, if they do.",
        allowed=(
            "agrees",
            "held_for_review",
            "count_rejected",
            "late_file",
            "missing_receipt",
            "stated_anew",
            "unknown_movement",
            "promised_beyond_stock",
            "left_while_blocked",
            "oversold_by_rule",
        ),
    ),
    integer(
        "age_days",
        "Days since the balance fell below 0 where that is the cause, else since the count.",
        unit="days",
        required=False,
    ),
    money("difference_minor", "The difference at cost; where a balance below 0 is the cause, that."),
    CURRENCY,
)

RPT_CLEARING = mart(
    "rpt_clearing",
    "one row an account that should clear, location, SKU and cause of which something has not cleared, at the as-of",
    ("account", "location_id", "sku", "cause"),
    text(
        "account",
        "`in_transit`: between two of our places; `blocked`: on hand and not for sale; `suspense`: variances of held "
        "counts; `to_ship`: reserved at a location; `supplier`: due of purchase orders by their own dates.",
        allowed=("in_transit", "blocked", "suspense", "to_ship", "supplier"),
    ),
    text("location_id", "Where it should clear: of what is in transit, where it should arrive."),
    SKU,
    text(
        "cause",
        "Why it has not.",
        allowed=(
            "not_received",
            "received_short",
            "received_unsent",
            "not_inspected",
            "on_hold",
            "unblocked_unheld",
            "held_for_review",
            "count_rejected",
            "not_told",
            "not_shipped",
            "not_delivered",
            "delivered_short",
        ),
    ),
    signed_quantity(
        "quantity", "What has gone in and not come out; negative where more came out, or a count lacked it."
    ),
    signed_quantity("qty_overdue", "Of that, what is older than its limit."),
    integer("flow_count", "Transfers, returns, counts, order lines or purchase orders that it is of."),
    text("oldest_ref", "The oldest of them: its number."),
    text("counterparty_id", "Of the oldest: the place or supplier that it comes from.", required=False),
    day("since_date", "Since when the oldest lies there."),
    integer("age_days", "Days since then.", unit="days"),
    integer("limit_days", "Days after which it needs somebody: the rule `clearing_days`, else 7.", unit="days"),
    flag("is_overdue", "Whether the oldest is older than that."),
    money("value_minor", "All of it at cost; 0 at a drop-shipper's."),
    CURRENCY,
)

INVENTORY_MARTS: tuple[Contract, ...] = (
    FCT_INVENTORY_POSTINGS,
    FCT_INVENTORY_DAILY,
    FCT_INVENTORY_POSITION,
    FCT_ATS_BY_CHANNEL,
    FCT_ATS_NETWORK,
    FCT_RESERVATIONS,
    FCT_ATP,
    FCT_STOCK_RECONCILIATION,
    RPT_CLEARING,
)
