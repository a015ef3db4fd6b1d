"""Documents to partners, landed line by line: orders to warehouses and drop-shippers, purchase and transfer orders.

Belongs here: the shape in which they enter the log. Does not belong here: what a document says to its partner
(`fulfilment`), what else the system decides (`decisions`).
"""

from __future__ import annotations

from oms_core.contracts.decision_columns import DECIDED_AT, ORDER_LINE, RUN_ID
from oms_core.contracts.schema import Contract, day, instant, integer, money, quantity, text

#: The channel under which documents to partners carry what nobody ordered but we ourselves.
REPLENISHMENT_CHANNEL = "replenishment"

SUPPLY_ORDERS = Contract(
    "supply_orders",
    "one row a statement of a line of a purchase order or transfer order of ours; the latest is in force",
    ("export_id", "line_number", "status"),
    (
        text("export_id", "Document in the outbox that orders it."),
        integer("line_number", "Line of the document, 1 first.", minimum=1),
        text(
            "status",
            "`open`: it was given to its partner; `cancelled`: its document was rejected, or taken back.",
            allowed=("open", "cancelled"),
        ),
        RUN_ID,
        text("document_type", "Kind of document.", allowed=("purchase_order", "transfer_order")),
        text("order_ref", "The document's own number, under which counterparts speak of it."),
        integer("control_number", "Number of its X12 interchange at the partner.", required=False, minimum=1),
        text("line_ref", "The accepted proposal."),
        text("partner_id", "Who receives the document: the supplier, or the location that is to send."),
        text("from_location_id", "Location that is to send; empty for a purchase.", required=False),
        text("location_id", "Where it is to arrive."),
        text("sku", "What is ordered."),
        quantity("quantity", "Ordered quantity.", minimum=1),
        money("unit_cost_minor", "Cost of one base unit.", minimum=0),
        text("currency", "ISO 4217 code."),
        day("expected_date", "Day on which it is expected."),
        instant("ordered_at", "The day's hour that its document bears: the `as_of` of who made it."),
        *DECIDED_AT,
    ),
)

EXPORTS = Contract(
    "exports",
    "one row a line of an export document",
    ("export_id", "line_number"),
    (
        text("export_id", "Document: hash of partner, type, business key, revision and payload."),
        integer("line_number", "Line of the document, 1 first.", minimum=1),
        RUN_ID,
        text("partner_id", "Who receives it."),
        text("location_id", "Location that is to ship."),
        text("wave", "Wave of the location's day."),
        text("document_type", "Kind of document.", allowed=("warehouse_order",)),
        integer("revision", "Revision of the business key, 1 first.", minimum=1),
        *ORDER_LINE,
        quantity("quantity", "Quantity to ship.", minimum=1),
        text("file_name", "Name of the document's file, without its suffix."),
        text("document_sha256", "Hash of the JSON document's bytes."),
        integer("control_number", "Number of its X12 interchange at the partner.", required=False, minimum=1),
        instant("release_due_at", "Wave with which it was released; empty: it waited for none.", required=False),
        *DECIDED_AT,
    ),
)

EXPORT_VOIDS = Contract(
    "export_voids",
    "one row a document to a warehouse that was taken back before it had it",
    ("export_id",),
    (
        text("export_id", "Document."),
        RUN_ID,
        *DECIDED_AT,
    ),
)

DOCUMENTS: tuple[Contract, ...] = (SUPPLY_ORDERS, EXPORTS, EXPORT_VOIDS)
