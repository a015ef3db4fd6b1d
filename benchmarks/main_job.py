"""The main job, timed as its user sees it: the demo, its next day, the 245 real days; and what is proven of those."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.measure import Figure, Usage, oms, run
from benchmarks.panels import online_retail_source

_BARE = """
import duckdb, sys
con = duckdb.connect(config={"memory_limit": "2GB", "threads": 2})
con.execute("create table lines as select * from read_parquet(?)", [sys.argv[1] + "/*/*/order_lines.parquet"])
con.execute("create table moves as select * from read_parquet(?)", [sys.argv[1] + "/*/*/stock_movements.parquet"])
con.execute("create table daily as select sku, business_date, sum(quantity) q from lines group by all")
con.execute("create table days as select sku, location_id, business_date, sum(quantity) q from moves group by all")
con.execute("create table balance as select *, sum(q) over (partition by sku, location_id order by business_date) b "
            "from days")
con.execute("create table orders as select channel_id, order_ref, count(*) n, sum(quantity * unit_price_minor) v "
            "from lines group by all")
"""
_LOSS = """
    select model, avg(value) as loss from fct_forecast_accuracy where metric = 'spl' and segment = 'all'
    group by model"""


def demo(folder: Path) -> list[Figure]:
    """The demo network's whole history, then its next business day."""
    home = folder / "demo"
    first, second = oms(home, "demo"), oms(home, "demo")
    return [
        _seconds("demo.first_run", first, home, "< 90 s"),
        _memory("demo.first_run", first),
        _seconds("demo.next_day", second, home, "< 30 s"),
    ]


def online_retail(folder: Path) -> list[Figure]:
    """245 real trading days in one run."""
    home = folder / "online_retail"
    oms(home, "init", "--profile", "online-retail")
    ingested = oms(home, "ingest", str(online_retail_source()))
    ran = oms(home, "run")
    whole = Usage(ingested.seconds + ran.seconds, max(ingested.peak_gib, ran.peak_gib))
    return [
        _seconds("online_retail.ingest", ingested, home, ""),
        _seconds("online_retail.run", ran, home, ""),
        _seconds("online_retail.ingest_and_run", whole, home, "< 120 s"),
        _memory("online_retail", whole),
        _forecast(home),
    ]


def real_days(_folder: Path) -> list[Figure]:
    """What the suite proves of the first real days, proven of all of them. Raises RuntimeError where it fails."""
    source = online_retail_source()
    days = len(list(source.glob("*.csv")))
    tests = [sys.executable, "-m", "pytest", "-n", "0", "--timeout", "0", "tests/end_to_end/test_online_retail.py"]
    run(tests, {"CI": "true", "OMS_SHARED_DATA": str(source.parents[1]), "OMS_TEST_REAL_DAYS": str(days)})
    return [Figure("real_days.days_proven", days, "days", "", None, "every test of them passes")]


def _forecast(home: Path) -> Figure:
    """The forecast's scaled pinball loss, beside that of the last 91 days' quantiles."""
    output = oms(home, "query", _LOSS, "--json").output
    loss = {row["model"]: row["loss"] for row in json.loads(output[output.index("[") :])}
    ours, naive, anchor = (loss[name] for name in ("global_hgb", "seasonal_naive", "empirical_91"))
    said = f"the last 91 days {anchor:.3f}, seasonal naive {naive:.3f}"
    return Figure(
        "online_retail.spl", round(ours, 3), "", said, round(ours / anchor, 3), "< 1.02 ×, and seasonal naive"
    )


def _seconds(name: str, usage: Usage, home: Path, goal: str) -> Figure:
    bare = run([sys.executable, "-c", _BARE, str(home / "landing")]).seconds
    return Figure(
        name,
        round(usage.seconds, 1),
        "s",
        f"bare DuckDB scan and sums {bare:.2f} s",
        round(usage.seconds / bare, 1),
        goal,
    )


def _memory(name: str, usage: Usage) -> Figure:
    return Figure(f"{name}.peak_memory", round(usage.peak_gib, 2), "GiB", "", None, "< 4 GiB")
