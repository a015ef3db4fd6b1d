"""What planners and BI may rely on: one contract a mart.

Belongs here: grain, key, columns, types and units of every published table, by the folders of its dbt models,
whose properties are generated from these; a convention test holds both together.
Does not belong here: how a mart is derived (its SQL), any table that is not published.
"""

from oms_core.contracts.marts.fulfilment import FULFILMENT_MARTS
from oms_core.contracts.marts.inventory import INVENTORY_MARTS
from oms_core.contracts.marts.orders import ORDER_MARTS
from oms_core.contracts.marts.planning import PLANNING_MARTS
from oms_core.contracts.marts.quality import QUALITY_MARTS
from oms_core.contracts.marts.shared import DIMENSIONS
from oms_core.contracts.schema import Contract

#: By the folder of their models.
MARTS: dict[str, tuple[Contract, ...]] = {
    "shared": DIMENSIONS,
    "orders": ORDER_MARTS,
    "inventory": INVENTORY_MARTS,
    "planning": PLANNING_MARTS,
    "fulfilment": FULFILMENT_MARTS,
    "quality": QUALITY_MARTS,
}

__all__ = ["MARTS"]
