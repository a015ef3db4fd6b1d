"""The timeline of an order knows every event that the lifecycle knows."""

from __future__ import annotations

import pandas as pd

from dashboards.orders.charts import COLOURS, moments, timeline
from oms_core.orders.lifecycle import EventType
from oms_core.words import told


def events(*kinds: str) -> pd.DataFrame:
    at = pd.Timestamp("2026-06-01T12:00:00Z")
    return pd.DataFrame({"event_type": list(kinds), "effective_at": at, "line_ref": "1", "quantity": 2})


def test_every_event_of_the_lifecycle_is_drawn_in_the_order_of_an_orders_life() -> None:
    kinds = [event.value for event in EventType]
    shown = events(*reversed(kinds))
    assert moments(shown)["event_type"].tolist() == kinds
    chart = timeline(shown)
    colours = chart["layer"][0]["encoding"]["color"]["scale"]
    assert chart["encoding"]["y"]["sort"] == colours["domain"] == [told(kind) for kind in kinds]
    assert len(colours["range"]) == len(kinds)


def test_colours_are_of_events_that_there_are() -> None:
    assert set(COLOURS) <= {event.value for event in EventType}
