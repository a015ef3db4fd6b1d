"""Announcing transfers: what has left one of our places is told to the place that it goes to, each movement once.

Belongs here: which movements are still to be announced. Does not belong here: the notice (`oms_core.fulfilment`), its
way to the partner (`delivering`).

A sender states what it sent of a transfer order of ours as `transfer_out` under the order's number, in a 945 or a file
of movements. The outbox says which movements were announced: what a run that died has not entered there, the next one
does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from oms_core.fulfilment.documents import TRANSFER_NOTICE, parse_document
from oms_core.fulfilment.transfer_notices import Departure, build_notices, order_of
from oms_core.store.operations import OperationsStore
from oms_core.store.operations.outbox import OutboxKey
from pipelines.home import Home, wall_clock
from pipelines.modelling.landed_rows import first_stated
from pipelines.modelling.warehouse import select_table

_DEPARTURES = f"""
    select movement_ref as order_ref, line_ref as movement_id, location_id as from_location_id,
           counterparty_location_id as to_location_id, sku, quantity,
           coalesce(lot_ref, '') as lot_ref, coalesce(serial_ref, '') as serial_ref
    from raw.stock_movements
    where kind = 'transfer_out' and counterparty_location_id in (select unnest($partners))
      and (movement_ref, location_id) in (
          select (order_ref, from_location_id) from raw.supply_orders where document_type = 'transfer_order')
    qualify {first_stated("location_id, movement_ref, line_ref")}"""  # noqa: S608 - our own texts
_DESCRIPTIONS = "select sku, max_by(description, known_at) as description from raw.products group by sku"


def announce_departures(home: Home, store: OperationsStore, as_of: datetime, run_id: str) -> int:
    """Enter notices of what has left for partners that want them, and was not announced; their number."""
    partners = home.partners.told_of_transfers
    if not partners:
        return 0
    departures = [Departure(**row) for row in select_table(home, _DEPARTURES, {"partners": partners}).to_pylist()]
    notices = store.export_keys([TRANSFER_NOTICE])
    fresh = _unannounced(store, departures, notices)
    if not fresh:
        return 0
    descriptions = {row["sku"]: row["description"] for row in select_table(home, _DESCRIPTIONS).to_pylist()}
    made = build_notices(fresh, descriptions, Counter(order_of(key.wave) for key in notices), as_of)
    store.enqueue(made, now=wall_clock(), run_id=run_id)
    return len(made)


def _unannounced(
    store: OperationsStore, departures: Sequence[Departure], notices: Sequence[OutboxKey]
) -> list[Departure]:
    """Departures that no notice tells of, whatever became of the notice.

    Notices are read only of orders whose notices have fewer lines than the order has departures.
    """
    left = Counter((one.from_location_id, one.order_ref) for one in departures)
    for key in notices:
        left[key.location_id, order_of(key.wave)] -= key.line_count
    told = {
        (key.location_id, line.order_ref, line.line_ref)
        for key in notices
        if left[key.location_id, order_of(key.wave)] > 0
        for line in parse_document(store.export(key.export_id).payload.encode(), key.export_id).lines
    }
    return [
        one
        for one in departures
        if left[one.from_location_id, one.order_ref] > 0
        and (one.from_location_id, one.order_ref, one.movement_id) not in told
    ]
