"""The story that the dbt tests read: ten days of a small network.

Belongs here: what happens. Does not belong here: the golden fixtures' cases (`golden_cases`), what is learnt later
(`late_news`), how rows are told and written (`rows`, `conftest`), what must come out (the tests).
"""

from __future__ import annotations

from typing import Any

from tests.dbt import confirmations, golden_cases
from tests.dbt.rows import Rows, ahead, late_on, move, noon_of, on


def tell(raw: Rows) -> None:
    """Days 0 to 9."""
    _stock(raw)
    _documents(raw)
    _orders(raw)
    _credits(raw)
    _short_picks(raw)
    _inspections(raw)
    _counts_again(raw)
    _returns_to_inspect(raw)
    _clearing(raw)
    _drop_shipper(raw)
    _exchange(raw)
    _lapses(raw)
    golden_cases.edits(raw)
    golden_cases.quantities(raw)
    _own_orders(raw)
    _forgotten_orders(raw)
    confirmations.tell(raw)
    _astray(raw)
    _numbered_alike(raw)
    _waves(raw)
    golden_cases.lines(raw)
    golden_cases.words(raw)
    golden_cases.availability(raw)
    golden_cases.kept_back(raw)
    golden_cases.segments(raw)
    golden_cases.pre_sales(raw)
    _pre_sales(raw)
    golden_cases.events(raw)
    _foreign_refunds(raw)
    raw.add("feed_files", 1, feed="story", file_sha256="f1", file_name="a.csv", record_count=3, accepted_count=2,
            quarantined_count=1)  # fmt: skip
    raw.add("quarantine", 1, file_sha256="f1", file_name="a.csv", row_number=2, reason_code="negative", reason="r1")
    raw.add("quarantine", 1, file_sha256="f1", file_name="a.csv", row_number=2, reason_code="negative", reason="r2")
    raw.add("allocation_runs", 2, run_id="run-1", solver="optimise", cost_minor=1020, bound_minor=1000)
    raw.add("allocation_runs", 4, run_id="run-2", solver="greedy", cost_minor=700)
    for day in (1, 5, 8):
        raw.add("forecasts", day, run_id=f"run-{day}", sku="A", location_id="WH1", origin_date=on(day),
                horizon_days=1, quantile=0.5)  # fmt: skip
        for sku, place, channel, mean in (("A", "WH1", "web", 1.5), ("A", "WH1", "pos", 0.25), ("A", "WH2", "web", 2.0),
                                          ("B", "WH2", "web", 1.0), ("ZZZ", "WH1", "web", 0.5)):  # fmt: skip
            raw.add("forecast_means", day, run_id=f"run-{day}", sku=sku, location_id=place, channel_id=channel,
                    origin_date=on(day), target_date=on(day + 1), qty_mean=mean)  # fmt: skip


def _stock(raw: Rows) -> None:
    move(raw, 0, "open-A", "opening", 100)
    move(raw, 0, "open-B", "opening", 40, sku="B", location_id="WH2")
    move(raw, 0, "open-ST1", "opening", 20, location_id="ST1")
    move(raw, 2, "t1", "transfer_out", 5, counterparty_location_id="ST1")
    move(raw, 3, "t1", "transfer_in", 5, location_id="ST1", counterparty_location_id="WH1")
    move(raw, 4, "waste", "adjustment", -3, reason="broken")
    # In Tokyo the day after the story's last one has begun.
    move(raw, 1, "open-TY", "opening", 10, sku="TY", location_id="TYO")
    move(raw, 9, "next-day-TY", "adjustment", -4, hour=16, sku="TY", location_id="TYO", business_date=on(10))
    # For how much of its day the shelf is empty depends on where the day begins.
    move(raw, 1, "open-TZ", "opening", 3, hour=6, sku="TZ", location_id="TYO")
    move(raw, 1, "gone-TZ", "adjustment", -3, hour=10, sku="TZ", location_id="TYO")
    for day, rank in ((0, 0), (5, 9)):
        raw.add("locations", day, location_id="WH0", name="WH0", kind="warehouse", country="DE", region="south",
                timezone="Europe/Berlin", ships_orders=True, sourcing_rank=rank)  # fmt: skip
    move(raw, 4, "waste", "adjustment", -4, reason="the same document, delivered again", known=late_on(6))
    raw.add("stock_counts", 5, count_ref="k1", counted_quantity=90)
    raw.add("stock_counts", 6, count_ref="k2", counted_quantity=35, sku="B", location_id="WH2")
    # Nobody believes in more than two missing here, until somebody has looked.
    raw.add("availability_rules", 1, rule="count_tolerance", location_id="ST1", value=2)
    move(raw, 1, "open-H", "opening", 20, sku="H", location_id="ST1")
    raw.add("stock_counts", 6, count_ref="k3", counted_quantity=12, sku="H", location_id="ST1")
    raw.add("purchase_orders", 1, po_ref="P1", quantity=50, expected_date=on(8))
    raw.add("purchase_orders", 1, po_ref="P1", line_ref="2", quantity=10, expected_date=on(20))
    raw.add("purchase_orders", 1, po_ref="P2", quantity=30, expected_date=on(15), status="cancelled")
    # The golden case of seven promised and four protected of ten: the first unit to come is missing already.
    raw.add("purchase_orders", 1, po_ref="PG", sku="AV9", quantity=5, expected_date=on(20))
    move(raw, 8, "r1", "receipt", 20, po_ref="P1")
    for day, hour, kind, quantity in ((1, 6, "opening", 2), (3, 12, "adjustment", -2), (5, 17, "receipt", 5),
                                      (5, 20, "adjustment", -5)):  # fmt: skip
        move(raw, day, f"OUT-{day}-{hour}", kind, quantity, hour=hour, sku="OUT", location_id="ST1")


def _own_orders(raw: Rows) -> None:
    """Orders of ours: nobody has spoken of some, a feed or a place of others, and some came to an end."""
    due = {"expected_date": on(12), "quantity": 10}
    raw.add("supply_orders", 4, export_id="p1", order_ref="PO-1", sku="OWN1", **due)
    move(raw, 6, "r2", "receipt", 4, sku="OWN1", po_ref="PO-1")
    raw.add("supply_orders", 4, export_id="p2", order_ref="PO-2", sku="OWN2", **due)
    raw.add("supply_orders", 4, export_id="p2", line_number=2, line_ref="ref2", order_ref="PO-2", sku="OWN3", **due)
    raw.add("purchase_orders", 5, po_ref="PO-2", line_ref="01", sku="OWN2", quantity=8, expected_date=on(13))
    raw.add("supply_orders", 0, export_id="p3", order_ref="PO-3", sku="OWN4", quantity=10, expected_date=on(-6))
    raw.add("supply_orders", 0, export_id="p4", order_ref="PO-4", sku="OWN5", quantity=10, expected_date=on(-5))
    raw.add("supply_orders", 0, export_id="p5", order_ref="PO-5", sku="OWN4", partner_id="S9", quantity=7,
            expected_date=on(-6))  # fmt: skip
    raw.add("availability_rules", 1, rule="order_patience_days", supplier_id="S9", value=30)
    for status in ("cancelled", "open"):
        raw.add("supply_orders", 4, export_id="p6", order_ref="PO-6", sku="OWN6", status=status, **due)
    way = {"document_type": "transfer_order", "partner_id": "WH1", "from_location_id": "WH1", "location_id": "ST1"}
    raw.add("supply_orders", 4, export_id="t1", order_ref="TR-1", sku="OWN7", **way, **due)
    raw.add("supply_orders", 4, export_id="t1", line_number=2, line_ref="ref2", order_ref="TR-1", sku="OWN8", **way,
            **due)  # fmt: skip
    move(raw, 0, "open-OWN8", "opening", 20, sku="OWN8")
    move(raw, 8, "TR-1", "transfer_out", 9, sku="OWN8", counterparty_location_id="ST1")

    # Two that a 944 ends, which names the order and not what the sender called its movement; one has left again since.
    for number, sku in ((3, "OWN9"), (4, "OWN10")):
        raw.add("supply_orders", 4, export_id=f"t{number}", order_ref=f"TR-{number}", sku=sku, **way, **due)
        move(raw, 0, f"open-{sku}", "opening", 20, sku=sku)
        if sku == "OWN9":
            move(raw, 6, "TR-3", "transfer_out", 6, line_ref="SHP1", sku=sku, counterparty_location_id="ST1")
            move(raw, 9, "TR-3", "transfer_out", 2, line_ref="SHP2", sku=sku, counterparty_location_id="ST1")
        move(raw, 8, f"RC-{number}", "transfer_in", 5, sku=sku, location_id="ST1", counterparty_location_id="WH1",
              po_ref=f"TR-{number}")  # fmt: skip


def _forgotten_orders(raw: Rows) -> None:
    """Open in the supplier's file, and never spoken of again: one for too long, one until today, one that was
    stated anew, one of a supplier that is waited for longer."""
    for number, due, stated, values in ((1, -52, -70, {}), (2, -51, -70, {}), (3, -60, -51, {}),
                                        (4, -52, -70, {"supplier_id": "S9"})):  # fmt: skip
        raw.add("purchase_orders", -70, known=late_on(stated), po_ref=f"P-OLD{number}", sku="FORGOTTEN",
                quantity=number, expected_date=on(due), **values)  # fmt: skip
    raw.add("availability_rules", 1, rule="supply_patience_days", supplier_id="S9", value=90)


def _astray(raw: Rows) -> None:
    """Receipts at another place than their orders name, of an order for one place, and of one for two; and a receipt of
    a line that is cancelled."""
    for ref, place, quantity in (("P-ELSE", "WH1", 10), ("P-BOTH", "WH1", 9), ("P-BOTH", "ST1", 5)):
        raw.add("purchase_orders", 1, po_ref=ref, line_ref=place, sku=ref[2:], location_id=place, quantity=quantity,
                expected_date=on(12))  # fmt: skip
    for place, status in (("WH1", "cancelled"), ("ST1", "open")):
        raw.add("purchase_orders", 1, po_ref="P-HALF", line_ref=place, sku="HALF", location_id=place, quantity=10,
                expected_date=on(12), status=status)  # fmt: skip
    move(raw, 5, "r-HALF", "receipt", 4, sku="HALF", po_ref="P-HALF")
    move(raw, 5, "r-ELSE", "receipt", 7, sku="ELSE", location_id="ST1", po_ref="P-ELSE")
    move(raw, 5, "r-BOTH", "receipt", 8, sku="BOTH", location_id="ST1", po_ref="P-BOTH")


def _numbered_alike(raw: Rows) -> None:
    """A number of the store's own; its sender's own of the same number comes with the late news."""
    move(raw, 1, "open-NUM", "opening", 20, sku="NUM", location_id="ST1")
    move(raw, 2, "N-7", "transfer_out", 3, sku="NUM", location_id="ST1", counterparty_location_id="WH1")


def _lapses(raw: Rows) -> None:
    """Each says it in a way of its own: two senders by one number, a receiver by its lines, a supplier who is
    late, a channel that credits more than has not left, and one that cancels twice, or takes it back."""
    move(raw, 2, "T-7", "transfer_out", 5, sku="LT", counterparty_location_id="ST1")
    move(raw, 3, "T-7", "transfer_in", 5, sku="LT", line_ref="9", location_id="ST1", counterparty_location_id="WH1")
    move(raw, 1, "open-LT", "opening", 6, sku="LT", location_id="WH2")
    move(raw, 2, "T-7", "transfer_out", 6, sku="LT", location_id="WH2", counterparty_location_id="ST1")
    move(raw, 2, "T-8", "transfer_out", 7, sku="LT", counterparty_location_id="ST1")
    move(raw, 3, "T-8", "transfer_in", 4, sku="LT", location_id="WH2", counterparty_location_id="ST1")
    raw.add("purchase_orders", 1, po_ref="P-DUE", sku="LP", quantity=9, expected_date=on(-5))
    raw.add("order_lines", 1, order_ref="P-DUE", sku="LP", quantity=1)
    raw.add("allocations", 4, order_ref="P-DUE", sku="LP", run_id="run-2", decision="backordered", quantity=1)
    raw.add("order_lines", 1, order_ref="both", sku="LC", quantity=5)
    move(raw, 2, "both", "shipment", 3, sku="LC", channel_id="web", order_ref="both", order_line_ref="1")
    raw.add("order_adjustments", 3, adjustment_ref="both", order_ref="both", order_line_ref="1", sku="LC", quantity=3)
    for ref in ("psp", "shop"):
        raw.add("order_events", 4, source_id=ref, event_ref="both", event_type="refunded", quantity=3, channel_id="web",
                order_ref="both", order_line_ref="1", amount_minor=750)  # fmt: skip
    # Sent two hours before it was ordered, by its place's clock; expired, and reserved there again.
    raw.add("order_lines", 1, order_ref="early", sku="LC", quantity=1)
    move(raw, 1, "early", "shipment", 1, sku="LC", hour=10, channel_id="web", order_ref="early", order_line_ref="1")
    raw.add("order_lines", 1, order_ref="again", sku="LC", quantity=5)
    for run_id, decision in (("run-1", "allocated"), ("run-2", "expired"), ("run-2", "allocated")):
        raw.add("allocations", 2 if run_id == "run-1" else 4, order_ref="again", sku="LC", run_id=run_id,
                decision=decision, location_id="WH1", quantity=5)  # fmt: skip
    move(raw, 5, "again", "shipment", 5, sku="LC", channel_id="web", order_ref="again", order_line_ref="1")
    # Its place has shipped more than it was to by the time that a run allocates the rest there.
    raw.add("order_lines", 1, order_ref="beyond", sku="LC", quantity=6)
    for run_id, day in (("run-1", 2), ("run-2", 4)):
        raw.add("allocations", day, order_ref="beyond", sku="LC", run_id=run_id, decision="allocated",
                location_id="WH1", quantity=2)  # fmt: skip
    move(raw, 3, "beyond", "shipment", 4, sku="LC", channel_id="web", order_ref="beyond", order_line_ref="1")
    for ref, day, status in (("said-twice", 1, "cancelled"), ("taken-back", 1, "cancelled"), ("taken-back", 2, "open")):
        raw.add("order_lines", day, order_ref=ref, sku="LC", quantity=4, line_status=status)
    raw.add("order_adjustments", 3, adjustment_ref="again", order_ref="said-twice", order_line_ref="1", sku="LC",
            quantity=3)  # fmt: skip
    # Both tell of what came back, the place of one more; it had looked at what it tells of.
    raw.add("order_lines", 1, order_ref="told-twice", sku="LR", quantity=4)
    line = {"channel_id": "web", "order_ref": "told-twice", "order_line_ref": "1", "sku": "LR"}
    move(raw, 0, "open-LR", "opening", 10, sku="LR")
    move(raw, 2, "out-LR", "shipment", 4, **line)
    raw.add("order_adjustments", 4, adjustment_ref="LR", kind="returned", quantity=2, location_id="WH1", **line)
    move(raw, 5, "back-LR", "return", 3, disposition="blocked", **line)
    # Counted and right; below zero since the ninth day.
    raw.add("products", 0, sku="LB", description="LB", category="things", unit_price_minor=250)
    move(raw, 0, "open-LB", "opening", 10, sku="LB")
    raw.add("stock_counts", 2, count_ref="k-LB", sku="LB", counted_quantity=10)
    move(raw, 8, "out-LB", "adjustment", -13, sku="LB")
    # Nobody has heard of the place for days; what it promised may not be there.
    for rule, value in (("stale_days", 3), ("doubt_share", 1)):
        raw.add("availability_rules", 1, rule=rule, location_id="QUIET", value=value)
    move(raw, 1, "open-LD", "opening", 10, sku="LD", location_id="QUIET")
    raw.add("order_lines", 1, order_ref="quiet", sku="LD", quantity=8)
    raw.add("allocations", 2, order_ref="quiet", sku="LD", run_id="run-1", decision="allocated", location_id="QUIET",
            quantity=8)  # fmt: skip
    raw.add("purchase_orders", 1, po_ref="P-LD", sku="LD", location_id="QUIET", quantity=10, expected_date=on(12))
    # Two places that a partner's feed tells of: one's is stopped by a held file, the other's was.
    for place, state in (("STOPPED", "stopped"), ("FLOWING", "flowing")):
        for rule, value in (("failing_share", 1), ("doubt_share", 0.5), ("reservation_days", 5)):
            raw.add("availability_rules", 1, rule=rule, location_id=place, value=value)
        move(raw, 1, f"open-{place}", "opening", 20, sku="LN", location_id=place, feed=f"feed-{place}")
        raw.add("order_lines", 1, order_ref=place, sku="LN", quantity=8)
        raw.add("allocations", 2, order_ref=place, sku="LN", run_id="run-1", decision="allocated", location_id=place,
                quantity=8)  # fmt: skip
        for day, run, said in ((4, "run-1", "stopped"), (8, "run-2", state)):
            raw.add("feed_stops", day, stopped_feed=f"feed-{place}", state=said, run_id=run, stopped_by="half.csv")
    # As the first of them, but no rule says what that is to mean.
    move(raw, 1, "open-UNRULED", "opening", 20, sku="LN", location_id="UNRULED", feed="feed-STOPPED")
    # Counted at a place that no master data knows.
    raw.add("stock_counts", 3, count_ref="k-where", sku="LP", location_id="NOWHERE", counted_quantity=7)


def _waves(raw: Rows) -> None:
    """Promised on the fourth day, to be told on the tenth; of one line a part was told before."""
    for place in ("WH1", "WH2"):
        move(raw, 0, f"open-W-{place}", "opening", 50, sku="W", location_id=place)
    for name, quantity in (("told", 5), ("moved", 3), ("more", 5), ("gone", 4)):
        raw.add("order_lines", 1, order_ref=f"wave-{name}", sku="W", quantity=quantity)
        raw.add("allocations", 4, order_ref=f"wave-{name}", sku="W", run_id="run-2", decision="allocated",
                location_id="WH1", quantity=2 if name == "more" else quantity, release_due_at=noon_of(10))  # fmt: skip
    raw.add("allocations", 2, order_ref="wave-more", sku="W", run_id="run-1", decision="allocated", location_id="WH1",
            quantity=3)  # fmt: skip

    # A place that has five days from the day on which it is told.
    raw.add("order_lines", 1, order_ref="wave-patient", sku="W", quantity=1)
    raw.add("allocations", 4, order_ref="wave-patient", sku="W", run_id="run-2", decision="allocated",
            location_id="WH2", quantity=1, release_due_at=noon_of(10))  # fmt: skip


def _orders(raw: Rows) -> None:
    raw.add("order_lines", 1, order_ref="restated", quantity=10)
    raw.add("order_lines", 1, order_ref="restated", quantity=8, known=late_on(3), discount_minor=101)
    raw.add("order_lines", 2, order_ref="s1", channel_id="pos", quantity=2, location_id="ST1", ship_to_region=None,
            line_status="fulfilled", fulfilment_method="carry_out", customer_key=None)  # fmt: skip
    raw.add("order_lines", 2, order_ref="held", quantity=4, line_status="held", status_reason="fraud check")
    raw.add("order_lines", 2, order_ref="unknown-sku", sku="ZZZ", quantity=1, ship_to_region="nowhere")
    raw.add("order_lines", 2, order_ref="crossed", quantity=5, ship_to_region="south")
    raw.add("allocations", 2, order_ref="crossed", run_id="run-1", decision="allocated", location_id="WH1", quantity=5)
    move(raw, 3, "crossed", "shipment", 3, sku="B", location_id="WH2", channel_id="web", order_ref="crossed",
          order_line_ref="1", lot_ref="L-07", carrier="UPSN", tracking_ref="1Z 999")  # fmt: skip
    move(raw, 3, "orphan", "shipment", 1, channel_id="web", order_ref="never-seen", order_line_ref="1")
    raw.add("order_lines", 2, order_ref="waiting", quantity=9)
    for day, run in ((2, "run-1"), (4, "run-2")):
        raw.add("allocations", day, order_ref="waiting", run_id=run, decision="backordered", quantity=9,
                reason_code="no_stock", reason=f"none left on day {day}")  # fmt: skip
    for preference, substitute in ((1, "C"), (2, "AV2"), (3, "AV1")):
        raw.add("substitutes", 1, sku="A", substitute_sku=substitute, preference=preference)
    raw.add(
        "products", 1, sku="G2", description="successor", category="things", unit_price_minor=250, supersedes_sku="G"
    )
    for day, kind in ((2, "one_off"), (4, "none")):
        raw.add("demand_repairs", day, run_id=f"run-{day}", demand_date=on(1), sku="A", location_id="WH1", kind=kind)
    raw.add("demand_repairs", 4, run_id="run-4", demand_date=on(2), sku="A", location_id="WH1", kind="stocked_out")
    for day, share in ((1, 0.2), (3, 0.3)):
        raw.add("planned_events", day, event_ref="offer", kind="promotion", discount_share=share, sku="A",
                first_date=on(12), last_date=on(14))  # fmt: skip
    raw.add("planned_events", 1, event_ref="inventory", kind="closed", location_id="ST1", first_date=on(5),
            last_date=on(5))  # fmt: skip
    for number, kind in enumerate(("multiply", "set", "withdrawn"), start=1):
        raw.add("forecast_overrides", number, override_ref="promotion" if number < 3 else "gone", kind=kind, value=2,
                sku="A", first_date=on(1), last_date=on(20), reason="a campaign")  # fmt: skip
    raw.add("forecast_overrides", 1, override_ref="mistyped", kind="multiply", value=2, sku="a", first_date=on(1),
            last_date=on(20), reason="a campaign")  # fmt: skip
    raw.add("pegs", 4, order_ref="waiting", run_id="run-2", supply_ref="P1:1", quantity=9, available_date=on(10),
            promised_date=on(10))  # fmt: skip
    raw.add("order_lines", 2, order_ref="forgotten", quantity=4, promised_date=on(3))
    raw.add("allocations", 2, order_ref="forgotten", run_id="run-1", decision="allocated", location_id="WH2",
            quantity=4)  # fmt: skip
    raw.add("availability_rules", 2, rule="reservation_days", location_id="WH2", value=5)
    raw.add("exports", 2, order_ref="crossed", export_id="e1", line_number=1, location_id="WH2", quantity=5,
            partner_id="WH2", control_number=7)  # fmt: skip
    raw.add("acknowledgements", 3, partner_id="WH2", acknowledgement_ref="997-2", document_ref="7", status="accepted")
    raw.add("acknowledgements", 4, partner_id="WH2", acknowledgement_ref="late", document_ref="e1", status="rejected",
            reason="too late")  # fmt: skip
    raw.add("acknowledgements", 3, partner_id="WH1", acknowledgement_ref="other", document_ref="7", status="rejected")
    raw.add("order_charges", 1, order_ref="restated", amount_minor=490)


def _documents(raw: Rows) -> None:
    """Lines that are done with, told in documents of which nobody has said anything yet."""
    for number, order_ref in ((8, "answered-late"), (9, "answered-later"), (10, "void-late")):
        raw.add("order_lines", 2, order_ref=order_ref, sku="D", quantity=1, line_status="cancelled")
        raw.add("exports", 2, order_ref=order_ref, export_id=f"e{number}", line_number=1, location_id="WH2", quantity=1,
                sku="D", partner_id="WH2", control_number=number)  # fmt: skip


def _credits(raw: Rows) -> None:
    """A retailer that cancels without saying which order, and a parcel whose return both sides state."""
    raw.add("order_lines", 1, channel_id="retail", order_ref="i1", quantity=6)
    raw.add("order_lines", 2, channel_id="retail", order_ref="i2", quantity=6)
    move(raw, 3, "i2", "shipment", 6, channel_id="retail", order_ref="i2", order_line_ref="1")
    raw.add("order_adjustments", 4, channel_id="retail", adjustment_ref="C1", quantity=2, location_id="WH1")
    raw.add("order_adjustments", 4, channel_id="retail", adjustment_ref="C2", quantity=7)
    raw.add("order_adjustments", 5, channel_id="retail", adjustment_ref="C3", quantity=1, location_id="WH1", sku="B")
    raw.add("order_lines", 1, order_ref="back", quantity=3, promised_date=on(1))
    move(raw, 2, "back", "shipment", 3, channel_id="web", order_ref="back", order_line_ref="1")
    move(raw, 6, "back-again", "return", 3, channel_id="web", order_ref="back", order_line_ref="1")


def _inspections(raw: Rows) -> None:
    """Three come back blocked, to be looked at; of a receipt four are on hold."""
    order = {"channel_id": "web", "order_ref": "inspected", "order_line_ref": "1"}
    move(raw, 0, "open-RB", "opening", 10, sku="RB")
    raw.add("order_lines", 1, order_ref="inspected", sku="RB", quantity=4)
    move(raw, 2, "inspected", "shipment", 4, sku="RB", **order)
    move(raw, 5, "inspected-back", "return", 3, sku="RB", disposition="blocked", **order)
    move(raw, 6, "r-RB", "receipt", 9, sku="RB")
    move(raw, 6, "hold-RB", "block", 4, sku="RB", reason="on hold")
    raw.add("stock_counts", 7, count_ref="k-RB", counted_quantity=17, sku="RB")


def _counts_again(raw: Rows) -> None:
    """Nobody believes in more than two missing in ST1. HC: counted again, and it is so. HR: the ledger was right."""
    for sku, second in (("HC", 12), ("HR", 20)):
        move(raw, 1, f"open-{sku}", "opening", 20, sku=sku, location_id="ST1")
        raw.add("stock_counts", 4, count_ref=f"first-{sku}", counted_quantity=11, sku=sku, location_id="ST1")
        raw.add("count_reviews", 5, count_ref=f"first-{sku}", location_id="ST1", sku=sku, decision="rejected",
                reason="count again")  # fmt: skip
        raw.add("stock_counts", 7, count_ref=f"second-{sku}", counted_quantity=second, sku=sku, location_id="ST1")


def _returns_to_inspect(raw: Rows) -> None:
    """ST1 is to look at what comes back, as of the fourth day: what it says nothing of, and what a channel says."""
    raw.add("availability_rules", 3, rule="inspect_returns", location_id="ST1", value=1)
    raw.add("availability_rules", 3, rule="inspect_returns", location_id="ST1", sku="RN", value=0)
    for sku in ("RI", "RN"):
        move(raw, 0, f"open-{sku}", "opening", 10, sku=sku, location_id="ST1")
        move(raw, 2, f"early-{sku}", "return", 1, sku=sku, location_id="ST1")
        move(raw, 5, f"back-{sku}", "return", 2, sku=sku, location_id="ST1")
    move(raw, 5, "elsewhere-RI", "return", 2, sku="RI")
    move(raw, 6, "good-RI", "return", 4, sku="RI", location_id="ST1", disposition="sellable")
    raw.add("order_adjustments", 6, adjustment_ref="RI", kind="returned", quantity=3, sku="RI", location_id="ST1")
    move(raw, 8, "looked-at-RI", "unblock", 1, sku="RI", location_id="ST1")
    # Somebody forgets the rule: what came back under it stays where it lies.
    raw.add("availability_rules", 9, rule="inspect_returns", location_id="ST1", value=0)


def _clearing(raw: Rows) -> None:
    """Of five that were sent two are missing, of which one came under a number that nobody knows; four are under way,
    and a supplier owes six of ten."""
    raw.add("availability_rules", 1, rule="clearing_days", location_id="ST1", value=5)
    way = {"sku": "CL", "counterparty_location_id": "ST1"}
    back = {"sku": "CL", "location_id": "ST1", "counterparty_location_id": "WH1"}
    move(raw, 0, "open-CL", "opening", 20, sku="CL")
    move(raw, 1, "T-old", "transfer_out", 5, **way)
    move(raw, 2, "T-old", "transfer_in", 3, **back)
    move(raw, 7, "T-new", "transfer_out", 4, **way)
    move(raw, 8, "odd", "transfer_in", 1, **back)
    raw.add("purchase_orders", 1, po_ref="P-CL", sku="CL", quantity=10, expected_date=on(4))
    move(raw, 4, "r-CL", "receipt", 4, sku="CL", po_ref="P-CL")


def _drop_shipper(raw: Rows) -> None:
    """He has thirty where his word was forty; four more are ours."""
    raw.add("locations", 0, location_id="DROP", name="DROP", kind="drop_shipper", country="DE", region="nowhere",
            timezone="Europe/Berlin", ships_orders=False, sourcing_rank=9)  # fmt: skip
    raw.add("products", 0, sku="DS", description="DS", category="things", unit_price_minor=250)
    move(raw, 1, "open-DS", "adjustment", 40, sku="DS", location_id="DROP")
    move(raw, 1, "open-DS", "opening", 4, sku="DS")
    raw.add("stock_counts", 5, count_ref="k-DS", counted_quantity=30, sku="DS", location_id="DROP")


def _exchange(raw: Rows) -> None:
    """An order of three lines that wait for three things; one that is sent for goods that came back."""
    for number, values in enumerate(
        ({"line_status": "cancelled"}, {}, {"line_status": "held", "status_reason": "payment"})
    ):
        raw.add("order_lines", 8, order_ref="several", line_ref=str(number), sku="EX", quantity=1, **values)
    raw.add("order_lines", 8, order_ref="sent-for-it", sku="EX", quantity=1)


def _short_picks(raw: Rows) -> None:
    """ST1 has ten by its books; two could not be found, and one more that a count has looked for since."""
    for sku, quantity in (("SP", 2), ("SQ", 1)):
        line = {"order_ref": f"short-{sku}", "sku": sku}
        move(raw, 0, f"open-{sku}", "opening", 10, sku=sku, location_id="ST1")
        raw.add("order_lines", 1, quantity=5, **line)
        raw.add("allocations", 2, run_id="run-1", decision="allocated", location_id="ST1", quantity=5, **line)
        _short_pick(raw, 3, f"short-{sku}", line["order_ref"], quantity)
    _short_pick(raw, 3, "wrong", "short-SP", 3)
    _short_pick(raw, 4, "right", "short-SP", 0, corrects_ref="wrong")
    raw.add("stock_counts", 5, count_ref="k-SQ", sku="SQ", location_id="ST1", counted_quantity=10)
    # Another plan for it had been replaced before ST1 was told: what is short is of the one after.
    line = {"order_ref": "short-SR", "sku": "SR"}
    move(raw, 0, "open-SR", "opening", 10, sku="SR", location_id="ST1")
    raw.add("order_lines", 1, quantity=5, **line)
    for run_id, decision in (("run-1", "allocated"), ("run-2", "expired"), ("run-2", "allocated")):
        raw.add("allocations", 2 if run_id == "run-1" else 4, run_id=run_id, decision=decision, location_id="ST1",
                quantity=5, release_due_at=noon_of(20), **line)  # fmt: skip
    _short_pick(raw, 5, "short-SR", "short-SR", 2)


def _short_pick(raw: Rows, day: int, ref: str, order_ref: str, quantity: int, **values: Any) -> None:
    raw.add("order_events", day, source_id="ST1", event_ref=ref, event_type="short_picked", channel_id="web",
            order_ref=order_ref, order_line_ref="1", quantity=quantity, location_id="ST1", **values)  # fmt: skip


def _pre_sales(raw: Rows) -> None:
    for ref, quantity in (("ahead", 6), ("behind", 2)):
        raw.add("order_lines", 3, order_ref=ref, sku="AHEAD", quantity=quantity)
        raw.add("allocations", 4, order_ref=ref, sku="AHEAD", run_id="run-2", decision="backordered",
                quantity=quantity)  # fmt: skip
        ahead(raw, 4, ref, "P-AHEAD:1", quantity, sku="AHEAD")


def _foreign_refunds(raw: Rows) -> None:
    """A payment provider that says in which currency it refunds."""
    for number, currency in enumerate(("EUR", "USD"), start=1):
        raw.add("order_events", 4, source_id="psp", event_ref=f"refund-{number}", event_type="refunded", quantity=1,
                channel_id="web", order_ref="back", order_line_ref="1", amount_minor=70 * number, currency=currency,
                reason="too late")  # fmt: skip
