"""The story's late news: two days more, and what is only then learnt of the ten that `story` tells.

Belongs here: what happens. Does not belong here: how rows are told and written (`rows`, `conftest`), what must come out
(the tests).
"""

from __future__ import annotations

from tests.dbt import confirmations
from tests.dbt.rows import Rows, ahead, desk, late_on, move, noon_of, on


def tell(raw: Rows) -> None:
    """Days 10 to 12, and what was only then learnt of the days from the second on."""
    _inspections(raw)
    _moved(raw)
    _exchange(raw)
    _counted(raw)
    _edits(raw)
    _restated(raw)
    _places_and_suppliers(raw)
    _events(raw)
    _decided(raw)
    _waves(raw)
    _pre_sales(raw)
    _planned(raw)
    confirmations.tell_late(raw)


def _moved(raw: Rows) -> None:
    move(raw, 11, "r-CL-2", "receipt", 1, sku="CL", po_ref="P-CL")
    move(raw, 11, "T-new", "transfer_in", 4, sku="CL", location_id="ST1", counterparty_location_id="WH1")
    move(raw, 11, "after-RI", "return", 5, sku="RI", location_id="ST1")
    move(raw, 11, "crossed-2", "shipment", 2, channel_id="web", order_ref="crossed", order_line_ref="1")
    move(raw, 11, "r-unnamed", "receipt", 2, sku="ELSE")
    # Senders' own of a number that the store has used; and the store's, said otherwise than it was said first.
    for kind, quantity, end in (("transfer_in", 5, "WH1"), ("transfer_in", 1, "WH2"), ("transfer_out", 4, "WH1")):
        move(raw, 11, "N-7", kind, quantity, sku="NUM", location_id="ST1", counterparty_location_id=end)
    # Explains all of the variance of day 6, whose only posting that was.
    move(raw, 3, "late-waste", "adjustment", -2, sku="B", location_id="WH2", known=late_on(12))
    move(raw, 2, "late-first", "receipt", 7, sku="B", location_id="ST1", known=late_on(12))


def _counted(raw: Rows) -> None:
    raw.add("stock_counts", 11, count_ref="third-HR", counted_quantity=19, sku="HR", location_id="ST1")
    raw.add("stock_counts", 4, 20, count_ref="late", counted_quantity=91, known=late_on(12))
    # As the store's number has it that was said otherwise.
    raw.add("stock_counts", 12, count_ref="k-NUM", counted_quantity=22, sku="NUM", location_id="ST1")
    raw.add("count_reviews", 11, count_ref="k3", location_id="ST1", sku="H", decision="accepted", reason="recounted")


def _restated(raw: Rows) -> None:
    """What channels say anew of old orders, of one that nobody had heard of, and of a new one."""
    late = {"known": late_on(12)}
    raw.add("order_lines", 3, channel_id="retail", order_ref="i3", quantity=7, **late)
    # The store's sale was another day's, then none at all.
    raw.add("order_lines", 7, order_ref="s1", channel_id="pos", quantity=2, location_id="ST1", ship_to_region=None,
            line_status="cancelled", fulfilment_method="carry_out", customer_key=None, **late)  # fmt: skip
    raw.add("order_adjustments", 9, adjustment_ref="R1", order_ref="back", order_line_ref="1", kind="returned",
            quantity=2, **late)  # fmt: skip
    # An order of the first day gets a second line.
    raw.add("order_lines", 11, order_ref="restated", line_ref="2", quantity=3)
    # Facts of its line were there before it.
    raw.add("order_lines", 1, order_ref="never-seen", quantity=1, **late)
    raw.add("order_lines", 12, order_ref="new", quantity=1, customer_key="bob")


def _places_and_suppliers(raw: Rows) -> None:
    # A warehouse serves the south before the other one again, as it did at first.
    raw.add("locations", 11, location_id="WH0", name="WH0", kind="warehouse", country="DE", region="south",
            timezone="Europe/Berlin", ships_orders=True, sourcing_rank=0)  # fmt: skip
    # Nobody had said in which zone this place is, and its first day is earlier than all that late postings touch.
    raw.add("locations", 11, location_id="TYO", name="TYO", kind="store", country="JP", region="east",
            timezone="Asia/Tokyo", ships_orders=False, sourcing_rank=9)  # fmt: skip
    # Ten deliveries, none to one and a half weeks late, and a planner who asks for four of five.
    for number in range(10):
        raw.add("lead_times", 10, supplier_id="S1", po_ref=f"P{number}", promised_date=on(0), received_date=on(number))
    raw.add("availability_rules", 10, rule="supply_confidence", supplier_id="S1", value=0.8)


def _events(raw: Rows) -> None:
    """Two that replace others, and one of a line nobody knows yet."""
    for ref, corrects, quantity in (("E1-8", "E1-7", 4), ("E2-6", "E2-5", 0)):
        raw.add("order_events", 11, source_id="carrier", event_ref=ref, corrects_ref=corrects, event_type="delivered",
                channel_id="web", order_ref=ref[:2], order_line_ref="1", quantity=quantity)  # fmt: skip
    raw.add("order_events", 11, source_id="carrier", event_ref="X", event_type="packed", channel_id="web",
            order_ref="unheard-of", order_line_ref="1", quantity=1)  # fmt: skip


def _decided(raw: Rows) -> None:
    """What a third run decided."""
    raw.add("allocations", 12, order_ref="new", run_id="run-3", decision="allocated", location_id="WH1", quantity=1)
    raw.add(
        "allocations", 12, order_ref="waiting", run_id="run-3", decision="backordered", quantity=8, reason="one less"
    )
    raw.add("pegs", 12, order_ref="waiting", run_id="run-3", supply_ref="P1:1", quantity=8, available_date=on(15),
            promised_date=on(15))  # fmt: skip
    for decision, place in (("expired", "WH2"), ("allocated", "WH1")):
        raw.add("allocations", 12, order_ref="forgotten", run_id="run-3", decision=decision, location_id=place,
                quantity=4)  # fmt: skip


def _planned(raw: Rows) -> None:
    raw.add("safety_stock", 12, run_id="run-3", sku="A", location_id="WH1", qty_safety_stock=11)
    raw.add("safety_stock", 12, run_id="run-3", policy_version=2, sku="B", location_id="WH1", qty_safety_stock=3)
    for run, day in (("run-2", 4), ("run-3", 12)):
        raw.add("replenishment", day, run_id=run, kind="purchase", sku="A", location_id="WH1", supplier_id="S1",
                quantity=day, pack_quantity=1, currency="EUR")  # fmt: skip
        raw.add(
            "forecasts", day, run_id=run, sku="A", location_id="WH1", origin_date=on(day), horizon_days=1,
            quantile=0.5, known=late_on(day),
        )  # fmt: skip
        raw.add("forecast_accuracy", day, run_id=run, segment="all", metric="spl", model="m", series_count=1)
        raw.add("forecast_accuracy", day, run_id=run, segment="all", metric="coverage_90", model="m", series_count=50,
                value=0.82)  # fmt: skip
        raw.add("interval_demand", day, run_id=run, sku="A", location_id="WH1", probability=0.5, protection_days=21)


def _waves(raw: Rows) -> None:
    """One place is told in time, another instead of the first, and a line is cancelled before anybody was told."""
    line = {"sku": "W", "partner_id": "WH1", "location_id": "WH1", "wave": "2026-03-11-W1"}
    raw.add("exports", 2, order_ref="wave-more", export_id="e2", line_number=1, quantity=3, **line)
    raw.add("exports", 12, order_ref="wave-more", export_id="e3", line_number=1, quantity=2, release_due_at=noon_of(10),
            run_id="run-3", **line)  # fmt: skip
    raw.add("exports", 12, order_ref="wave-told", export_id="e3", line_number=2, quantity=5, release_due_at=noon_of(10),
            run_id="run-3", **line)  # fmt: skip
    raw.add("exports", 12, order_ref="wave-patient", export_id="e4", line_number=1, quantity=1, run_id="run-3",
            release_due_at=noon_of(10), **line | {"partner_id": "WH2", "location_id": "WH2"})  # fmt: skip
    raw.add("allocation_runs", 12, run_id="run-3", solver="optimise")
    raw.add(
        "acknowledgements", 12, partner_id="WH2", acknowledgement_ref="997-8", document_ref="e8/1", status="rejected"
    )
    raw.add("acknowledgements", 12, partner_id="WH2", acknowledgement_ref="997-9", document_ref="9", status="accepted")
    raw.add("export_voids", 12, export_id="e10", run_id="run-3")
    for decision, place, due in (("expired", "WH1", 10), ("allocated", "WH2", 20)):
        raw.add("allocations", 12, order_ref="wave-moved", sku="W", run_id="run-3", decision=decision,
                location_id=place, quantity=3, release_due_at=noon_of(due), reason_code="replaced")  # fmt: skip
    raw.add("order_adjustments", 11, adjustment_ref="WG", order_ref="wave-gone", order_line_ref="1", sku="W",
            quantity=4)  # fmt: skip


def _edits(raw: Rows) -> None:
    """Another region, and a method and a quantity that are taken back."""
    desk(raw, 11, "edited-2", 2, "edited", 0, corrects_ref="edited-2-0001")
    desk(raw, 11, "edit-1", 1, "edited", ship_to_region="south")
    desk(raw, 11, "edit-1", 2, "edited", fulfilment_method="drop_ship")
    desk(raw, 12, "edit-1", 3, "edited", 0, fulfilment_method=None, corrects_ref="edit-1-0002")


def _exchange(raw: Rows) -> None:
    said = {"source_id": "shop", "channel_id": "web", "order_ref": "inspected", "order_line_ref": "1", "quantity": 1}
    raw.add("order_events", 11, event_ref="x1", event_type="exchanged", exchange_order_ref="sent-for-it", **said)
    # It was another order's number at first.
    raw.add("order_events", 11, event_ref="x2", event_type="exchanged", exchange_order_ref="several", **said)
    raw.add("order_events", 12, event_ref="x3", event_type="exchanged", corrects_ref="x2", **said | {"quantity": 0})


def _inspections(raw: Rows) -> None:
    """Two of the three go back on sale, one is given up; the hold had ended before the count."""
    order = {"channel_id": "web", "order_ref": "inspected", "order_line_ref": "1"}
    move(raw, 11, "inspected-ok", "unblock", 2, sku="RB", **order)
    move(raw, 11, "inspected-bad", "write_off", 1, sku="RB", disposition="blocked", reason="torn", **order)
    move(raw, 6, "free-RB", "unblock", 4, sku="RB", hour=18, known=late_on(11))


def _pre_sales(raw: Rows) -> None:
    """Its supply comes with another order, and not enough of it for both."""
    for ref, quantity in (("ahead", 6), ("behind", 2)):
        raw.add("allocations", 12, order_ref=ref, sku="AHEAD", run_id="run-3", decision="backordered",
                quantity=quantity)  # fmt: skip
    ahead(raw, 12, "ahead", "P-AHEAD:2", 6, sku="AHEAD")
