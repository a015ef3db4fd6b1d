"""Allocation and export as assets: which location ships what, and the documents that tell it so."""

from collections.abc import Iterator

import dagster as dg

from pipelines.assets.keys import DECIDED_TABLES, RECEPTION_TABLES, WAREHOUSE_POOL
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.fulfilment.exporting import export_documents, land_left_behind
from pipelines.fulfilment.ordering import order_accepted
from pipelines.fulfilment.pegging import peg_waiting_lines
from pipelines.resources import HomeResource

_ALLOCATED = ("allocations", "allocation_runs")
_ALLOCATED_FROM = [
    *(
        dg.AssetKey(name)
        for name in (
            *("int_open_order_lines", "int_stock_balance", "int_channel_segments", "int_expiring_reservations"),
            *("int_earlier_unreleased", "int_desk_places", "dim_location", "dim_product"),
        )
    ),
    DECIDED_TABLES["interval_demand"],
    DECIDED_TABLES["safety_stock"],
]


@dg.asset(
    key=DECIDED_TABLES["supply_orders"],
    group_name="fulfilment",
    deps=list(RECEPTION_TABLES),
    pool=WAREHOUSE_POOL,
    description="What people accepted of earlier proposals, as purchase and transfer orders in the outbox, once; and "
    "what a run that died left there of its own.",
)
def supply_orders(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    home, ticket = oms.home, oms.ticket(context)
    counts = order_accepted(home, ticket)
    return dg.MaterializeResult(metadata={**counts, "left_behind": land_left_behind(home, ticket)})


@dg.multi_asset(
    name="allocations",
    specs=[dg.AssetSpec(DECIDED_TABLES[name], group_name="fulfilment", deps=_ALLOCATED_FROM) for name in _ALLOCATED],
    pool=WAREHOUSE_POOL,
)
def allocations(context: dg.AssetExecutionContext, oms: HomeResource) -> Iterator[dg.MaterializeResult[None]]:
    """Every open line decided by the sourcing rules: allocated at a node, backordered or held, each with its reason."""
    metadata = allocate_open_lines(oms.home, oms.ticket(context))
    for name in _ALLOCATED:
        yield dg.MaterializeResult(asset_key=DECIDED_TABLES[name], metadata=metadata)


@dg.asset(
    key=DECIDED_TABLES["pegs"],
    group_name="fulfilment",
    deps=["int_coming_supply", "int_stock_balance", "dim_location", DECIDED_TABLES["allocations"]],
    pool=WAREHOUSE_POOL,
    description="What waits pegged to the supply that is to come, and so the days it can be promised for.",
)
def pegs(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata=dict(peg_waiting_lines(oms.home, oms.ticket(context))))


@dg.asset(
    key=DECIDED_TABLES["exports"],
    group_name="fulfilment",
    deps=["int_earlier_unreleased", DECIDED_TABLES["allocations"]],
    pool=WAREHOUSE_POOL,
    description="One document a location and wave, in the outbox and in its partner's folder, once.",
)
def exports(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    documents = export_documents(oms.home, oms.ticket(context))
    metadata = {"documents": len(documents), "rows": sum(len(document.lines) for document in documents)}
    metadata["bytes"] = sum(len(document.json_bytes) for document in documents)
    return dg.MaterializeResult(metadata=metadata)
