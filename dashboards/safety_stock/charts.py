"""The safety-stock page's charts.

Belongs here: demand with its forecast, stock with its levels, what a level covers. Does not belong here: their words.
"""

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


def _x(domain: tuple[pd.Timestamp, pd.Timestamp], column: str = "business_date") -> alt.X:
    return alt.X(f"{column}:T", title=_X_TITLE, axis=charts.DAY_AXIS, scale=alt.Scale(domain=list(domain)))


def stocked_out_spans(demand: pd.DataFrame) -> pd.DataFrame:
    """Days that ended with nothing on hand, joined where they follow each other: columns first_date, until_date."""
    days = pd.to_datetime(demand.loc[demand["is_stocked_out"].fillna(False).astype(bool), "business_date"])
    days = days.sort_values().reset_index(drop=True)
    spans = days.groupby((days.diff() != pd.Timedelta(days=1)).cumsum()).agg(["min", "max"])
    return pd.DataFrame({"first_date": spans["min"], "until_date": spans["max"] + pd.Timedelta(days=1)}, dtype="object")


def _stocked_out(spans: pd.DataFrame, domain: tuple[pd.Timestamp, pd.Timestamp]) -> Any:
    tooltip = [alt.Tooltip("first_date:T", title="Out of stock from", format="%a %d %b %Y")]
    return (
        alt.Chart(spans)
        .mark_rect(color=charts.ORANGE, opacity=0.22)
        .encode(x=_x(domain, "first_date"), x2="until_date:T", tooltip=tooltip)
    )


def demand_and_forecast(
    demand: pd.DataFrame, forecast: pd.DataFrame, domain: tuple[pd.Timestamp, pd.Timestamp], title: str
) -> Any:
    """Bars of observed demand, then the forecast's fan: median in bands that hold 50 % and 90 % of outcomes.

    Days that ended with nothing on hand are shaded. Where planners altered the forecast, its median without that is a
    dashed line.
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
        subtitle += " · orange bars: estimated for days that could not sell"
    spans = stocked_out_spans(demand)
    if len(spans):
        drawn.insert(0, _stocked_out(spans, domain))
        subtitle += " · shaded: out of stock"
    if (forecast["q50_unaltered"] != forecast["q50"]).any():
        unaltered = fan.mark_line(color=charts.VERMILION, strokeWidth=1.5, strokeDash=[4, 3])
        drawn.append(unaltered.encode(y=alt.Y("q50_unaltered:Q", title=unit)))
        subtitle += " · dashed: median without overrides"
    layers = alt.layer(history, *drawn).properties(title=charts.title_of(title, subtitle))
    return charts.finished(layers, 240)


def stock_and_levels(
    on_hand: pd.DataFrame,
    spans: pd.DataFrame,
    levels: dict[str, int],
    domain: tuple[pd.Timestamp, pd.Timestamp],
    title: str,
) -> Any:
    """Stock at the end of each day, and its levels as lines that differ in colour and dash and say their figure.

    `spans` are those of `stocked_out_spans`.
    """
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
    subtitle = "green: on hand at the end of the day"
    drawn = [stock, rules]
    if len(spans):
        drawn.insert(0, _stocked_out(spans, domain))
        subtitle += " · shaded: out of stock"
    layers = alt.layer(*drawn).properties(title=charts.title_of(title, subtitle))
    return charts.finished(layers, 240).configure_legend(
        orient="top", title=None, labelFontSize=12, symbolType="stroke", symbolSize=400, labelLimit=0
    )


#: What is marked on the distribution: column of the series, name, colour, dash.
MARKS = (
    ("qty_on_hand", "On hand", charts.GREEN, [1, 0]),
    ("qty_position", "Position", charts.INK, [8, 2, 2, 2]),
    ("qty_reorder_point", "Reorder point", charts.VERMILION, [6, 3]),
    ("qty_order_up_to", "Order-up-to level", charts.BLUE, [1, 0]),
)


def covered(distribution: pd.DataFrame, marks: dict[str, int], title: str) -> Any:
    """Chance that demand is at most a quantity, of the lead time and of the whole interval, with stock marked on it.

    `distribution` has columns span, qty, probability; `marks` the quantity of each column of `MARKS`.
    """
    unit = "units asked for"
    share = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 0.9, 1])
    spans = distribution["span"].drop_duplicates().tolist()
    names = [f"{name} {marks[column]:,}" for column, name, *_ in MARKS]
    lines = pd.DataFrame({"named": names, "qty": [marks[column] for column, *_ in MARKS]})
    # One scale for curves and marks, hence one legend.
    colours = [charts.PURPLE, charts.SKY][: len(spans)] + [colour for *_, colour, _ in MARKS]
    dashes = [[1, 0]] * len(spans) + [dash for *_, dash in MARKS]
    look = {
        "color": alt.Color(
            "named:N",
            sort=[*spans, *names],
            scale=alt.Scale(domain=[*spans, *names], range=colours),
            legend=alt.Legend(columns=2),
        ),
        "strokeDash": alt.StrokeDash(
            "named:N", sort=[*spans, *names], scale=alt.Scale(domain=[*spans, *names], range=dashes)
        ),
    }
    chance = alt.Y("probability:Q", title="chance that it is no more", axis=share, scale=alt.Scale(domain=[0, 1]))
    told = [alt.Tooltip("qty:Q", title=unit, format=",.1f"), alt.Tooltip("probability:Q", title="chance", format=".1%")]
    curves = alt.Chart(distribution.rename(columns={"span": "named"})).mark_line(strokeWidth=2.5)
    curves = curves.encode(x=alt.X("qty:Q", title=unit), y=chance, tooltip=["named:N", *told], **look)
    rules = alt.Chart(lines).mark_rule(strokeWidth=2)
    rules = rules.encode(x=alt.X("qty:Q", title=unit), tooltip=["named:N"], **look)
    layers = alt.layer(curves, rules).properties(title=charts.title_of(title))
    return charts.finished(layers, 320).configure_legend(
        orient="top", title=None, labelFontSize=12, symbolType="stroke", symbolSize=400, labelLimit=0
    )
