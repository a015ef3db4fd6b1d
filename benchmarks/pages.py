"""The pages at size, in a real Chromium: 100,000 SKU-locations, a million order lines, two million movements, 2,000
documents.

The snapshot is made from the contracts by DuckDB: keys that fit together, and in every other column a value that its
contract allows. What the figures mean is of no account here; how many rows a page goes through is.
"""

from __future__ import annotations

import hashlib
import os
import re
import runpy
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.measure import ROOT, Figure
from oms_core.contracts import PUBLISHED, Column, Contract
from oms_core.store.operations import Run, open_operations
from oms_core.store.operations.schema import OUTBOX
from oms_core.store.published.derivation import FILE_NAME, Derivation
from oms_core.store.published.snapshots import Manifest, TableEntry

AS_OF = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)
SKUS, LOCATIONS, LINES, ORDERS, MOVEMENTS, DAYS = 12_500, 8, 1_000_000, 400_000, 2_000_000, 90
SERIES = SKUS * LOCATIONS
DOCUMENTS, DOCUMENT_BYTES = 2_000, 20_000
_RUN = "run-1"
_PATIENCE_MS = 120_000
_MOST_SORTED = 4_000_000
#: Quantiles of each series' interval rise with their probability, as those of the exponential distribution.
_INTERVAL = {"qty_demand": "-ln(1 - probability) * (1 + series % 40)", "qty_lead_time_demand": "qty_demand / 2"}

#: Rows of each mart; of those that are not named, a thousand.
ROWS = {
    "dim_product": SKUS, "dim_location": LOCATIONS, "dim_channel": 3, "dim_supplier": 100, "dim_date": 900,
    "dim_customer": 100_000, "fct_inventory_position": SERIES, "fct_ats_by_channel": 3 * SERIES,
    "fct_ats_network": 3 * SKUS, "fct_atp": 2 * SERIES, "fct_stock_reconciliation": SERIES // 2,
    "fct_safety_stock": SERIES, "fct_interval_demand": 15 * SERIES, "fct_forecast": 28 * 5 * SERIES,
    "fct_replenishment": 20_000, "fct_inventory_daily": DAYS * SERIES, "fct_demand_daily": DAYS * SERIES,
    "fct_inventory_postings": 2 * MOVEMENTS, "fct_order_lines": LINES, "fct_orders": ORDERS,
    "fct_order_events": 3 * LINES, "fct_reservations": 20_000, "fct_allocations": 20_000, "fct_exports": 20_000,
    "fct_backorders": 2_000, "fct_allocation_runs": 1, "rpt_feed_files": 5_000, "rpt_forecast_alarms": 2,
}  # fmt: skip
_PROBABILITIES = [0.05, 0.25, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999]
#: Columns whose values must fit together, by name, as SQL over the row's number `n`; the first that is found counts.
_COLUMNS = {
    "sku": f"'SKU-' || lpad((series // {LOCATIONS})::varchar, 5, '0')",
    "location_id": f"'L' || (series % {LOCATIONS})",
    "demand_location_id": f"'L' || (n % {LOCATIONS})",
    "channel_id": "['web', 'pos', 'marketplace'][1 + n % 3]",
    "supplier_id": "'SUP-' || (n % 100)",
    "run_id": f"'{_RUN}'",
    "proposal_ref": "'ref' || n",
    "currency": "'EUR'",
    "country": "'DE'",
    "ship_to_country": "'DE'",
    "timezone": "'Europe/Berlin'",
    "description": "'Product ' || n",
    # Nothing is replenished by another place, or planned for other times than observed.
    **dict.fromkeys(
        (
            "service_time_days",
            "qty_demand_std",
            "demand_correlation",
            "review_period_days_observed",
            "lead_time_days_observed",
            "qty_demand_mean_observed",
            "shelf_life_days",
        ),
        "null",
    ),
    "qty_demand_mean": "(1 + series % 40)::double",
    "qty_order_up_to": "3 * (1 + series % 40)",
    "unit_cost_minor": "100 + hash(series) % 5000",
    "release_due_at": "case when n % 3 = 0 then timestamptz '2026-06-01 08:00:00Z' + to_hours(n % 8) end",
    "probability": f"{_PROBABILITIES}[1 + n // {SERIES}]",
    "quantile": "[0.05, 0.25, 0.5, 0.75, 0.95][1 + n // 2800000]",
    "horizon_days": "1 + n // 100000 % 28",
    "target_date": "date '2026-06-01' + (n // 100000 % 28)::integer",
    "origin_date": "date '2026-05-31'",
    "as_of_date": "date '2026-05-31'",
    "policy_version": "1",
    "policy_scope": "'abc_class:' || abc_class",
    "target_measure": "'cycle_service'",
    "is_current": "true",
    "metric": "['spl', 'wape', 'bias', 'coverage_90'][1 + n % 4]",
    "model": "['global_hgb', 'seasonal_naive'][1 + n // 4 % 2]",
    "segment": "['all', 'A', 'B', 'C'][1 + n // 8 % 4]",
    "service_level_target": "0.95",
    "service_level_expected": "0.9 + hash(n) % 100 / 1000",
    "fill_rate_expected": "0.9 + hash(n) % 100 / 1000",
    "lead_time_days_mean": "10.0",
    "review_period_days": "7",
    "protection_days": "17",
    "order_id": "'web:' || order_number",
    "order_ref": "order_number::varchar",
    "order_line_id": "'web:' || order_number || ':' || n",
    "feed": "'feed_' || (n % 20)",
    "file_sha256": "'file' || (n % 5000)",
    "movement_id": "'m' || (n // 2)",
    "tracking_ref": "case when n % 3 = 0 then 'PC' || lpad((n // 3)::varchar, 9, '0') end",
    "account": "['on_hand', 'customer'][1 + n % 2]",
    "posting_id": "'m' || (n // 2) || ':' || (n % 2)",
}


def pages(folder: Path) -> list[Figure]:
    """First view and one interaction of every page, in milliseconds, the median of three."""
    home = folder / "home"
    publish(home)
    shots = runpy.run_path(str(ROOT / "docs" / "take_screenshots.py"))
    chromium = runpy.run_path(str(ROOT / "tests" / "app" / "chromium.py"))
    path = chromium["find_chromium"]()
    if path is None:
        raise RuntimeError("no Chromium is installed: `make browser` gets one")
    os.environ["OMS_HOME"] = str(home)
    figures: list[Figure] = []
    with shots["_serving"]() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium["FLAGS"]))
        _view(browser, f"{address}/allocation", "Allocation")  # the server's first visitor loads its code
        for visit in VISITS:
            figures += _measured(browser, address, visit)
        browser.close()
    return figures


@dataclass(frozen=True)
class Visit:
    """One page: its address, a text that is there when it is, and something to do and to see done."""

    name: str
    path: str
    shows: str
    act: Callable[[Page], None] | None = None
    then: str = ""


def _search(text: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        field = page.get_by_test_id("stMain").get_by_role("textbox").first
        field.fill(text)
        field.press("Enter")

    return act


def _next_page(page: Page) -> None:
    page.get_by_test_id("stNumberInputStepUp").first.click()


VISITS = (
    Visit("Today", "/", "How it went", lambda page: page.get_by_text("26 weeks").click(), "How it went"),
    Visit("Safety stock", "/safety-stock", "series,", _search("SKU-00123"), "^8 series"),
    Visit("To order", "/to-order", "To buy, at cost", _search("SKU-00123"), "To buy, at cost"),
    Visit("Allocation", "/allocation", "Cost by the rules", _search("SKU-00123"), "Cost by the rules"),
    Visit("Orders", "/orders", "^400,000 orders", _search("123456"), "^2 orders"),
    Visit("Inventory", "/inventory", "^100,000 rows", _search("SKU-00123"), "^8 rows"),
    Visit("Inventory, next page", "/inventory?sort=shortest+cover", "^100,000 rows", _next_page, "^100,000 rows"),
    Visit("Inventory, by SKU at risk", "/inventory?by=SKU&state=at+risk", "rows,", _next_page, "rows,"),
    Visit(
        "Inventory, one position",
        "/inventory?sku=SKU-00123&at=L3",
        "What is promised from here",
        lambda page: page.get_by_role("tab", name="The ledger behind it").click(),
        "postings, the latest",
    ),
    Visit("Inventory, its ledger", "/inventory?sku=SKU-00123&at=L3&part=The+ledger+behind+it", "postings, the latest"),
    Visit("Inventory, counts", "/inventory?view=Counts", "comparisons", _search("SKU-00123"), "comparisons"),
    Visit("Data", "/data", "tables as of", _search("backorder"), "tables as of"),
    Visit("Data, one table", "/data?table=fct_order_lines", "Newest row"),
    Visit("Data, SQL", "/data?view=SQL&sql=select+count(*)+from+fct_order_lines", "^1 row in"),
    Visit("Scenario", "/scenario", "efficient frontier"),
    Visit("Documents", "/documents?state=sent", "^2,000 documents", _next_page, "^2,000 documents"),
    Visit("Runs", "/runs", "the latest first"),
    Visit("Runs, what came in", "/runs?section=What+came+in", "By feed"),
    Visit("People", "/people", "No users yet"),
)


def _measured(browser: Browser, address: str, visit: Visit) -> list[Figure]:
    first: list[float] = []
    acted: list[float] = []
    for _ in range(3):
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        first.append(_seconds(lambda page=page: _go(page, f"{address}{visit.path}", visit.shows)))  # type: ignore[misc]
        if visit.act is not None:
            acted.append(_seconds(lambda page=page: _act(page, visit)))  # type: ignore[misc]
        context.close()
    # The first of the three asks DuckDB; the others find its answers.
    figures = [
        Figure(f"{visit.name}: first view", round(first[0], 2), "s", goal="< 2 s"),
        Figure(f"{visit.name}: view by the next reader", round(median(first[1:]), 2), "s", goal="< 2 s"),
    ]
    return figures + ([Figure(f"{visit.name}: interaction", round(acted[0], 2), "s", goal="< 1 s")] if acted else [])


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _view(browser: Browser, address: str, shows: str) -> None:
    page = browser.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    _go(page, address, shows)
    page.close()


def _go(page: Page, address: str, shows: str) -> None:
    page.goto(address)
    _shown(page, shows)


def _act(page: Page, visit: Visit) -> None:
    if visit.act is None:
        raise ValueError(f"nothing is done on {visit.name}")
    visit.act(page)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "running", timeout=_PATIENCE_MS)
    _shown(page, visit.then)


def _shown(page: Page, text: str) -> None:
    """Wait until the text is there and the script has ended; an error on the page is none of our measure."""
    expect(page.get_by_test_id("stMain").get_by_text(re.compile(text)).first).to_be_visible(timeout=_PATIENCE_MS)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=_PATIENCE_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=_PATIENCE_MS)


def publish(home: Path) -> Path:
    """A published home of the size; returns the snapshot's folder."""
    folder = home / "published" / "2026-05-31-benchmark"
    folder.mkdir(parents=True)
    with duckdb.connect(":memory:", config={"memory_limit": "2GB", "temp_directory": str(home / "spill")}) as database:
        database.execute("set TimeZone = 'UTC'")
        tables = {contract.name: _write(database, contract, folder) for contract in PUBLISHED.values()}
    manifest = Manifest(folder.name, _RUN, AS_OF, datetime.now(UTC), tables)
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    (folder / FILE_NAME).write_text(Derivation({}, ()).to_json(), encoding="utf-8")
    (home / "published" / "CURRENT").write_text(folder.name, encoding="utf-8")
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=AS_OF) as store:
        store.record_run(Run(_RUN, AS_OF, AS_OF, "succeeded", AS_OF, folder.name))
    _send_documents(home / "operations.db")
    return folder


def _send_documents(database: Path) -> None:
    """Two thousand documents that partners have; what they say is of no account, how long it is is."""
    rows = [
        {
            "export_id": hashlib.sha256(str(number).encode()).hexdigest(), "partner_id": f"P{number % 8}",
            "location_id": f"L{number % 8}", "wave": f"W{number}", "document_type": "warehouse_order", "revision": 1,
            "payload": "-" * DOCUMENT_BYTES, "sha256": "", "state": "sent", "attempts": 1, "created_at": AS_OF,
            "sent_at": AS_OF, "run_id": _RUN, "line_count": 100, "control_number": number,
        }
        for number in range(DOCUMENTS)
    ]  # fmt: skip
    with sa.create_engine(f"sqlite:///{database}").begin() as connection:
        connection.execute(sa.insert(OUTBOX), rows)


def _write(database: duckdb.DuckDBPyConnection, contract: Contract, folder: Path) -> TableEntry:
    rows, path = ROWS.get(contract.name, 1_000), folder / f"{contract.name}.parquet"
    values = {c.name: f"({_value(contract, c)})::{_SQL[c.dtype]}" for c in contract.columns}
    chosen = ", ".join(f'{value} as "{name}"' for name, value in values.items())
    # The two postings of a movement are of one series; lines are spread over the orders.
    of_order = "n" if contract.name == "fct_orders" else f"n % {ORDERS}"
    of_series = f"n // 2 % {SERIES}" if contract.name == "fct_inventory_postings" else f"n % {SERIES}"
    key = f"n, {of_order} as order_number, {of_series} as series"
    # Rows that belong to a class know it; texts are ours.
    source = f"select {key}, ['A', 'B', 'B', 'C', 'C', 'C'][1 + n % 6] as abc_class from range({rows}) as t(n)"
    # As publishing lays them, but for the longest: to sort those takes longer than all else.
    order = f"order by {', '.join(contract.laid_by)}" if rows <= _MOST_SORTED else ""
    database.execute(f"copy (select {chosen} from ({source}) {order}) to '{path}' (format parquet, compression zstd)")
    return TableEntry(rows, hashlib.sha256(path.name.encode()).hexdigest(), path.stat().st_size)


_SQL: dict[str, str] = {
    "string": "varchar", "bigint": "bigint", "double": "double", "boolean": "boolean",
    "timestamp": "timestamptz", "date": "date",
}  # fmt: skip


def _value(contract: Contract, column: Column) -> str:
    """The column's value as SQL over `n`."""
    if column.name == "business_date" and contract.name in ("fct_inventory_daily", "fct_demand_daily"):
        return f"date '2026-05-31' - (n // {SERIES})::integer"
    if contract.name == "fct_interval_demand" and column.name in _INTERVAL:
        return _INTERVAL[column.name]
    if column.name == "sku" and contract.name == "dim_product":
        return "'SKU-' || lpad(n::varchar, 5, '0')"
    if column.name == "abc_class":
        return "abc_class"
    if column.name in _COLUMNS:
        return _COLUMNS[column.name]
    if column.allowed:
        allowed = ", ".join(f"'{value}'" for value in column.allowed)
        return f"[{allowed}][1 + (hash(n, '{column.name}') % {len(column.allowed)})::integer]"
    return _by_type(contract, column)


def _by_type(contract: Contract, column: Column) -> str:
    seed = f"hash(n, '{column.name}')"
    if column.name in contract.key and column.dtype == "string":
        return f"'{column.name}-' || n"
    plain: dict[str, Any] = {
        "string": "''" if column.required else "null",
        "bigint": f"({seed} % 40)::bigint",
        "double": f"({seed} % 1000) / 10.0",
        "boolean": f"{seed} % 20 = 0",
        "timestamp": f"timestamptz '2026-05-31 20:00:00Z' - to_seconds(({seed} % 31000000)::bigint)",
        "date": f"date '2026-05-31' - ({seed} % 360)::integer",
    }
    return str(plain[column.dtype])
