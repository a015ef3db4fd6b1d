"""The safety-stock page's charts. Belongs here: demand with its forecast, stock with its levels."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboards import charts

#: Levels, the highest first: name of the column, name for people, colour, dash.
LEVELS = (
    ("qty_order_up_to", "Order-up-to level", charts.BLUE, [1, 0]),
    ("qty_reorder_point", "Reorder point", charts.VERMILION, [6, 3]),
    ("qty_safety_stock", "Safety stock", charts.PURPLE, [2, 2]),
)
_X_TITLE = None


def _x(domain: tuple[pd.Timestamp, pd.Timestamp]) -> alt.X:
    return alt.X("business_date:T", title=_X_TITLE, axis=charts.DAY_AXIS, scale=alt.Scale(domain=list(domain)))


def demand_and_forecast(
    demand: pd.DataFrame, forecast: pd.DataFrame, domain: tuple[pd.Timestamp, pd.Timestamp], title: str
) -> Any:
    """Bars of observed demand, then the forecast's fan: median in bands that hold 50 % and 90 % of outcomes.

    Where planners altered the forecast, its median without that is a dashed line.
    """
    x, unit = _x(domain), "units a day"
    tooltip = [alt.Tooltip("business_date:T", title="Day", format="%a %d %b %Y")]
    history = (
        alt.Chart(demand)
        .mark_bar(color=charts.GREY, opacity=0.75, size=4)
        .encode(
            x=x, y=alt.Y("qty_demand:Q", title=unit), tooltip=[*tooltip, alt.Tooltip("qty_demand:Q", title="Demand")]
        )
    )
    lost = alt.Chart(demand[demand["qty_repaired"].notna()]).mark_bar(color=charts.ORANGE, opacity=0.75, size=4)
    lost = lost.encode(
        x=x, y="qty_repaired:Q", tooltip=[*tooltip, alt.Tooltip("qty_repaired:Q", title="Out of stock, estimated")]
    )
    fan = alt.Chart(forecast).encode(x=x)
    wide = fan.mark_area(color=charts.SKY, opacity=0.35).encode(y=alt.Y("q05:Q", title=unit), y2="q95:Q")
    narrow = fan.mark_area(color=charts.BLUE, opacity=0.35).encode(y=alt.Y("q25:Q", title=unit), y2="q75:Q")
    quantiles = [alt.Tooltip(f"q{q}:Q", title=f"{q} %", format=".1f") for q in ("05", "25", "50", "75", "95")]
    median = fan.mark_line(color=charts.BLUE, strokeWidth=2).encode(
        y=alt.Y("q50:Q", title=unit), tooltip=[*tooltip, *quantiles]
    )
    subtitle = "grey: observed · line: median forecast · bands: 50 % and 90 % of outcomes"
    drawn = [wide, narrow, median]
    if demand["qty_repaired"].notna().any():
        drawn.insert(0, lost)
        subtitle += " · orange: out of stock, estimated"
    if (forecast["q50_unaltered"] != forecast["q50"]).any():
        unaltered = fan.mark_line(color=charts.VERMILION, strokeWidth=1.5, strokeDash=[4, 3])
        drawn.append(unaltered.encode(y=alt.Y("q50_unaltered:Q", title=unit)))
        subtitle += " · dashed: median without overrides"
    layers = alt.layer(history, *drawn).properties(title=alt.Title(title, subtitle=subtitle))
    return charts.finished(layers, 240)


def stock_and_levels(
    on_hand: pd.DataFrame, levels: dict[str, int], domain: tuple[pd.Timestamp, pd.Timestamp], title: str
) -> Any:
    """Stock at the end of each day, and its levels as lines that differ in colour and dash and say their figure."""
    stock = (
        alt.Chart(on_hand)
        .mark_area(line={"color": charts.GREEN}, color=charts.GREEN, opacity=0.2, interpolate="step-after")
        .encode(
            x=_x(domain),
            y=alt.Y("qty_closing:Q", title="units"),
            tooltip=[
                alt.Tooltip("business_date:T", title="Day", format="%a %d %b %Y"),
                alt.Tooltip("qty_closing:Q", title="On hand"),
            ],
        )
    )
    names = [f"{name} {levels[column]:,}" for column, name, _, _ in LEVELS]
    lines = pd.DataFrame({"level": names, "units": [levels[column] for column, *_ in LEVELS]})
    colours = alt.Scale(domain=names, range=[colour for *_, colour, _ in LEVELS])
    dashes = alt.Scale(domain=names, range=[dash for *_, dash in LEVELS])
    rules = (
        alt.Chart(lines)
        .mark_rule(strokeWidth=2)
        .encode(
            y=alt.Y("units:Q", title="units"),
            color=alt.Color("level:N", scale=colours, sort=names),
            strokeDash=alt.StrokeDash("level:N", scale=dashes, sort=names),
            tooltip=["level:N"],
        )
    )
    layers = alt.layer(stock, rules).properties(title=alt.Title(title, subtitle="green: on hand at the end of the day"))
    return charts.finished(layers, 240).configure_legend(
        orient="top", title=None, labelFontSize=12, symbolType="stroke", symbolSize=400, labelLimit=0
    )
