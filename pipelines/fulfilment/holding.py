"""What a run holds by itself before anything is decided, landed as events of the order desk's kind.

Belongs here: landing the holds, and the releases of those that have come to their end. Does not belong here: which
orders are held (`doubled_orders`, `incomplete_orders`), what a person holds or releases (`order_desk`).

A hold is a decision of the run that made it: it lands, so that a replay holds what the run held, whatever has become
known since.
"""

from __future__ import annotations

import pyarrow as pa

from oms_core.contracts.landed import ORDER_EVENTS
from pipelines.fulfilment.doubled_orders import holds_of_doubled_orders
from pipelines.fulfilment.incomplete_orders import words_on_incomplete_orders
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load
from pipelines.ticket import Ticket


def hold_orders(home: Home, ticket: Ticket) -> int:
    """Land what is to be held, and what of it is to be held no more; the number of events."""
    rows = [*holds_of_doubled_orders(home, ticket), *words_on_incomplete_orders(home, ticket)]
    if rows:
        table = pa.Table.from_pylist(rows, ORDER_EVENTS.arrow_schema)
        land_decision(Log(home.landing), table, ORDER_EVENTS.name, ticket.run_id, ticket.as_of)
        load(home, ticket.as_of, ticket.run_id)
    return len(rows)
