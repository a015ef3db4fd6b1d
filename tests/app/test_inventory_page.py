"""The inventory page: what its filters find, how one position explains itself, and the ledger on both time axes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from dashboards.inventory import ledger, queries
from dashboards.source import Query
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener, metric, text_of
from tests.app.window import choose_row, settle

HERE = {"sku": "SKU-001", "at": "WH-1"}
LEDGER = {"part": "The ledger behind it"}


@pytest.fixture
def asked(home: Path) -> Iterator[Callable[[Query], pd.DataFrame]]:
    """Answers of the published home."""
    with Snapshot.current(home / "published") as snapshot:
        yield lambda query: snapshot.query(query.sql, query.parameters).to_pandas()


def test_what_may_be_sold_is_explained_by_parts_that_sum_to_it(open_page: Opener) -> None:
    app = open_page("inventory", **HERE)
    steps = app.dataframe[0].value.set_index("part")["units"]
    why = app.dataframe[0].value.set_index("part")["why"]
    assert steps.drop("Available to sell").sum() == steps["Available to sell"]
    assert steps["In doubt"] == -1
    assert why["In doubt"] == "nothing heard since 2026-05-20"
    assert why["Reserved"] == "promised to 1 order line, not shipped yet"
    asked = "for 95.0 % cycle service, by class B of policy version 1"
    assert why["Kept back"] == f"of 3 units of safety stock, {asked}: kept from orders"


def test_what_is_known_late_is_the_difference_of_the_two_axes(open_page: Opener) -> None:
    app = open_page("inventory", **HERE, **LEDGER, asof="2026-05-25T12:00")
    known, true, now = (
        int(metric(app, f"What {label}")[0]) for label in ("we knew then", "was true then", "is true now")
    )
    assert true - known == -4
    assert now - true == 1
    assert metric(app, "What was true then")[1] == "-4 by 1 posting known later"
    (late,) = [element.value for element in app.dataframe if len(element.value) == 1 and "qty_balance" in element.value]
    assert list(late["known_at"].dt.date.astype(str)) == ["2026-05-30"]


def test_the_way_back_from_a_ledger_as_of_another_time_leads_to_the_list(open_page: Opener) -> None:
    app = open_page("inventory", **HERE, **LEDGER, asof="2026-05-25T12:00", replays="true")
    app = next(button for button in app.button if button.label == "All positions").click().run()
    assert [element.value for element in app.exception] == []
    assert "Choose a row to open it" in text_of(app)
    assert not {"sku", "at", "part", "asof", "replays"} & set(app.query_params)


def test_the_balance_of_every_position_is_its_postings_at_the_snapshots_instant(
    asked: Callable[[Query], pd.DataFrame],
) -> None:
    as_of = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    positions = asked(Query("select sku, location_id, qty_on_hand from fct_inventory_position"))
    assert len(positions) == 90
    for sku, location_id, on_hand in positions.itertuples(index=False):
        rows = asked(ledger.postings(sku, location_id))
        row = ledger.balances(rows, as_of, as_of)
        assert row["qty_now"] == row["qty_true"] == row["qty_known"] == on_hand
        assert rows["qty_balance"].iloc[0] == on_hand


def test_a_day_on_both_axes_is_the_balance_of_its_end(asked: Callable[[Query], pd.DataFrame]) -> None:
    as_of = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    rows = asked(ledger.postings("SKU-001", "WH-1"))
    days = ledger.both_axes(rows, as_of.date(), 20).set_index("business_date")
    assert len(days) == 20
    for day, row in days.iterrows():
        end = datetime.combine(pd.Timestamp(str(day)).date(), datetime.max.time(), UTC)
        then = ledger.balances(rows, end, as_of)
        assert (row["qty_true"], row["qty_known"]) == (then["qty_true"], then["qty_known"])


def test_every_state_and_grouping_answers(asked: Callable[[Query], pd.DataFrame]) -> None:
    whole = asked(Query("select sum(qty_on_hand) as n from fct_inventory_position"))["n"].iloc[0]
    for by in queries.GROUPINGS:
        rows = asked(queries.all_of(queries.Filters(), by))
        assert rows["qty_on_hand"].sum() == whole
        assert len(rows) == asked(queries.totals(queries.Filters(), by))["found"].sum()
    for state in queries.STATES:
        for by in queries.GROUPINGS:
            found = asked(queries.all_of(queries.Filters(state=state), by))
            assert len(found) == asked(queries.totals(queries.Filters(state=state), by))["found"].sum()


def test_what_is_dead_or_in_excess_is_found(asked: Callable[[Query], pd.DataFrame]) -> None:
    for health in ("dead", "excess"):
        found = asked(queries.all_of(queries.Filters(state=health), "SKU and location"))
        judged = asked(Query(f"select sku, location_id from rpt_inventory_health where health = '{health}'"))
        assert found[["sku", "location_id"]].to_dict("records") == judged.to_dict("records") != []


def test_a_channel_sees_its_own_part_here_and_the_networks_by_sku(asked: Callable[[Query], pd.DataFrame]) -> None:
    filters = queries.Filters(find="sku-002", location="WH-1", channel="web")
    here = asked(queries.all_of(filters, "SKU and location"))["qty_ats"]
    part = asked(Query("select qty_ats from fct_ats_by_channel where sku = 'SKU-002' and location_id = 'WH-1'"))
    assert here.sum() == part["qty_ats"].sum()
    network = asked(Query("select qty_ats from fct_ats_network where sku = 'SKU-002'"))["qty_ats"]
    assert list(asked(queries.all_of(filters, "SKU"))["qty_ats"]) == list(network)


def test_what_is_at_risk_runs_out_before_an_order_of_today_would_come(asked: Callable[[Query], pd.DataFrame]) -> None:
    risky = asked(queries.all_of(queries.Filters(state="at risk"), "SKU and location"))
    levels = asked(Query("select * from fct_safety_stock where is_current"))
    both = risky.merge(levels, on=["sku", "location_id"])
    free = (both["qty_on_hand"] - both["qty_reserved"] - both["qty_in_doubt"]).clip(lower=0)
    # What is inbound in the synthetic home comes within every lead time, two units of it pegged.
    coming = both["qty_inbound"].where(both["qty_inbound"] == 0, 10)
    assert len(both)
    assert (both["qty_lead_time_demand_mean"] - free - coming >= 0.5).all()


def test_a_search_is_data_and_never_sql(open_page: Opener) -> None:
    for extra in ({}, {"view": "Counts"}):
        app = open_page("inventory", find="' or 1=1 --", **extra)
        assert not app.exception
        assert len(app.dataframe) == 0


def test_counts_that_agree_are_not_shown_unless_asked_for(open_page: Opener) -> None:
    app = open_page("inventory", view="Counts")
    assert set(app.dataframe[0].value["cause"]) == {"unknown movement", "held for review"}
    assert "look for a breakage" in text_of(app)
    assert re.search(r"EUR [\d,.]+ (\+ JPY [\d,.]+ )?missing and ", text_of(app))
    agreed = open_page("inventory", view="Counts", cause="agrees")
    assert set(agreed.dataframe[0].value["cause"]) == {"agrees"}


def test_a_replay_of_the_whole_warehouse_is_offered_with_its_command(open_page: Opener) -> None:
    app = open_page("inventory", **HERE, **LEDGER, asof="2026-05-25T12:00", replays="true")
    (commands,) = app.code
    known, true = commands.value.splitlines()
    *words, sql = shlex.split(known)
    assert words == ["oms", "query", "--as-of", "2026-05-25T12:00Z"]
    assert sql == "select * from fct_inventory_position where (sku, location_id) = ('SKU-001', 'WH-1')"
    assert shlex.split(true) == ["oms", "query", "--effective", "2026-05-25T12:00Z", sql]


def test_a_location_opens_its_positions_one_opens_itself_and_the_way_back_keeps_the_filters(page: Page) -> None:
    page.goto("/inventory?by=Location&sort=name")
    settle(page)
    choose_row(page, 2)  # two currencies are two rows of a location
    expect(page).to_have_url(re.compile("location=WH-1"))
    expect(page.get_by_text(re.compile("^30 rows"))).to_be_visible()
    settle(page)
    choose_row(page, 0)
    expect(page).to_have_url(re.compile("sku=SKU-0.*at=WH-1"))
    expect(page.get_by_role("heading", name=re.compile("at Warehouse 1"))).to_be_visible()
    settle(page)
    page.get_by_role("button", name="All positions").click()
    expect(page.get_by_text(re.compile("^30 rows"))).to_be_visible()
    expect(page).not_to_have_url(re.compile("sku="))


def test_the_postings_of_a_position_download_in_full_and_neutralised(page: Page) -> None:
    page.goto("/inventory?sku=SKU-001&at=WH-1&part=The+ledger+behind+it")
    settle(page)
    # Of what came late, and of all.
    expect(page.get_by_role("button", name="CSV")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").last.click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + 5
    assert "known_at" in lines[0]
