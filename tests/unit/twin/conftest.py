"""A small simulated network, run once, and readers of its files that share no code with the twin."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oms_core.twin import NetworkSpec, TwinHome, simulate_history

INFLOW = {
    "opening": 1,
    "receipt": 1,
    "transfer_in": 1,
    "return": 1,
    "shipment": -1,
    "transfer_out": -1,
    "adjustment": 1,
    "unblock": 0,
    "write_off": -1,
}


@pytest.fixture(scope="session")
def small_spec() -> NetworkSpec:
    return NetworkSpec(
        seed=3, sku_count=60, store_count=3, supplier_count=4, months=3, lines_per_day=90,
        history_end=date(2025, 3, 31), store_sku_count=30, drop_ship_sku_count=5,
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_home() -> Callable[[Path], TwinHome]:
    return lambda root: TwinHome(root / "inbox", root / "state", root / "truth")


@pytest.fixture(scope="session")
def history(small_spec, make_home, tmp_path_factory) -> TwinHome:
    home = make_home(tmp_path_factory.mktemp("twin"))
    simulate_history(small_spec, home)
    return home


@pytest.fixture(scope="session")
def digest() -> Callable[[Path], dict[str, str]]:
    """Relative path to content hash of every file below a folder."""

    def of(root: Path) -> dict[str, str]:
        files = sorted(p for p in root.rglob("*") if p.is_file())
        return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    return of


@pytest.fixture(scope="session")
def read_rows() -> Callable[..., list[dict[str, Any]]]:
    """Rows of a CSV feed, in order of the files' names, bad and repeated ones included unless `clean`."""

    def read(inbox: Path, feed: str, *, clean: bool = True) -> list[dict[str, Any]]:
        found = [row for path in sorted((inbox / feed).glob("*.csv")) for row in _csv(path, feed)]
        if not clean:
            return found
        good = [row for row in found if not any(str(v).startswith("BAD-") for v in row.values())]
        return [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in good)]

    return read


def _csv(path: Path, feed: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle, delimiter=";" if feed == "marketplace_orders" else ",")


@pytest.fixture(scope="session")
def read_orders() -> Callable[[Path], list[dict[str, Any]]]:
    """Good Shopify orders in the order of the files' names; several statements of one order stay."""

    def read(inbox: Path) -> list[dict[str, Any]]:
        paths = sorted((inbox / "shopify_orders").glob("*.json"))
        found = [order for path in paths for order in json.loads(path.read_text(encoding="utf-8"))["orders"]]
        return [order for order in found if not order["name"].startswith("#BAD")]

    return read


@pytest.fixture(scope="session")
def stock_events(read_rows) -> Callable[..., dict[tuple[str, str], list[tuple[datetime, int, str]]]]:
    """Every stock event that the files state, by location and SKU, in time: (instant, quantity, kind)."""

    def read(inbox: Path, unread_tills: list[list[Any]] | None = None) -> dict[Any, Any]:
        events = defaultdict(list)
        for row in read_rows(inbox, "stock_movements"):
            at, units = datetime.fromisoformat(row["effective_at"]), int(row["quantity"])
            events[row["location_id"], row["sku"]].append((at, INFLOW[row["kind"]] * units, row["kind"]))
        for row in read_rows(inbox, "pos_sales"):
            events[row["store_id"], row["sku"]].append(
                (datetime.fromisoformat(row["sold_at"]), -int(row["qty"]), "sale")
            )
        for late in unread_tills or []:
            events[late[2], late[4]].append((datetime.fromisoformat(late[3]), -int(late[5]), "sale"))
        for row in read_rows(inbox, "stock_counts"):
            at = datetime.fromisoformat(row["effective_at"])
            events[row["location_id"], row["sku"]].append((at, int(row["counted_quantity"]), "count"))
        # At one instant a sale comes before what is put back or stated last.
        return {key: sorted(held) for key, held in events.items()}

    return read


@pytest.fixture(scope="session")
def retail_lines() -> Callable[..., tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
    """Landed-like lines, credited and write-offs of a small invented shop over some days."""
    return _retail


def _retail(seed: int = 1, days: int = 40, skus: int = 12) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    import numpy as np

    rng = np.random.default_rng(seed)
    count = days * 15
    day = pd.Timestamp("2011-03-01") + pd.to_timedelta(np.sort(rng.integers(0, days, count)), unit="D")
    at = (day + pd.to_timedelta(rng.integers(8 * 60, 18 * 60, count), unit="min")).tz_localize("Europe/London")
    base = pd.DataFrame({
        "channel_id": "online-retail", "sku": [f"S{n:03d}" for n in rng.integers(0, skus, count)],
        "quantity": rng.integers(1, 40, count), "unit_price_minor": rng.choice([0, 125, 850], count),
        "customer_key": rng.choice(["a", "b", None], count), "effective_at": at.tz_convert("UTC"),
        "business_date": day.date, "line_ref": [str(n) for n in range(count)],
    })  # fmt: skip
    sort = rng.random(count)
    lines = base[sort < 0.85].assign(order_ref="O1", description="RED MUG", line_status="open")
    credited = base[(sort >= 0.85) & (sort < 0.95)].assign(
        adjustment_ref="C1", kind="cancelled", order_ref=None, order_line_ref=None
    )
    writes = base[sort >= 0.95].assign(movement_ref="W1", kind="adjustment", location_id="UK-DC")
    return lines, credited, writes.assign(quantity=writes["quantity"] * rng.choice([-40, 1], len(writes)))
