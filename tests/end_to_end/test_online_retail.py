"""The real days: what the summaries say is what a direct count of the source files says.

The first eight of them, the last one in a run of its own; `make bench ONLY=real_days` runs this file on all 245.
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oms_core.inventory.ledger import Movement, on_hand, post
from tests.commands import Oms

DAYS = int(os.environ.get("OMS_TEST_REAL_DAYS", "8"))


@pytest.fixture(scope="module")
def days(shared_data: Path) -> list[Path]:
    """The source's files, a trading day each."""
    return sorted((shared_data / "online_retail" / "by_day").glob("*.csv"))[:DAYS]


@pytest.fixture(scope="module")
def direct(days: list[Path]) -> Counter[str]:
    """The source's records by what they are, with nothing but the csv module."""
    counts: Counter[str] = Counter()
    for path in days:
        seen = set()
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if row[0] == "InvoiceNo":
                    continue
                counts["records"] += 1
                counts["duplicate"] += tuple(row) in seen
                seen.add(tuple(row))
    return counts


@pytest.fixture(scope="module")
def oms(new_home: Callable[[str], Oms], days: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Oms:
    made, folder = new_home("online_retail"), tmp_path_factory.mktemp("days")
    for path in days:
        (folder / path.name).symlink_to(path)
    made("init", "--profile", "online-retail")
    made("ingest", str(folder))
    return made


@pytest.fixture(scope="module")
def summaries(oms: Oms, days: list[Path]) -> list[dict[str, Any]]:
    """What each of two runs said of itself, of which the second has the last day; the marts end with its day."""
    found = []
    for path in days[-2:]:
        output = oms("run", "--until", path.stem, "--json")
        found.append(json.loads(output[output.index("{") : output.rindex("}") + 1]))
        assert oms.value("select max(business_date)::varchar from fct_order_lines") == path.stem
    return found


@pytest.fixture(scope="module")
def summary(summaries: list[dict[str, Any]]) -> dict[str, Any]:
    """The last run's."""
    return summaries[-1]


def test_the_summaries_agree_with_a_direct_count_of_the_source(
    oms: Oms, summaries: list[dict[str, Any]], direct: Counter[str]
) -> None:
    source = oms.query("""
        select sum(record_count)::bigint as records, sum(duplicate_count)::bigint as duplicates,
               sum(quarantined_count)::bigint as quarantined, count(*) as files
        from rpt_feed_files where feed = 'online_retail'""")[0]
    assert source == {
        "records": direct["records"],
        "duplicates": direct["duplicate"],
        "quarantined": 0,
        "files": DAYS,
    }
    told = [summary["files"] for summary in summaries]
    assert all(files["records"] for files in told)
    assert sum(files["records"] for files in told) == summaries[-1]["files_total"]["records"] >= direct["records"]
    assert sum(files["duplicate"] for files in told) == direct["duplicate"]
    assert summaries[-1]["lines"]["lines"] == oms.value("select count(*) from fct_order_lines")


def test_every_unit_of_every_line_is_in_exactly_one_state(summary: dict[str, Any]) -> None:
    lines = summary["lines"]
    states = ("qty_fulfilled", "qty_cancelled", "qty_held", "qty_allocated", "qty_backordered", "qty_open")
    assert sum(lines[state] for state in states) == lines["qty_ordered"]
    assert lines["qty_open"] == 0


def test_the_identities_hold(summaries: list[dict[str, Any]]) -> None:
    for summary in summaries:
        assert [p["name"] for p in summary["proofs"] if p["offending_rows"] and p["is_error"]] == []


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
    assert len(balances) > 1_000
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


def test_one_can_go_on_a_day_at_a_time(oms: Oms, summaries: list[dict[str, Any]]) -> None:
    assert oms.value("select count(distinct run_id) from fct_allocations") >= len(summaries)
    assert "Every mart equals" in oms("rebuild", "--check")
