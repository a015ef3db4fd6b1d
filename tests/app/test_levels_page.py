"""The page of safety stock: which levels its address finds, in which order, and what it says of one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.parts.search import in_order
from dashboards.safety_stock import queries
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener, metric, text_of


def test_stock_that_is_held_back_says_why(open_page: Opener) -> None:
    app = open_page("safety_stock", sku="SKU-001", at="WH-1")
    (warning,) = app.warning
    assert warning.value.replace("\\", "") == "1 units are held back from sale: nothing heard since 2026-05-20."
    assert not open_page("safety_stock", sku="SKU-002", at="WH-1").warning


def test_levels_are_found_by_filters_in_the_url(open_page: Opener) -> None:
    app = open_page("safety_stock", find="sku-005", location="WH-1")
    assert list(app.dataframe[0].value["sku"]) == ["SKU-005"]
    assert list(app.dataframe[0].value["location_id"]) == ["WH-1"]


def test_levels_are_found_by_class_pattern_and_supplier(open_page: Opener) -> None:
    app = open_page("safety_stock", xyz="Y", demand="erratic", supplier="SUP-1", sort="SKU")
    assert set(app.dataframe[0].value["class"]) == {"BY"}
    assert "18 series" in text_of(app)
    assert "No level is like that" in text_of(open_page("safety_stock", xyz="X", demand="lumpy"))


def test_a_series_tells_the_overrides_of_its_forecast(open_page: Opener) -> None:
    text = text_of(open_page("safety_stock", sku="SKU-001", at="WH-1")).replace("\\", "")
    assert "Override summer: **times 1.5** from 01 Jun to 10 Jun 2026" in text
    assert "A campaign." in text
    other = text_of(open_page("safety_stock", sku="SKU-002", at="WH-1"))
    assert "Override" not in other


def test_a_series_that_never_had_stock_is_ordered_as_having_none(synthetic: ModuleType, tmp_path: Path) -> None:
    world = synthetic.World()
    positions = world.rows["fct_inventory_position"]
    gone = [row for row in positions if row["sku"] == "SKU-007"]
    world.rows["fct_inventory_position"] = [row for row in positions if row not in gone]
    query = in_order(queries.all_of(queries.Filters()), queries.ORDERS["furthest below reorder point"])
    with Snapshot.current(synthetic.write_home(tmp_path / "home", world) / "published") as snapshot:
        levels = snapshot.query(query.sql, query.parameters).to_pandas()
    below = levels["qty_position"] - levels["qty_reorder_point"]
    assert gone
    assert below.is_monotonic_increasing


def test_what_is_on_its_way_by_transfer_counts_in_a_position(
    synthetic: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: Opener
) -> None:
    def found(world: ModuleType, name: str) -> dict[str, Any]:
        home = synthetic.write_home(tmp_path / name, world)
        monkeypatch.setenv("OMS_HOME", str(home))
        with Snapshot.current(home / "published") as snapshot:
            query = queries.series("SKU-003", "WH-1")
            (row,) = snapshot.query(query.sql, query.parameters).to_pylist()
        return dict(row)

    before, world = found(synthetic.World(), "before"), synthetic.World()
    sent = {
        "account": "in_transit", "sku": "SKU-003", "location_id": "WH-1", "quantity": 17, "currency": "EUR",
        "cause": "not_received", "qty_overdue": 0, "flow_count": 1, "oldest_ref": "TR-1", "counterparty_id": "WH-2",
        "since_date": date(2026, 6, 1), "age_days": 0, "limit_days": 7, "is_overdue": False, "value_minor": 0,
    }  # fmt: skip
    world.rows["rpt_clearing"] = [*world.rows.get("rpt_clearing", []), sent]
    after = found(world, "after")
    for name in ("qty_inbound", "qty_position", "qty_moving"):
        assert after[name] == before[name] + 17
    assert "17 by transfer" in metric(open_page("safety_stock", sku="SKU-003", at="WH-1"), "Inbound")[1]


def test_levels_come_a_page_at_a_time(open_page: Opener) -> None:
    first, second = open_page("safety_stock", sort="SKU"), open_page("safety_stock", sort="SKU", page="2")
    assert [len(app.dataframe[0].value) for app in (first, second)] == [50, 40]
    assert first.dataframe[0].value["sku"].iloc[0] == "SKU-001"
    assert second.dataframe[0].value["sku"].iloc[-1] == "SKU-030"
