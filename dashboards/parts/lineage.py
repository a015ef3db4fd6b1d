"""A line's way back, step by step, on the page of its order or of its document.

Belongs here: its look. Does not belong here: its steps (`oms_core.store.published.lineage`).
"""

from __future__ import annotations

import streamlit as st

from dashboards.parts import format as fmt
from dashboards.parts import table
from dashboards.parts.table import Shown
from dashboards.source import Query, Source
from oms_core.store.published.lineage import LineKey, ProposalKey

_RUN = Shown("run_id", "Run")
_PLACE = Shown("location_id", "Location")
#: By the step's name: its columns.
COLUMNS = {
    "document": (
        Shown("partner_id", "Partner"),
        Shown("control_number", "X12 control number", "quantity"),
        Shown("line_number", "Line", "quantity"),
        Shown("qty_exported", "Asked for", "quantity"),
        Shown("qty_shipped", "Shipped since", "quantity"),
        Shown("answer", "Answer"),
        Shown("exported_at", "Exported", "instant"),
        Shown("file_name", "Document", width="large"),
    ),
    "order": (
        Shown("partner_id", "Partner"),
        Shown("order_ref", "Order"),
        Shown("control_number", "X12 control number", "quantity"),
        Shown("line_number", "Line", "quantity"),
        Shown("quantity", "Ordered", "quantity"),
        Shown("expected_date", "Expected", "day"),
        Shown("supply_state", "State", "code"),
        Shown("qty_promised", "Promised", "quantity"),
        Shown("promised_date", "Promised by", "day"),
        Shown("qty_shipped", "Shipped", "quantity"),
        Shown("arrival_date", "To be here", "day"),
        Shown("qty_received", "Received", "quantity"),
        Shown("qty_coming", "Still to come", "quantity"),
        Shown("ordered_at", "Ordered at", "instant"),
    ),
    "confirmations": (
        Shown("effective_at", "Said", "instant"),
        Shown("kind", "What", "code"),
        Shown("quantity", "Units", "quantity"),
        Shown("expected_date", "To be here", "day"),
        Shown("shipped_date", "Left", "day"),
        Shown("reason", "Code", width="medium"),
        Shown("carrier", "Carrier"),
        Shown("tracking_ref", "Tracking number", width="medium"),
        Shown("is_in_force", "Counts", "flag"),
        Shown("file_name", "File", width="medium"),
        Shown("row_number", "Row", "quantity"),
    ),
    "proposal": (
        Shown("proposed_at", "Run of", "instant"),
        Shown("kind", "Kind", "code"),
        Shown("sku", "SKU"),
        _PLACE,
        Shown("from_location_id", "From"),
        Shown("qty_proposed", "Proposed", "quantity"),
        Shown("reason", "Why", width=520),
        Shown("qty_position", "Position", "quantity"),
        Shown("qty_reorder_point", "Reorder point", "quantity"),
        Shown("qty_order_up_to", "Order up to", "quantity"),
        _RUN,
    ),
    "decision": (
        Shown("allocated_at", "Run of", "instant"),
        _PLACE,
        Shown("qty_allocated", "Units", "quantity"),
        Shown("reason", "Why", width=520),
        Shown("qty_ats_before", "Available before", "quantity"),
        Shown("alternative_location_id", "Next best"),
        _RUN,
    ),
    "rules": (
        _RUN,
        Shown("rules_id", "Rules", help="Their text: column rules of fct_allocation_runs."),
        Shown("solver", "Solver"),
        Shown("lines", "Lines", "quantity"),
        Shown("parcels", "Parcels", "quantity"),
        Shown("cost_minor", "Cost", "money"),
        Shown("bound_minor", "No plan costs less than", "money"),
        Shown("greedy_minor", "Line by line", "money"),
    ),
    "levels": (
        _RUN,
        _PLACE,
        Shown("policy_version", "Policy", "quantity"),
        Shown("policy_scope", "Its scope", "code"),
        Shown("service_level_target", "Target", "share"),
        Shown("target_measure", "Measured as", "code"),
        Shown("qty_safety_stock", "Safety stock", "quantity"),
        Shown("qty_reorder_point", "Reorder point", "quantity"),
    ),
    "forecast": (
        _RUN,
        _PLACE,
        Shown("model", "Model", "code"),
        Shown("origin_date", "Made after", "day"),
        Shown("qty_median", "Sum of medians", "decimal", "Units over the days of the horizon."),
        Shown("days", "Days", "quantity"),
    ),
    "stock": (
        _RUN,
        _PLACE,
        Shown("movement_kind", "Movements", "code"),
        Shown("quantity", "Units", "quantity"),
        Shown("postings", "Postings", "quantity"),
        Shown("last_effective_at", "Last", "instant"),
    ),
    "postings": (
        Shown("effective_at", "When", "instant"),
        Shown("movement_kind", "Movement", "code"),
        Shown("account", "Account", "code"),
        _PLACE,
        Shown("sku", "SKU"),
        Shown("quantity", "Units", "quantity"),
        Shown("lot_ref", "Lot"),
        Shown("serial_ref", "Serial number"),
        Shown("file_name", "File", width="medium"),
        Shown("row_number", "Row", "quantity"),
    ),
    "order line": (
        Shown("sku", "SKU"),
        Shown("qty_ordered", "Ordered", "quantity"),
        Shown("placed_at", "Placed", "instant"),
        Shown("line_state", "State", "code"),
        Shown("file_name", "File", width="large"),
        Shown("row_number", "Row", "quantity"),
        Shown("known_at", "Received", "instant"),
    ),
}


def show(source: Source, key: LineKey | ProposalKey) -> None:
    """Every step, what it says, and its rows."""
    for step in key.steps:
        rows = source.frame(Query(key.sql(step), key.parameters))
        st.caption(f"**{fmt.plain(step.name.capitalize())}**: {fmt.plain(step.statement)}")
        if rows.empty:
            st.caption("Nothing.")
        else:
            table.show(rows, COLUMNS[step.name], name=f"line-{step.name.replace(' ', '-')}")
