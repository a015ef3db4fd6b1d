"""The story's chapter of what suppliers promise and ship of purchase orders: less, later, in parts, refused, doubled,
taken back, corrected, out of order, of orders that others keep, and of none that we know.

Belongs here: what happens, and the late news of it. Does not belong here: what must come out (`test_confirmations`).
"""

from __future__ import annotations

from typing import Any

from tests.dbt.rows import Rows, late_on, move, on


def _ordered(raw: Rows, case: str, day: int = 4) -> None:
    raw.add("supply_orders", day, export_id=f"x{case}", order_ref=f"PO-{case}", sku=case, line_ref="ref", quantity=40,
            expected_date=on(12))  # fmt: skip


def _promised(raw: Rows, day: int, case: str, *parts: tuple[int, int | None], **values: Any) -> None:
    for number, (quantity, due) in enumerate(parts, start=1):
        named = {"po_ref": f"PO-{case}", "statement_ref": f"c{day}", "reason": "855 IQ"} | values
        raw.add("supplier_confirmations", day, kind="promised", part_number=number, quantity=quantity,
                expected_date=None if due is None else on(due), **named)  # fmt: skip


def _shipped(raw: Rows, day: int, case: str, quantity: int, due: int | None, ref: str = "s1", **values: Any) -> None:
    raw.add("supplier_confirmations", day, kind="shipped", statement_ref=f"{case}-{ref}", po_ref=f"PO-{case}",
            quantity=quantity, expected_date=None if due is None else on(due), shipped_date=on(day),
            **values)  # fmt: skip


def tell(raw: Rows) -> None:
    """What suppliers say within the first ten days."""
    ours = ("LESS", "PARTS", "NONE", "LATE", "SENT", "FIXED", "CAME", "BACK", "MORE", "WRONG")
    for case in ours:
        _ordered(raw, f"C{case}")
    _promised(raw, 5, "CLESS", (30, 15))
    _promised(raw, 5, "CPARTS", (30, 20), (10, 13))
    _promised(raw, 5, "CNONE", (0, None))
    # The younger word comes first; an older one, and a part that the younger one leaves out, come after it.
    _promised(raw, 7, "CLATE", (30, 15), known=late_on(7))
    _promised(raw, 6, "CLATE", (20, 13), (5, 14), known=late_on(8))
    _promised(raw, 5, "CSENT", (30, 15))
    _shipped(raw, 7, "CSENT", 20, 14, tracking_ref="1Z9")
    move(raw, 8, "r-CSENT", "receipt", 8, sku="CSENT", po_ref="PO-CSENT")
    # Told twice, corrected, and the first wording once more.
    for day, quantity, known in ((6, 20, 6), (6, 20, 7), (7, 15, 8), (6, 20, 9)):
        _shipped(raw, day, "CFIXED", quantity, None, known=late_on(known))
    _shipped(raw, 8, "CFIXED", 3, 16, ref="s2")
    move(raw, 6, "r-CCAME", "receipt", 20, sku="CCAME", po_ref="PO-CCAME")
    _shipped(raw, 5, "CCAME", 20, 6, known=late_on(8))
    _shipped(raw, 5, "CBACK", 20, 9)
    _shipped(raw, 6, "CBACK", 0, None)
    _shipped(raw, 7, "CMORE", 45, 11)
    _promised(raw, 6, "CWRONG", (1, 30), supplier_id="S9")
    _promised(raw, 5, "CNOBODY", (12, 14))
    # Of orders that another system keeps, which repeats one, and says something new of the other.
    for case in ("CKEPT", "CANEW"):
        for day, quantity in ((4, 40), (8, 40 if case == "CKEPT" else 35)):
            raw.add("purchase_orders", day, po_ref=f"PO-{case}", line_ref="ref", sku=case, quantity=quantity,
                    expected_date=on(12 if quantity == 40 else 18))  # fmt: skip
        _promised(raw, 6, case, (25, 16))
    _shipped(raw, 9, "CANEW", 20, 17)


def tell_late(raw: Rows) -> None:
    """What is learnt in the days after: promises taken up again, an old one, an order that its promise waited for."""
    _promised(raw, 11, "CNONE", (40, 19))
    _promised(raw, 4, "CLESS", (40, 12), known=late_on(11))
    _shipped(raw, 10, "CLESS", 30, None)
    move(raw, 12, "r-CLESS", "receipt", 30, sku="CLESS", po_ref="PO-CLESS")
    _ordered(raw, "CNOBODY", day=11)
