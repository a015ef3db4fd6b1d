"""What partners say of stock: 846 what they count, 944 what came in, 947 what they adjusted.

Belongs here: these three kinds to rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from oms_core.feeds.x12.elements import (
    DocumentRefused,
    Row,
    Source,
    at,
    base_units,
    instant,
    loops,
    only,
    sku,
    traced,
    when,
)
from oms_core.feeds.x12.envelope import Segment

#: Quantities of an 846 that count what is there: on hand, else available.
_COUNTED = ("17", "33")
#: Conditions of goods received (W13-03) that nobody can sell as they are.
_NOT_FOR_SALE = {"01": "damaged", "04": "a quality problem"}
#: Reasons of an adjustment (W19-01) that move nothing but between what is for sale and what is not.
_HOLDS = {"05": "block", "55": "unblock", "88": "unblock"}


def inventory_advice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """846: a count of every SKU that it names, in all its lines: they may be of a lot each."""
    head = only(segments, "BIA")
    counted: Counter[str] = Counter()
    for loop in loops(segments, "LIN"):
        counted[sku(loop[0][2:])] += _counted(loop)
    row = {"count_ref": head[3], "location_id": source.partner_id, **when(instant(head[4], at(head, 5)))}
    for name, units in counted.items():
        yield "stock_counts", {**row, "sku": name, "counted_quantity": units}


def _counted(loop: Sequence[Segment]) -> int:
    """Units of a line: all that it says under the first qualifier that it has."""
    for qualifier in _COUNTED:
        stated = [base_units(segment, 2, 3) for segment in loop if segment[0] == "QTY" and segment[1] == qualifier]
        if stated:
            return sum(stated)
    raise DocumentRefused(f"LIN {at(loop[0], 1)} has no quantity on hand or available (QTY 17 or 33)")


def receipt_advice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """944: a receipt a line, lot and serial, against the purchase order that W17 names; of goods from another place of
    ours (N1*SF with its id), the arrival of a transfer. What came in damaged or of bad quality is blocked."""
    head = only(segments, "W17")
    order_ref = at(head, 4)
    # Numbers of receipts begin anew, some with every order. One that names no order is known by its number alone: of a
    # transfer, it may be the sender's.
    number_of_it = ":".join((head[3], head[2], order_ref)) if order_ref else head[3]
    origin = next((at(one, 4) for one in segments if one[0] == "N1" and at(one, 1) == "SF" and at(one, 4)), None)
    for number, loop in enumerate(loops(segments, "W07"), start=1):
        row = {
            "movement_ref": number_of_it,
            "location_id": source.partner_id,
            "sku": sku(loop[0][4:8]),
            **when(instant(head[2], "")),
        }
        came = {"kind": "transfer_in", "counterparty_location_id": origin} if origin else {"kind": "receipt"}
        for place, piece in enumerate(traced(base_units(loop[0], 1, 2), at(loop[0], 8), loop), start=1):
            line_ref = str(number) if place == 1 else f"{number}/{place}"
            yield "stock_movements", {
                **row, **came, **piece.columns, "line_ref": line_ref, "po_ref": order_ref or None,
            }  # fmt: skip
        for code, condition in _NOT_FOR_SALE.items():
            units = sum(base_units(one, 1, 2) for one in loop if one[0] == "W13" and at(one, 3) == code)
            if units:
                yield "stock_movements", {
                    **row, "kind": "block", "line_ref": f"{number}-W13-{code}", "quantity": units,
                    "reason": f"944: {condition} on receipt",
                }  # fmt: skip


def adjustment_advice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """947: an adjustment a line, with its sign and its reason code; what is put on hold, or taken off it, only changes
    whether it is for sale."""
    head = only(segments, "W15")
    for number, loop in enumerate(loops(segments, "W19"), start=1):
        line = loop[0]
        text = at(line, 2)
        units = base_units((*line[:2], text.removeprefix("-"), *line[3:]), 2, 3)
        kind = _HOLDS.get(at(line, 1), "adjustment")
        yield (
            "stock_movements",
            {
                "movement_ref": f"{head[2]}:{head[1]}",
                "line_ref": str(number),
                "kind": kind,
                "location_id": source.partner_id,
                "sku": sku(line[5:]),
                "quantity": -units if kind == "adjustment" and text.startswith("-") else units,
                "reason": f"947 reason {at(line, 1)}",
                **when(instant(head[1], "")),
            },
        )
