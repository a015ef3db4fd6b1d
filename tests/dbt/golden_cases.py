"""The cases of the golden fixtures, told as landed rows: each is a line, a SKU or a place of its own.

Belongs here: how a case is told. Does not belong here: what must come out (the fixture itself, and the tests).
"""

from __future__ import annotations

from datetime import datetime

from tests.dbt.rows import Rows, ahead, desk, golden, move, on


def edits(raw: Rows) -> None:
    """What the order desk edits of a line for the north, and when its channel states it."""
    for case in golden("line_edits.csv"):
        ref = f"edit-{case['case']}"
        at = datetime.fromisoformat(f"2026-03-02T{int(case['stated_hour']):02d}:00:00+00:00")
        raw.add("order_lines", 1, 1, order_ref=ref, sku="GE", quantity=1, updated_at=at)
        for part, name in enumerate(("edited", "earlier")):
            if case[name]:
                desk(raw, 1, ref, part, "edited", hour=int(case[f"{name}_hour"]), ship_to_region=case[name])


def quantities(raw: Rows) -> None:
    """What is edited of a line's quantity, and what its channel credits an hour before and after that."""
    for case in golden("line_quantities.csv"):
        ref = f"edited-{case['case']}"
        at = datetime.fromisoformat(f"2026-03-02T{int(case['stated_hour']):02d}:00:00+00:00")
        raw.add("order_lines", 1, 1, order_ref=ref, sku="GQ", quantity=int(case["qty_stated"]), discount_minor=60,
                tax_minor=300, updated_at=at)  # fmt: skip
        if case["qty_edited"]:
            desk(raw, 1, ref, 1, "edited", hour=int(case["edited_hour"]), qty_ordered=int(case["qty_edited"]))
        for name, hour in (("qty_before", 9), ("qty_since", 12)):
            if int(case[name]):
                raw.add("order_adjustments", 1, hour, adjustment_ref=f"{ref}-{hour}", order_ref=ref, order_line_ref="1",
                        sku="GQ", quantity=int(case[name]))  # fmt: skip
    # Raised, shipped as it was first, and the rest is cancelled: no return of what had left.
    raw.add("order_lines", 1, 1, order_ref="raised", sku="GQ", quantity=5)
    desk(raw, 1, "raised", 1, "edited", hour=3, qty_ordered=7)
    move(raw, 2, "raised", "shipment", 5, sku="GQ", channel_id="web", order_ref="raised", order_line_ref="1")
    raw.add(
        "order_adjustments", 3, adjustment_ref="raised", order_ref="raised", order_line_ref="1", sku="GQ", quantity=2
    )
    # Raised and shipped as raised: no unit too many.
    raw.add("order_lines", 1, 1, order_ref="raised-whole", sku="GQ", quantity=5)
    desk(raw, 1, "raised-whole", 1, "edited", hour=3, qty_ordered=7)
    move(raw, 2, "raised-whole", "shipment", 7, sku="GQ", channel_id="web", order_ref="raised-whole",
          order_line_ref="1")  # fmt: skip


def lines(raw: Rows) -> None:
    for number, case in enumerate(golden("line_states.csv"), start=1):
        ref, line = f"G{number}", {"sku": "G", "order_ref": f"G{number}"}
        raw.add("order_lines", 1, 1, quantity=int(case["qty_ordered"]), ship_to_region="south", **line,
                line_status="held" if case["is_held"] == "true" else "open")  # fmt: skip
        if int(case["qty_cancel_stated"]):
            raw.add("order_adjustments", 1, 2, adjustment_ref=ref, order_line_ref="1", **line,
                    quantity=int(case["qty_cancel_stated"]))  # fmt: skip
        if int(case["qty_shipped"]):
            move(raw, 2, ref, "shipment", int(case["qty_shipped"]), channel_id="web", order_line_ref="1", **line)
        if int(case["qty_allocated_ever"]):
            raw.add("allocations", 2, run_id="run-1", decision="allocated", location_id="WH1", **line,
                    quantity=int(case["qty_allocated_ever"]))  # fmt: skip
        if int(case["qty_backordered_latest"]):
            raw.add("allocations", 4, run_id="run-2", decision="backordered", **line,
                    quantity=int(case["qty_backordered_latest"]))  # fmt: skip
        if int(case["qty_pre_sold_latest"]):
            ahead(raw, 4, ref, f"P-{ref}:1", int(case["qty_pre_sold_latest"]), sku="G")


def words(raw: Rows) -> None:
    """What the order desk and the channel say of a line of ten, placed on the second day."""
    for case in golden("line_words.csv"):
        ref = f"W{case['case']}"
        at = datetime.fromisoformat(f"2026-03-02T{int(case['stated_hour']):02d}:00:00+00:00")
        raw.add("order_lines", 1, 1, order_ref=ref, sku="GW", quantity=10, line_status=case["channel_status"],
                updated_at=at)  # fmt: skip
        if int(case["qty_by_channel"]) and case["channel_status"] != "cancelled":
            raw.add("order_adjustments", 1, 2, adjustment_ref=ref, order_ref=ref, order_line_ref="1", sku="GW",
                    quantity=int(case["qty_by_channel"]))  # fmt: skip
        if case["desk_word"]:
            # An earlier word of the desk counts no more.
            other = {"held": "hold_released", "hold_released": "held"}[case["desk_word"]]
            desk(raw, 1, ref, 1, other, hour=1)
            desk(raw, 1, ref, 2, case["desk_word"], hour=int(case["desk_hour"]))
        if int(case["qty_by_desk"]):
            desk(raw, 1, ref, 3, "cancelled", int(case["qty_by_desk"]))


def availability(raw: Rows) -> None:
    raw.add("availability_rules", 1, rule="kept_back_share", location_id="WH1", value=1)
    for number, case in enumerate(golden("availability.csv"), start=1):
        sku, on_hand, reserved = f"AV{number}", int(case["qty_on_hand"]), int(case["qty_reserved"])
        blocked = int(case["qty_blocked"])
        share = int(case["qty_in_doubt"]) / max(on_hand - blocked, 1)
        place = _silent_place(raw, sku, share) if share else "WH1"
        move(raw, 1, sku, "adjustment", on_hand, sku=sku, location_id=place)
        if int(case["qty_oversell"]):
            raw.add("availability_rules", 1, rule="oversell_units", sku=sku, value=int(case["qty_oversell"]))
        if blocked:
            kind = "block" if blocked > 0 else "unblock"
            move(raw, 1, f"{sku}-{kind}", kind, abs(blocked), sku=sku, location_id=place)
        raw.add("safety_stock", 4, run_id="run-2", sku=sku, location_id=place,
                qty_safety_stock=int(case["qty_kept_back"]))  # fmt: skip
        if reserved:
            raw.add("order_lines", 1, order_ref=sku, sku=sku, quantity=reserved)
            raw.add("allocations", 2, order_ref=sku, sku=sku, run_id="run-1", decision="allocated", location_id=place,
                    quantity=reserved)  # fmt: skip


def kept_back(raw: Rows) -> None:
    """What protects a store, a warehouse, and one of which a rule keeps back half."""
    raw.add("availability_rules", 1, rule="kept_back_share", location_id="WH0", value=0.5)
    for place in ("ST1", "WH2", "WH0"):
        move(raw, 1, f"KB-{place}", "adjustment", 20, sku="KB", location_id=place)
        raw.add("safety_stock", 4, run_id="run-2", sku="KB", location_id=place, qty_safety_stock=5)


def _silent_place(raw: Rows, sku: str, doubt_share: float) -> str:
    """A location of which nobody hears after the second day, and what is held back of it for that."""
    place = f"SILENT-{sku}"
    raw.add("locations", 0, 0, location_id=place, name=place, kind="store", country="DE", region="west",
            timezone="Europe/Berlin", ships_orders=False, sourcing_rank=9)  # fmt: skip
    for rule, value in (("stale_days", 8), ("doubt_share", doubt_share)):
        raw.add("availability_rules", 1, rule=rule, location_id=place, value=value)
    return place


def segments(raw: Rows) -> None:
    cases = golden("channel_segments.csv")
    for case in cases:
        sku = f"CS{case['case']}"
        for rule, value in (("channel_share", float(case["share"])), ("channel_units", float(case["units"]))):
            raw.add("availability_rules", 1, rule=rule, channel_id=case["channel_id"], sku=sku, value=value)
    # In one order in every process: the same story, whichever worker tells it.
    for sku, quantity in sorted({(f"CS{case['case']}", int(case["qty_ats"])) for case in cases}):
        move(raw, 1, sku, "adjustment", quantity, sku=sku)
    # Of the units kept for the web from the second day on it has had three, and one came back; two are promised to it.
    move(raw, 1, "CSU", "adjustment", 20, sku="CSU")
    raw.add("availability_rules", 2, rule="channel_units", channel_id="web", sku="CSU", location_id="WH1", value=10)
    raw.add("availability_rules", 2, rule="channel_units", channel_id="web", sku="CSU", value=1)
    named = {"channel_id": "web", "order_ref": "CSU", "order_line_ref": "1", "sku": "CSU"}
    raw.add("order_lines", 1, order_ref="CSU", sku="CSU", quantity=5)
    raw.add("allocations", 2, order_ref="CSU", sku="CSU", run_id="run-1", decision="allocated", location_id="WH1",
            quantity=5)  # fmt: skip
    move(raw, 3, "CSU-1", "shipment", 3, **named)
    move(raw, 5, "CSU-2", "return", 1, **named)


def pre_sales(raw: Rows) -> None:
    cases = golden("pre_sell.csv")
    for case in cases:
        sku = f"PS{case['case']}"
        for rule, value in (("pre_sell_share", float(case["share"])), ("pre_sell_units", float(case["units"]))):
            raw.add("availability_rules", 1, rule=rule, channel_id=case["channel_id"], sku=sku, value=value)
    amounts = ("qty_supply", "qty_pegged", "qty_pre_sold")
    for sku, qty_supply, qty_pegged, qty_pre_sold in sorted(
        {(f"PS{case['case']}", *(int(case[name]) for name in amounts)) for case in cases}
    ):
        raw.add("purchase_orders", 1, po_ref=f"P-{sku}", sku=sku, quantity=qty_supply, expected_date=on(20))
        if qty_pegged:
            raw.add("order_lines", 2, order_ref=sku, sku=sku, quantity=qty_pegged)
            raw.add("allocations", 4, order_ref=sku, sku=sku, run_id="run-2", decision="backordered",
                    quantity=qty_pegged)  # fmt: skip
            ahead(raw, 4, sku, f"P-{sku}:1", qty_pegged, sku=sku, qty_pre_sold=qty_pre_sold)


def events(raw: Rows) -> None:
    for row in golden("line_events.csv"):
        ref, quantity, hour = f"E{row['case']}", int(row["quantity"]), int(row["hour"])
        named = {"channel_id": "web", "order_ref": ref, "order_line_ref": "1", "sku": "E"}
        if row["event_type"] == "placed":
            raw.add("order_lines", 1, hour, order_ref=ref, sku="E", quantity=quantity)
        elif row["event_type"] in ("shipped", "returned"):
            kind = {"shipped": "shipment", "returned": "return"}[row["event_type"]]
            move(raw, 1, f"{ref}-{hour}", kind, quantity, hour=hour, **named)
        else:
            named.pop("sku")
            raw.add("order_events", 1, hour, source_id="carrier", event_ref=f"{ref}-{hour}", quantity=quantity,
                    event_type=row["event_type"], amount_minor=100 if row["event_type"] == "refunded" else None,
                    **named)  # fmt: skip
