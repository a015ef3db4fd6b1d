"""Supply that our documents ask for: suppliers take our purchase orders, and our own places send what they are told to.

Belongs here: what becomes of such a document, once. Does not belong here: what buyers ordered before us (`replenish`),
orders of customers (`shipping`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from oms_core.twin.book import DayBook
from oms_core.twin.network import Network
from oms_core.twin.replenish import send, take_purchase
from oms_core.twin.shipping import Export
from oms_core.twin.state import NetworkState

PURCHASE, TRANSFER = "purchase_order", "transfer_order"
_TAKEN_AT = 5 * 3600


def take_orders(network: Network, state: NetworkState, orders: Sequence[Export], book: DayBook) -> None:
    """Each supplier takes, in the morning, the purchases that came since yesterday morning. Who is none of the
    network's suppliers, as a drop-shipper, leaves them lying. Raises ValueError for an unknown location or SKU."""
    suppliers = {supplier_id: i for i, supplier_id in enumerate(network.suppliers.ids)}
    rows, skus = _numbers(network)
    of_suppliers = [document for document in orders if document["partner_id"] in suppliers]
    for document in _new(state, of_suppliers, PURCHASE):
        ends = (suppliers[document["partner_id"]], _known(rows, document["location_id"]))
        lines = [
            (str(line["line_ref"]), _known(skus, line["sku"]), int(line["quantity"])) for line in document["lines"]
        ]
        ordered_on = datetime.fromisoformat(document["created_at"]).astimezone(ZoneInfo(network.spec.timezone)).date()
        take_purchase(
            network, state, book, str(document["wave"]), ends, lines, (min(ordered_on, book.clock.day), _TAKEN_AT)
        )


def send_as_ordered(network: Network, state: NetworkState, orders: Sequence[Export], book: DayBook) -> None:
    """Each place sends what our transfers ask of it, as far as it has that once customers' parcels have left. Raises
    ValueError for a transfer of an unknown location or SKU."""
    rows, skus = _numbers(network)
    for document in _new(state, orders, TRANSFER):
        source, target = (_known(rows, document[name]) for name in ("location_id", "ship_to_location_id"))
        units_of = []
        for line in document["lines"]:
            sku = _known(skus, line["sku"])
            if units := min(int(line["quantity"]), int(state.on_hand[source, sku])):
                units_of.append((sku, units))
        send(network, state, book, str(document["wave"]), (source, target), units_of)


def _new(state: NetworkState, orders: Sequence[Export], kind: str) -> Iterator[Export]:
    """Documents of a kind that nobody has answered, in the order of their numbers; each is answered once."""
    known = set(state.answered)
    for document in sorted(orders, key=lambda one: (str(one["wave"]), str(one["export_id"]))):
        if document["document_type"] == kind and document["export_id"] not in known:
            yield document
            state.answered.append(document["export_id"])


def _numbers(network: Network) -> tuple[dict[str, int], dict[str, int]]:
    return (
        {location_id: i for i, location_id in enumerate(network.location_ids)},
        {sku: i for i, sku in enumerate(network.items.skus)},
    )


def _known(numbers: Mapping[str, int], name: object) -> int:
    if name not in numbers:
        raise ValueError(f"a document of ours names {name!r}, which the network does not have")
    return numbers[str(name)]
