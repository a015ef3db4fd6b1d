"""The marts of allocation and its documents: what ships from where, what waits, and what partners were told.

Belongs here: grain, key, columns, types and units of what is published of them. Does not belong here: how lines are
allocated (`oms_core.allocation`), what a document says (`oms_core.fulfilment`).
"""

from __future__ import annotations

from oms_core.contracts.marts.columns import LINE, ORIGIN, SKU, mart
from oms_core.contracts.schema import Contract, day, flag, instant, integer, money, number, quantity, text

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

FULFILMENT_MARTS: tuple[Contract, ...] = (
    FCT_ALLOCATIONS,
    FCT_ALLOCATION_RUNS,
    FCT_BACKORDERS,
    FCT_EXPORTS,
)
