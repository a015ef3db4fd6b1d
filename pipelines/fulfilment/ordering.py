"""From accepted proposals to purchase and transfer orders: build, enter into the outbox, land.

Belongs here: the order of these steps, each safe to repeat after a crash. Does not belong here: what may be accepted
(`oms_core.replenishment.proposing.deciding`), the documents (`oms_core.fulfilment.supply_orders`), what is on its way
(`announcing`), their way to the partners (`delivering`).

It comes before the models are built, so that a run proposes from positions that know what was ordered.
"""

from __future__ import annotations

from datetime import datetime

from oms_core.contracts.documents import SUPPLY_ORDERS
from oms_core.fulfilment.documents import PURCHASE_ORDER, TRANSFER_ORDER, parse_document
from oms_core.fulfilment.supply_orders import build_orders, to_statements
from oms_core.replenishment.proposing.deciding import ENDED
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.published.snapshots import NoSnapshot, Snapshot
from pipelines.fulfilment.announcing import announce_departures
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, select_table
from pipelines.ticket import Ticket, find_as_of

_STATED = "select distinct export_id, status from raw.supply_orders"


def order_accepted(home: Home, ticket: Ticket) -> dict[str, int]:
    """Turn acceptances that no document orders yet into documents, announce what of them is on its way, and land what
    became of all; counts of these."""
    load(home, ticket.as_of, ticket.run_id)
    with open_operations(home.database_url, now=wall_clock()) as store:
        made = _enter_orders(home, store, ticket.as_of, ticket.run_id)
        announced = announce_departures(home, store, ticket.as_of, ticket.run_id)
        landed = _land(home, store, ticket)
    load(home, ticket.as_of, ticket.run_id)
    return {"documents": len(made), "notices": announced, "statements": landed}


def enter_accepted(home: Home, store: OperationsStore) -> int:
    """Between two runs: enter documents of what is accepted by now; their number. The next run lands them."""
    if not any(export_id is None for _, export_id in store.accepted_proposals()[0]):
        return 0
    run_id = Snapshot.current(home.published).manifest.run_id
    return len(_enter_orders(home, store, find_as_of(home), run_id))


def _enter_orders(home: Home, store: OperationsStore, as_of: datetime, run_id: str) -> list[str]:
    """Enter documents of all acceptances that have none, each once whatever happens; their ids."""
    descriptions, partners = _descriptions(home), home.partners
    return store.order_accepted(
        lambda accepted: build_orders(accepted, descriptions, partners, as_of), wall_clock(), run_id
    )


def _descriptions(home: Home) -> dict[str, str]:
    """Products' names as published: who accepted saw these. None before the first run, when nothing is accepted."""
    try:
        with Snapshot.current(home.published) as snapshot:
            products = snapshot.query("select sku, description from dim_product").to_pylist()
    except NoSnapshot:
        return {}
    return {row["sku"]: row["description"] for row in products}


def _land(home: Home, store: OperationsStore, ticket: Ticket) -> int:
    """State each order once as open, and once as cancelled where its document ended; the number of lines landed.

    What is to be stated follows from the outbox and the log alone: a run that died in between leaves it to the next.
    """
    stated = {(row["export_id"], row["status"]) for row in select_table(home, _STATED).to_pylist()}
    orders = sorted(store.export_keys([PURCHASE_ORDER, TRANSFER_ORDER]), key=lambda key: key.export_id)
    numbers = {key.export_id: key.control_number for key in orders}
    lines = 0
    for status, due in (("open", orders), ("cancelled", [key for key in orders if key.state in ENDED])):
        fresh = [key.export_id for key in due if (key.export_id, status) not in stated]
        if fresh:
            documents = [parse_document(store.export(one).payload.encode(), one) for one in fresh]
            table = to_statements(documents, numbers, status, ticket.run_id, ticket.as_of, ticket.business_date)
            land_decision(Log(home.landing), table, SUPPLY_ORDERS.name, ticket.run_id, ticket.as_of)
            lines += len(table)
    return lines
