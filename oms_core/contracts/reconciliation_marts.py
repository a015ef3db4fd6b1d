"""The marts that say what does not agree: counts with the ledger, what left one account with what came to the next.

Belongs here: their contracts. Does not belong here: other marts of stock (`marts`).
"""

from __future__ import annotations

from oms_core.contracts.mart_columns import CURRENCY, LOCATION, SKU, mart
from oms_core.contracts.schema import day, flag, instant, integer, money, quantity, signed_quantity, text

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
