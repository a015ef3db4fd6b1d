"""The inventory page's charts. Belongs here: what may be promised by day, and the ledger on its two time axes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import altair as alt
import pandas as pd

from dashboards import charts

#: Days that the chart of promises shows after its last supply, so that the last step can be seen.
_TAIL_DAYS = 3
_DAY = alt.Tooltip("business_date:T", title="Day", format="%a %d %b %Y")


def promise_steps(supply: pd.DataFrame) -> pd.DataFrame:
    """What may be promised from each day on: `business_date`, `qty_atp` after all supply of the day, and its refs.

    The last row repeats its level some days later. `supply`: one row a supply, in the order of its days.
    """
    days = supply.groupby("available_date", as_index=False, sort=True).agg(
        qty_atp=("qty_atp", "last"), supply=("supply_ref", ", ".join)
    )
    days = days.rename(columns={"available_date": "business_date"})
    end: date = days["business_date"].iloc[-1] + timedelta(days=_TAIL_DAYS)
    return pd.concat([days, days.tail(1).assign(business_date=end, supply="")], ignore_index=True)


def promises(supply: pd.DataFrame, title: str) -> Any:
    """Available to promise as steps, each labelled with its level."""
    steps = promise_steps(supply)
    base = alt.Chart(steps, title=charts.title_of(title)).encode(
        x=alt.X("business_date:T", title=None, axis=charts.DAY_AXIS),
        y=alt.Y("qty_atp:Q", title="units"),
        tooltip=[_DAY, alt.Tooltip("qty_atp:Q", title="May be promised"), alt.Tooltip("supply:N", title="Supply")],
    )
    area = base.mark_area(line={"color": charts.BLUE}, color=charts.BLUE, opacity=0.15, interpolate="step-after")
    dots = base.transform_filter("datum.supply != ''").mark_circle(color=charts.BLUE, size=60, opacity=1)
    labels = base.transform_filter("datum.supply != ''").mark_text(align="left", dx=7, dy=-7, color=charts.INK)
    return charts.finished(area + dots + labels.encode(text=alt.Text("qty_atp:Q", format=",d")), 200)


def both_axes(days: pd.DataFrame, instant: pd.Timestamp, title: str) -> Any:
    """Stock at the end of each day as it was, by all we know, and as we knew it then; the chosen instant marked."""
    names = {"qty_true": "True then, by all we know", "qty_known": "Known then"}
    long = days.melt("business_date", list(names), var_name="axis", value_name="units").replace({"axis": names})
    order = list(names.values())
    lines = (
        alt.Chart(long)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("business_date:T", title=None, axis=charts.DAY_AXIS),
            y=alt.Y("units:Q", title="units"),
            color=alt.Color("axis:N", sort=order, scale=alt.Scale(domain=order, range=[charts.BLUE, charts.VERMILION])),
            strokeDash=alt.StrokeDash("axis:N", sort=order, scale=alt.Scale(domain=order, range=[[1, 0], [5, 3]])),
            tooltip=[_DAY, "axis:N", "units:Q"],
        )
    )
    mark = (
        alt.Chart(pd.DataFrame({"business_date": [instant.normalize()]}))
        .mark_rule(color=charts.INK, strokeWidth=1)
        .encode(x="business_date:T")
    )
    return charts.finished(alt.layer(lines, mark).properties(title=charts.title_of(title)), 200).configure_legend(
        orient="top", title=None, labelFontSize=12, symbolType="stroke", symbolSize=400, labelLimit=0
    )
