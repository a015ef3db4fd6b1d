"""The end of the way: the snapshot that readers see, the run's record, and what rules then order of its plan."""

import dagster as dg

from oms_core.contracts import PUBLISHED
from pipelines.assets.keys import RELEASES, SNAPSHOT, WAREHOUSE_POOL
from pipelines.event_log import forget_runs
from pipelines.home import wall_clock
from pipelines.publication.publishing import publish
from pipelines.publication.releasing import release_proposals
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


@dg.asset(
    key=RELEASES,
    group_name="publication",
    deps=[SNAPSHOT],
    pool=WAREHOUSE_POOL,
    description="Proposals of the published plan that the policy's rules accept by themselves, ordered and sent, once.",
)
def releases(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata=dict(release_proposals(oms.home, oms.ticket(context))))
