"""Where a document's line comes from: back through decision, rules, levels, forecast and stock to a channel's file; of
an order of our own, through the proposal.

Belongs here: the steps as queries over the published snapshot, for a command and for a page alike.
Does not belong here: how they look (`pipelines.cli`, `dashboards`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oms_core.store.published.snapshots import Snapshot


class UnknownReference(LookupError):  # noqa: N818 - reads as the sentence it is
    """No line is called so; the message says what would be understood."""


@dataclass(frozen=True, slots=True)
class LineKey:
    """An order line, and the document that asks for it; None: every document that does."""

    order_line_id: str
    export_id: str | None = None

    @property
    def parameters(self) -> tuple[str | None, ...]:
        """What a step's SQL wants to know."""
        return self.order_line_id, self.export_id

    @property
    def steps(self) -> tuple[Step, ...]:
        """The way back, from its documents on."""
        return STEPS

    def sql(self, step: Step) -> str:
        """The whole query of one of its steps."""
        return _LINE + step.body


@dataclass(frozen=True, slots=True)
class ProposalKey:
    """What a plan would buy or move, and the line of our own order that asks for it, once there is one."""

    proposal_ref: str

    @property
    def parameters(self) -> tuple[str | None, ...]:
        """What a step's SQL wants to know."""
        return (self.proposal_ref,)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The way back, from its order on."""
        return PROPOSAL_STEPS

    def sql(self, step: Step) -> str:
        """The whole query of one of its steps."""
        return _PROPOSAL + step.body


@dataclass(frozen=True, slots=True)
class Step:
    """One step back. `statement`: what its rows are; `body`: their query, over the tables of a key's `sql`."""

    name: str
    statement: str
    body: str


_LINE = """
    with asked as (select cast(? as varchar) as order_line_id, cast(? as varchar) as export_id),
    documents as (
        select fct_exports.* from fct_exports inner join asked
            on fct_exports.order_line_id = asked.order_line_id
            and (asked.export_id is null or fct_exports.export_id = asked.export_id)
    ),
    decisions as (
        select fct_allocations.*, allocated_at as decided_at from fct_allocations inner join asked using (order_line_id)
        where asked.export_id is null
            or fct_allocations.run_id in (select run_id from documents)
            or exists (
                select 1 from documents
                where documents.location_id = fct_allocations.location_id
                    and fct_allocations.release_due_at between fct_allocations.allocated_at and documents.exported_at
            )
    )
"""
_LEVELS = Step(
    "levels",
    "the safety stock there by that run, and the policy's version (of an earlier run: --as-of its day)",
    """
        select levels.run_id, levels.location_id, levels.policy_version, levels.policy_scope,
               levels.service_level_target, levels.target_measure, levels.qty_safety_stock, levels.qty_reorder_point,
               levels.method, levels.calculated_at
        from fct_safety_stock as levels inner join decisions using (run_id, sku, location_id)
        order by levels.calculated_at""",
)
_FORECAST = Step(
    "forecast",
    "the forecast of the same run (kept for seven business days)",
    """
        select forecast.run_id, forecast.location_id, forecast.model, forecast.origin_date,
               sum(forecast.qty_forecast) as qty_median, count(*)::bigint as days
        from fct_forecast as forecast inner join decisions using (run_id, sku, location_id)
        where forecast.quantile = 0.5
        group by forecast.run_id, forecast.location_id, forecast.model, forecast.origin_date
        order by forecast.run_id""",
)
_STOCK = Step(
    "stock",
    "the ledger's postings of what is for sale there that were known to the decision, by kind",
    """
        select decisions.run_id, postings.location_id, coalesce(postings.movement_kind, 'all') as movement_kind,
               sum(postings.quantity)::bigint as quantity, count(*)::bigint as postings,
               max(postings.effective_at) as last_effective_at
        from fct_inventory_postings as postings inner join decisions
            on postings.sku = decisions.sku and postings.location_id = decisions.location_id
            and postings.known_at <= decisions.decided_at
        where postings.account in ('on_hand', 'drop_ship')
        group by decisions.run_id, postings.location_id, rollup(postings.movement_kind)
        order by decisions.run_id, postings.movement_kind nulls last""",
)
STEPS = (
    Step(
        "document",
        "what the partner was asked for",
        """
        select export_id, partner_id, control_number, line_number, wave, qty_exported, qty_shipped, answer, file_name,
               document_sha256, exported_at
        from documents order by exported_at, export_id""",
    ),
    Step(
        "decision",
        "which place was chosen, why, and what the next best would have cost",
        """
        select run_id, allocated_at, location_id, qty_allocated, reason_code, reason, cost_minor,
               alternative_location_id, alternative_cost_minor, qty_ats_before, decision_rank
        from decisions order by allocated_at, location_id""",
    ),
    Step(
        "rules",
        "the sourcing rules that the run followed (whole: column rules of fct_allocation_runs)",
        """
        select run_id, rules_id, solver, lines, parcels, cost_minor, bound_minor, greedy_minor, gap, currency
        from fct_allocation_runs where run_id in (select run_id from decisions) order by allocated_at""",
    ),
    _LEVELS,
    _FORECAST,
    _STOCK,
    Step(
        "postings",
        "what the line itself has moved: of which SKU (it may be a substitute), lot and serial number",
        """
        select postings.effective_at, postings.movement_kind, postings.account, postings.location_id, postings.sku,
               postings.quantity, postings.lot_ref, postings.serial_ref, postings.feed, files.file_name,
               postings.row_number
        from fct_inventory_postings as postings
        inner join asked using (order_line_id)
        left join rpt_feed_files as files using (feed, file_sha256)
        order by postings.effective_at, postings.posting_id""",
    ),
    Step(
        "order line",
        "the channel's file and row that last stated it",
        """
        select lines.order_line_id, lines.sku, lines.qty_ordered, lines.placed_at, lines.line_state, lines.feed,
               files.file_name, lines.row_number, lines.known_at, lines.file_sha256
        from fct_order_lines as lines
        inner join asked using (order_line_id)
        left join rpt_feed_files as files using (feed, file_sha256)""",
    ),
)

#: The last plan's proposals are whole in its mart; of an earlier one an order remembers what it ordered.
_PROPOSAL = """
    with asked as (select cast(? as varchar) as proposal_ref),
    orders as (select fct_supply_orders.* from fct_supply_orders inner join asked on line_ref = proposal_ref),
    proposals as (
        select run_id, (select max(calculated_at) from fct_safety_stock as levels where levels.run_id = plan.run_id)
                   as decided_at,
               kind, sku, location_id, from_location_id, quantity as qty_proposed, qty_position, qty_reorder_point,
               qty_order_up_to, reason
        from fct_replenishment as plan inner join asked using (proposal_ref)
        union all
        select plan_run_id, proposed_at, if(document_type = 'purchase_order', 'purchase', 'transfer'), sku,
               location_id, from_location_id, qty_proposed, qty_position, qty_reorder_point, qty_order_up_to, reason
        from orders
        where line_ref not in (select proposal_ref from fct_replenishment where proposal_ref is not null)
    ),
    decisions as (
        select run_id, decided_at, sku, location_id from proposals
        union all
        select run_id, decided_at, sku, from_location_id from proposals where from_location_id is not null
    )
"""
PROPOSAL_STEPS = (
    Step(
        "order",
        "the line of our own order that asks for it (one that was made after the last run: oms exports show)",
        """
        select export_id, partner_id, control_number, line_number, order_ref, quantity, expected_date, supply_state,
               qty_promised, promised_date, qty_shipped, arrival_date, qty_received, qty_coming, ordered_at
        from orders""",
    ),
    Step(
        "confirmations",
        "what its supplier has said of it, by its own time, and what of that counts",
        """
        select said.effective_at, said.kind, said.quantity, said.expected_date, said.shipped_date, said.reason,
               said.carrier, said.tracking_ref, said.is_in_force, said.statement_ref, files.file_name, said.row_number
        from fct_supplier_confirmations as said
        inner join orders on said.supplier_id = orders.partner_id
            and said.po_ref = orders.order_ref and said.line_ref = orders.line_ref
        left join rpt_feed_files as files using (feed, file_sha256)
        order by said.effective_at, said.known_at, said.kind, said.part_number""",
    ),
    Step(
        "proposal",
        "what was proposed, and why (who accepted it: oms proposals list, oms audit)",
        """
        select run_id, decided_at as proposed_at, kind, sku, location_id, from_location_id, qty_proposed, qty_position,
               qty_reorder_point, qty_order_up_to, reason
        from proposals""",
    ),
    _LEVELS,
    _FORECAST,
    _STOCK,
    Step(
        "postings",
        "what has moved under the order's number",
        """
        select postings.effective_at, postings.movement_kind, postings.account, postings.location_id, postings.sku,
               postings.quantity, postings.lot_ref, postings.serial_ref, postings.feed, files.file_name,
               postings.row_number
        from fct_inventory_postings as postings
        inner join orders on postings.sku = orders.sku and (
            postings.po_ref = orders.order_ref
            or starts_with(postings.movement_id, concat_ws(':', 'movement', from_location_id, order_ref, ''))
        )
        left join rpt_feed_files as files using (feed, file_sha256)
        order by postings.effective_at, postings.posting_id""",
    ),
)


_NAMED = """
    with asked as (
        select cast(? as varchar) as reference, cast(? as varchar) as line, cast(? as varchar) as document,
               cast(? as varchar) as partner, cast(? as varchar) as control
    )
    select order_line_id, null as export_id, null as proposal_ref
    from fct_order_lines inner join asked on order_line_id = reference
    union
    select order_line_id, export_id, null from fct_exports inner join asked
        on cast(line_number as varchar) = line
        and (
            starts_with(export_id, nullif(document, ''))
            or (partner_id = partner and cast(control_number as varchar) = control)
        )
    union
    select null, null, line_ref from fct_supply_orders inner join asked
        on starts_with(line_ref, reference) and length(reference) >= 8
        or cast(line_number as varchar) = line and (
            starts_with(export_id, nullif(document, '')) or order_ref = document
            or (partner_id = partner and cast(control_number as varchar) = control)
        )
    union
    select null, null, proposal_ref from fct_replenishment inner join asked
        on starts_with(proposal_ref, reference) and length(reference) >= 8
"""


def find_line(snapshot: Snapshot, reference: str) -> LineKey | ProposalKey:
    """The line that a reference means: an order line's id, a proposal's ref or eight letters of it, or `DOCUMENT/LINE`
    with a document's first letters, the number of an order of ours, or `PARTNER#CONTROL`, as an X12 940 has them.
    Raises UnknownReference.
    """
    document, _, line = reference.rpartition("/")
    partner, _, control = document.partition("#")
    found = _rows(snapshot, _NAMED, reference, line, document, partner, control)
    if len(found) != 1:
        raise UnknownReference(
            f"{'No' if not found else 'More than one'} line is called {reference!r}. Name an order line's id "
            "(channel:order:line), a document's line (9d3fd4af/12, or WH-NORTH#7/12 by its X12 control number), or a "
            "proposal (3f9a2c11). Orders of ours that were made after the last run are known from the next one on; "
            "`oms exports show` has their lines, with their proposals."
        )
    (one,) = found
    if one["proposal_ref"]:
        return ProposalKey(one["proposal_ref"])
    return LineKey(one["order_line_id"], one["export_id"])


def trace(snapshot: Snapshot, key: LineKey | ProposalKey) -> list[tuple[Step, list[dict[str, Any]]]]:
    """Every step back from a line, with its rows; a step that says nothing has none."""
    return [(step, _rows(snapshot, key.sql(step), *key.parameters)) for step in key.steps]


def _rows(snapshot: Snapshot, sql: str, *parameters: object) -> list[dict[str, Any]]:
    return list(snapshot.query(sql, parameters).to_pylist())
