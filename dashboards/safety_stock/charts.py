"""The safety-stock page's charts.

Belongs here: demand with its forecast, stock with its levels, what a level covers. Does not belong here: their words.
"""

from __future__ import annotations

import pandas as pd

from dashboards.parts import charts
from dashboards.parts.charts import TOLD_DAY, Spec, day, look, name, number

#: Levels, the highest first: name of the column, name for people, colour, dash.
LEVELS = (
    ("qty_order_up_to", "Order-up-to level", charts.BLUE, [1, 0]),
    ("qty_reorder_point", "Reorder point", charts.VERMILION, [6, 3]),
    ("qty_safety_stock", "Safety stock", charts.PURPLE, [2, 2]),
)

Domain = tuple[pd.Timestamp, pd.Timestamp]


def _x(domain: Domain, column: str = "business_date") -> Spec:
    return day(column, axis=charts.DAY_AXIS, scale={"domain": [moment.isoformat() for moment in domain]})


def stocked_out_spans(demand: pd.DataFrame) -> pd.DataFrame:
    """Days that ended with nothing on hand, joined where they follow each other: columns first_date, until_date."""
    days = pd.to_datetime(demand.loc[demand["is_stocked_out"].fillna(False).astype(bool), "business_date"])
    days = days.sort_values().reset_index(drop=True)
    spans = days.groupby((days.diff() != pd.Timedelta(days=1)).cumsum()).agg(["min", "max"])
    return pd.DataFrame({"first_date": spans["min"], "until_date": spans["max"] + pd.Timedelta(days=1)}, dtype="object")


def _stocked_out(domain: Domain) -> Spec:
    """The days of `stocked_out_spans`, shaded."""
    encoding = {
        "x": _x(domain, "first_date"),
        "x2": {"field": "until_date"},
        "tooltip": [day("first_date", "Out of stock from", format="%a %d %b %Y")],
    }
    mark = {"type": "rect", "color": charts.ORANGE, "opacity": 0.22}
    return {"data": charts.of("spans"), "mark": mark, "encoding": encoding}


_A_DAY = "units a day"
_FAN_TOLD = "grey: observed · line: median forecast · bands: 50 % and 90 % of outcomes"


def demand_and_forecast(demand: pd.DataFrame, forecast: pd.DataFrame, domain: Domain, title: str) -> Spec:
    """Bars of observed demand, then the forecast's fan: median in bands that hold 50 % and 90 % of outcomes.

    Days that ended with nothing on hand are shaded. Where planners altered the forecast, its median without that is a
    dashed line.
    """
    spans = stocked_out_spans(demand)
    layers, subtitle = [_bars("qty_demand", "Demand", charts.GREY)], _FAN_TOLD
    if not (demand["qty_demand"] > 0).any():
        subtitle = f"nothing was asked for in these days · {subtitle}"
    if len(spans):
        layers, subtitle = [*layers, _stocked_out(domain)], f"{subtitle} · shaded: out of stock"
    if demand["qty_repaired"].notna().any():
        layers.append(_bars("qty_repaired", "Out of stock, estimated", charts.ORANGE))
        subtitle += " · orange bars: estimated for days that could not sell"
    layers += _fan()
    if (forecast["q50_unaltered"] != forecast["q50"]).any():
        mark = {"type": "line", "color": charts.VERMILION, "strokeWidth": 1.5, "strokeDash": [4, 3]}
        layers.append({"data": charts.of("forecast"), "mark": mark, "encoding": {"y": number("q50_unaltered", _A_DAY)}})
        subtitle += " · dashed: median without overrides"
    spec = {"encoding": {"x": _x(domain)}, "layer": layers}
    return charts.finished(spec, title, 260, subtitle=subtitle, demand=demand, forecast=forecast, spans=spans)


def _bars(column: str, told: str, colour: str) -> Spec:
    return {
        "transform": [{"filter": f"datum.{column} != null"}],
        "mark": {"type": "bar", "color": colour, "opacity": 0.75, "size": 4},
        "encoding": {"y": number(column, _A_DAY), "tooltip": [TOLD_DAY, number(column, told)]},
    }


def _fan() -> list[Spec]:
    bands = [
        {
            "mark": {"type": "area", "color": colour, "opacity": 0.35},
            "encoding": {"y": number(low, _A_DAY), "y2": {"field": high}},
        }
        for low, high, colour in (("q05", "q95", charts.SKY), ("q25", "q75", charts.BLUE))
    ]
    quantiles = [number(f"q{share}", f"{share} %", format=".1f") for share in ("05", "25", "50", "75", "95")]
    median = {
        "mark": {"type": "line", "color": charts.BLUE, "strokeWidth": 2},
        "encoding": {"y": number("q50", _A_DAY), "tooltip": [TOLD_DAY, *quantiles]},
    }
    return [{"data": charts.of("forecast"), **layer} for layer in (*bands, median)]


def stock_and_levels(
    on_hand: pd.DataFrame,
    spans: pd.DataFrame,
    levels: dict[str, int],
    domain: Domain,
    title: str,
) -> Spec:
    """Stock at the end of each day, and its levels as lines that differ in colour and dash and say their figure.

    `spans` are those of `stocked_out_spans`.
    """
    told = [TOLD_DAY, number("qty_closing", "On hand")]
    area = {"type": "area", "line": {"color": charts.GREEN}, "color": charts.GREEN, "opacity": 0.2}
    stock = {
        "mark": area | {"interpolate": "step-after"},
        "encoding": {"x": _x(domain), "y": number("qty_closing", "units"), "tooltip": told},
    }
    names = [f"{label} {levels[column]:,}" for column, label, *_ in LEVELS]
    lines = pd.DataFrame({"level": names, "units": [levels[column] for column, *_ in LEVELS]})
    rules = {
        "data": charts.of("levels"),
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {
            "y": number("units", "units"),
            "color": look("level", names, [colour for *_, colour, _ in LEVELS]),
            "strokeDash": look("level", names, [dash for *_, dash in LEVELS]),
            "tooltip": [name("level", "Level")],
        },
    }
    drawn, subtitle = [stock, rules], "green: on hand at the end of the day"
    if on_hand.empty:
        subtitle = "no stock of it is on record in these days"
    if len(spans):
        drawn, subtitle = [_stocked_out(domain), *drawn], f"{subtitle} · shaded: out of stock"
    return charts.finished(
        {"layer": drawn},
        title,
        290,
        subtitle=subtitle,
        legend=charts.STROKES,
        stock=on_hand,
        levels=lines,
        spans=spans,
    )


#: What is marked on the distribution: column of the series, name, colour, dash.
MARKS = (
    ("qty_on_hand", "On hand", charts.GREEN, [1, 0]),
    ("qty_position", "Position", charts.INK, [8, 2, 2, 2]),
    ("qty_reorder_point", "Reorder point", charts.VERMILION, [6, 3]),
    ("qty_order_up_to", "Order-up-to level", charts.BLUE, [1, 0]),
)


def covered(distribution: pd.DataFrame, marks: dict[str, int], title: str) -> Spec:
    """Chance that demand is at most a quantity, of the lead time and of the whole interval, with stock marked on it.

    `distribution` has columns span, qty, probability; `marks` the quantity of each column of `MARKS`.
    """
    unit = "units asked for"
    spans = distribution["span"].drop_duplicates().tolist()
    names = [f"{label} {marks[column]:,}" for column, label, *_ in MARKS]
    lines = pd.DataFrame({"named": names, "qty": [marks[column] for column, *_ in MARKS]})
    # One scale for curves and marks, hence one legend.
    colours = [charts.PURPLE, charts.SKY][: len(spans)] + [colour for *_, colour, _ in MARKS]
    dashes = [[1, 0]] * len(spans) + [dash for *_, dash in MARKS]
    named = [*spans, *names]
    encoding = {
        "x": number("qty", unit),
        "color": look("named", named, colours),
        "strokeDash": look("named", named, dashes),
    }
    axis = {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 0.9, 1]}
    told = [name("named", "Of"), number("qty", unit, format=",.1f")]
    chance = {
        "y": number("probability", "chance that it is no more", axis=axis, scale={"domain": [0, 1]}),
        "tooltip": [*told, number("probability", "chance", format=".1%")],
    }
    curves = {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": chance}
    rules = {"data": charts.of("marks"), "mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"tooltip": told}}
    spec, legend = {"encoding": encoding, "layer": [curves, rules]}, charts.STROKES | {"columns": 2}
    shares = distribution.rename(columns={"span": "named"})
    return charts.finished(spec, title, 430, legend=legend, curves=shares, marks=lines)
