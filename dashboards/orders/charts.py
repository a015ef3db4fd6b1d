"""The orders page's chart. Belongs here: an order's events in time. Does not belong here: where they come from."""

from __future__ import annotations

import pandas as pd

from dashboards.parts import charts
from dashboards.parts import format as fmt
from dashboards.parts.charts import Spec, day, look, name, number
from oms_core.orders.lifecycle import EventType

#: Colours of the events that people look for first; all others are in ink, each in a row of its own.
COLOURS = {
    "held": charts.ORANGE,
    "allocated": charts.BLUE,
    "backordered": charts.VERMILION,
    "short_picked": charts.VERMILION,
    "exported": charts.SKY,
    "shipped": charts.GREEN,
    "cancelled": charts.GREY,
    "returned": charts.PURPLE,
}


def moments(events: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of event and instant: units, and how many lines they are of. In the order of an order's life;
    `event` is the kind in words."""
    grouped = events.groupby(["event_type", "effective_at"], as_index=False)
    frame = grouped.agg(units=("quantity", "sum"), lines=("line_ref", "nunique"))
    rank = frame["event_type"].map({event.value: rank for rank, event in enumerate(EventType)})
    frame = frame.assign(rank=rank, event=frame["event_type"].map(fmt.code))
    return frame.sort_values(["rank", "effective_at"]).drop(columns="rank").reset_index(drop=True)


def timeline(events: pd.DataFrame) -> Spec:
    """When what happened to how many units: `effective_at`, `event_type`, `line_ref`, `quantity`."""
    shown = moments(events)
    looks = {fmt.code(kind): COLOURS.get(kind, charts.INK) for kind in shown["event_type"]}
    present, colours = list(looks), list(looks.values())
    axis = {"grid": False, "labelOverlap": True, "tickCount": 6, "format": "%d %b %H:%M"}
    encoding = {
        "y": name("event", sort=present, axis={"grid": True, "ticks": False, "domain": False, "labelLimit": 240}),
        "x": day("effective_at", "UTC", scale={"type": "utc", "padding": 24}, axis=axis),
        "tooltip": [
            name("event", "Event"),
            number("units", "Units"),
            number("lines", "Lines"),
            day("effective_at", "UTC", timeUnit="utcyearmonthdatehoursminutes"),
        ],
    }
    marks = {
        "mark": {"type": "circle", "size": 140, "opacity": 1},
        "encoding": {"color": look("event", present, colours, legend=None)},
    }
    units = {
        "mark": {"type": "text", "align": "left", "dx": 9, "color": charts.INK},
        "encoding": {"text": number("units", format=",d")},
    }
    title, height = "What happened when, in units", 110 + 28 * len(present)
    return charts.finished({"encoding": encoding, "layer": [marks, units]}, title, height, events=shown)
