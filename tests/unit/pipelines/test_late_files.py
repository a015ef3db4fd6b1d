"""Which files a run says came later than their names claim."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from oms_core.feeds import ArrivalRule, FeedDefinition
from pipelines.publication.summary import late_files

DEFINITIONS = {
    "orders": FeedDefinition("orders", "auto", ("order_lines",), ArrivalRule(r"\d{4}-\d{2}-\d{2}", time(23, 30))),
    "counts": FeedDefinition("counts", "auto", ("stock_counts",)),
}


def file(feed: str, name: str, day: int) -> dict[str, Any]:
    return {"feed": feed, "file_name": name, "known_at": datetime(2026, 6, day, 23, 30, tzinfo=UTC)}


def test_a_file_that_came_after_its_day_is_named() -> None:
    files = [
        file("orders", "orders_2026-06-01.csv", 4),
        file("orders", "orders_2026-06-04.csv", 4),
        file("orders", "orders.csv", 4),
        file("counts", "counts_2026-06-01.csv", 4),
        file("gone", "gone_2026-06-01.csv", 4),
    ]
    assert late_files(DEFINITIONS, files) == ["orders/orders_2026-06-01.csv"]
