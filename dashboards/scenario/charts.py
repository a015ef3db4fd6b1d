"""The scenario page's chart: service against investment. Belongs here: its look."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboards import charts
from dashboards.scenario.outcomes import TODAY
from oms_core.money import minor_digits

#: Pixels from a point down to its name.
_TURNS = (12, -12, 26, -26)


def service_against_investment(frontier: pd.DataFrame, points: pd.DataFrame, currency: str, title: str) -> Any:
    """The frontier as a line, and each named point with its name beside it; today's is another shape and colour."""
    scale = 10.0 ** minor_digits(currency)
    line = frontier.assign(money=frontier["investment_minor"] / scale, percent=frontier["fill_rate"] * 100)
    marked = points.assign(
        money=points["investment_minor"].astype(float) / scale,
        percent=points["fill_rate"] * 100,
        kind=["today" if name == TODAY else "scenario" for name in points["name"]],
    )
    # As far as anybody would go: the frontier's ends would press all points into a corner.
    most = float(marked["money"].max()) * 1.6 or 1.0
    low = min(float(marked["percent"].min()) - 5.0, 80.0)
    line = line[(line["money"] <= most) & (line["percent"] >= low)]
    axis = alt.Axis(format="~s")
    money = alt.X("money:Q", title=f"safety stock at cost, {currency}", axis=axis, scale=alt.Scale(domain=[0, most]))
    filled = alt.Y("percent:Q", title="expected fill rate, %", scale=alt.Scale(domain=[low, 100.0]))
    told = [
        alt.Tooltip("money:Q", title=f"at cost, {currency}", format=",.0f"),
        alt.Tooltip("percent:Q", title="fill rate, %", format=".2f"),
    ]
    drawn = alt.Chart(line).mark_line(color=charts.BLUE, strokeWidth=2).encode(x=money, y=filled, tooltip=told)
    kinds = ["today", "scenario"]
    base = alt.Chart(marked).encode(x=money, y=filled, tooltip=["name:N", *told])
    dots = base.mark_point(size=130, filled=True, opacity=1).encode(
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[charts.INK, charts.VERMILION]), legend=None),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle"]), legend=None),
    )
    # By turns above and below, near and far: names of points that lie close do not hide each other.
    names = [
        alt.Chart(marked.iloc[turn :: len(_TURNS)])
        .mark_text(align="left", dx=9, dy=dy, color=charts.INK, limit=220)
        .encode(x=money, y=filled, text="name:N")
        for turn, dy in enumerate(_TURNS)
    ]
    subtitle = "line: the cheapest levels for each fill rate · diamond: today · circles: scenarios"
    return charts.finished(alt.layer(drawn, dots, *names).properties(title=charts.title_of(title, subtitle)), 360)
