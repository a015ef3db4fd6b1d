"""The real days: what the summary says is what a direct count of the source files says."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oms_core.inventory.ledger import Movement, on_hand, post
from tests.commands import Oms

SERVICE_CODES = re.compile(r"POST|D|M|m|BANK CHARGES|AMAZONFEE|DOT|CRUK|S|B|PADS|C2|gift_.*", re.IGNORECASE)


def count_directly(folder: Path) -> Counter[str]:
    """The source's records by what they are, with nothing but the csv module."""
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*.csv")):
        seen = set()
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if row[0] == "InvoiceNo":
                    continue
                counts["records"] += 1
                if tuple(row) in seen:
                    counts["duplicate"] += 1
                    continue
                seen.add(tuple(row))
                if row[0].startswith("C"):
                    counts["credits"] += 1
                elif int(row[3]) > 0:
                    counts["positive"] += 1
                counts["units"] += int(row[3])
    return counts


@pytest.fixture(scope="module")
def oms(new_home: Callable[[str], Oms], shared_data: Path) -> Oms:
    made = new_home("online_retail")
    made("init", "--profile", "online-retail")
    made("ingest", str(shared_data / "online_retail" / "by_day"))
    return made


@pytest.fixture(scope="module")
def summary(oms: Oms) -> dict[str, Any]:
    output = oms("run", "--json")
    content: dict[str, Any] = json.loads(output[output.index("{") : output.rindex("}") + 1])
    return content


def test_the_summary_agrees_with_a_direct_count_of_the_source(
    oms: Oms, summary: dict[str, Any], shared_data: Path
) -> None:
    direct = count_directly(shared_data / "online_retail" / "by_day")
    assert direct["records"] == 370_931
    source = oms.query("""
        select sum(record_count)::bigint as records, sum(duplicate_count)::bigint as duplicates,
               sum(quarantined_count)::bigint as quarantined, count(*) as files
        from rpt_feed_files where feed = 'online_retail'""")[0]
    assert source == {
        "records": direct["records"],
        "duplicates": direct["duplicate"],
        "quarantined": 0,
        "files": 245,
    }
    assert summary["files"]["records"] == summary["files_total"]["records"] >= direct["records"]
    assert summary["files"]["duplicate"] == direct["duplicate"]
    assert summary["lines"]["lines"] == oms.value("select count(*) from fct_order_lines")


def test_every_unit_of_every_line_is_in_exactly_one_state(summary: dict[str, Any]) -> None:
    lines = summary["lines"]
    states = ("qty_fulfilled", "qty_cancelled", "qty_held", "qty_allocated", "qty_backordered", "qty_open")
    assert sum(lines[state] for state in states) == lines["qty_ordered"]
    assert lines["qty_open"] == 0


def test_the_identities_hold_and_the_forecast_beats_seasonal_naive(summary: dict[str, Any]) -> None:
    assert [p["name"] for p in summary["proofs"] if p["offending_rows"] and p["is_error"]] == []
    loss = {row["model"]: row["value"] for row in summary["accuracy"] if row["metric"] == "spl"}
    assert loss["global_hgb"] < loss["seasonal_naive"]
    assert loss["global_hgb"] < loss["empirical_91"] * 1.02


def test_the_real_days_give_the_same_balances_by_two_roads(oms: Oms, summary: dict[str, Any]) -> None:
    """The log's rows through the plain Python ledger, against what dbt made of them; and every line's states."""
    assert summary["lines"]["lines"]
    lines = _landed(oms, "order_lines", ["channel_id", "order_ref", "line_ref"])
    sold = lines[lines["line_status"] == "fulfilled"].assign(movement_ref=lambda rows: rows["order_ref"], kind="sale")
    credited = _landed(oms, "order_adjustments", ["channel_id", "adjustment_ref", "line_ref"])
    back = credited[credited["location_id"].notna()].assign(
        movement_ref=lambda rows: rows["adjustment_ref"], kind="return"
    )
    moved = _landed(oms, "stock_movements", ["location_id", "movement_ref", "line_ref"])
    names = ["movement_ref", "kind", "sku", "location_id", "quantity", "effective_at", "known_at"]
    rows = pd.concat([moved[names], sold[names], back[names]]).itertuples(index=False)
    balances = on_hand(post(Movement(*row) for row in rows))
    found = oms.query("select sku, location_id, qty_on_hand from fct_inventory_position")
    assert {(row["sku"], row["location_id"]): row["qty_on_hand"] for row in found} == balances
    assert len(balances) > 3_000
    states = " + ".join(
        f"qty_{state}" for state in ("cancelled", "held", "fulfilled", "allocated", "backordered", "open")
    )
    assert oms.value(f"select count(*) from fct_order_lines where qty_ordered <> {states}") == 0


def _landed(oms: Oms, record_type: str, key: list[str]) -> pd.DataFrame:
    """All landed rows of a type, one a key: stated once, but for a file's own repetitions, which landing leaves out."""
    files = sorted((oms.home / "landing").glob(f"*/*/{record_type}.parquet"))
    rows = pd.concat([pd.read_parquet(path) for path in files], ignore_index=True).sort_values(
        ["known_at", "file_sha256", "row_number"]
    )
    return rows.drop_duplicates(key)


def test_an_order_line_leads_back_to_its_source_row(oms: Oms, summary: dict[str, Any], shared_data: Path) -> None:
    assert summary["lines"]["lines"]
    line = oms.query("""
        select lines.order_ref, lines.sku, lines.qty_ordered, lines.row_number, files.file_name
        from fct_order_lines as lines join rpt_feed_files as files using (feed, file_sha256)
        where lines.order_ref = '536365' order by lines.row_number limit 1""")[0]
    path = shared_data / "online_retail" / "by_day" / line["file_name"]
    with path.open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))[line["row_number"] - 1]
    assert (source["InvoiceNo"], source["StockCode"], int(source["Quantity"])) == (
        line["order_ref"],
        line["sku"],
        line["qty_ordered"],
    )


def test_one_can_go_on_a_day_at_a_time(new_home: Callable[[str], Oms], shared_data: Path, tmp_path: Path) -> None:
    oms = new_home("day_by_day")
    days = sorted((shared_data / "online_retail" / "by_day").glob("*.csv"))[:15]
    folder = tmp_path / "days"
    folder.mkdir()
    for path in days:
        shutil.copy(path, folder)
    oms("init", "--profile", "online-retail")
    oms("ingest", str(folder))
    for path in days[-2:]:
        oms("run", "--until", path.stem)
        assert oms.value("select max(business_date)::varchar from fct_order_lines") == path.stem
    assert oms.value("select count(distinct run_id) from fct_allocations") >= 2
    assert "Every mart equals" in oms("rebuild", "--check")
