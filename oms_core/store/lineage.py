"""Where a document's line comes from: back through decision, rules, levels, forecast and stock to a channel's file.

Belongs here: the steps as queries over the published snapshot, for a command and for a page alike.
Does not belong here: how they look (`pipelines.cli`, `dashboards`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oms_core.store.snapshots import Snapshot


class UnknownReference(LookupError):  # noqa: N818 - reads as the sentence it is
    """No line is called so; the message says what would be understood."""


@dataclass(frozen=True, slots=True)
class LineKey:
    """An order line, and the document that asks for it; None: every document that does."""

    order_line_id: str
    export_id: str | None = None

    @property
    def parameters(self) -> tuple[str, str | None]:
        """What a step's SQL wants to know."""
        return self.order_line_id, self.export_id


@dataclass(frozen=True, slots=True)
class Step:
    """One step back. `sql`: a query with the parameters of a LineKey; `statement`: what its rows are."""

    name: str
    statement: str
    body: str

    @property
    def sql(self) -> str:
        """The whole query."""
        return _ASKED + self.body


_ASKED = """
    with asked as (select cast(? as varchar) as order_line_id, cast(? as varchar) as export_id),
    documents as (
        select fct_exports.* from fct_exports inner join asked
            on fct_exports.order_line_id = asked.order_line_id
            and (asked.export_id is null or fct_exports.export_id = asked.export_id)
    ),
    decisions as (
        select fct_allocations.* from fct_allocations inner join asked using (order_line_id)
        where asked.export_id is null
            or fct_allocations.run_id in (select run_id from documents)
            or exists (
                select 1 from documents
                where documents.location_id = fct_allocations.location_id
                    and fct_allocations.release_due_at between fct_allocations.allocated_at and documents.exported_at
            )
    )
"""
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
    Step(
        "levels",
        "the safety stock there by that run, and the policy's version (of an earlier run: --as-of its day)",
        """
        select levels.run_id, levels.location_id, levels.policy_version, levels.policy_scope,
               levels.service_level_target, levels.target_measure, levels.qty_safety_stock, levels.qty_reorder_point,
               levels.method, levels.calculated_at
        from fct_safety_stock as levels inner join decisions using (run_id, sku, location_id)
        order by levels.calculated_at""",
    ),
    Step(
        "forecast",
        "the forecast of the same run (kept for seven business days)",
        """
        select forecast.run_id, forecast.location_id, forecast.model, forecast.origin_date,
               sum(forecast.qty_forecast) as qty_median, count(*)::bigint as days
        from fct_forecast as forecast inner join decisions using (run_id, sku, location_id)
        where forecast.quantile = 0.5
        group by forecast.run_id, forecast.location_id, forecast.model, forecast.origin_date
        order by forecast.run_id""",
    ),
    Step(
        "stock",
        "the ledger's postings of what is for sale there that were known to the decision, by kind",
        """
        select decisions.run_id, postings.location_id, coalesce(postings.movement_kind, 'all') as movement_kind,
               sum(postings.quantity)::bigint as quantity, count(*)::bigint as postings,
               max(postings.effective_at) as last_effective_at
        from fct_inventory_postings as postings inner join decisions
            on postings.sku = decisions.sku and postings.location_id = decisions.location_id
            and postings.known_at <= decisions.allocated_at
        where postings.account in ('on_hand', 'drop_ship')
        group by decisions.run_id, postings.location_id, rollup(postings.movement_kind)
        order by decisions.run_id, postings.movement_kind nulls last""",
    ),
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


def find_line(snapshot: Snapshot, reference: str) -> LineKey:
    """The line that a reference means: an order line's id, or `DOCUMENT/LINE` with a document's first letters or
    `PARTNER#CONTROL`, as an X12 940 has them. Raises UnknownReference."""
    if _rows(snapshot, "select 1 from fct_order_lines where order_line_id = ?", reference):
        return LineKey(reference)
    document, _, line = reference.rpartition("/")
    partner, _, control = document.partition("#")
    found = _rows(
        snapshot,
        """
        select distinct export_id, order_line_id from fct_exports
        where cast(line_number as varchar) = ?
        and (starts_with(export_id, nullif(?, '')) or (partner_id = ? and cast(control_number as varchar) = ?))""",
        *(line, document, partner, control),
    )
    if len(found) != 1:
        raise UnknownReference(
            f"{'No' if not found else 'More than one'} line is called {reference!r}. Name an order line's id "
            "(channel:order:line), or a document's line: 9d3fd4af/12, or WH-NORTH#7/12 by its X12 control number."
        )
    return LineKey(found[0]["order_line_id"], found[0]["export_id"])


def trace(snapshot: Snapshot, key: LineKey) -> list[tuple[Step, list[dict[str, Any]]]]:
    """Every step back from a line, with its rows; a step that says nothing has none."""
    return [(step, _rows(snapshot, step.sql, *key.parameters)) for step in STEPS]


def _rows(snapshot: Snapshot, sql: str, *parameters: object) -> list[dict[str, Any]]:
    return list(snapshot.query(sql, parameters).to_pylist())
