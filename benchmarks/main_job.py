"""The main job, timed as its user sees it: the demo, its next day, the 245 real days, one real day more."""

from __future__ import annotations

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
    ]


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
