"""From the inbox to the raw tables: landing with its gate, and the load of what is new."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from oms_core.store.operations import open_operations
from pipelines.assets.keys import DECIDED_TABLES, LANDING, ORDER_EVENTS, RECEPTION_TABLES, WAREHOUSE_POOL
from pipelines.backup import begin_copy
from pipelines.fulfilment.answering import answer_partners
from pipelines.fulfilment.holding import hold_orders
from pipelines.fulfilment.order_desk import land_commands
from pipelines.home import wall_clock
from pipelines.modelling.warehouse import load
from pipelines.reception.inbox import receive
from pipelines.reception.stops import land_stops
from pipelines.resources import HomeResource
from pipelines.ticket import ticket_of

#: What the step fills: with the order desk's events come documents that they replaced; and what is not received.
_TABLES = (*RECEPTION_TABLES, DECIDED_TABLES["export_voids"], DECIDED_TABLES["feed_stops"])


class LandingConfig(dg.Config):
    """`until`: the business day (YYYY-MM-DD) that the run takes as today; empty for the home's own clock."""

    until: str = ""


@dg.asset(
    key=LANDING,
    group_name="reception",
    pool=WAREHOUSE_POOL,
    check_specs=[dg.AssetCheckSpec("gates_passed", asset=LANDING)],
    description="Every finished file of the inbox: screened, parsed, gated and committed to the log.",
)
def landing(
    context: dg.AssetExecutionContext, config: LandingConfig, oms: HomeResource
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    begin_copy(oms.home)
    report = receive(oms.home, wall_clock(), context.log.info)
    # At once, whatever becomes of this run: who sent a file that is held has to know, to send it again.
    with open_operations(oms.home.database_url, now=wall_clock()) as store:
        answer_partners(oms.home, store)
    ticket = ticket_of(oms.home, context.run.run_id, date.fromisoformat(config.until) if config.until else None)
    yield dg.MaterializeResult(
        asset_key=LANDING,
        metadata={
            "as_of": ticket.as_of.isoformat(),
            "files": len(report.landed),
            "bytes": sum(unit.size_bytes for unit in report.landed),
            "records": report.count("record_count"),
            "accepted": report.count("accepted_count"),
            "quarantined": report.count("quarantined_count"),
            "duplicate_files": len(report.duplicates),
            "unfinished_files": len(report.unfinished),
            "partners_not_fetched": [f"{name}: {why}" for name, why in report.unreached.items()],
        },
    )
    yield dg.AssetCheckResult(
        asset_key=LANDING,
        check_name="gates_passed",
        passed=not report.held,
        # A held file stops its feed, not the run.
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"held": [f"{held.feed}/{held.file_name}: {held.reason}" for held in report.held]},
    )


@dg.multi_asset(
    name="raw_received",
    specs=[dg.AssetSpec(key, deps=[LANDING], group_name="reception") for key in _TABLES],
    pool=WAREHOUSE_POOL,
)
def raw_received(context: dg.AssetExecutionContext, oms: HomeResource) -> Iterator[dg.MaterializeResult[None]]:
    """The log's received units, as far as they are known by the run's `as_of`, appended to the raw tables, and what
    becomes of the order desk's commands among them; what the run itself holds, and which feeds are stopped."""
    ticket = oms.ticket(context)
    brought = load(oms.home, ticket.as_of, ticket.run_id)
    stops = land_stops(oms.home, ticket.as_of, ticket.run_id)
    commanded = hold_orders(oms.home, ticket) + land_commands(oms.home, ticket)
    own = {ORDER_EVENTS: commanded, DECIDED_TABLES["feed_stops"]: stops}
    for key in _TABLES:
        rows = brought.rows.get(key.path[-1], 0) + own.get(key, 0)
        yield dg.MaterializeResult(asset_key=key, metadata={"rows": rows})
