"""How the story's rows are told: the small words that its chapters share, and the golden fixtures.

Belongs here: rows that several chapters tell alike. Does not belong here: the chapters (`story`, `golden_cases`).
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"


class Rows(Protocol):
    """What the story needs of the builder."""

    def add(self, record_type: str, day: int, hour: int = 12, known: datetime | None = None, **values: Any) -> None: ...


def golden(name: str) -> list[dict[str, str]]:
    """Rows of a golden fixture."""
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def move(raw: Rows, day: int, ref: str, kind: str, quantity: int, **values: Any) -> None:
    raw.add("stock_movements", day, values.pop("hour", 12), movement_ref=ref, kind=kind, quantity=quantity, **values)


def ahead(raw: Rows, day: int, order_ref: str, supply_ref: str, quantity: int, **values: Any) -> None:
    """A run of the day has sold so many units ahead of a supply."""
    raw.add("pegs", day, order_ref=order_ref, run_id="run-2" if day < 10 else "run-3", supply_ref=supply_ref,
            available_date=on(20), promised_date=on(20), quantity=quantity,
            **{"qty_pre_sold": quantity, **values},
            pre_sell_reason=f"sold ahead: {quantity} of purchase order {supply_ref}")  # fmt: skip


def desk(
    raw: Rows, day: int, order_ref: str, part: int, event_type: str, quantity: int = 10, hour: int = 12, **values: Any
) -> None:
    ref = f"{order_ref}-{part:04d}"
    raw.add("order_events", day, hour, source_id="order_desk", event_ref=ref, event_type=event_type, channel_id="web",
            order_ref=order_ref, order_line_ref="1", quantity=quantity, **values)  # fmt: skip


def on(day: int) -> Any:
    return (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)).date()


def late_on(day: int) -> datetime:
    return datetime(2026, 3, 1, 23, 30, tzinfo=UTC) + timedelta(days=day)


def noon_of(day: int) -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=day)
