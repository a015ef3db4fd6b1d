"""What warehouses and suppliers are told: export documents, their ids, their files, and the way there.

1. A document as data: `documents` from allocations, `supply_orders` from accepted proposals, `transfer_notices` from
   what is on its way between our places; `amending` takes units off one.
2. Who gets it, and in which form: `partners`; its `names`; and `rendering`, by `warehouse_order_x12`,
   `purchase_order_x12` and `transfer_notice_x12`, as a `spreadsheet` or a `picking_list`.
3. `delivery`, each exactly once.

Belongs here: documents as data, their canonical bytes, writing and verifying their files.
Does not belong here: what is allocated (`allocation`), the outbox's states (`store.operations`).
"""

from oms_core.fulfilment.spreadsheet import neutralise, neutralise_frame

__all__ = ["neutralise", "neutralise_frame"]
