"""The charts' common look and words, and the plain charts that several pages use.

Belongs here: palette, theme, simple charts from tidy frames. Does not belong here: one page's own chart.

A chart is a Vega-Lite specification with its frames in `datasets`, for `st.vega_lite_chart`. Tests hold each against
Vega-Lite's schema; nothing does so in front of a reader.

Colours are Okabe and Ito's (2008), which people with any colour vision tell apart; nothing is told by colour alone.
"""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd

#: A Vega-Lite specification, or a part of one.
Spec = dict[str, Any]

BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
INK = "#1C2733"
GREY = "#8A97A3"

#: Letters that a line of a chart's title, and of what stands under it, has room for on a tablet held upright; and of a
#: title where two charts stand side by side.
_TITLE_LETTERS, _SUBTITLE_LETTERS, _HALF_TITLE_LETTERS = 64, 84, 28
DAY_AXIS: Spec = {"format": "%d %b", "tickCount": 6, "labelOverlap": True, "grid": False}
#: What a legend shows for lines that differ in dash.
STROKES: Spec = {"symbolType": "stroke", "symbolSize": 400}
_LOOK: Spec = {
    "view": {"strokeWidth": 0},
    "axis": {
        "labelColor": "#45525E",
        "titleColor": "#45525E",
        "gridColor": "#E6EAEE",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": "#C3CBD3",
        "tickColor": "#C3CBD3",
    },
    "legend": {"orient": "top", "title": None, "labelFontSize": 12, "symbolType": "square", "labelLimit": 0},
    "title": {"anchor": "start", "fontSize": 14, "fontWeight": 600, "color": INK, "offset": 8},
}


def day(field: str, title: str | None = None, **more: Any) -> Spec:
    """A column of days or instants, on an axis or in a tooltip."""
    return {"field": field, "type": "temporal", "title": title, **more}


def number(field: str, title: str | None = None, **more: Any) -> Spec:
    """A column of numbers; the title is their unit."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def name(field: str, title: str | None = None, **more: Any) -> Spec:
    """A column of names."""
    return {"field": field, "type": "nominal", "title": title, **more}


def look(field: str, names: list[str], values: list[Any], **more: Any) -> Spec:
    """How each name looks: its colour, dash or shape. What differs in two of them is told apart without either."""
    return {"field": field, "type": "nominal", "sort": names, "scale": {"domain": names, "range": values}, **more}


#: A row's day, in its tooltip.
TOLD_DAY = day("business_date", "Day", format="%a %d %b %Y")


def finished(
    spec: Spec,
    title: str,
    height: int,
    *,
    subtitle: str = "",
    is_half: bool = False,
    legend: Spec | None = None,
    **frames: pd.DataFrame,
) -> Spec:
    """The chart with its title, the common look and its data: frames by the name that `data` of a layer has for them.
    Marks that name none are of the first. `is_half`: another chart stands beside it."""
    return {
        "title": _title(title, subtitle, _HALF_TITLE_LETTERS if is_half else _TITLE_LETTERS),
        "width": "container",
        "height": height,
        "data": of(next(iter(frames))),
        **spec,
        "datasets": frames,
        "config": _LOOK | {"legend": _LOOK["legend"] | (legend or {})},
    }


def of(frame: str) -> Spec:
    """The data of a layer: the name of its frame."""
    return {"name": frame}


def _title(title: str, subtitle: str, letters: int) -> Spec:
    """In lines that a tablet is wide enough for: a chart cuts what is longer than itself."""
    lines = {"text": textwrap.wrap(title, letters)}
    return lines | ({"subtitle": textwrap.wrap(subtitle, _SUBTITLE_LETTERS)} if subtitle else {})


def by_day(
    frame: pd.DataFrame,
    column: str,
    *,
    title: str,
    unit: str,
    colour: str = BLUE,
    fmt: str = ",.0f",
    is_rate: bool = False,
) -> Spec:
    """A line by `business_date`, with its area from zero; a rate has points, and the axis that it needs. Where there is
    nothing to draw, that is said."""
    scale = {"zero": not is_rate, "nice": True}
    encoding = {
        "x": day("business_date", axis=DAY_AXIS),
        "y": number(column, unit, scale=scale, axis={"format": fmt, "tickCount": 4}),
        "tooltip": [TOLD_DAY, number(column, unit, format=fmt)],
    }
    line: Spec = {"type": "line", "color": colour, "strokeWidth": 1.8}
    area = {"type": "area", "color": colour, "opacity": 0.12}
    points = {"color": colour, "size": 30, "filled": True}
    marks = [line | {"point": points}] if is_rate else [area, line]
    layers = [{"mark": mark} for mark in marks]
    told = "" if frame[column].notna().any() else "no figures in this time"
    return finished({"encoding": encoding, "layer": layers}, title, 190, subtitle=told, is_half=True, days=frame)


def bars(frame: pd.DataFrame, category: str, value: str, *, title: str, unit: str, fmt: str = ",.0f") -> Spec:
    """Horizontal bars, the longest first, each with its figure."""
    names = {"labelLimit": 240, "labelOverlap": False, "ticks": False, "domain": False}
    encoding = {
        "y": name(category, sort="-x", axis=names),
        "x": number(value, unit, axis={"format": "~s", "tickCount": 4}),
    }
    bar = {"mark": {"type": "bar", "color": BLUE, "height": {"band": 0.7}}}
    figure = {
        "mark": {"type": "text", "align": "left", "dx": 4, "color": INK},
        "encoding": {"text": number(value, format=fmt)},
    }
    return finished({"encoding": encoding, "layer": [bar, figure]}, title, 26 * len(frame) + 100, rows=frame)
