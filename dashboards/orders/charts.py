"""The orders page's chart. Belongs here: an order's events in time. Does not belong here: where they come from."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboards import charts

EVENTS = {
    "placed": (charts.INK, "circle"),
    "held": (charts.ORANGE, "square"),
    "allocated": (charts.BLUE, "diamond"),
    "backordered": (charts.VERMILION, "triangle-down"),
    "exported": (charts.SKY, "triangle-right"),
    "shipped": (charts.GREEN, "triangle-up"),
    "cancelled": (charts.GREY, "cross"),
    "returned": (charts.PURPLE, "triangle-left"),
}
_MOST_LINES = 12


def timeline(events: pd.DataFrame) -> Any:
    """When what happened to each line: `effective_at`, `event_type`, `line_ref`, `sku`, `quantity`. A mark an event."""
    lines = list(dict.fromkeys(events["line_ref"]))[:_MOST_LINES]
    shown = events[events["line_ref"].isin(lines)].assign(line=lambda f: f["sku"] + " · " + f["line_ref"])
    present = [event for event in EVENTS if event in set(shown["event_type"])]
    title = "What happened when, by line"
    if len(lines) < events["line_ref"].nunique():
        title += f" (the first {len(lines)} lines)"
    scale = alt.Scale(domain=present, range=[EVENTS[event][0] for event in present])
    shapes = alt.Scale(domain=present, range=[EVENTS[event][1] for event in present])
    base = alt.Chart(shown, title=title).encode(
        yOffset=alt.YOffset("event_type:N", sort=present),
        y=alt.Y("line:N", title=None, scale=alt.Scale(type="band"), axis=alt.Axis(labelLimit=240, ticks=False)),
        x=alt.X(
            "effective_at:T",
            title="UTC",
            axis=alt.Axis(grid=False, labelOverlap=True, tickCount=6, format="%d %b %H:%M"),
        ),
    )
    marks = base.mark_point(filled=True, size=130, opacity=0.9).encode(
        color=alt.Color("event_type:N", scale=scale, sort=present),
        shape=alt.Shape("event_type:N", scale=shapes, sort=present),
        tooltip=[
            alt.Tooltip("event_type:N", title="Event"),
            alt.Tooltip("quantity:Q", title="Units"),
            alt.Tooltip("effective_at:T", title="UTC", format="%Y-%m-%d %H:%M"),
            alt.Tooltip("location_id:N", title="Location"),
        ],
    )
    return charts.finished(marks, 90 + len(lines) * max(32, 16 * len(present))).configure_legend(
        orient="top", title=None, labelFontSize=12, symbolSize=110, labelLimit=0
    )
