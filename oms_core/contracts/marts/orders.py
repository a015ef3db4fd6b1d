"""The marts of the order lifecycle: one contract each.

Belongs here: grain, key, columns, types and units of what is published of orders, their lines and events, of what left
and came back of them, and of how well they were served.
Does not belong here: the rules of the lifecycle (`oms_core.orders`).
"""

from __future__ import annotations

from oms_core.contracts.landed import DESK_EVENTS, STATED_EVENTS
from oms_core.contracts.marts.columns import CURRENCY, KNOWN, LINE, ORIGIN, SKU, mart
from oms_core.contracts.schema import day, flag, instant, integer, money, number, quantity, signed_quantity, text
from oms_core.orders.lifecycle import WAITS_FOR

QTY_BY_STATE = (
    quantity("qty_ordered", "Ordered."),
    quantity("qty_cancelled", "Cancelled before it left."),
    quantity("qty_held", "Held, and so neither allocated nor promised."),
    quantity("qty_fulfilled", "Shipped or carried out."),
    quantity("qty_allocated", "Allocated to a location and not yet shipped."),
    quantity("qty_backordered", "Waiting for stock."),
    quantity("qty_open", "Not yet decided; 0 after a completed run."),
    quantity(
        "qty_returned", "Come back, as stated: beyond what was fulfilled, too (`is_possible`); not part of the sum."
    ),
    quantity("qty_pre_sold", "Of what waits for stock, sold ahead of a purchase order; not part of the sum."),
)

FCT_ORDER_EVENTS = mart(
    "fct_order_events",
    "one row an event of an order line",
    ("event_id",),
    text("event_id", "Event: line, type, and what stated it."),
    *LINE,
    text(
        "event_type",
        "What happened.",
        allowed=(
            "placed",
            "allocated",
            "backordered",
            "exported",
            "shipped",
            "returned",
            *STATED_EVENTS,
            *DESK_EVENTS,
        ),
    ),
    quantity("quantity", "Quantity it happened to."),
    text("location_id", "Where, if anywhere.", required=False),
    text("reason", "Why, where there is a reason.", required=False),
    money("amount_minor", "Amount of a refund, in the order's currency if it is possible.", required=False),
    text("carrier", "Of what is shipped: who carries it, as its location names him.", required=False),
    text("tracking_ref", "The carrier's number of its parcel; of several, separated by spaces.", required=False),
    flag(
        "is_possible",
        "Whether the line's earlier events allow it, and its amount is in the order's currency; an impossible one is "
        "kept and moves nothing.",
    ),
    instant("effective_at", "When it was true in the world."),
    KNOWN,
    day("business_date", "Calendar day of `effective_at` at its source."),
    *ORIGIN,
    by_month=True,
)

#: A line's or an order's instants, in the order in which they usually come.
_MILESTONES = (
    instant("validated_at", "First validated.", required=False),
    instant("held_at", "First held.", required=False),
    instant("allocated_at", "First allocated.", required=False),
    instant("backordered_at", "First backordered.", required=False),
    instant("pre_sold_at", "First sold ahead of a purchase order.", required=False),
    instant("released_at", "First released to a warehouse.", required=False),
    instant("picked_at", "First picked.", required=False),
    instant("packed_at", "First packed.", required=False),
    instant("first_shipped_at", "First shipped.", required=False),
    instant("shipped_at", "Last shipped.", required=False),
    instant("delivered_at", "Last delivered.", required=False),
    instant("cancelled_at", "Last cancelled.", required=False),
    instant("returned_at", "Last come back.", required=False),
    instant("refunded_at", "Last refunded.", required=False),
)
_DURATIONS = (
    number("hours_to_allocate", "Placed to first allocated.", unit="hours", minimum=0, required=False),
    number("hours_to_ship", "Placed to last shipped.", unit="hours", minimum=0, required=False),
    number("hours_to_deliver", "Placed to last delivered.", unit="hours", minimum=0, required=False),
)

_PROMISE = (
    day(
        "promised_date",
        "Day it was first promised for: by its channel, else by us when each waiting unit was pegged to supply.",
        required=False,
    ),
    integer(
        "days_late",
        "Days from the promise to its last shipment; empty until all of it has left, and without a promise.",
        unit="days",
        required=False,
    ),
)

FCT_ORDER_LINES = mart(
    "fct_order_lines",
    "one row an order line; qty_ordered = cancelled + held + fulfilled + allocated + backordered + open",
    ("order_line_id",),
    *LINE,
    text("channel_id", "Channel that took it.", references="dim_channel.channel_id"),
    text("order_ref", "The channel's order number."),
    text("line_ref", "The channel's line id."),
    SKU,
    text("customer_key", "Pseudonym; empty for a guest.", required=False, personal=True),
    text("customer_group", "Group that its channel counts the customer to, by the sourcing rules.", required=False),
    text("fulfilment_method", "How the customer gets it."),
    text("ship_to_country", "Country to ship to.", required=False),
    text("ship_to_region", "Region to ship to.", required=False),
    text("demand_location_id", "Location that its demand falls on.", references="dim_location.location_id"),
    instant("placed_at", "When it was placed."),
    day("business_date", "Calendar day of `placed_at` at its source."),
    KNOWN,
    *QTY_BY_STATE,
    text(
        "line_state",
        "The state of the largest undone quantity, or of all of it.",
        allowed=("cancelled", "held", "fulfilled", "allocated", "backordered", "open"),
    ),
    text(
        "waits_for",
        "What it waits for: a hold's release by its reason, a product feed that has its SKU, a decision, stock, the "
        "supply that it was sold ahead of, its warehouse's wave, the warehouse itself, or, packed, its carrier.",
        allowed=WAITS_FOR,
    ),
    text("hold_reason", "Why units of it are held, in words: its channel's or the desk's, else ours.", required=False),
    *_MILESTONES,
    *_DURATIONS,
    *_PROMISE,
    integer("shipment_count", "Shipments; above 1 is a split."),
    integer("location_count", "Locations that shipped it."),
    money("unit_price_minor", "Price of one base unit before discount."),
    money("gross_minor", "Ordered quantity at price."),
    money("discount_minor", "Discount on the line."),
    money("tax_minor", "Tax on the line."),
    money("net_minor", "Gross less discount, for what was not cancelled."),
    money("fulfilled_minor", "Gross less discount, for what was fulfilled."),
    money("refund_minor", "Refunded."),
    CURRENCY,
    *ORIGIN,
    by_month=True,
)

FCT_ORDERS = mart(
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
    *QTY_BY_STATE,
    text(
        "order_state",
        "`open` until every line is fulfilled or cancelled.",
        allowed=("open", "held", "fulfilled", "cancelled"),
    ),
    text(
        "waits_for",
        "The most pressing of what its lines wait for: a hold's release by its reason, a decision, stock, supply, a "
        "wave, a warehouse, a carrier.",
        allowed=WAITS_FOR,
    ),
    text("exchange_of_order_id", "Order whose returned goods it was sent for.", required=False),
    text("exchanged_for_order_id", "Order that was sent for what came back of this one.", required=False),
    *_MILESTONES,
    *_DURATIONS,
    *_PROMISE,
    integer("shipment_count", "Shipments: what a location shipped of it on one day."),
    integer("location_count", "Locations that ship or shipped it; above 1 is a split."),
    money("gross_minor", "Sum of the lines."),
    money("discount_minor", "Sum of the lines."),
    money("tax_minor", "Sum of the lines."),
    money("charges_minor", "Postage and fees on the order."),
    money("net_minor", "Sum of the lines' net."),
    money("fulfilled_minor", "Sum of the lines' fulfilled."),
    money("refund_minor", "Sum of the lines' refunds."),
    CURRENCY,
    by_month=True,
)

FCT_SHIPMENTS = mart(
    "fct_shipments",
    "one row a shipment of an order line",
    ("shipment_id",),
    text("shipment_id", "The movement; `sale:` and the line where its channel handed it over itself."),
    text("movement_kind", "Who stated it: a location, or the channel.", allowed=("shipment", "sale")),
    *LINE,
    text("channel_id", "Channel that took the order.", references="dim_channel.channel_id"),
    text("sku", "What left: a substitute where it is not the line's."),
    text("location_id", "Where it left; empty where a channel handed it over and does not say.", required=False),
    quantity("quantity", "Quantity that left.", minimum=1),
    text("carrier", "Who carries it, as its location names him.", required=False),
    text("tracking_ref", "The carrier's number of its parcel; of several, separated by spaces.", required=False),
    instant("placed_at", "When the order was placed."),
    instant("shipped_at", "When it left."),
    KNOWN,
    day("business_date", "Calendar day of `shipped_at` at its source."),
    number("hours_to_ship", "Placed to shipped.", unit="hours", minimum=0, required=False),
    day("promised_date", "Day that its line was first promised for.", required=False),
    integer("days_late", "Days from the promise to the shipment; empty without one.", unit="days", required=False),
    money("net_minor", "Quantity at the line's price, less its part of the line's discount."),
    CURRENCY,
    *ORIGIN,
    by_month=True,
)

FCT_RETURNS = mart(
    "fct_returns",
    "one row an order line of which a return was asked for, came back, or was exchanged",
    ("order_line_id",),
    *LINE,
    text("channel_id", "Channel that took the order.", references="dim_channel.channel_id"),
    SKU,
    day("business_date", "Calendar day of its first step at its source."),
    text("location_id", "Where it came back to; of several, the first.", required=False),
    text("reason", "Why, as it was said when it came back, else when it was asked for.", required=False),
    quantity("qty_requested", "Asked to be taken back."),
    quantity("qty_returned", "Come back, as stated."),
    quantity("qty_inspected", "Inspected."),
    quantity("qty_restocked", "For sale again."),
    quantity("qty_written_off", "Written off."),
    quantity("qty_exchanged", "For which other goods were sent."),
    flag(
        "is_possible",
        "Whether the line's other events allow all of its steps; of those that they do not, only what "
        "came back is counted.",
    ),
    instant("shipped_at", "When the line was last shipped.", required=False),
    instant("requested_at", "First asked for.", required=False),
    instant("returned_at", "Last come back.", required=False),
    instant("refunded_at", "Last refunded.", required=False),
    number("hours_to_return", "Last shipped to last come back.", unit="hours", minimum=0, required=False),
    number("hours_to_refund", "Last come back to last refunded.", unit="hours", minimum=0, required=False),
    money("net_minor", "What came back at the line's price, less its part of the line's discount."),
    money("refund_minor", "Refunded of the line."),
    CURRENCY,
    by_month=True,
)

#: An order line without a promise is due so many hours after it was placed.
ON_TIME_HOURS = 48

RPT_FULFILMENT = mart(
    "rpt_fulfilment",
    "one row a channel and day on which it took orders, of the last 364: how they were served, in numbers that add up",
    ("business_date", "channel_id"),
    day("business_date", "Calendar day of the orders at their source."),
    text("channel_id", "Channel that took them."),
    quantity("qty_wanted", "Ordered and not cancelled, of what is to be sent or fetched (not carried out)."),
    quantity("qty_ready", "Of that, what never waited for stock: the fill rate's."),
    integer(
        "lines_due",
        "Of the same, order lines whose day is over: the one first promised for, else the second after theirs.",
        minimum=0,
    ),
    integer(
        "lines_otif",
        "Of those due, the ones of which all that was not cancelled had left by their promise; without one, within "
        f"{ON_TIME_HOURS} hours.",
        minimum=0,
    ),
    integer("orders", "Orders placed, of all kinds.", minimum=0),
    integer("orders_cancelled", "Of them, wholly cancelled.", minimum=0),
    integer("orders_open", "Of them, not done yet.", minimum=0),
    integer("orders_fulfilled", "Of them, done, and something of them has left.", minimum=0),
    integer(
        "orders_perfect",
        "Of those fulfilled: on time, nothing cancelled, sent at once from one place, and nothing come back so far.",
        minimum=0,
    ),
    integer("orders_split", "Of those fulfilled, sent from more than one place.", minimum=0),
    integer("shipments", "Shipments of those fulfilled: what a location sent of one on a day.", minimum=0),
    number("hours_to_ship", "Sum over those fulfilled, placed to last shipped.", unit="hours", minimum=0),
)

RPT_WAITING_EVENTS = mart(
    "rpt_waiting_events",
    "one row a fact of an order line that nobody has stated; it joins the line when its order comes",
    ("fact_id",),
    text("fact_id", "The fact."),
    text("fact_type", "Its type: an event's, a movement's kind, or an adjustment's (`cancelled`, `returned`)."),
    *LINE,
    signed_quantity("quantity", "Quantity it happened to; a stock `adjustment` carries its sign."),
    instant("effective_at", "When it was true in the world."),
    KNOWN,
    day("business_date", "Calendar day of `effective_at` at its source."),
    *ORIGIN,
)

ORDER_MARTS = (
    FCT_ORDER_EVENTS,
    FCT_ORDER_LINES,
    FCT_ORDERS,
    FCT_RETURNS,
    FCT_SHIPMENTS,
    RPT_FULFILMENT,
    RPT_WAITING_EVENTS,
)
