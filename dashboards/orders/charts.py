"""The orders page's chart. Belongs here: an order's events in time. Does not belong here: where they come from."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboards import charts
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
    """One row a kind of event and instant: units, and how many lines they are of. In the order of an order's life."""
    grouped = events.groupby(["event_type", "effective_at"], as_index=False)
    frame = grouped.agg(units=("quantity", "sum"), lines=("line_ref", "nunique"))
    rank = frame["event_type"].map({event.value: rank for rank, event in enumerate(EventType)})
    return frame.assign(rank=rank).sort_values(["rank", "effective_at"]).drop(columns="rank").reset_index(drop=True)


def timeline(events: pd.DataFrame) -> Any:
    """When what happened to how many units: `effective_at`, `event_type`, `line_ref`, `quantity`."""
    shown = moments(events)
    present = list(dict.fromkeys(shown["event_type"]))
    colours = alt.Scale(domain=present, range=[COLOURS.get(event, charts.INK) for event in present])
    base = alt.Chart(shown, title="What happened when, in units").encode(
        y=alt.Y("event_type:N", title=None, sort=present, axis=alt.Axis(grid=True, ticks=False, domain=False)),
        x=alt.X(
            "effective_at:T",
            title="UTC",
            scale=alt.Scale(type="utc", padding=24),
            axis=alt.Axis(grid=False, labelOverlap=True, tickCount=6, format="%d %b %H:%M"),
        ),
        tooltip=[
            alt.Tooltip("event_type:N", title="Event"),
            alt.Tooltip("units:Q", title="Units"),
            alt.Tooltip("lines:Q", title="Lines"),
            alt.Tooltip("utcyearmonthdatehoursminutes(effective_at):T", title="UTC"),
        ],
    )
    marks = base.mark_circle(size=140, opacity=1).encode(color=alt.Color("event_type:N", scale=colours, legend=None))
    labels = base.mark_text(align="left", dx=9, color=charts.INK).encode(text=alt.Text("units:Q", format=",d"))
    return charts.finished(marks + labels, 110 + 28 * len(present))
