"""The page of proposals as a buyer uses it: accept, change, reject, take back, and two buyers at once."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from oms_core.replenishment.proposing.deciding import Proposal
from oms_core.store.operations import RUNS, OperationsStore, open_operations
from oms_core.store.published.release_facts import read_verdicts
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener, metric, text_of
from tests.commands import call

NOW = datetime(2026, 6, 2, tzinfo=UTC)


@pytest.fixture
def store(home: Path) -> OperationsStore:
    return open_operations(f"sqlite:///{home / 'operations.db'}", now=NOW)


def press(app: AppTest, label: str, reason: str = "") -> AppTest:
    """Fill the form and press one of its buttons."""
    app.text_input(key="decide-reason").set_value(reason)
    return next(button for button in app.button if button.label.startswith(label)).click().run()


def shown(app: AppTest) -> pd.DataFrame:
    assert [element.value for element in app.exception] == []
    return pd.DataFrame(app.dataframe[0].value)


def told(app: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in (*app.success, *app.warning)]


def rewrite(file: Path, table: pa.Table, request: pytest.FixtureRequest) -> None:
    """Another mart in a snapshot that is read. Answers are kept by snapshot, which never changes but here."""
    before = file.stat().st_size
    pq.write_table(table, file)
    manifest = file.with_name("manifest.json")
    manifest.write_text(manifest.read_text().replace(str(before), str(file.stat().st_size)))
    for cache in (st.cache_data, st.cache_resource):
        cache.clear()
        request.addfinalizer(cache.clear)


def test_all_that_the_filters_leave_is_accepted_and_taken_back(open_page: Opener, store: OperationsStore) -> None:
    app = open_page("replenishment", kind="Move")
    app = press(app, "Accept", reason="pallet is due")
    assert told(app)[0].startswith("**1 proposal accepted**, EUR ")
    assert list(shown(app)["state"]) == ["accepted"]
    assert "by Ada" in shown(app)["reason"].iloc[0]
    (decision,) = store.decisions()
    assert (decision.verdict, decision.quantity, decision.reason) == ("accepted", 6, "pallet is due")
    only = open_page("replenishment", state="accepted")
    assert list(shown(only)["kind"]) == ["Move"]
    app = press(only, "Take back")
    assert store.decisions()[0].verdict == "undone"
    assert "open again" in told(app)[0]
    assert len(shown(open_page("replenishment", state="open"))) > 1


def test_many_are_accepted_at_once_and_none_of_them_is_open_then(open_page: Opener, store: OperationsStore) -> None:
    app = open_page("replenishment", kind="Buy")
    count = len(shown(app))
    app = press(app, f"Accept {count}")
    assert f"{count} proposals accepted" in told(app)[0]
    assert {one.verdict for one in store.decisions()} == {"accepted"}
    assert set(shown(open_page("replenishment", state="open"))["kind"]) == {"Move"}
    metric = next(element for element in app.metric if element.label == "Accepted, at cost")
    assert metric.delta == f"{count} proposals, 0 ordered"


def test_a_rejection_needs_its_reason_and_a_quantity_fits_the_packs(open_page: Opener, store: OperationsStore) -> None:
    app = press(open_page("replenishment", kind="Move"), "Reject")
    assert "needs a reason" in told(app)[0]
    bought = shown(open_page("replenishment", kind="Buy")).iloc[0]
    one = {"find": str(bought["sku"]), "location": str(bought["location_id"]), "kind": "Buy"}
    app = open_page("replenishment", **one)
    app.number_input[0].set_value(13)
    app = press(app, "Accept")
    assert "packs of 6. Possible: 12 or 18" in told(app)[0]
    app.number_input[0].set_value(18)
    app = press(app, "Accept")
    assert store.decisions()[0].quantity == 18
    app = press(open_page("replenishment", kind="Move"), "Reject", reason="not worth the truck")
    assert list(shown(app)["state"]) == ["rejected"]


def test_who_orders_some_of_a_supplier_is_told_what_he_leaves(open_page: Opener) -> None:
    bought = shown(open_page("replenishment", kind="Buy"))
    ((supplier, place), many), *_ = bought.groupby(["source", "location_id"])
    assert len(many) > 1
    some = open_page("replenishment", kind="Buy", supplier=supplier, location=place, find=str(many["sku"].iloc[0]))
    assert f"Of {supplier} for {place}, " in text_of(some).replace("\\", "")
    every = open_page("replenishment", kind="Buy", supplier=supplier, location=place)
    assert f"Of {supplier} for {place}, " not in text_of(every).replace("\\", "")


def test_a_bookmark_of_a_supplier_of_whom_nothing_is_proposed_any_more_is_not_about_all_of_them(
    open_page: Opener,
) -> None:
    for gone in ({"supplier": "SUP-GONE"}, {"location": "CLOSED"}):
        app = open_page("replenishment", **gone)
        assert "Nothing is proposed that is like that." in [element.value for element in app.info]
        assert not [button for button in app.button if button.label.startswith("Accept")]


def test_of_two_buyers_the_later_one_is_told_who_was_first(
    open_page: Opener, store: OperationsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = open_page("replenishment", kind="Move")
    monkeypatch.setenv("OMS_USER", "Bea")
    press(open_page("replenishment", kind="Move"), "Accept")
    monkeypatch.setenv("OMS_USER", "Ada")
    app = press(late, "Reject", reason="no room")
    assert "accepted (6 units) by Bea" in told(app)[0]
    assert [one.verdict for one in store.decisions()] == ["accepted"]


def test_who_decides_is_who_is_there_and_nobody_types_a_name(open_page: Opener, store: OperationsStore) -> None:
    app = open_page("replenishment", kind="Move")
    assert "Your name" not in {field.label for field in app.text_input}
    press(app, "Accept")
    assert [one.author for one in store.decisions()] == ["Ada"]


def test_a_plan_of_an_earlier_version_is_shown_and_says_what_to_do(
    open_page: Opener, home: Path, request: pytest.FixtureRequest
) -> None:
    """Its proposals have no ref yet, by which they could be decided about."""
    (file,) = (home / "published").glob("*/fct_replenishment.parquet")
    table = pq.read_table(file)
    column = table.schema.get_field_index("proposal_ref")
    refs = pa.nulls(len(table), pa.string())
    rewrite(file, table.set_column(column, table.schema.field(column).with_nullable(True), refs), request)
    app = open_page("replenishment")
    assert len(shown(app)) == len(table)
    assert any("an earlier version made this plan" in element.value for element in app.info)
    assert len(shown(open_page("replenishment", state="open"))) == len(table)
    call(home / "whole", "init", "--profile", "empty")
    shutil.copytree(home / "published", home / "whole" / "published", dirs_exist_ok=True)
    listed = call(home / "whole", "proposals", "list")
    assert listed.code == 1
    assert "an earlier version made this plan" in listed.err


def test_what_a_rule_accepts_and_why_not_the_rest_is_told(
    open_page: Opener, home: Path, store: OperationsStore, request: pytest.FixtureRequest
) -> None:
    assert "kept_because" not in shown(open_page("replenishment")), "no rule, no word of it"
    (file,) = (home / "published").glob("*/fct_safety_stock.parquet")
    levels = pd.read_parquet(file).assign(release_transfers=1, release_order_minor=10**8)
    rewrite(file, pa.Table.from_pandas(levels), request)
    with Snapshot.current(home / "published") as snapshot:
        rows = {row["proposal_ref"]: row for row in snapshot.query("select * from fct_replenishment").to_pylist()}
        verdicts = read_verdicts(snapshot, ())
    ordinary = [(Proposal.of(rows[ref]), one.author, one.why) for ref, one in verdicts.items() if one.is_released]
    assert 0 < len(ordinary) < len(rows)
    store.release_proposals(ordinary, RUNS, NOW)
    open_ones = shown(open_page("replenishment", state="open"))
    assert sorted(open_ones["kept_because"]) == sorted(one.why for one in verdicts.values() if not one.is_released)
    assert any("bias (A)" in why for why in open_ones["kept_because"])
    app = open_page("replenishment", state="accepted")
    assert {"by rule of policy 1" in told for told in shown(app)["reason"]} == {True}
    assert metric(app, "Accepted, at cost")[1] == f"{len(ordinary)} by rule, 0 by people"
    waiting = next(one.label for one in open_page("today").expander if "wait for a decision" in one.label)
    assert f"{len(open_ones)} proposals" in waiting
    assert f"{len(ordinary)} accepted by rule" in waiting


def test_what_waits_for_its_supplier_s_turn_is_shown_and_asks_for_no_decision(
    open_page: Opener, home: Path, request: pytest.FixtureRequest
) -> None:
    (file,) = (home / "published").glob("*/fct_replenishment.parquet")
    plan = pd.read_parquet(file)
    is_bought = plan["kind"] == "purchase"
    rewrite(file, pa.Table.from_pandas(plan.assign(waits_for=is_bought.map({True: "turn", False: None}))), request)
    app = open_page("replenishment", kind="Buy")
    assert set(shown(app)["waits_for"]) == {"its turn"}
    assert "All of it waits: choose rows to decide about them all the same." in [one.value for one in app.caption]
    waiting = next(one.label for one in open_page("today").expander if "wait for a decision" in one.label)
    assert f"{(~is_bought).sum()} proposal" in waiting


def test_proposals_are_summed_by_kind_and_found_by_filters_in_the_url(open_page: Opener, synthetic: ModuleType) -> None:
    app = open_page("replenishment")
    rows = pd.DataFrame(synthetic.World().rows["fct_replenishment"])
    bought = rows[rows["kind"] == "purchase"]
    assert metric(app, "To buy, at cost")[1] == f"{bought['quantity'].sum():,} units in {len(bought)} proposals"
    assert metric(app, "To move, at cost")[1] == "6 units in 1 proposal"
    only = open_page("replenishment", kind="Move")
    (shown,) = only.dataframe
    assert shown.value[["kind", "source", "quantity"]].to_numpy().tolist() == [["Move", "WH-2", 6]]
    nothing = open_page("replenishment", find="' or 1=1 --")
    assert "Nothing is proposed" in text_of(nothing)
