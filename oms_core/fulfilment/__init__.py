"""What warehouses are told: export documents, their ids, their files.

Belongs here: documents as data, their canonical bytes, writing and verifying their files.
Does not belong here: what is allocated (`allocation`), the outbox's states (`store.operations`).
"""

from oms_core.fulfilment.spreadsheet import neutralise, neutralise_frame

__all__ = ["neutralise", "neutralise_frame"]
