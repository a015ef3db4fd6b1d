"""The story that the dbt tests read: ten days of a small network, and two more with late news.

Belongs here: rows. Does not belong here: how they are written (`conftest.py`), what must come out (the tests).
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"


class Rows(Protocol):
    """What the story needs of the builder."""

    def add(self, record_type: str, day: int, hour: int = 12, known: datetime | None = None, **values: Any) -> None: ...


def golden(name: str) -> list[dict[str, str]]:
    """Rows of a golden fixture."""
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tell(raw: Rows) -> None:
    """Days 0 to 9."""
    _stock(raw)
    _orders(raw)
    _credits(raw)
    _short_picks(raw)
    _inspections(raw)
    _counts_again(raw)
    _returns_to_inspect(raw)
    _clearing(raw)
    _drop_shipper(raw)
    _exchange(raw)
    _golden_edits(raw)
    _golden_quantities(raw)
    _own_orders(raw)
    _waves(raw)
    _golden_lines(raw)
    _golden_words(raw)
    _golden_availability(raw)
    _golden_segments(raw)
    _golden_pre_sales(raw)
    _pre_sales(raw)
    _golden_events(raw)
    _foreign_refunds(raw)
    raw.add("feed_files", 1, feed="story", file_sha256="f1", file_name="a.csv", record_count=3, accepted_count=2,
            quarantined_count=1)  # fmt: skip
    raw.add("quarantine", 1, file_sha256="f1", file_name="a.csv", row_number=2, reason_code="negative", reason="r1")
    raw.add("quarantine", 1, file_sha256="f1", file_name="a.csv", row_number=2, reason_code="negative", reason="r2")
    raw.add("allocation_runs", 2, run_id="run-1", solver="optimise", cost_minor=1020, bound_minor=1000)
    raw.add("allocation_runs", 4, run_id="run-2", solver="greedy", cost_minor=700)
    for day in (1, 5, 8):
        raw.add("forecasts", day, run_id=f"run-{day}", sku="A", location_id="WH1", origin_date=_day(day),
                horizon_days=1, quantile=0.5)  # fmt: skip
        for sku, place, channel, mean in (("A", "WH1", "web", 1.5), ("A", "WH1", "pos", 0.25), ("A", "WH2", "web", 2.0),
                                          ("B", "WH2", "web", 1.0), ("ZZZ", "WH1", "web", 0.5)):  # fmt: skip
            raw.add("forecast_means", day, run_id=f"run-{day}", sku=sku, location_id=place, channel_id=channel,
                    origin_date=_day(day), target_date=_day(day + 1), qty_mean=mean)  # fmt: skip


def _move(raw: Rows, day: int, ref: str, kind: str, quantity: int, **values: Any) -> None:
    raw.add("stock_movements", day, values.pop("hour", 12), movement_ref=ref, kind=kind, quantity=quantity, **values)


def _stock(raw: Rows) -> None:
    _move(raw, 0, "open-A", "opening", 100)
    _move(raw, 0, "open-B", "opening", 40, sku="B", location_id="WH2")
    _move(raw, 0, "open-ST1", "opening", 20, location_id="ST1")
    _move(raw, 2, "t1", "transfer_out", 5, counterparty_location_id="ST1")
    _move(raw, 3, "t1", "transfer_in", 5, location_id="ST1", counterparty_location_id="WH1")
    _move(raw, 4, "waste", "adjustment", -3, reason="broken")
    _move(raw, 4, "waste", "adjustment", -4, reason="the same document, delivered again", known=_late(6))
    raw.add("stock_counts", 5, count_ref="k1", counted_quantity=90)
    raw.add("stock_counts", 6, count_ref="k2", counted_quantity=35, sku="B", location_id="WH2")
    # Nobody believes in more than two missing here, until somebody has looked.
    raw.add("availability_rules", 1, rule="count_tolerance", location_id="ST1", value=2)
    _move(raw, 1, "open-H", "opening", 20, sku="H", location_id="ST1")
    raw.add("stock_counts", 6, count_ref="k3", counted_quantity=12, sku="H", location_id="ST1")
    raw.add("purchase_orders", 1, po_ref="P1", quantity=50, expected_date=_day(8))
    raw.add("purchase_orders", 1, po_ref="P1", line_ref="2", quantity=10, expected_date=_day(20))
    raw.add("purchase_orders", 1, po_ref="P2", quantity=30, expected_date=_day(15), status="cancelled")
    # The golden case of seven promised and four protected of ten: the first unit to come is missing already.
    raw.add("purchase_orders", 1, po_ref="PG", sku="AV9", quantity=5, expected_date=_day(20))
    _move(raw, 8, "r1", "receipt", 20, po_ref="P1")
    for day, hour, kind, quantity in ((1, 6, "opening", 2), (3, 12, "adjustment", -2), (5, 17, "receipt", 5),
                                      (5, 20, "adjustment", -5)):  # fmt: skip
        _move(raw, day, f"OUT-{day}-{hour}", kind, quantity, hour=hour, sku="OUT", location_id="ST1")


def _own_orders(raw: Rows) -> None:
    """Orders of ours: nobody has spoken of some, a feed or a place of others, and some came to an end."""
    due = {"expected_date": _day(12), "quantity": 10}
    raw.add("supply_orders", 4, export_id="p1", order_ref="PO-1", sku="OWN1", **due)
    _move(raw, 6, "r2", "receipt", 4, sku="OWN1", po_ref="PO-1")
    raw.add("supply_orders", 4, export_id="p2", order_ref="PO-2", sku="OWN2", **due)
    raw.add("supply_orders", 4, export_id="p2", line_number=2, line_ref="ref2", order_ref="PO-2", sku="OWN3", **due)
    raw.add("purchase_orders", 5, po_ref="PO-2", line_ref="01", sku="OWN2", quantity=8, expected_date=_day(13))
    raw.add("supply_orders", 0, export_id="p3", order_ref="PO-3", sku="OWN4", quantity=10, expected_date=_day(-6))
    raw.add("supply_orders", 0, export_id="p4", order_ref="PO-4", sku="OWN5", quantity=10, expected_date=_day(-5))
    raw.add("supply_orders", 0, export_id="p5", order_ref="PO-5", sku="OWN4", partner_id="S9", quantity=7,
            expected_date=_day(-6))  # fmt: skip
    raw.add("availability_rules", 1, rule="order_patience_days", supplier_id="S9", value=30)
    for status in ("cancelled", "open"):
        raw.add("supply_orders", 4, export_id="p6", order_ref="PO-6", sku="OWN6", status=status, **due)
    way = {"document_type": "transfer_order", "partner_id": "WH1", "from_location_id": "WH1", "location_id": "ST1"}
    raw.add("supply_orders", 4, export_id="t1", order_ref="TR-1", sku="OWN7", **way, **due)
    raw.add("supply_orders", 4, export_id="t1", line_number=2, line_ref="ref2", order_ref="TR-1", sku="OWN8", **way,
            **due)  # fmt: skip
    _move(raw, 0, "open-OWN8", "opening", 20, sku="OWN8")
    _move(raw, 8, "TR-1", "transfer_out", 9, sku="OWN8", counterparty_location_id="ST1")

    # Two that a 944 ends, which names the order and not what the sender called its movement; one has left again since.
    for number, sku in ((3, "OWN9"), (4, "OWN10")):
        raw.add("supply_orders", 4, export_id=f"t{number}", order_ref=f"TR-{number}", sku=sku, **way, **due)
        _move(raw, 0, f"open-{sku}", "opening", 20, sku=sku)
        if sku == "OWN9":
            _move(raw, 6, "TR-3", "transfer_out", 6, line_ref="SHP1", sku=sku, counterparty_location_id="ST1")
            _move(raw, 9, "TR-3", "transfer_out", 2, line_ref="SHP2", sku=sku, counterparty_location_id="ST1")
        _move(raw, 8, f"RC-{number}", "transfer_in", 5, sku=sku, location_id="ST1", counterparty_location_id="WH1",
              po_ref=f"TR-{number}")  # fmt: skip


def _waves(raw: Rows) -> None:
    """Promised on the fourth day, to be told on the tenth; of one line a part was told before."""
    for place in ("WH1", "WH2"):
        _move(raw, 0, f"open-W-{place}", "opening", 50, sku="W", location_id=place)
    for name, quantity in (("told", 5), ("moved", 3), ("more", 5), ("gone", 4)):
        raw.add("order_lines", 1, order_ref=f"wave-{name}", sku="W", quantity=quantity)
        raw.add("allocations", 4, order_ref=f"wave-{name}", sku="W", run_id="run-2", decision="allocated",
                location_id="WH1", quantity=2 if name == "more" else quantity, release_due_at=_at(10))  # fmt: skip
    raw.add("allocations", 2, order_ref="wave-more", sku="W", run_id="run-1", decision="allocated", location_id="WH1",
            quantity=3)  # fmt: skip

    # A place that has five days from the day on which it is told.
    raw.add("order_lines", 1, order_ref="wave-patient", sku="W", quantity=1)
    raw.add("allocations", 4, order_ref="wave-patient", sku="W", run_id="run-2", decision="allocated",
            location_id="WH2", quantity=1, release_due_at=_at(10))  # fmt: skip


def _late_waves(raw: Rows) -> None:
    """One place is told in time, another instead of the first, and a line is cancelled before anybody was told."""
    line = {"sku": "W", "partner_id": "WH1", "location_id": "WH1", "wave": "2026-03-11-W1"}
    raw.add("exports", 2, order_ref="wave-more", export_id="e2", line_number=1, quantity=3, **line)
    raw.add("exports", 12, order_ref="wave-more", export_id="e3", line_number=1, quantity=2, release_due_at=_at(10),
            run_id="run-3", **line)  # fmt: skip
    raw.add("exports", 12, order_ref="wave-told", export_id="e3", line_number=2, quantity=5, release_due_at=_at(10),
            run_id="run-3", **line)  # fmt: skip
    raw.add("exports", 12, order_ref="wave-patient", export_id="e4", line_number=1, quantity=1, run_id="run-3",
            release_due_at=_at(10), **line | {"partner_id": "WH2", "location_id": "WH2"})  # fmt: skip
    raw.add("allocation_runs", 12, run_id="run-3", solver="optimise")
    for decision, place, due in (("expired", "WH1", 10), ("allocated", "WH2", 20)):
        raw.add("allocations", 12, order_ref="wave-moved", sku="W", run_id="run-3", decision=decision,
                location_id=place, quantity=3, release_due_at=_at(due), reason_code="replaced")  # fmt: skip
    raw.add("order_adjustments", 11, adjustment_ref="WG", order_ref="wave-gone", order_line_ref="1", sku="W",
            quantity=4)  # fmt: skip


def _orders(raw: Rows) -> None:
    raw.add("order_lines", 1, order_ref="restated", quantity=10)
    raw.add("order_lines", 1, order_ref="restated", quantity=8, known=_late(3), discount_minor=101)
    raw.add("order_lines", 2, order_ref="s1", channel_id="pos", quantity=2, location_id="ST1", ship_to_region=None,
            line_status="fulfilled", fulfilment_method="carry_out", customer_key=None)  # fmt: skip
    raw.add("order_lines", 2, order_ref="held", quantity=4, line_status="held", status_reason="fraud check")
    raw.add("order_lines", 2, order_ref="unknown-sku", sku="ZZZ", quantity=1, ship_to_region="nowhere")
    raw.add("order_lines", 2, order_ref="crossed", quantity=5, ship_to_region="south")
    raw.add("allocations", 2, order_ref="crossed", run_id="run-1", decision="allocated", location_id="WH1", quantity=5)
    _move(raw, 3, "crossed", "shipment", 3, sku="B", location_id="WH2", channel_id="web", order_ref="crossed",
          order_line_ref="1", lot_ref="L-07", carrier="UPSN", tracking_ref="1Z 999")  # fmt: skip
    _move(raw, 3, "orphan", "shipment", 1, channel_id="web", order_ref="never-seen", order_line_ref="1")
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
        raw.add("demand_repairs", day, run_id=f"run-{day}", demand_date=_day(1), sku="A", location_id="WH1", kind=kind)
    raw.add("demand_repairs", 4, run_id="run-4", demand_date=_day(2), sku="A", location_id="WH1", kind="stocked_out")
    for day, share in ((1, 0.2), (3, 0.3)):
        raw.add("planned_events", day, event_ref="offer", kind="promotion", discount_share=share, sku="A",
                first_date=_day(12), last_date=_day(14))  # fmt: skip
    raw.add("planned_events", 1, event_ref="inventory", kind="closed", location_id="ST1", first_date=_day(5),
            last_date=_day(5))  # fmt: skip
    for number, kind in enumerate(("multiply", "set", "withdrawn"), start=1):
        raw.add("forecast_overrides", number, override_ref="promotion" if number < 3 else "gone", kind=kind, value=2,
                sku="A", first_date=_day(1), last_date=_day(20), reason="a campaign")  # fmt: skip
    raw.add("pegs", 4, order_ref="waiting", run_id="run-2", supply_ref="P1:1", quantity=9, available_date=_day(10),
            promised_date=_day(10))  # fmt: skip
    raw.add("order_lines", 2, order_ref="forgotten", quantity=4, promised_date=_day(3))
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


def _credits(raw: Rows) -> None:
    """A retailer that cancels without saying which order, and a parcel whose return both sides state."""
    raw.add("order_lines", 1, channel_id="retail", order_ref="i1", quantity=6)
    raw.add("order_lines", 2, channel_id="retail", order_ref="i2", quantity=6)
    _move(raw, 3, "i2", "shipment", 6, channel_id="retail", order_ref="i2", order_line_ref="1")
    raw.add("order_adjustments", 4, channel_id="retail", adjustment_ref="C1", quantity=2, location_id="WH1")
    raw.add("order_adjustments", 4, channel_id="retail", adjustment_ref="C2", quantity=7)
    raw.add("order_adjustments", 5, channel_id="retail", adjustment_ref="C3", quantity=1, location_id="WH1", sku="B")
    raw.add("order_lines", 1, order_ref="back", quantity=3, promised_date=_day(1))
    _move(raw, 2, "back", "shipment", 3, channel_id="web", order_ref="back", order_line_ref="1")
    _move(raw, 6, "back-again", "return", 3, channel_id="web", order_ref="back", order_line_ref="1")


def _inspections(raw: Rows) -> None:
    """Three come back blocked, to be looked at; of a receipt four are on hold."""
    order = {"channel_id": "web", "order_ref": "inspected", "order_line_ref": "1"}
    _move(raw, 0, "open-RB", "opening", 10, sku="RB")
    raw.add("order_lines", 1, order_ref="inspected", sku="RB", quantity=4)
    _move(raw, 2, "inspected", "shipment", 4, sku="RB", **order)
    _move(raw, 5, "inspected-back", "return", 3, sku="RB", disposition="blocked", **order)
    _move(raw, 6, "r-RB", "receipt", 9, sku="RB")
    _move(raw, 6, "hold-RB", "block", 4, sku="RB", reason="on hold")
    raw.add("stock_counts", 7, count_ref="k-RB", counted_quantity=17, sku="RB")


def _counts_again(raw: Rows) -> None:
    """Nobody believes in more than two missing in ST1. HC: counted again, and it is so. HR: the ledger was right."""
    for sku, second in (("HC", 12), ("HR", 20)):
        _move(raw, 1, f"open-{sku}", "opening", 20, sku=sku, location_id="ST1")
        raw.add("stock_counts", 4, count_ref=f"first-{sku}", counted_quantity=11, sku=sku, location_id="ST1")
        raw.add("count_reviews", 5, count_ref=f"first-{sku}", location_id="ST1", sku=sku, decision="rejected",
                reason="count again")  # fmt: skip
        raw.add("stock_counts", 7, count_ref=f"second-{sku}", counted_quantity=second, sku=sku, location_id="ST1")


def _returns_to_inspect(raw: Rows) -> None:
    """ST1 is to look at what comes back, as of the fourth day: what it says nothing of, and what a channel says."""
    raw.add("availability_rules", 3, rule="inspect_returns", location_id="ST1", value=1)
    raw.add("availability_rules", 3, rule="inspect_returns", location_id="ST1", sku="RN", value=0)
    for sku in ("RI", "RN"):
        _move(raw, 0, f"open-{sku}", "opening", 10, sku=sku, location_id="ST1")
        _move(raw, 2, f"early-{sku}", "return", 1, sku=sku, location_id="ST1")
        _move(raw, 5, f"back-{sku}", "return", 2, sku=sku, location_id="ST1")
    _move(raw, 5, "elsewhere-RI", "return", 2, sku="RI")
    _move(raw, 6, "good-RI", "return", 4, sku="RI", location_id="ST1", disposition="sellable")
    raw.add("order_adjustments", 6, adjustment_ref="RI", kind="returned", quantity=3, sku="RI", location_id="ST1")
    _move(raw, 8, "looked-at-RI", "unblock", 1, sku="RI", location_id="ST1")
    # Somebody forgets the rule: what came back under it stays where it lies.
    raw.add("availability_rules", 9, rule="inspect_returns", location_id="ST1", value=0)


def _clearing(raw: Rows) -> None:
    """Of five that were sent two are missing, of which one came under a number that nobody knows; four are under way,
    and a supplier owes six of ten."""
    raw.add("availability_rules", 1, rule="clearing_days", location_id="ST1", value=5)
    way = {"sku": "CL", "counterparty_location_id": "ST1"}
    back = {"sku": "CL", "location_id": "ST1", "counterparty_location_id": "WH1"}
    _move(raw, 0, "open-CL", "opening", 20, sku="CL")
    _move(raw, 1, "T-old", "transfer_out", 5, **way)
    _move(raw, 2, "T-old", "transfer_in", 3, **back)
    _move(raw, 7, "T-new", "transfer_out", 4, **way)
    _move(raw, 8, "odd", "transfer_in", 1, **back)
    raw.add("purchase_orders", 1, po_ref="P-CL", sku="CL", quantity=10, expected_date=_day(4))
    _move(raw, 4, "r-CL", "receipt", 4, sku="CL", po_ref="P-CL")


def _drop_shipper(raw: Rows) -> None:
    """He has thirty where his word was forty; four more are ours."""
    raw.add("locations", 0, location_id="DROP", name="DROP", kind="drop_shipper", country="DE", region="nowhere",
            timezone="Europe/Berlin", ships_orders=False, sourcing_rank=9)  # fmt: skip
    raw.add("products", 0, sku="DS", description="DS", category="things", unit_price_minor=250)
    _move(raw, 1, "open-DS", "adjustment", 40, sku="DS", location_id="DROP")
    _move(raw, 1, "open-DS", "opening", 4, sku="DS")
    raw.add("stock_counts", 5, count_ref="k-DS", counted_quantity=30, sku="DS", location_id="DROP")


def _golden_edits(raw: Rows) -> None:
    """What the order desk edits of a line for the north, and when its channel states it."""
    for case in golden("line_edits.csv"):
        ref = f"edit-{case['case']}"
        at = datetime.fromisoformat(f"2026-03-02T{int(case['stated_hour']):02d}:00:00+00:00")
        raw.add("order_lines", 1, 1, order_ref=ref, sku="GE", quantity=1, updated_at=at)
        for part, name in enumerate(("edited", "earlier")):
            if case[name]:
                _desk(raw, 1, ref, part, "edited", hour=int(case[f"{name}_hour"]), ship_to_region=case[name])


def _golden_quantities(raw: Rows) -> None:
    """What is edited of a line's quantity, and what its channel credits an hour before and after that."""
    for case in golden("line_quantities.csv"):
        ref = f"edited-{case['case']}"
        at = datetime.fromisoformat(f"2026-03-02T{int(case['stated_hour']):02d}:00:00+00:00")
        raw.add("order_lines", 1, 1, order_ref=ref, sku="GQ", quantity=int(case["qty_stated"]), discount_minor=60,
                tax_minor=300, updated_at=at)  # fmt: skip
        if case["qty_edited"]:
            _desk(raw, 1, ref, 1, "edited", hour=int(case["edited_hour"]), qty_ordered=int(case["qty_edited"]))
        for name, hour in (("qty_before", 9), ("qty_since", 12)):
            if int(case[name]):
                raw.add("order_adjustments", 1, hour, adjustment_ref=f"{ref}-{hour}", order_ref=ref, order_line_ref="1",
                        sku="GQ", quantity=int(case[name]))  # fmt: skip
    # Raised, shipped as it was first, and the rest is cancelled: no return of what had left.
    raw.add("order_lines", 1, 1, order_ref="raised", sku="GQ", quantity=5)
    _desk(raw, 1, "raised", 1, "edited", hour=3, qty_ordered=7)
    _move(raw, 2, "raised", "shipment", 5, sku="GQ", channel_id="web", order_ref="raised", order_line_ref="1")
    raw.add(
        "order_adjustments", 3, adjustment_ref="raised", order_ref="raised", order_line_ref="1", sku="GQ", quantity=2
    )
    # Raised and shipped as raised: no unit too many.
    raw.add("order_lines", 1, 1, order_ref="raised-whole", sku="GQ", quantity=5)
    _desk(raw, 1, "raised-whole", 1, "edited", hour=3, qty_ordered=7)
    _move(raw, 2, "raised-whole", "shipment", 7, sku="GQ", channel_id="web", order_ref="raised-whole",
          order_line_ref="1")  # fmt: skip


def _late_edits(raw: Rows) -> None:
    """Another region, and a method and a quantity that are taken back."""
    _desk(raw, 11, "edited-2", 2, "edited", 0, corrects_ref="edited-2-0001")
    _desk(raw, 11, "edit-1", 1, "edited", ship_to_region="south")
    _desk(raw, 11, "edit-1", 2, "edited", fulfilment_method="drop_ship")
    _desk(raw, 12, "edit-1", 3, "edited", 0, fulfilment_method=None, corrects_ref="edit-1-0002")


def _exchange(raw: Rows) -> None:
    """An order of three lines that wait for three things; one that is sent for goods that came back."""
    for number, values in enumerate(
        ({"line_status": "cancelled"}, {}, {"line_status": "held", "status_reason": "payment"})
    ):
        raw.add("order_lines", 8, order_ref="several", line_ref=str(number), sku="EX", quantity=1, **values)
    raw.add("order_lines", 8, order_ref="sent-for-it", sku="EX", quantity=1)


def _late_exchange(raw: Rows) -> None:
    said = {"source_id": "shop", "channel_id": "web", "order_ref": "inspected", "order_line_ref": "1", "quantity": 1}
    raw.add("order_events", 11, event_ref="x1", event_type="exchanged", exchange_order_ref="sent-for-it", **said)
    # It was another order's number at first.
    raw.add("order_events", 11, event_ref="x2", event_type="exchanged", exchange_order_ref="several", **said)
    raw.add("order_events", 12, event_ref="x3", event_type="exchanged", corrects_ref="x2", **said | {"quantity": 0})


def _late_inspections(raw: Rows) -> None:
    """Two of the three go back on sale, one is given up; the hold had ended before the count."""
    order = {"channel_id": "web", "order_ref": "inspected", "order_line_ref": "1"}
    _move(raw, 11, "inspected-ok", "unblock", 2, sku="RB", **order)
    _move(raw, 11, "inspected-bad", "write_off", 1, sku="RB", disposition="blocked", reason="torn", **order)
    _move(raw, 6, "free-RB", "unblock", 4, sku="RB", hour=18, known=_late(11))


def _short_picks(raw: Rows) -> None:
    """ST1 has ten by its books; two could not be found, and one more that a count has looked for since."""
    for sku, quantity in (("SP", 2), ("SQ", 1)):
        line = {"order_ref": f"short-{sku}", "sku": sku}
        _move(raw, 0, f"open-{sku}", "opening", 10, sku=sku, location_id="ST1")
        raw.add("order_lines", 1, quantity=5, **line)
        raw.add("allocations", 2, run_id="run-1", decision="allocated", location_id="ST1", quantity=5, **line)
        _short_pick(raw, 3, f"short-{sku}", line["order_ref"], quantity)
    _short_pick(raw, 3, "wrong", "short-SP", 3)
    _short_pick(raw, 4, "right", "short-SP", 0, corrects_ref="wrong")
    raw.add("stock_counts", 5, count_ref="k-SQ", sku="SQ", location_id="ST1", counted_quantity=10)


def _short_pick(raw: Rows, day: int, ref: str, order_ref: str, quantity: int, **values: Any) -> None:
    raw.add("order_events", day, source_id="ST1", event_ref=ref, event_type="short_picked", channel_id="web",
            order_ref=order_ref, order_line_ref="1", quantity=quantity, location_id="ST1", **values)  # fmt: skip


def _golden_lines(raw: Rows) -> None:
    for number, case in enumerate(golden("line_states.csv"), start=1):
        ref, line = f"G{number}", {"sku": "G", "order_ref": f"G{number}"}
        raw.add("order_lines", 1, 1, quantity=int(case["qty_ordered"]), ship_to_region="south", **line,
                line_status="held" if case["is_held"] == "true" else "open")  # fmt: skip
        if int(case["qty_cancel_stated"]):
            raw.add("order_adjustments", 1, 2, adjustment_ref=ref, order_line_ref="1", **line,
                    quantity=int(case["qty_cancel_stated"]))  # fmt: skip
        if int(case["qty_shipped"]):
            _move(raw, 2, ref, "shipment", int(case["qty_shipped"]), channel_id="web", order_line_ref="1", **line)
        if int(case["qty_allocated_ever"]):
            raw.add("allocations", 2, run_id="run-1", decision="allocated", location_id="WH1", **line,
                    quantity=int(case["qty_allocated_ever"]))  # fmt: skip
        if int(case["qty_backordered_latest"]):
            raw.add("allocations", 4, run_id="run-2", decision="backordered", **line,
                    quantity=int(case["qty_backordered_latest"]))  # fmt: skip
        if int(case["qty_pre_sold_latest"]):
            _ahead(raw, 4, ref, f"P-{ref}:1", int(case["qty_pre_sold_latest"]), sku="G")


def _ahead(raw: Rows, day: int, order_ref: str, supply_ref: str, quantity: int, **values: Any) -> None:
    """A run of the day has sold so many units ahead of a supply."""
    raw.add("pegs", day, order_ref=order_ref, run_id="run-2" if day < 10 else "run-3", supply_ref=supply_ref,
            available_date=_day(20), promised_date=_day(20), quantity=quantity,
            **{"qty_pre_sold": quantity, **values},
            pre_sell_reason=f"sold ahead: {quantity} of purchase order {supply_ref}")  # fmt: skip


def _golden_words(raw: Rows) -> None:
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
            _desk(raw, 1, ref, 1, other, hour=1)
            _desk(raw, 1, ref, 2, case["desk_word"], hour=int(case["desk_hour"]))
        if int(case["qty_by_desk"]):
            _desk(raw, 1, ref, 3, "cancelled", int(case["qty_by_desk"]))


def _desk(
    raw: Rows, day: int, order_ref: str, part: int, event_type: str, quantity: int = 10, hour: int = 12, **values: Any
) -> None:
    ref = f"{order_ref}-{part:04d}"
    raw.add("order_events", day, hour, source_id="order_desk", event_ref=ref, event_type=event_type, channel_id="web",
            order_ref=order_ref, order_line_ref="1", quantity=quantity, **values)  # fmt: skip


def _golden_availability(raw: Rows) -> None:
    for number, case in enumerate(golden("availability.csv"), start=1):
        sku, on_hand, reserved = f"AV{number}", int(case["qty_on_hand"]), int(case["qty_reserved"])
        blocked = int(case["qty_blocked"])
        share = int(case["qty_in_doubt"]) / max(on_hand - blocked, 1)
        place = _silent_place(raw, sku, share) if share else "WH1"
        _move(raw, 1, sku, "adjustment", on_hand, sku=sku, location_id=place)
        if int(case["qty_oversell"]):
            raw.add("availability_rules", 1, rule="oversell_units", sku=sku, value=int(case["qty_oversell"]))
        if blocked:
            kind = "block" if blocked > 0 else "unblock"
            _move(raw, 1, f"{sku}-{kind}", kind, abs(blocked), sku=sku, location_id=place)
        raw.add("safety_stock", 4, run_id="run-2", sku=sku, location_id=place,
                qty_safety_stock=int(case["qty_safety_stock"]))  # fmt: skip
        if reserved:
            raw.add("order_lines", 1, order_ref=sku, sku=sku, quantity=reserved)
            raw.add("allocations", 2, order_ref=sku, sku=sku, run_id="run-1", decision="allocated", location_id=place,
                    quantity=reserved)  # fmt: skip


def _silent_place(raw: Rows, sku: str, doubt_share: float) -> str:
    """A location of which nobody hears after the second day, and what is held back of it for that."""
    place = f"SILENT-{sku}"
    raw.add("locations", 0, 0, location_id=place, name=place, kind="store", country="DE", region="west",
            timezone="Europe/Berlin", ships_orders=False, sourcing_rank=9)  # fmt: skip
    for rule, value in (("stale_days", 8), ("doubt_share", doubt_share)):
        raw.add("availability_rules", 1, rule=rule, location_id=place, value=value)
    return place


def _golden_segments(raw: Rows) -> None:
    cases = golden("channel_segments.csv")
    for case in cases:
        sku = f"CS{case['case']}"
        for rule, value in (("channel_share", float(case["share"])), ("channel_units", float(case["units"]))):
            raw.add("availability_rules", 1, rule=rule, channel_id=case["channel_id"], sku=sku, value=value)
    # In one order in every process: the same story, whichever worker tells it.
    for sku, quantity in sorted({(f"CS{case['case']}", int(case["qty_ats"])) for case in cases}):
        _move(raw, 1, sku, "adjustment", quantity, sku=sku)
    # Of the units kept for the web from the second day on it has had three, and one came back; two are promised to it.
    _move(raw, 1, "CSU", "adjustment", 20, sku="CSU")
    raw.add("availability_rules", 2, rule="channel_units", channel_id="web", sku="CSU", location_id="WH1", value=10)
    raw.add("availability_rules", 2, rule="channel_units", channel_id="web", sku="CSU", value=1)
    named = {"channel_id": "web", "order_ref": "CSU", "order_line_ref": "1", "sku": "CSU"}
    raw.add("order_lines", 1, order_ref="CSU", sku="CSU", quantity=5)
    raw.add("allocations", 2, order_ref="CSU", sku="CSU", run_id="run-1", decision="allocated", location_id="WH1",
            quantity=5)  # fmt: skip
    _move(raw, 3, "CSU-1", "shipment", 3, **named)
    _move(raw, 5, "CSU-2", "return", 1, **named)


def _golden_pre_sales(raw: Rows) -> None:
    cases = golden("pre_sell.csv")
    for case in cases:
        sku = f"PS{case['case']}"
        for rule, value in (("pre_sell_share", float(case["share"])), ("pre_sell_units", float(case["units"]))):
            raw.add("availability_rules", 1, rule=rule, channel_id=case["channel_id"], sku=sku, value=value)
    amounts = ("qty_supply", "qty_pegged", "qty_pre_sold")
    for sku, qty_supply, qty_pegged, qty_pre_sold in sorted(
        {(f"PS{case['case']}", *(int(case[name]) for name in amounts)) for case in cases}
    ):
        raw.add("purchase_orders", 1, po_ref=f"P-{sku}", sku=sku, quantity=qty_supply, expected_date=_day(20))
        if qty_pegged:
            raw.add("order_lines", 2, order_ref=sku, sku=sku, quantity=qty_pegged)
            raw.add("allocations", 4, order_ref=sku, sku=sku, run_id="run-2", decision="backordered",
                    quantity=qty_pegged)  # fmt: skip
            _ahead(raw, 4, sku, f"P-{sku}:1", qty_pegged, sku=sku, qty_pre_sold=qty_pre_sold)


def _pre_sales(raw: Rows) -> None:
    for ref, quantity in (("ahead", 6), ("behind", 2)):
        raw.add("order_lines", 3, order_ref=ref, sku="AHEAD", quantity=quantity)
        raw.add("allocations", 4, order_ref=ref, sku="AHEAD", run_id="run-2", decision="backordered",
                quantity=quantity)  # fmt: skip
        _ahead(raw, 4, ref, "P-AHEAD:1", quantity, sku="AHEAD")


def _late_pre_sales(raw: Rows) -> None:
    """Its supply comes with another order, and not enough of it for both."""
    for ref, quantity in (("ahead", 6), ("behind", 2)):
        raw.add("allocations", 12, order_ref=ref, sku="AHEAD", run_id="run-3", decision="backordered",
                quantity=quantity)  # fmt: skip
    _ahead(raw, 12, "ahead", "P-AHEAD:2", 6, sku="AHEAD")


def _golden_events(raw: Rows) -> None:
    for row in golden("line_events.csv"):
        ref, quantity, hour = f"E{row['case']}", int(row["quantity"]), int(row["hour"])
        named = {"channel_id": "web", "order_ref": ref, "order_line_ref": "1", "sku": "E"}
        if row["event_type"] == "placed":
            raw.add("order_lines", 1, hour, order_ref=ref, sku="E", quantity=quantity)
        elif row["event_type"] in ("shipped", "returned"):
            kind = {"shipped": "shipment", "returned": "return"}[row["event_type"]]
            _move(raw, 1, f"{ref}-{hour}", kind, quantity, hour=hour, **named)
        else:
            named.pop("sku")
            raw.add("order_events", 1, hour, source_id="carrier", event_ref=f"{ref}-{hour}", quantity=quantity,
                    event_type=row["event_type"], amount_minor=100 if row["event_type"] == "refunded" else None,
                    **named)  # fmt: skip


def _foreign_refunds(raw: Rows) -> None:
    """A payment provider that says in which currency it refunds."""
    for number, currency in enumerate(("EUR", "USD"), start=1):
        raw.add("order_events", 4, source_id="psp", event_ref=f"refund-{number}", event_type="refunded", quantity=1,
                channel_id="web", order_ref="back", order_line_ref="1", amount_minor=70 * number, currency=currency,
                reason="too late")  # fmt: skip


def tell_late_news(raw: Rows) -> None:
    """Days 10 to 12, and what was only then learnt of the days from the second on."""
    late = {"known": _late(12)}
    _late_inspections(raw)
    _move(raw, 11, "r-CL-2", "receipt", 1, sku="CL", po_ref="P-CL")
    _move(raw, 11, "T-new", "transfer_in", 4, sku="CL", location_id="ST1", counterparty_location_id="WH1")
    _move(raw, 11, "after-RI", "return", 5, sku="RI", location_id="ST1")
    _late_exchange(raw)
    raw.add("stock_counts", 11, count_ref="third-HR", counted_quantity=19, sku="HR", location_id="ST1")
    _late_edits(raw)
    # Explains all of the variance of day 6, whose only posting that was.
    _move(raw, 3, "late-waste", "adjustment", -2, sku="B", location_id="WH2", **late)
    _move(raw, 2, "late-first", "receipt", 7, sku="B", location_id="ST1", **late)
    raw.add("stock_counts", 4, 20, count_ref="late", counted_quantity=91, **late)
    raw.add("count_reviews", 11, count_ref="k3", location_id="ST1", sku="H", decision="accepted", reason="recounted")
    raw.add("order_lines", 3, channel_id="retail", order_ref="i3", quantity=7, **late)
    # The store's sale was another day's, then none at all.
    raw.add("order_lines", 7, order_ref="s1", channel_id="pos", quantity=2, location_id="ST1", ship_to_region=None,
            line_status="cancelled", fulfilment_method="carry_out", customer_key=None, **late)  # fmt: skip
    raw.add("order_adjustments", 9, adjustment_ref="R1", order_ref="back", order_line_ref="1", kind="returned",
            quantity=2, **late)  # fmt: skip
    _move(raw, 11, "crossed-2", "shipment", 2, channel_id="web", order_ref="crossed", order_line_ref="1")
    # A warehouse that serves the south before the other one does.
    raw.add("locations", 11, location_id="WH0", name="WH0", kind="warehouse", country="DE", region="south",
            timezone="Europe/Berlin", ships_orders=True, sourcing_rank=0)  # fmt: skip
    # An order of the first day gets a second line.
    raw.add("order_lines", 11, order_ref="restated", line_ref="2", quantity=3)
    # Ten deliveries, none to one and a half weeks late, and a planner who asks for four of five.
    for number in range(10):
        raw.add(
            "lead_times", 10, supplier_id="S1", po_ref=f"P{number}", promised_date=_day(0), received_date=_day(number)
        )
    raw.add("availability_rules", 10, rule="supply_confidence", supplier_id="S1", value=0.8)
    # Facts of a line whose order comes with them, an event that replaces another, and one of a line nobody knows yet.
    raw.add("order_lines", 1, order_ref="never-seen", quantity=1, **late)
    for ref, corrects, quantity in (("E1-8", "E1-7", 4), ("E2-6", "E2-5", 0)):
        raw.add("order_events", 11, source_id="carrier", event_ref=ref, corrects_ref=corrects, event_type="delivered",
                channel_id="web", order_ref=ref[:2], order_line_ref="1", quantity=quantity)  # fmt: skip
    raw.add("order_events", 11, source_id="carrier", event_ref="X", event_type="packed", channel_id="web",
            order_ref="unheard-of", order_line_ref="1", quantity=1)  # fmt: skip
    raw.add("order_lines", 12, order_ref="new", quantity=1, customer_key="bob")
    raw.add("allocations", 12, order_ref="new", run_id="run-3", decision="allocated", location_id="WH1", quantity=1)
    raw.add(
        "allocations", 12, order_ref="waiting", run_id="run-3", decision="backordered", quantity=8, reason="one less"
    )
    raw.add("pegs", 12, order_ref="waiting", run_id="run-3", supply_ref="P1:1", quantity=8, available_date=_day(15),
            promised_date=_day(15))  # fmt: skip
    for decision, place in (("expired", "WH2"), ("allocated", "WH1")):
        raw.add("allocations", 12, order_ref="forgotten", run_id="run-3", decision=decision, location_id=place,
                quantity=4)  # fmt: skip
    _late_waves(raw)
    _late_pre_sales(raw)
    raw.add("safety_stock", 12, run_id="run-3", sku="A", location_id="WH1", qty_safety_stock=11)
    for run, day in (("run-2", 4), ("run-3", 12)):
        raw.add("replenishment", day, run_id=run, kind="purchase", sku="A", location_id="WH1", supplier_id="S1",
                quantity=day, pack_quantity=1, currency="EUR")  # fmt: skip
        raw.add(
            "forecasts", day, run_id=run, sku="A", location_id="WH1", origin_date=_day(day), horizon_days=1,
            quantile=0.5, known=_late(day),
        )  # fmt: skip
        raw.add("forecast_accuracy", day, run_id=run, segment="all", metric="spl", model="m", series_count=1)
        raw.add("forecast_accuracy", day, run_id=run, segment="all", metric="coverage_90", model="m", series_count=50,
                value=0.82)  # fmt: skip
        raw.add("interval_demand", day, run_id=run, sku="A", location_id="WH1", probability=0.5, protection_days=21)


def _day(day: int) -> Any:
    return (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)).date()


def _late(day: int) -> datetime:
    return datetime(2026, 3, 1, 23, 30, tzinfo=UTC) + timedelta(days=day)


def _at(day: int) -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=day)
