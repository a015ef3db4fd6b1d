"""Bad rows: what goes wrong at counterparts, planted on purpose and written down.

Belongs here: which rows are spoilt, and how.
Does not belong here: late and repeated files (`files`, `orders`), counts that disagree (`stocktake`).
A spoilt row is always an extra one under a reference of its own: it must be rejected, and nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from oms_core.twin.book import MARKETPLACE_FEED, POS_FEED, Row
from oms_core.twin.state import NetworkState, Wire
from oms_core.twin.wire import CSV_FEEDS

#: One bad row in so many good ones (0.6 %), only on days with enough rows: a daily file stays below 4 %.
GOOD_ROWS_PER_BAD = 160
_FEWEST_ROWS_A_DAY = 26
#: One exact repetition in so many rows; those are no rejects.
ROWS_PER_REPEAT = 700

_FUTURE = "2099-01-01T12:00:00+01:00"
#: Feed: the column that tells bad rows apart, then fault, column and the text that stands there.
_CSV_FAULTS: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    MARKETPLACE_FEED: (
        "order_id",
        (
            ("negative_quantity", "quantity", "-3"),
            ("unknown_status", "status", "teleported"),
            ("price_text", "item_price", "call us"),
            ("future_date", "purchased_at", _FUTURE),
            ("missing_sku", "sku", ""),
            ("ragged", "", ""),
        ),
    ),
    POS_FEED: (
        "receipt_no",
        (
            ("price_text", "unit_price", "n/a"),
            ("future_date", "sold_at", _FUTURE),
            ("missing_sku", "sku", ""),
            ("ragged", "", ""),
        ),
    ),
    "stock_movements": (
        "movement_ref",
        (
            ("unknown_status", "kind", "teleport"),
            ("future_date", "effective_at", _FUTURE),
            ("missing_sku", "sku", ""),
            ("ragged", "", ""),
        ),
    ),
    "stock_counts": (
        "count_ref",
        (("negative_quantity", "counted_quantity", "-7"), ("missing_sku", "sku", ""), ("ragged", "", "")),
    ),
    "purchase_orders": (
        "po_ref",
        (("unknown_status", "status", "perhaps"), ("price_text", "unit_cost_minor", "tba"), ("ragged", "", "")),
    ),
}


def _negative(order: Wire) -> None:
    order["line_items"][0]["quantity"] = -2


def _price_text(order: Wire) -> None:
    order["line_items"][0]["price"] = "free"


def _future(order: Wire) -> None:
    order["created_at"] = order["updated_at"] = _FUTURE


def _missing_sku(order: Wire) -> None:
    order["line_items"][0]["sku"] = None


_ORDER_FAULTS: tuple[tuple[str, Callable[[Wire], None]], ...] = (
    ("negative_quantity", _negative),
    ("price_text", _price_text),
    ("future_date", _future),
    ("missing_sku", _missing_sku),
)


def is_due(state: NetworkState, counter: str, rows: int, every: int) -> bool:
    """Whether a feed has had enough rows since its last planted one; `rows` more come today."""
    state.counters[counter] = state.counters.get(counter, 0) + rows
    if state.counters[counter] < every or rows < _FEWEST_ROWS_A_DAY:
        return False
    state.counters[counter] = 0
    return True


def spoil_row(state: NetworkState, feed: str, row: Row) -> tuple[str, Row] | None:
    """A bad row made from a good one, with its fault; None for a feed that is kept clean."""
    if feed not in _CSV_FAULTS:
        return None
    reference, faults = _CSV_FAULTS[feed]
    number = state.next_number(f"bad {feed}")
    fault, column, text = faults[(number - 1) % len(faults)]
    columns = CSV_FEEDS[feed][1]
    cells: list[Any] = list(row)
    cells[columns.index(reference)] = f"BAD-{number:06d}"
    if not column:
        return fault, tuple(cells[: len(cells) // 2])
    cells[columns.index(column)] = text
    return fault, tuple(cells)


def spoil_order(state: NetworkState, order: Wire) -> tuple[str, Wire]:
    """A bad order of one line made from a good one, with its fault."""
    number = state.next_number("bad order")
    spoilt = deepcopy(order)
    spoilt["id"], spoilt["name"] = 8_000_000_000 + number, f"#BAD-{number}"
    spoilt["line_items"] = spoilt["line_items"][:1]
    spoilt["line_items"][0]["id"] = 8_500_000_000 + number
    fault, change = _ORDER_FAULTS[(number - 1) % len(_ORDER_FAULTS)]
    change(spoilt)
    return fault, spoilt
