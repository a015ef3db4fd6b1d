"""Names that several asset modules share: asset keys, groups, the pool of the warehouse's one writer."""

from __future__ import annotations

import dagster as dg

from oms_core.contracts import DECIDED, RECEIVED

WAREHOUSE_POOL = "warehouse"

LANDING = dg.AssetKey("landing")
ORDER_EVENTS = dg.AssetKey(["raw", "order_events"])
_RECEIVED_TABLES = tuple(dg.AssetKey(["raw", contract.name]) for contract in RECEIVED)
RECEPTION_TABLES = (*_RECEIVED_TABLES, dg.AssetKey(["raw", "feed_files"]), dg.AssetKey(["raw", "quarantine"]))
DECIDED_TABLES = {contract.name: dg.AssetKey(["raw", contract.name]) for contract in DECIDED}
SNAPSHOT = dg.AssetKey("snapshot")
RELEASES = dg.AssetKey("releases")
