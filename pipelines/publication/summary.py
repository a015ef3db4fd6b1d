"""What a run has to say for itself: figures for the summary, the snapshot's manifest and the asset's metadata.

Belongs here: collecting the figures from the warehouse. Does not belong here: their look (`cli.summary`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from oms_core.feeds import FeedDefinition, arrival_at, load_definitions
from pipelines.home import Home
from pipelines.modelling.proofs import last_proofs
from pipelines.modelling.warehouse import latest_run, open_warehouse
from pipelines.reception.stops import STOPPED
from pipelines.ticket import Ticket

_FILE_COUNTS = """
    select count(*)::bigint as files, coalesce(sum(record_count), 0)::bigint as records,
           coalesce(sum(accepted_count), 0)::bigint as accepted, coalesce(sum(duplicate_count), 0)::bigint as duplicate,
           coalesce(sum(superseded_count), 0)::bigint as superseded,
           coalesce(sum(quarantined_count), 0)::bigint as quarantined
    from raw.feed_files"""
_FIGURES = {
    "files": _FILE_COUNTS + " join raw.loaded_units using (feed, file_sha256) where run_id = $run_id",
    "files_total": _FILE_COUNTS,
    "lines": """
        select count(*)::bigint as lines, sum(qty_ordered)::bigint as qty_ordered,
               sum(qty_fulfilled)::bigint as qty_fulfilled,
               sum(qty_cancelled)::bigint as qty_cancelled, sum(qty_held)::bigint as qty_held,
               sum(qty_allocated)::bigint as qty_allocated, sum(qty_backordered)::bigint as qty_backordered,
               sum(qty_open)::bigint as qty_open
        from fct_order_lines""",
    "decided": """
        select count(*) filter (decision = 'allocated')::bigint as allocated,
               count(*) filter (decision = 'backordered')::bigint as backordered,
               count(*) filter (decision = 'held')::bigint as held
        from raw.allocations where run_id = $run_id""",
    "waves": """
        select count(*)::bigint as lines, coalesce(sum(qty_unreleased), 0)::bigint as units,
               cast(min(release_due_at) as varchar) as next_due_at
        from fct_allocations where qty_unreleased > 0 and release_due_at is not null""",
    "sourcing": """
        select solver, parcels, cost_minor, greedy_minor, gap, currency from fct_allocation_runs where run_id = $run_id
        union all select null, 0, 0, null, null, null where not exists (
            select 1 from fct_allocation_runs where run_id = $run_id)""",
    "replenishment": """
        select count(*) filter (kind = 'purchase')::bigint as purchases,
               count(*) filter (kind = 'transfer')::bigint as transfers
        from fct_replenishment""",
    "exported": """
        select count(distinct export_id)::bigint as documents, count(*)::bigint as lines
        from raw.exports where run_id = $run_id""",
    "stock": "select count(*)::bigint as positions from fct_inventory_position",
    "safety_stock": """
        select sum(qty_safety_stock)::bigint as qty_safety_stock,
               avg(service_level_expected) as service_level_expected,
               max(policy_version)::bigint as policy_version
        from fct_safety_stock where is_current""",
}
#: What is worth money: its column and its rows. Amounts of different currencies have no sum.
_WORTH = {
    "replenishment": ("value_minor", "fct_replenishment where kind = 'purchase'"),
    "stock": ("stock_value_minor", "fct_inventory_position"),
    "safety_stock": ("investment_minor", "fct_safety_stock where is_current"),
}
_NEW_FILES = """
    select feed, file_name, known_at from raw.feed_files
    join raw.loaded_units using (feed, file_sha256) where run_id = $run_id order by feed, file_name"""
_QUARANTINED = """
    select feed, reason_code, count(*)::bigint as records from raw.quarantine
    join raw.loaded_units using (feed, file_sha256) where run_id = $run_id
    group by all order by records desc, feed, reason_code"""
_ACCURACY = f"""
    select model, metric, avg(value) as value from raw.forecast_accuracy
    where segment = 'all' and run_id = ({latest_run("raw.forecast_accuracy")})
    group by all order by all"""  # noqa: S608 - our own texts


def worth(column: str, rows_of: str) -> str:
    """The query of an amount in minor units, by currency; both arguments are ours."""
    return f"""
        select currency, sum({column})::bigint as minor from {rows_of}
        group by currency having sum({column}) is not null order by currency"""  # noqa: S608 - our own texts


def late_files(definitions: Mapping[str, FeedDefinition], files: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of files with their `feed`, `file_name` and `known_at`, those that came on a later day than their names claim:
    they change what was true, and not what was known."""
    found = []
    for file in files:
        definition = definitions.get(file["feed"])
        claimed = arrival_at(definition, file["file_name"]) if definition else None
        if claimed is not None and claimed.date() < file["known_at"].astimezone(UTC).date():
            found.append(f"{file['feed']}/{file['file_name']}")
    return found


def summarise(home: Home, ticket: Ticket) -> dict[str, Any]:
    """Every figure that the run's summary shows, as plain JSON values."""
    with open_warehouse(home) as connection:

        def rows(sql: str) -> list[dict[str, Any]]:
            parameters = {"run_id": ticket.run_id} if "$run_id" in sql else {}
            return list(connection.execute(sql, parameters).to_arrow_table().to_pylist())

        figures: dict[str, Any] = {name: rows(sql)[0] for name, sql in _FIGURES.items()}
        for name, (column, rows_of) in _WORTH.items():
            figures[name]["worth"] = rows(worth(column, rows_of))
        figures["late_files"] = late_files(load_definitions(home.feeds), rows(_NEW_FILES))
        figures["quarantined"] = rows(_QUARANTINED)
        figures["stopped"] = rows(STOPPED)
        figures["accuracy"] = rows(_ACCURACY)
        figures["forecast_alarms"] = rows("select kind, segment from rpt_forecast_alarms order by segment, kind")
    figures["proofs"] = [
        {"name": p.name, "statement": p.statement, "offending_rows": p.offending_rows, "is_error": p.is_error}
        for p in last_proofs(home)
    ]
    return figures
