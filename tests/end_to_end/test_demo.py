"""The demo network, three days in a row: nothing lost, nothing doubled, and a rebuild that agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dashboards.allocation.trying import Trial, moved_table, read_sets
from oms_core.feeds.x12.answers import answer_to
from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import what_if
from oms_core.replenishment.policy.targets import PolicyRule, sku_location
from oms_core.store.operations import PolicyChange, open_operations
from oms_core.store.operations import at_the_machine as by
from oms_core.store.published.snapshots import Snapshot
from oms_core.twin import read_dirt, read_truth
from tests.commands import Oms

X12_FEED = """
feed: wh_north_x12
format: x12
emits: [acknowledgements, stock_movements, order_events, stock_counts]
arrival: {at: "23:30"}
constants: {partner_id: WH-NORTH}
"""


@pytest.fixture(scope="module")
def demo(first_day: Callable[[str], Oms]) -> Oms:
    """After three days, on the last of which a planner has asked for more service, for a launch, and that orders leave
    the warehouses' safety stock alone."""
    oms = first_day("demo")
    (oms.home / "feeds" / "wh_north_x12.yaml").write_text(X12_FEED, encoding="utf-8")
    (oms.home / "inbox" / "wh_north_x12").mkdir()
    oms("simulate")
    _answer(oms.home, "2026-06-01")
    oms("run")
    oms("simulate")
    _answer(oms.home, "2026-06-02")
    _plan(oms.home)
    oms("run")
    return oms


def _plan(home: Path) -> None:
    """The second version of the policy, an override, and a rule for each warehouse."""
    now = datetime(2026, 6, 2, tzinfo=UTC)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=now) as store:
        changes = [PolicyChange("abc_class", value, 0.995) for value in "ABC"]
        store.save_policy(changes, by("planner"), "more service", now, store.current_policy().version)
    (home / "inbox" / "forecast_overrides" / "forecast_overrides_2026-06-02.csv").write_text(
        "override_ref,kind,value,sku,location_id,category,first_date,last_date,event,author,reason,effective_at,business_date\n"
        "new,set,9,LAUNCH,WH-NORTH,,2026-06-05,2026-07-31,,Ada,New product,2026-06-02T09:00:00+02:00,2026-06-02\n",
        encoding="utf-8",
    )
    (home / "inbox" / "availability_rules" / "availability_rules_2026-06-02.csv").write_text(
        "rule,location_id,value,effective_at,business_date\n"
        "kept_back_share,WH-NORTH,1,2026-06-02T09:00:00+02:00,2026-06-02\n"
        "kept_back_share,WH-SOUTH,1,2026-06-02T09:00:00+02:00,2026-06-02\n",
        encoding="utf-8",
    )


def _answer(home: Path, day: str) -> None:
    """WH-NORTH takes every 940 that it finds and says so by X12; WH-SOUTH refuses what it finds, by CSV."""
    for number, path in enumerate(sorted((home / "outbox" / "WH-NORTH").glob("2*.x12"))):
        (interchange,) = read_interchanges(path.read_bytes())
        answer = answer_to(interchange, 100 + number, datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        (home / "inbox" / "wh_north_x12" / f"997_{number}_{day}.edi").write_bytes(answer)
    refused = [json.loads(path.read_text())["export_id"] for path in (home / "outbox" / "WH-SOUTH").glob("*.json")]
    rows = [f"WH-SOUTH,{export_id[:8]},{export_id},rejected,dock closed,{day}T12:00:00Z,{day}" for export_id in refused]
    head = "partner_id,acknowledgement_ref,document_ref,status,reason,effective_at,business_date"
    if rows:
        path = home / "inbox" / "acknowledgements" / f"acknowledgements_{day}.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def test_the_identities_hold(demo: Oms) -> None:
    findings = demo.answer("doctor")
    assert len(findings) > 15
    assert [f["statement"] for f in findings if f["offending"] and f["is_error"]] == []


def test_a_rebuild_from_landing_equals_the_incremental_result_on_every_mart(demo: Oms) -> None:
    assert "Every mart equals" in demo("rebuild", "--check")


def test_running_again_changes_nothing(demo: Oms) -> None:
    before = demo.value("select count(*) from fct_exports")
    snapshot = (demo.home / "published" / "CURRENT").read_text()
    demo("run")
    assert (demo.home / "published" / "CURRENT").read_text() == snapshot
    assert demo.value("select count(*) from fct_exports") == before


def test_every_document_is_written_once_and_answered_by_its_warehouse(demo: Oms) -> None:
    documents = [json.loads(path.read_text()) for path in sorted((demo.home / "outbox").glob("*/*.json"))]
    assert len({document["export_id"] for document in documents}) == len(documents) > 0
    assert {document["export_id"] for document in documents} == {
        row["export_id"] for row in demo.query("select distinct export_id from fct_exports")
    }
    assert demo.value("select sum(qty_shipped) from fct_exports") > 0


def test_a_line_of_a_document_is_traced_to_the_row_of_its_channels_file(demo: Oms) -> None:
    (asked,) = demo.query(
        "select export_id, line_number, order_line_id, sku, location_id, exported_at from fct_exports"
        " where run_id = (select max_by(run_id, exported_at) from fct_exports) order by export_id, line_number limit 1"
    )
    told = demo.answer("lineage", f"{asked['export_id'][:12]}/{asked['line_number']}")
    (document,), (decision,), (rules,), *_, stock, _, (line,) = (step["rows"] for step in told)
    assert document["line_number"] == asked["line_number"]
    assert (decision["location_id"], decision["run_id"]) == (asked["location_id"], rules["run_id"])
    assert (line["order_line_id"], line["sku"]) == (asked["order_line_id"], asked["sku"])
    (total,) = (row["quantity"] for row in stock if row["movement_kind"] == "all")
    assert total >= decision["qty_ats_before"] > 0
    (received,) = (demo.home / "received" / line["feed"]).glob(f"{line['file_sha256'][:16]}-*")
    assert asked["order_line_id"].split(":")[2] in received.read_text(encoding="utf-8")
    assert "No line is called 'nothing/1'" in demo("lineage", "nothing/1", code=1)


def test_partners_answers_move_their_documents_and_what_was_refused_is_stuck_until_it_is_void(demo: Oms) -> None:
    listed = demo.answer("exports", "list")
    states = {(row["partner"], row["wave"][:10]): row["state"] for row in listed}
    assert states["WH-NORTH", "2026-05-31"] == states["WH-NORTH", "2026-06-01"] == "acknowledged"
    assert states["WH-SOUTH", "2026-05-31"] == "rejected"
    assert states["WH-NORTH", "2026-06-02"] == "sent"
    answers = demo.query("select distinct partner_id, answer, answer_reason from fct_exports where answer is not null")
    assert sorted((a["partner_id"], a["answer"], a["answer_reason"]) for a in answers) == [
        ("WH-NORTH", "accepted", None),
        ("WH-SOUTH", "rejected", "dock closed"),
    ]
    stuck = demo.answer("exports", "list", "--stuck")
    assert {row["partner"] for row in stuck} == {"WH-SOUTH"}
    assert "is void" in demo("exports", "void", stuck[0]["export_id"], "--reason", "their dock is closed")
    assert len(demo.answer("exports", "list", "--stuck")) == len(stuck) - 1
    assert "is acknowledged: retry needs one that is sent or unknown" in demo(
        "exports", "retry", next(r["export_id"] for r in listed if r["state"] == "acknowledged"), "--reason", "x",
        code=1, COLUMNS="200",
    )  # fmt: skip


def test_every_run_says_by_which_rules_it_decided_and_how_near_to_the_cheapest(demo: Oms) -> None:
    runs = demo.query("select * from fct_allocation_runs order by business_date")
    assert len(runs) == 3
    for run in runs:
        assert run["bound_minor"] <= run["cost_minor"] <= run["greedy_minor"]
        assert run["gap"] < 0.05
        assert "parcels:" in run["rules"]
    reasons = demo.query("select reason_code, alternative_cost_minor, cost_minor from fct_allocations")
    assert {row["reason_code"] for row in reasons} >= {"cheapest", "only_place"}
    assert all(row["cost_minor"] is not None for row in reasons)


def test_rule_sets_are_compared_on_a_past_day_and_nothing_is_decided(demo: Oms, tmp_path: Path) -> None:
    (tmp_path / "greedy.yaml").write_text("solver: greedy\n", encoding="utf-8")
    (tmp_path / "near.yaml").write_text("handling_minor: {warehouse: 500}\n", encoding="utf-8")
    (tmp_path / "ahead.yaml").write_text("scarcity_weight: 1\n", encoding="utf-8")
    (tmp_path / "blind.yaml").write_text("scarcity_weight: 0\n", encoding="utf-8")
    before = demo.value("select count(*) from fct_allocations")
    names = ("greedy.yaml", "near.yaml", "ahead.yaml", "blind.yaml")
    files = [*(str(tmp_path / name) for name in names), str(demo.home / "sourcing.yaml")]
    # What is said of its progress comes after the answer.
    said = demo("allocate", "--compare", *files, "--as-of", "2026-06-01", "--json")
    greedy, near, ahead, blind, own = json.JSONDecoder().raw_decode(said)[0]
    assert (greedy["rules"], greedy["solver"], near["solver"]) == ("greedy.yaml", "greedy", "optimise")
    that_day = "(select run_id from fct_allocation_runs where business_date = '2026-06-01')"
    decided = f"select count(distinct order_line_id) from fct_allocations where run_id = {that_day}"
    assert own["lines_allocated"] == demo.value(decided), "the home's rules decide as they did that day"
    assert own["cost_minor"] == demo.value(
        "select cost_minor from fct_allocation_runs where business_date = '2026-06-01'"
    )
    assert near["cost_minor"] <= near["greedy_cost_minor"]
    # What orders to come want costs whoever takes it today: a plan that does not look ahead has no such cost.
    assert blind["cost_minor"] < blind["cost_by_home_rules_minor"]
    assert ahead["units_waiting"] == blind["units_waiting"], "nothing is held back unless the rules say so"
    assert sum(place["units"] for place in greedy["places"]) == greedy["units_allocated"]
    assert demo.value("select count(*) from fct_allocations") == before
    assert "line 1: solver" in demo("allocate", "--dry-run", _bad(tmp_path), code=2, COLUMNS="200")


def test_a_page_tries_rules_as_the_command_does(demo: Oms, tmp_path: Path) -> None:
    sets, refused = read_sets([("greedy.yaml", "solver: greedy\n"), ("few.yaml", "parcels_per_day: {warehouse: 3}\n")])
    assert refused == []
    kept = {path: path.read_bytes() for path in (demo.home / "landing").rglob("*") if path.is_file()}
    # Of the last run's orders only those are left that nothing can be done for.
    trial = Trial(demo.home, sets, date(2026, 6, 1), tmp_path)
    while not trial.wait(1):
        pass
    tried = trial.tried()
    assert "deciding" in trial.last_word
    (greedy, few) = tried.answers
    assert (greedy["solver"], few["solver"]) == ("greedy", "optimise")
    assert {place["limit"] for place in few["places"] if place["location_id"].startswith("WH")} == {3}
    assert all(place["parcels"] <= 3 for place in few["places"] if place["limit"] == 3)
    assert set(moved_table(greedy, few)["reason"]) - {""}
    assert {path: path.read_bytes() for path in (demo.home / "landing").rglob("*") if path.is_file()} == kept


def test_a_proposal_is_listed_as_the_mart_has_it_and_what_is_not_there_is_not_accepted(demo: Oms) -> None:
    listed = demo.answer("proposals", "list", "--kind", "transfer")
    assert len(listed) == demo.value("select count(*) from fct_replenishment where kind = 'transfer'")
    assert {row["state"] for row in listed} == {"open"}
    assert "Nothing is open that is like that" in demo("proposals", "accept", "--all", "--supplier", "NOBODY")
    assert "no proposal begins with 'zz'" in demo("proposals", "accept", "zz", code=1)


def test_the_order_desk_shows_a_line_foresees_a_command_and_refuses_what_cannot_be(demo: Oms) -> None:
    line = demo.value("select min(order_line_id) from fct_backorders")
    (shown,) = demo.answer("orders", "show", str(line))["lines"]
    assert shown["qty_left"] > 0
    assert shown["why"] == demo.value(f"select reason from fct_backorders where order_line_id = '{line}'")
    assert shown["events"][0]["event_type"] == "placed"
    said = demo.answer("orders", "hold", str(line), "--reason", "rang", "--dry-run")
    assert said[0]["what"][0].startswith(f"The next run holds {shown['qty_left']} unit")
    assert "left to cancel" in demo("orders", "cancel", str(line), "--quantity", "999999", "--reason", "x", code=1)
    assert "No line is called" in demo("orders", "show", "nothing", code=1)
    assert demo.answer("orders", "list") == []


def _bad(folder: Path) -> str:
    (folder / "bad.yaml").write_text("solver: best\n", encoding="utf-8")
    return str(folder / "bad.yaml")


def test_allocated_lines_are_never_more_than_was_available(demo: Oms) -> None:
    over = demo.query("""
        select sku, location_id, run_id from fct_allocations
        group by all having sum(qty_allocated) > max(qty_ats_before)""")
    assert over == []


def test_what_waits_is_promised_for_days_on_which_its_supply_is_there(demo: Oms) -> None:
    promised = demo.query("""
        select b.promised_date, l.promised_date as first_promise, b.promised_date > l.business_date as is_later
        from fct_backorders b join fct_order_lines l using (order_line_id) where b.promised_date is not null""")
    assert promised
    assert all(row["is_later"] and row["first_promise"] is not None for row in promised)


def test_a_rule_keeps_back_what_orders_would_take_otherwise(demo: Oms) -> None:
    warehouses = "from fct_inventory_position join dim_location using (location_id) where kind = 'warehouse'"
    assert demo.value(f"select sum(qty_safety_stock - qty_kept_back) {warehouses}") == 0
    assert demo.value(f"select count(*) {warehouses} and qty_ats > greatest(qty_on_hand - qty_safety_stock, 0)") == 0
    assert demo.value("select count(*) from fct_backorders") > 0


def test_what_is_short_is_proposed_from_the_position_that_the_marts_show(demo: Oms) -> None:
    rows = demo.query("""
        with parts as (
            select sku, location_id, qty_on_hand - qty_blocked - qty_reserved + qty_inbound as quantity
            from fct_inventory_position
            union all
            select l.sku, l.demand_location_id, -b.qty_backordered
            from fct_backorders b join fct_order_lines l using (order_line_id)
        ), moved as (
            select sku, location_id, quantity from fct_replenishment where kind = 'transfer'
            union all
            select sku, from_location_id, -quantity from fct_replenishment where kind = 'transfer'
        ), positions as (
            select sku, location_id, sum(quantity) as position
            from (from parts union all from moved) group by all
        )
        select s.qty_order_up_to, s.qty_reorder_point, p.position, r.quantity, r.qty_position, r.expected_date,
               r.business_date
        from fct_safety_stock s join positions p using (sku, location_id)
        join dim_product using (sku) join dim_location l using (location_id)
        left join fct_replenishment r on r.kind = 'purchase' and r.sku = s.sku and r.location_id = s.location_id
        where s.is_current and is_active and l.kind = 'warehouse'""")  # what is on its way to stores is in no mart
    short = [
        row for row in rows if row["position"] <= row["qty_reorder_point"] and row["position"] < row["qty_order_up_to"]
    ]
    assert short
    assert all(row["quantity"] + row["position"] >= row["qty_order_up_to"] for row in short)
    assert all(row["qty_position"] == row["position"] for row in short)
    assert all(row["expected_date"] >= row["business_date"] for row in short)
    along = [row for row in rows if row["position"] > row["qty_reorder_point"] and row["quantity"] is not None]
    assert all(row["quantity"] + row["position"] <= row["qty_order_up_to"] for row in along)


def test_every_planted_bad_row_is_quarantined_and_nothing_else(demo: Oms) -> None:
    dirt = [entry for entry in read_dirt(demo.home / "twin" / "truth") if entry["kind"] == "bad_row"]
    planted = {(entry["feed"], entry["file"], entry["record_number"]) for entry in dirt}
    rows = demo.query("select distinct feed, file_name, row_number from rpt_quarantine")
    assert {(row["feed"], row["file_name"], row["row_number"]) for row in rows} == planted
    assert planted


def test_the_ledger_agrees_with_the_twins_own_stock_but_for_what_nobody_counted(demo: Oms) -> None:
    truth = read_truth(demo.home / "twin" / "truth", "on_hand").to_pandas()
    last = truth[truth["business_date"] == truth["business_date"].max()]
    expected = {(row.location_id, row.sku): row.qty_on_hand + row.qty_uncounted_loss for row in last.itertuples()}
    rows = demo.query("select location_id, sku, qty_on_hand from fct_inventory_position")
    assert len(rows) > 100
    assert {(r["location_id"], r["sku"]): r["qty_on_hand"] for r in rows} == {
        (r["location_id"], r["sku"]): expected[r["location_id"], r["sku"]] for r in rows
    }


def test_a_changed_target_and_an_override_change_the_next_run(demo: Oms) -> None:
    (launch,) = demo.query("select * from fct_safety_stock where is_current and sku = 'LAUNCH'")
    assert launch["qty_order_up_to"] >= launch["qty_demand_mean"] > 9 * (launch["protection_days"] - 4)
    altered = demo.query("select sku, cast(min(target_date) as varchar) as first_day from fct_forecast "
                         "where qty_forecast <> qty_unaltered group by sku")  # fmt: skip
    assert [(row["sku"], row["first_day"]) for row in altered] == [("LAUNCH", "2026-06-05")]
    stocks = demo.query("""
        select policy_version, is_current, sum(qty_safety_stock) as units from fct_safety_stock
        where sku <> 'LAUNCH' group by all order by policy_version""")
    assert [(row["policy_version"], row["is_current"]) for row in stocks] == [(1, False), (2, True)]
    assert stocks[0]["units"] < stocks[1]["units"]


def test_what_a_page_shows_of_rules_is_what_the_run_makes_of_them(demo: Oms) -> None:
    """From one run's published levels: the next run's, under rules of every kind, on the same demand."""
    now = datetime(2026, 6, 4, tzinfo=UTC)
    (one,) = demo.query("""
        select sku, location_id, supplier_id from fct_safety_stock
        where is_current and supplier_id <> '' order by investment_minor desc limit 1""")
    changes = [
        PolicyChange("supplier", one["supplier_id"], lead_time_days=25.0),
        PolicyChange("demand_pattern", "lumpy", 0.96, "fill_rate"),
        PolicyChange("abc_xyz_class", "AX", 0.985),
        PolicyChange("location", "ST-01", qty_minimum=2),
        PolicyChange("sku_location", sku_location(one["sku"], one["location_id"]), 0.99, lead_time_days=3.0),
    ]
    with open_operations(f"sqlite:///{demo.home / 'operations.db'}", now=now) as store:
        rules = store.save_policy(changes, by("planner"), "all kinds", now, store.current_policy().version).rules
    asked = _what_if(demo, rules)
    demo("run")
    with Snapshot.current(demo.home / "published") as snapshot:
        night = snapshot.query("select * from fct_safety_stock where is_current").to_pandas()
    night = night.sort_values(["sku", "location_id"]).reset_index(drop=True)
    compared = [name for name in asked.columns if name != "policy_version"]
    pd.testing.assert_frame_equal(asked[compared], night[compared], check_dtype=False)
    kinds = {name.partition(":")[0] for column in ("policy_scope", "lead_time_scope", "minimum_scope")
             for name in night[column].dropna()}  # fmt: skip
    assert kinds >= {change.scope_kind for change in changes}


def _what_if(demo: Oms, rules: Sequence[PolicyRule]) -> pd.DataFrame:
    with Snapshot.current(demo.home / "published") as snapshot:
        levels = snapshot.query("select * from fct_safety_stock where is_current").to_pandas()
        grid = DemandGrid.from_frame(snapshot.query("select * from fct_interval_demand").to_pandas())
    return what_if(levels, grid, rules=rules, policy_version=0)


def test_the_forecast_beats_seasonal_naive(demo: Oms) -> None:
    rows = demo.query("""
        select model, avg(value) as loss from fct_forecast_accuracy
        where metric = 'spl' and segment = 'all' group by model""")
    loss = {row["model"]: row["loss"] for row in rows}
    assert loss["global_hgb"] < loss["seasonal_naive"]
    assert loss["global_hgb"] < loss["empirical_91"] * 1.02


def test_what_a_drop_shipper_ships_is_not_bought_for_places_that_never_held_it(demo: Oms) -> None:
    shipped = """
        select distinct sku from fct_inventory_position join dim_location using (location_id)
        where kind = 'drop_shipper'"""
    assert demo.query(shipped)
    assert (
        demo.value(f"""
        select count(*) from fct_replenishment anti join fct_inventory_position using (sku, location_id)
        where sku in ({shipped})""")
        == 0
    )


def test_past_weeks_run_again_say_what_a_higher_target_would_have_given(demo: Oms) -> None:
    answer = demo.answer("backtest", "--weeks", "10", "--service-level", "0.8", "--service-level", "0.99")
    found = {(row["scenario"], row["metric"]): row for row in answer}
    low, high = ({metric: found[f"RS at {target}", metric] for metric in ("fill_rate", "qty_stock_mean")}
                 for target in ("0.8", "0.99"))  # fmt: skip
    assert low["fill_rate"]["value"] < high["fill_rate"]["value"] <= 1
    assert low["qty_stock_mean"]["value"] < high["qty_stock_mean"]["value"]
    assert all(row["low"] <= row["value"] <= row["high"] for row in answer)
    # Where stock is there, fewer orders leave in more than one parcel.
    assert 0 <= found["RS at 0.99", "split_orders"]["value"] < found["RS at 0.8", "split_orders"]["value"] < 1
    again = demo.answer("backtest", "--weeks", "10", "--service-level", "0.8")
    assert again == [row for row in answer if row["scenario"] == "RS at 0.8"]
    assert "ask for more" in demo("backtest", "--weeks", "1", code=2, COLUMNS="200")
    assert "ask for fewer" in demo("backtest", "--weeks", "200", code=2, COLUMNS="200")
    assert "give --service-level" in demo("backtest", "--measure", "fill_rate", code=2, COLUMNS="200")
    unknown = demo("backtest", "--measure", "luck", "--service-level", "0.9", code=2, COLUMNS="200")
    assert "cycle_service, fill_rate, least_cost" in unknown


def test_the_curve_covers_what_todays_levels_cover_for_less(demo: Oms) -> None:
    answer = demo.answer("curve", "--fill-rate", "0.99")
    named = answer["named"]
    today, cheapest = named["today"], named["cheapest with today's fill rate"]
    investment = demo.value("select sum(investment_minor) from fct_safety_stock where is_current")
    assert today["investment_minor"] == investment
    assert cheapest["fill_rate"] >= today["fill_rate"]
    assert cheapest["investment_minor"] <= today["investment_minor"]
    assert named["cheapest with 0.99"]["fill_rate"] >= 0.99
    assert "there are EUR" in demo("curve", "--currency", "USD", code=2, COLUMNS="200")


def test_a_snapshot_can_be_read_by_a_bare_duckdb(demo: Oms) -> None:
    folder = demo.home / "published" / (demo.home / "published" / "CURRENT").read_text().strip()
    row = duckdb.sql(f"select count(*) from '{Path(folder) / 'fct_orders' / '*.parquet'}'").fetchone()
    assert row is not None
    assert row[0] > 0
