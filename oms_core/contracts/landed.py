"""What counterparts send us, in canonical form: one contract a record type.

Belongs here: the shape that every feed's parser must produce, whatever its wire format.
Does not belong here: how a wire format maps onto it (`oms_core/feeds`), what is derived from it (`marts`).
"""

from __future__ import annotations

from oms_core.contracts import conditions
from oms_core.contracts.landed_columns import (
    AMOUNT,
    CURRENCY,
    CUSTOMER,
    EFFECTIVE,
    MAX_QUANTITY,
    MAX_UNIT_PRICE_MINOR,
    SIGNED_AMOUNT,
)
from oms_core.contracts.masters import CHANNELS, LOCATIONS, PRODUCTS, SUBSTITUTES, SUPPLIERS
from oms_core.contracts.overrides import FORECAST_OVERRIDES
from oms_core.contracts.planned_events import PLANNED_EVENTS
from oms_core.contracts.rules import AVAILABILITY_RULES
from oms_core.contracts.schema import (
    Contract,
    day,
    instant,
    integer,
    money,
    quantity,
    signed_quantity,
    text,
)

#: Added to every landed row by landing itself: where it came from, and when we learnt it.
LINEAGE = (
    text("feed", "Feed that delivered the row."),
    text("file_sha256", "SHA-256 of the file that held the row."),
    integer("row_number", "1-based number of the source record in that file, header not counted.", minimum=1),
    instant("known_at", "When we learnt it: the file's arrival."),
)

ORDER_LINES = Contract(
    "order_lines",
    "one row a statement of an order line by its channel; a later statement of the same key supersedes",
    ("channel_id", "order_ref", "line_ref"),
    (
        text("channel_id", "Channel that took the order."),
        text("order_ref", "The channel's own order number."),
        text("line_ref", "The channel's own line id, unique in the order."),
        text("sku", "What was ordered."),
        text("description", "The channel's text for it.", required=False),
        quantity("quantity", "Ordered quantity.", minimum=1, maximum=MAX_QUANTITY),
        money("unit_price_minor", "Price of one base unit before discount.", minimum=0, maximum=MAX_UNIT_PRICE_MINOR),
        money("discount_minor", "Discount on the whole line.", **AMOUNT),
        money("tax_minor", "Tax on the whole line.", **AMOUNT),
        CURRENCY,
        CUSTOMER,
        text(
            "customer_group",
            "Group that the channel counts its customer to, in a word of the sourcing rules (`vip`, `trade`).",
            required=False,
        ),
        text("ship_to_country", "Country to ship to, as the channel writes it.", required=False),
        text("ship_to_region", "Region to ship to, as in `locations.region`.", required=False),
        text(
            "location_id",
            "Location that the channel itself chose: a store's own sale, or where the customer picks it up.",
            required=False,
        ),
        text(
            "fulfilment_method",
            "How the customer gets it: `ship` from anywhere; `ship_from_store`, `drop_ship` from there only; `pickup` "
            "(paid) or `reserve` (paid there) at `location_id`; `carry_out`: handed over in the sale.",
            allowed=("ship", "carry_out", "pickup", "reserve", "ship_from_store", "drop_ship"),
        ),
        text(
            "line_status",
            "The channel's word: `open` lines are ours to allocate, `fulfilled` ones have left.",
            allowed=("open", "held", "cancelled", "fulfilled"),
        ),
        text("status_reason", "Why it is held or cancelled.", required=False),
        day("promised_date", "Day for which the channel has promised it, where it has.", required=False),
        *EFFECTIVE,
        instant("updated_at", "The channel's last change of the line."),
    ),
)

ORDER_ADJUSTMENTS = Contract(
    "order_adjustments",
    "one row a cancelled or returned quantity that a channel states apart from the order",
    ("channel_id", "adjustment_ref", "line_ref"),
    (
        text("channel_id", "Channel that states it."),
        text("adjustment_ref", "The channel's number of the credit or cancellation."),
        text("line_ref", "Line id in that document."),
        text("kind", "What happened.", allowed=("cancelled", "returned")),
        text("order_ref", "Order it belongs to; empty where the channel does not say.", required=False),
        text("order_line_ref", "Line it belongs to; empty where the channel does not say.", required=False),
        text("sku", "What is cancelled or returned."),
        quantity("quantity", "Cancelled or returned quantity.", minimum=1, maximum=MAX_QUANTITY),
        money("unit_price_minor", "Price credited for a unit.", minimum=0, maximum=MAX_UNIT_PRICE_MINOR),
        CURRENCY,
        CUSTOMER,
        text("location_id", "Where goods come back to.", required=False),
        text("reason", "The channel's reason.", required=False),
        *EFFECTIVE,
    ),
)

#: What warehouses, carriers, payment providers and channels state of a line beside its order (`oms_core.orders`).
STATED_EVENTS = (
    "edited", "validated", "pre_sold", "released", "picked", "short_picked", "packed", "delivered", "return_requested",
    "inspected", "restocked", "written_off", "refunded", "exchanged",
)  # fmt: skip

#: What only our order desk states of a line (`oms_core.orders.desk`): the same table, refused in a file.
DESK_EVENTS = ("held", "hold_released", "recalled", "given_back", "barred", "assigned", "cancelled")

ORDER_EVENTS = Contract(
    "order_events",
    "one row an event of an order line, as whoever saw it states it; the first statement counts",
    ("source_id", "event_ref"),
    (
        text("source_id", "Who states it: a location, a carrier, a payment provider, a channel, or our order desk."),
        text("event_ref", "Its own number of the event."),
        text("event_type", "What happened.", allowed=(*STATED_EVENTS, *DESK_EVENTS)),
        text("channel_id", "Channel of the order."),
        text("order_ref", "The channel's order number."),
        text("order_line_ref", "The channel's line id."),
        quantity("quantity", "Quantity it happened to; 0 only takes back what it corrects.", maximum=MAX_QUANTITY),
        money("amount_minor", "Amount of a refund.", required=False, **AMOUNT),
        text("currency", "ISO 4217 code of the amount; empty: the order's.", required=False),
        text("location_id", "Where, if anywhere.", required=False),
        text("reason", "Why, where there is a reason.", required=False),
        text("fulfilment_method", "Of what is edited: how the customer gets it from now on.", required=False),
        text("ship_to_country", "Of what is edited: country to ship to from now on.", required=False),
        text("ship_to_region", "Of what is edited: region to ship to from now on.", required=False),
        quantity("qty_ordered", "Of an edit: ordered from now on.", required=False, minimum=1, maximum=MAX_QUANTITY),
        text("exchange_order_ref", "Of what is exchanged: the channel's order that is sent for it.", required=False),
        text("corrects_ref", "Event of the same source that this one replaces.", required=False),
        *EFFECTIVE,
    ),
    conditions=conditions.event_conditions(DESK_EVENTS),
)

ORDER_CHARGES = Contract(
    "order_charges",
    "one row a charge that is no product: postage, fees, manual corrections",
    ("channel_id", "order_ref", "line_ref"),
    (
        text("channel_id", "Channel that states it."),
        text("order_ref", "Order or credit document it stands on."),
        text("line_ref", "Line id in that document."),
        text("charge_code", "The channel's code for the charge."),
        text("description", "The channel's text for it.", required=False),
        money("amount_minor", "Amount of the whole line, negative for a credit.", **SIGNED_AMOUNT),
        CURRENCY,
        CUSTOMER,
        *EFFECTIVE,
    ),
)

MOVEMENT_KINDS = (
    "opening", "receipt", "shipment", "transfer_out", "transfer_in", "return", "adjustment", "block", "unblock",
    "write_off",
)  # fmt: skip

STOCK_MOVEMENTS = Contract(
    "stock_movements",
    "one row a movement of one SKU as its location states it",
    ("location_id", "movement_ref", "line_ref"),
    (
        text("movement_ref", "The location's own document number; of a `transfer_in`, its sender's may serve."),
        text("line_ref", "Line id in that document."),
        text(
            "kind",
            "What moved. Transfers state their two legs apart. `block` takes goods out of sale where they lie, "
            "`unblock` puts them back (inspected and restocked), `write_off` gives them up.",
            allowed=MOVEMENT_KINDS,
        ),
        text("sku", "What moved: of a shipment, what left, be it another SKU than the line asked for."),
        text("location_id", "Where it moved."),
        signed_quantity(
            "quantity",
            "Moved quantity: positive; an `adjustment` carries its sign.",
            minimum=-MAX_QUANTITY,
            maximum=MAX_QUANTITY,
        ),
        text(
            "disposition",
            "Which goods: `sellable` (empty says so, too), or `blocked`: on hand and not for sale, as they are "
            "damaged, on hold or still to be inspected. A `block` or `unblock` says it by itself.",
            required=False,
            allowed=("sellable", "blocked"),
        ),
        text("reason", "Why, for adjustments and returns.", required=False),
        text("po_ref", "Purchase order that a receipt answers.", required=False),
        text("channel_id", "Channel of the order that a shipment or return belongs to.", required=False),
        text("order_ref", "Order that a shipment or return belongs to.", required=False),
        text("order_line_ref", "Line that a shipment or return belongs to.", required=False),
        text("counterparty_location_id", "The other end of a transfer.", required=False),
        text("lot_ref", "Lot (batch) that it is of.", required=False),
        text("serial_ref", "Serial number of the one unit that it is of.", required=False),
        text("carrier", "Who carries a shipment, as the location names him.", required=False),
        text("tracking_ref", "The carrier's number of its parcel; of several, separated by spaces.", required=False),
        *EFFECTIVE,
    ),
    conditions=conditions.MOVEMENT_CONDITIONS,
    key_within=conditions.numbered_by,
)

STOCK_COUNTS = Contract(
    "stock_counts",
    "one row a counted SKU at a location; an observation, never an overwrite",
    ("location_id", "count_ref", "sku"),
    (
        text("count_ref", "The location's own count number."),
        text("location_id", "Where it was counted."),
        text("sku", "What was counted."),
        quantity("counted_quantity", "Counted on hand.", maximum=MAX_QUANTITY),
        *EFFECTIVE,
    ),
)

PURCHASE_ORDERS = Contract(
    "purchase_orders",
    "one row a statement of a purchase order line; a later statement of the same key supersedes",
    ("po_ref", "line_ref"),
    (
        text("po_ref", "Purchase order number."),
        text("line_ref", "Line id in it."),
        text("supplier_id", "Who delivers."),
        text("sku", "What is ordered."),
        text("location_id", "Where it is to arrive."),
        quantity("quantity", "Ordered quantity.", minimum=1, maximum=MAX_QUANTITY),
        money("unit_cost_minor", "Cost of one base unit.", minimum=0, maximum=MAX_UNIT_PRICE_MINOR),
        CURRENCY,
        text("status", "State of the line.", allowed=("open", "received", "cancelled")),
        day("expected_date", "Day on which it is expected."),
        *EFFECTIVE,
    ),
)

SUPPLIER_CONFIRMATIONS = Contract(
    "supplier_confirmations",
    "one row what a supplier says of a part of a purchase order line; of one document, or one line's promises, the "
    "latest by its own time counts",
    ("supplier_id", "kind", "statement_ref", "po_ref", "line_ref", "part_number"),
    (
        text("supplier_id", "Who says it: the order's supplier. Nobody else's word counts."),
        text("statement_ref", "The supplier's own number of the confirmation, or of the ship notice."),
        text("po_ref", "Purchase order number."),
        text("line_ref", "Line id in it."),
        integer("part_number", "Part of the line that comes on a day of its own, 1 first.", minimum=1),
        text(
            "kind",
            "`promised`: what the supplier will send of the line in all, and by when; `shipped`: what a shipment has.",
            allowed=("promised", "shipped"),
        ),
        quantity(
            "quantity",
            "Promised or shipped quantity; 0: none of it is promised, or the shipment is taken back.",
            maximum=MAX_QUANTITY,
        ),
        day("expected_date", "Day on which it is there; empty: the day that was asked for.", required=False),
        day("shipped_date", "Day on which a shipment left.", required=False),
        text("reason", "The supplier's words or codes for it.", required=False),
        text("carrier", "Who carries a shipment.", required=False),
        text("tracking_ref", "The carrier's number of its parcel; of several, separated by spaces.", required=False),
        *EFFECTIVE,
    ),
)

LEAD_TIMES = Contract(
    "lead_times",
    "one row an observed delivery of a purchase order",
    ("supplier_id", "po_ref"),
    (
        text("supplier_id", "Who delivered."),
        text("po_ref", "Purchase order."),
        text("location_id", "Where it arrived."),
        day("ordered_date", "Day it was ordered."),
        day("promised_date", "Day the supplier promised."),
        day("received_date", "Day it arrived."),
        *EFFECTIVE,
    ),
    conditions=conditions.DELIVERY_CONDITIONS,
)

COUNT_REVIEWS = Contract(
    "count_reviews",
    "one row a person's answer to a count that was held for review; the first one stands",
    ("location_id", "count_ref", "sku"),
    (
        text("count_ref", "The location's own count number."),
        text("location_id", "Where it was counted."),
        text("sku", "What was counted."),
        text("decision", "`accepted`: the count wins; `rejected`: the ledger does.", allowed=("accepted", "rejected")),
        text("author", "Who decided.", personal=True),
        text("reason", "Why."),
        *EFFECTIVE,
    ),
)

ACKNOWLEDGEMENTS = Contract(
    "acknowledgements",
    "one row a partner's answer to a document of ours; the first one counts",
    ("partner_id", "acknowledgement_ref"),
    (
        text("partner_id", "Who answers."),
        text("acknowledgement_ref", "The partner's own number of the answer."),
        text(
            "document_ref", "An export's id or X12 control number; with `/2`, its second order by channel and number."
        ),
        text("status", "Whether the partner takes it.", allowed=("accepted", "rejected")),
        text("reason", "Why not, in the partner's words or codes.", required=False),
        *EFFECTIVE,
    ),
)

RECEIVED: tuple[Contract, ...] = (
    ORDER_LINES, ORDER_ADJUSTMENTS, ORDER_EVENTS, ORDER_CHARGES, STOCK_MOVEMENTS, STOCK_COUNTS, PURCHASE_ORDERS,
    SUPPLIER_CONFIRMATIONS, PRODUCTS, LOCATIONS, SUPPLIERS, CHANNELS, LEAD_TIMES, SUBSTITUTES, COUNT_REVIEWS,
    AVAILABILITY_RULES, FORECAST_OVERRIDES, PLANNED_EVENTS, ACKNOWLEDGEMENTS,
)  # fmt: skip
