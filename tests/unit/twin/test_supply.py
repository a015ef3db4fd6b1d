"""Invented supply of a real channel: causal, deterministic, never below zero."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd

from oms_core.twin import SupplySpec, simulate_supply

LAST = date(2011, 4, 9)


def test_a_day_at_a_time_writes_the_same_files_as_one_go(retail_lines, tmp_path, digest):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path / "once")
    before, day = None, date(2011, 3, 1)
    while day <= LAST:
        known = [frame[frame["business_date"] <= day] for frame in (lines, credited, writes)]
        simulate_supply(*known, day, SupplySpec(), tmp_path / "daily", already_written_until=before)
        before, day = day, day + timedelta(days=1)
    assert digest(tmp_path / "daily") == digest(tmp_path / "once")
    assert len(digest(tmp_path / "once")) > 60


def test_the_order_of_landed_rows_does_not_matter_but_the_seed_does(retail_lines, tmp_path, digest):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path / "a")
    simulate_supply(lines[::-1], credited[::-1], writes[::-1], LAST, SupplySpec(), tmp_path / "b")
    simulate_supply(lines, credited, writes, LAST, SupplySpec(seed=12), tmp_path / "c")
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_stock_with_the_channels_own_write_offs_is_never_negative(retail_lines, tmp_path, read_rows):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path)
    events = defaultdict(list)
    for row in read_rows(tmp_path, "stock_movements"):
        sign = -1 if row["kind"] == "shipment" else 1
        events[row["sku"]].append((datetime.fromisoformat(row["effective_at"]), sign * int(row["quantity"])))
    for row in writes.itertuples():
        events[row.sku].append((row.effective_at.to_pydatetime(), row.quantity))
    for sku, held in events.items():
        balance = 0
        for at, units in sorted(held):
            balance += units
            assert balance >= 0, (sku, at)


def test_no_line_ships_on_its_own_day_or_beyond_its_quantity(retail_lines, tmp_path, read_rows):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path)
    ordered = {row.line_ref: row for row in lines.itertuples()}
    shipped = Counter()
    for row in read_rows(tmp_path, "stock_movements"):
        if row["kind"] == "shipment":
            line = ordered[row["order_line_ref"]]
            assert row["business_date"] > line.business_date.isoformat()
            shipped[row["order_line_ref"]] += int(row["quantity"])
    assert all(units <= ordered[ref].quantity for ref, units in shipped.items())
    early = [ref for ref, row in ordered.items() if row.business_date < date(2011, 3, 25)]
    assert sum(shipped[ref] > 0 for ref in early) > 0.8 * len(early)


def test_a_line_cancelled_on_its_own_day_is_not_shipped(retail_lines, tmp_path, read_rows):
    lines, credited, writes = retail_lines()
    line = lines[lines["customer_key"] == "a"].iloc[[-1]].assign(quantity=70_000)
    credit = line.assign(kind="cancelled", adjustment_ref="C9", order_ref=None, order_line_ref=None)
    credit["effective_at"] += pd.Timedelta(minutes=5)
    lines = pd.concat([lines.drop(line.index), line])
    simulate_supply(lines, pd.concat([credited, credit]), writes, LAST + timedelta(days=30), SupplySpec(), tmp_path)
    shipped = [r for r in read_rows(tmp_path, "stock_movements") if r["kind"] == "shipment"]
    assert line["line_ref"].iloc[0] not in {r["order_line_ref"] for r in shipped}
    assert all(int(r["quantity"]) < 10_000 for r in read_rows(tmp_path, "purchase_orders"))


def test_a_line_that_arrives_late_changes_no_day_before_its_arrival(retail_lines, tmp_path, digest):
    lines, credited, writes = retail_lines()
    lines = lines.assign(known_at=lines["effective_at"])
    late = lines.iloc[[5]].assign(line_ref="late", quantity=500, known_at=pd.Timestamp("2011-03-20 23:30", tz="UTC"))
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path / "without")
    simulate_supply(pd.concat([lines, late]), credited, writes, LAST, SupplySpec(), tmp_path / "with")
    without, found = digest(tmp_path / "without"), digest(tmp_path / "with")
    changed = {name[-14:-4] for name in without.keys() | found.keys() if without.get(name) != found.get(name)}
    assert changed
    assert min(changed) >= "2011-03-20"


def test_its_own_records_are_not_taken_for_the_channels(retail_lines, tmp_path, digest, read_rows):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path / "a")
    own = pd.DataFrame(read_rows(tmp_path / "a", "stock_movements")).astype({"quantity": int})
    own["effective_at"] = pd.to_datetime(own["effective_at"], utc=True)
    simulate_supply(lines, credited, pd.concat([writes, own]), LAST, SupplySpec(), tmp_path / "b")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_every_purchase_order_is_stated_received_with_its_lead_time(retail_lines, tmp_path, read_rows):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path)
    orders, observed = read_rows(tmp_path, "purchase_orders"), read_rows(tmp_path, "lead_times")
    received = {row["po_ref"] for row in orders if row["status"] == "received"}
    assert received == {row["po_ref"] for row in observed}
    assert received
    assert all(row["received_date"] > row["ordered_date"] for row in observed)
    assert len({row["received_date"] > row["promised_date"] for row in observed}) == 2


def test_products_cost_half_their_first_price_and_are_stated_once_or_when_priced(retail_lines, tmp_path, read_rows):
    lines, credited, writes = retail_lines()
    simulate_supply(lines, credited, writes, LAST, SupplySpec(), tmp_path)
    products = read_rows(tmp_path, "products")
    assert {p["sku"] for p in products} == {*lines["sku"], *writes["sku"]}
    assert max(Counter(p["sku"] for p in products).values()) <= 3
    assert all(int(p["unit_cost_minor"]) == (int(p["unit_price_minor"]) + 1) // 2 for p in products)
    assert {p["category"] for p in products if p["description"] == "RED MUG"} == {"kitchen"}


def test_no_demand_writes_nothing(retail_lines, tmp_path):
    lines, credited, writes = (frame.iloc[:0] for frame in retail_lines())
    simulate_supply(lines, credited, writes, LAST, replace(SupplySpec(), supplier_count=2), tmp_path / "inbox")
    assert not (tmp_path / "inbox").exists()
