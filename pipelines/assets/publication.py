"""The end of the way: the snapshot that readers see, and the run's record."""

import dagster as dg

from oms_core.contracts import PUBLISHED
from pipelines.assets.keys import SNAPSHOT, WAREHOUSE_POOL
from pipelines.event_log import forget_runs
from pipelines.home import wall_clock
from pipelines.publication.publishing import publish
from pipelines.publication.summary import summarise
from pipelines.resources import HomeResource


@dg.asset(
    key=SNAPSHOT,
    group_name="publication",
    deps=[dg.AssetKey(name) for name in PUBLISHED],
    pool=WAREHOUSE_POOL,
    description="Every mart as Parquet in one immutable folder, and the pointer turned to it, when all checks passed.",
)
def snapshot(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    ticket = oms.ticket(context)
    now = wall_clock()
    manifest = publish(oms.home, ticket.run_id, ticket.as_of, now, summarise(oms.home, ticket))
    forget_runs(context.instance, now)
    return dg.MaterializeResult(
        metadata={
            "snapshot_id": manifest.snapshot_id,
            "run_id": ticket.run_id,
            "rows": sum(entry.rows for entry in manifest.tables.values()),
            "bytes": sum(entry.bytes for entry in manifest.tables.values()),
        }
    )
