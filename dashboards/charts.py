"""The charts' common look, and the plain charts that several pages use.

Belongs here: palette, theme, simple charts from tidy frames. Does not belong here: one page's own chart.

Colours are Okabe and Ito's (2008), which people with any colour vision tell apart; nothing is told by colour alone.
"""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt
import pandas as pd

BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
INK = "#1C2733"
GREY = "#8A97A3"

#: One colour a state of an order line, the same on every page.
STATE_COLOURS = {
    "fulfilled": GREEN,
    "allocated": BLUE,
    "backordered": VERMILION,
    "held": ORANGE,
    "cancelled": GREY,
    "open": PURPLE,
}

#: Letters that a line of a chart's title, and of what stands under it, has room for on a tablet held upright.
_TITLE_LETTERS, _SUBTITLE_LETTERS = 64, 84
DAY_AXIS = alt.Axis(format="%d %b", tickCount=6, labelOverlap=True, grid=False)


def finished(chart: Any, height: int = 220) -> Any:
    """The chart with the common look."""
    return (
        chart.properties(height=height, width="container")
        .configure_view(strokeWidth=0)
        .configure_axis(labelColor="#45525E", titleColor="#45525E", gridColor="#E6EAEE", labelFontSize=12)
        .configure_axis(titleFontSize=12, titleFontWeight="normal", domainColor="#C3CBD3", tickColor="#C3CBD3")
        .configure_legend(orient="top", title=None, labelFontSize=12, symbolType="square", labelLimit=0)
        .configure_title(anchor="start", fontSize=14, fontWeight=600, color=INK, offset=8)
    )


def title_of(title: str, subtitle: str = "") -> alt.TitleParams:
    """The title in lines that a tablet is wide enough for: a chart cuts what is longer than itself."""
    return alt.Title(
        textwrap.wrap(title, _TITLE_LETTERS), subtitle=textwrap.wrap(subtitle, _SUBTITLE_LETTERS) or alt.Undefined
    )


def by_day(
    frame: pd.DataFrame,
    column: str,
    *,
    title: str,
    unit: str,
    colour: str = BLUE,
    fmt: str = ",.0f",
    is_rate: bool = False,
) -> Any:
    """A line by `business_date`, with its area from zero; a rate has points, and the axis that it needs."""
    scale = alt.Scale(zero=not is_rate, nice=True)
    base = alt.Chart(frame, title=title_of(title)).encode(
        x=alt.X("business_date:T", title=None, axis=DAY_AXIS),
        y=alt.Y(f"{column}:Q", title=unit, scale=scale, axis=alt.Axis(format=fmt, tickCount=4)),
        tooltip=[
            alt.Tooltip("business_date:T", title="Day", format="%a %d %b %Y"),
            alt.Tooltip(f"{column}:Q", title=unit, format=fmt),
        ],
    )
    if is_rate:
        points = alt.OverlayMarkDef(color=colour, size=30, filled=True)
        return finished(base.mark_line(color=colour, strokeWidth=1.8, point=points), 190)
    return finished(base.mark_area(color=colour, opacity=0.12) + base.mark_line(color=colour, strokeWidth=1.8), 190)


def bars(frame: pd.DataFrame, category: str, value: str, *, title: str, unit: str, fmt: str = ",.0f") -> Any:
    """Horizontal bars, the longest first, each with its figure."""
    names = alt.Axis(labelLimit=240, labelOverlap=False, ticks=False, domain=False)
    base = alt.Chart(frame, title=title_of(title)).encode(
        y=alt.Y(f"{category}:N", title=None, sort="-x", axis=names),
        x=alt.X(f"{value}:Q", title=unit, axis=alt.Axis(format="~s", tickCount=4)),
    )
    labels = base.mark_text(align="left", dx=4, color=INK).encode(text=alt.Text(f"{value}:Q", format=fmt))
    return finished(base.mark_bar(color=BLUE, height={"band": 0.7}) + labels, 26 * len(frame) + 100)
