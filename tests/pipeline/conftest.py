"""A home with one shop's till, and ways to put files into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.home import PROFILES, Home, create_home

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HEADER = "receipt_no,line_no,store_id,sold_at,sku,qty,unit_price,discount,tax,currency,customer_card"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    create_home(made, PROFILES["demo"], {})
    return made


@pytest.fixture
def till(home: Home) -> Callable[..., Path]:
    """Drop a till file: `till("2026-05-30", rows)`; a row is receipt, SKU, quantity, price."""

    def drop(day: str, rows: list[tuple[str, str, str, str]], name: str | None = None) -> Path:
        lines = [
            f"{receipt},{number},S01,{day}T10:00:00+02:00,{sku},{qty},{price},0.00,0.00,EUR,"
            for number, (receipt, sku, qty, price) in enumerate(rows, start=1)
        ]
        path = home.inbox / "pos_sales" / (name or f"pos_sales_{day}.csv")
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return path

    return drop
