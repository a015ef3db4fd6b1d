"""The demo network: deterministic, true to its own files, obedient to our exports."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from oms_core.twin import NetworkSpec, last_simulated_day, read_dirt, read_truth, simulate_day, simulate_history
from oms_core.twin.network import build_network
from oms_core.twin.simulate import fingerprint
from oms_core.twin.state import load_state


def _documents(spec, home, day, quantity=None):
    """One export document a node for every open line that a customer still wants, from the region's own warehouse."""
    state = load_state(home.state_dir, fingerprint(spec))
    regions, lines = ("NORTH", "SOUTH"), {}
    for line in state.open_lines.values():
        if line.sku >= 0:
            node = "DS-01" if line.sku >= spec.sku_count - spec.dropped_sku_count else f"WH-{regions[line.region]}"
            lines.setdefault(node, []).append(line)
    return [
        {"export_id": f"X-{node}-{day}", "location_id": node, "wave": 1, "lines": [
            {"line_number": n, "channel_id": line.channel, "order_ref": line.order_ref, "line_ref": line.line_ref,
             "sku": f"SKU-{line.sku + 1:05d}", "quantity": quantity or line.quantity}
            for n, line in enumerate(held, start=1)
        ]}
        for node, held in lines.items()
    ]  # fmt: skip


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(small_spec, history, make_home, tmp_path, digest):
    simulate_history(small_spec, make_home(tmp_path / "again"))
    simulate_history(replace(small_spec, seed=4), make_home(tmp_path / "other"))
    first = digest(history.inbox)
    assert digest(tmp_path / "again" / "inbox") == first
    assert digest(tmp_path / "again" / "truth") == digest(history.truth_dir)
    other = digest(tmp_path / "other" / "inbox")
    alike = {name.split("/")[0] for name, content in first.items() if content in other.values()}
    assert alike == {"availability_rules", "channels", "locations"}


def test_a_second_history_in_the_same_home_is_refused(small_spec, history):
    with pytest.raises(FileExistsError, match="already holds"):
        simulate_history(small_spec, history)


def test_the_files_of_a_history_are_monthly_and_then_daily(history):
    names = sorted(path.name for path in (history.inbox / "pos_sales").glob("pos_sales_2*.csv"))
    regular = [name for name in names if "_late_" not in name]
    assert regular[:3] == ["pos_sales_2025-01-31.csv", "pos_sales_2025-02-28.csv", "pos_sales_2025-03-17.csv"]
    assert regular[3:] == [f"pos_sales_2025-03-{day}.csv" for day in range(18, 32)]
    assert not list(history.inbox.rglob("*.part"))


def _assert_ledger_equals_truth(spec, home, stock_events):
    """Balances from the files' events, a count overruling, against true stock plus losses nobody has counted yet."""
    state = load_state(home.state_dir, fingerprint(spec))
    unread = [row for due in state.agenda.values() for e in due if e.get("feed") == "pos_sales" for row in e["records"]]
    balance = {}
    for key, events in stock_events(home.inbox, unread).items():
        on_hand = 0
        for _, units, kind in events:
            on_hand = units if kind == "count" else on_hand + units
        balance[key] = on_hand
    truth = read_truth(home.truth_dir, "on_hand").to_pandas()
    for row in truth[truth["business_date"] == state.day].itertuples():
        expected = row.qty_on_hand + row.qty_uncounted_loss
        assert balance.pop((row.location_id, row.sku), 0) == expected, (row.location_id, row.sku)
    assert not balance


def test_ledger_of_the_files_equals_true_stock_and_its_known_losses(small_spec, history, stock_events):
    _assert_ledger_equals_truth(small_spec, history, stock_events)


def test_ledger_equals_truth_still_after_days_on_which_our_exports_decide(
    small_spec, make_home, tmp_path, stock_events
):
    spec, home = replace(small_spec, months=1), make_home(tmp_path)
    simulate_history(spec, home)
    for ahead in range(1, 11):
        day = spec.history_end + timedelta(days=ahead)
        shipped = simulate_day(spec, home, day, _documents(spec, home, day)).shipped_line_count
        assert shipped > 20
    _assert_ledger_equals_truth(spec, home, stock_events)


def test_stock_is_never_negative_neither_in_truth_nor_in_the_ledger_at_any_instant(history, stock_events, small_spec):
    assert read_truth(history.truth_dir, "on_hand").to_pandas()["qty_on_hand"].min() >= 0
    for key, events in stock_events(history.inbox).items():
        on_hand = 0
        for at, units, kind in events:
            on_hand = units if kind == "count" else on_hand + units
            assert on_hand >= 0, (key, at, kind)


def test_what_comes_back_to_be_looked_at_is_restocked_or_given_up_within_three_days(history, read_rows):
    moves = [row for row in read_rows(history.inbox, "stock_movements") if row["order_ref"]]
    blocked = {
        row["order_line_ref"]: row for row in moves if row["disposition"] == "blocked" and row["kind"] == "return"
    }
    ends = {row["order_line_ref"]: row for row in moves if row["kind"] in ("unblock", "write_off")}
    assert ends.keys() <= blocked.keys()
    assert {row["kind"] for row in ends.values()} == {"unblock", "write_off"}
    for line, end in ends.items():
        back, looked_at = (date.fromisoformat(row["business_date"]) for row in (blocked[line], end))
        assert 1 <= (looked_at - back).days <= 3
        assert (end["quantity"], end["sku"]) == (blocked[line]["quantity"], blocked[line]["sku"])
    still = {row["business_date"] for line, row in blocked.items() if line not in ends}
    assert all(date.fromisoformat(day) >= date(2025, 3, 29) for day in still)


def test_counts_disagree_exactly_where_the_dirt_list_says(history, stock_events, read_rows):
    listed = {(d["location_id"], d["sku"], d["count_ref"][-8:]): d["variance"] for d in read_dirt(history.truth_dir)
              if d["kind"] == "count_disagrees"}  # fmt: skip
    found = {}
    for (location, sku), events in stock_events(history.inbox).items():
        on_hand = 0
        for at, units, kind in events:
            if kind == "count" and units != on_hand:
                found[location, sku, at.strftime("%Y%m%d")] = units - on_hand
            on_hand = units if kind == "count" else on_hand + units
    assert found == listed
    assert found


def test_the_dirt_list_names_every_bad_row_by_file_and_record(history, read_rows):
    dirt = [d for d in read_dirt(history.truth_dir) if d["kind"] == "bad_row"]
    again = {d["file"] for d in read_dirt(history.truth_dir) if d["kind"] == "repeated_file"}
    assert {d["fault"] for d in dirt} >= {"negative_quantity", "price_text", "future_date", "missing_sku", "ragged"}
    for entry in dirt:
        lines = (history.inbox / entry["feed"] / entry["file"]).read_text(encoding="utf-8").splitlines()
        assert "BAD-" in lines[entry["record_number"]], entry
    listed = {(d["feed"], d["file"], d["record_number"]) for d in dirt}
    for path in history.inbox.rglob("*_2*.*"):
        if path.name not in again:
            marked = [n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines()) if "BAD-" in text]
            assert {(path.parent.name, path.name, n) for n in marked} <= listed


def test_bad_rows_stay_below_one_in_a_hundred_and_below_the_gate_in_each_file(history):
    bad, rows = {}, {}
    for path in history.inbox.rglob("*_2*.*"):
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        bad[path], rows[path] = sum("BAD-" in line for line in lines), len(lines)
    assert sum(bad.values()) <= 0.01 * sum(rows.values())
    assert all(bad[path] <= 0.045 * rows[path] for path in bad)


def test_repeated_files_are_byte_for_byte_the_same_and_late_files_are_listed(history):
    dirt = read_dirt(history.truth_dir)
    for entry in (d for d in dirt if d["kind"] == "repeated_file"):
        folder = history.inbox / entry["feed"]
        assert (folder / entry["file"]).read_bytes() == (folder / entry["copy_of"]).read_bytes()
    late = {d["file"] for d in dirt if d["kind"] == "late_file"}
    assert late == {path.name for path in history.inbox.rglob("*_late_*")}
    assert late
    assert any(d["kind"] == "repeated_file" for d in dirt)


def test_channel_orders_change_their_status_later(history, read_orders, read_rows):
    cancelled = [order for order in read_orders(history.inbox) if order["cancelled_at"]]
    assert cancelled
    assert all(order["cancelled_at"] > order["created_at"] for order in cancelled)
    items = read_rows(history.inbox, "marketplace_orders")
    held = {row["item_id"] for row in items if row["status"] == "on_hold"}
    released = {
        row["item_id"] for row in items if row["status"] == "new" and row["last_change_at"] != row["purchased_at"]
    }
    assert released
    assert released <= held


def test_stores_lose_sales_and_the_truth_holds_how_many(history, read_rows, small_spec):
    demand = read_truth(history.truth_dir, "demand").to_pandas()
    tills = demand[demand["channel_id"] == "pos"]
    state = load_state(history.state_dir, fingerprint(small_spec))
    unread = [row for due in state.agenda.values() for e in due if e.get("feed") == "pos_sales" for row in e["records"]]
    sold = sum(max(int(row["qty"]), 0) for row in read_rows(history.inbox, "pos_sales")) + sum(row[5] for row in unread)
    assert sold == tills["qty_demand"].sum() - tills["qty_lost"].sum()
    assert tills["qty_lost"].sum() > 0


def test_lines_of_the_last_day_stay_open(small_spec, history):
    state = load_state(history.state_dir, fingerprint(small_spec))
    assert sum(line.placed == small_spec.history_end.toordinal() for line in state.open_lines.values()) > 20


def test_each_export_document_is_answered_once_and_never_beyond_stock(small_spec, make_home, tmp_path, read_rows):
    spec = replace(small_spec, months=1, lines_per_day=60)
    home = make_home(tmp_path)
    simulate_history(spec, home)
    day = spec.history_end + timedelta(days=1)
    documents = _documents(spec, home, day, quantity=300)
    before = load_state(home.state_dir, fingerprint(spec)).on_hand.sum()
    simulate_day(spec, home, day, documents)
    simulate_day(spec, home, day + timedelta(days=1), documents)
    answers = [r for r in read_rows(home.inbox, "stock_movements") if r["movement_ref"].startswith("SH-X-")]
    assert {r["effective_at"][:10] for r in answers} == {day.isoformat()}
    asked = {(d["location_id"], str(e["line_number"])) for d in documents for e in d["lines"]}
    assert {(r["location_id"], r["line_ref"]) for r in answers} <= asked
    assert 0 < sum(int(r["quantity"]) for r in answers) <= before
    assert read_truth(home.truth_dir, "on_hand").to_pandas()["qty_on_hand"].min() >= 0


def _order(kind, ref, at, to, *lines, partner="SUP-01", day="2025-03-31"):
    return {
        "export_id": f"X-{ref}", "document_type": kind, "wave": ref, "partner_id": partner, "location_id": at,
        "ship_to_location_id": to, "created_at": f"{day}T20:00:00+00:00",
        "lines": [{"line_ref": f"L{n}", "sku": sku, "quantity": quantity} for n, (sku, quantity) in enumerate(lines)],
    }  # fmt: skip


def test_where_our_orders_count_suppliers_and_places_go_by_them_once_and_buyers_have_stopped(
    small_spec, make_home, tmp_path, read_rows, stock_events
):
    spec = replace(small_spec, months=1, lines_per_day=60)
    home = make_home(tmp_path)
    simulate_history(spec, home)
    on_hand = load_state(home.state_dir, fingerprint(spec)).on_hand[0, : spec.sku_count - spec.dropped_sku_count]
    most, none = (f"SKU-{number + 1:05d}" for number in (int(on_hand.argmax()), int(on_hand.argmin())))
    suppliers = build_network(spec).suppliers
    fastest = suppliers.ids[int(suppliers.lead_time_days.argmin())]
    orders = [
        _order("purchase_order", "PO-OURS", "WH-NORTH", "", (most, 24), (none, 6), partner=fastest),
        _order("purchase_order", "PO-LEFT", "WH-NORTH", "", (most, 24), partner="SUP-DS-01"),
        _order("transfer_order", "TR-OURS", "WH-NORTH", "ST-01", (most, 10**6), (none, 0)),
    ]
    for days in range(1, 15):
        simulate_day(spec, home, spec.history_end + timedelta(days=days), [], orders)
    bought = [row for row in read_rows(home.inbox, "purchase_orders") if row["business_date"] > "2025-03-31"]
    new = [(row["po_ref"], row["line_ref"], row["quantity"]) for row in bought if row["status"] == "open"]
    assert new == [("PO-OURS", "L0", "24"), ("PO-OURS", "L1", "6")]
    assert [row["status"] for row in bought if row["po_ref"] == "PO-OURS"] == ["open", "open", "received", "received"]
    moved = [row for row in read_rows(home.inbox, "stock_movements") if row["business_date"] > "2025-03-31"]
    legs = [(row["kind"], row["movement_ref"], row["sku"]) for row in moved if row["kind"].startswith("transfer")]
    assert legs == [("transfer_out", "TR-OURS", most), ("transfer_in", "TR-OURS", most)]
    sent = {row["quantity"] for row in moved if row["movement_ref"] == "TR-OURS"}
    assert len(sent) == 1
    assert 0 < int(sent.pop()) < 10**6, "what is there, no more"
    _assert_ledger_equals_truth(spec, home, stock_events)


def test_an_order_for_what_the_network_does_not_have_is_refused(small_spec, make_home, tmp_path):
    spec = replace(small_spec, months=1, lines_per_day=60)
    home = make_home(tmp_path)
    simulate_history(spec, home)
    day = spec.history_end + timedelta(days=1)
    with pytest.raises(ValueError, match="SKU-NONE"):
        simulate_day(spec, home, day, [], [_order("purchase_order", "PO", "WH-NORTH", "", ("SKU-NONE", 1))])


def test_without_exports_nothing_is_shipped_after_history(small_spec, make_home, tmp_path, read_rows):
    spec = replace(small_spec, months=1, lines_per_day=60)
    home = make_home(tmp_path)
    simulate_history(spec, home)
    day = spec.history_end + timedelta(days=1)
    simulate_day(spec, home, day, [])
    rows = read_rows(home.inbox, "stock_movements")
    assert not [r for r in rows if r["kind"] == "shipment" and r["business_date"] == day.isoformat()]


def test_a_day_simulated_twice_changes_nothing_and_a_skipped_day_is_refused(small_spec, make_home, tmp_path, digest):
    spec = replace(small_spec, months=1, lines_per_day=30)
    home = make_home(tmp_path)
    simulate_history(spec, home)
    day = spec.history_end + timedelta(days=1)
    simulate_day(spec, home, day, [])
    before = digest(tmp_path)
    assert simulate_day(spec, home, day, []).file_count == 0
    assert digest(tmp_path) == before
    assert last_simulated_day(spec, home) == day
    with pytest.raises(ValueError, match="next day"):
        simulate_day(spec, home, day + timedelta(days=2), [])
    with pytest.raises(ValueError, match="another network"):
        simulate_day(replace(spec, seed=99), home, day, [])
    with pytest.raises(ValueError, match="unknown location"):
        simulate_day(
            spec, home, day + timedelta(days=1), [{"export_id": "X", "location_id": "MOON", "wave": 1, "lines": []}]
        )


def test_state_is_data_and_no_pickle(small_spec, history):
    names = sorted(path.name for path in history.state_dir.iterdir())
    assert names == [f"arrays-{small_spec.history_end}.npz", "state.json"]
    json.loads((history.state_dir / "state.json").read_text(encoding="utf-8"))
    with np.load(history.state_dir / names[0], allow_pickle=False) as arrays:
        assert (arrays["on_hand"] >= 0).all()


def test_memory_does_not_grow_with_the_history(make_home, tmp_path):
    def peak(months: int, name: str) -> int:
        spec = NetworkSpec(
            sku_count=40, store_sku_count=20, months=months, lines_per_day=60, history_end=date(2025, 6, 30)
        )
        tracemalloc.start()
        simulate_history(spec, make_home(tmp_path / name))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1, "warm")
    assert peak(4, "long") < 1.5 * peak(1, "short")


@pytest.mark.parametrize(
    "change", [{"seed": -1}, {"sku_count": 1}, {"lines_per_day": 0}, {"web_share": 0.9}, {"drop_ship_sku_count": 60}]
)
def test_an_impossible_network_is_refused(small_spec, change):
    with pytest.raises(ValueError, match="NetworkSpec"):
        replace(small_spec, **change)


def test_a_day_killed_before_its_state_was_kept_is_written_again_with_the_same_bytes(
    small_spec, make_home, tmp_path, digest
):
    spec, home = replace(small_spec, months=1, lines_per_day=30), make_home(tmp_path)
    simulate_history(spec, home)
    day = spec.history_end + timedelta(days=1)
    documents, kept = _documents(spec, home, day), tmp_path / "kept"
    shutil.copytree(home.state_dir, kept)
    simulate_day(spec, home, day, documents)
    before = digest(home.inbox)
    shutil.rmtree(home.state_dir)
    shutil.copytree(kept, home.state_dir)
    simulate_day(spec, home, day, documents)
    assert digest(home.inbox) == before
