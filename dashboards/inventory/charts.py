"""The inventory page's charts. Belongs here: what may be promised by day, and the ledger on its two time axes."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from dashboards.parts import charts
from dashboards.parts.charts import TOLD_DAY, Spec, day, look, name, number

#: Days that the chart of promises shows after its last supply, so that the last step can be seen.
_TAIL_DAYS = 3


def _promise_steps(supply: pd.DataFrame) -> pd.DataFrame:
    """What may be promised from each day on: `business_date`, `qty_atp` after all supply of the day, and its refs.

    The last row repeats its level some days later. `supply`: one row a supply, in the order of its days.
    """
    days = supply.groupby("available_date", as_index=False, sort=True).agg(
        qty_atp=("qty_atp", "last"), supply=("supply_ref", ", ".join)
    )
    days = days.rename(columns={"available_date": "business_date"})
    end: date = days["business_date"].iloc[-1] + timedelta(days=_TAIL_DAYS)
    return pd.concat([days, days.tail(1).assign(business_date=end, supply="")], ignore_index=True)


def promises(supply: pd.DataFrame, title: str) -> Spec:
    """Available to promise as steps, each labelled with its level."""
    encoding = {
        "x": day("business_date", axis=charts.DAY_AXIS),
        "y": number("qty_atp", "units"),
        "tooltip": [TOLD_DAY, number("qty_atp", "May be promised"), name("supply", "Supply")],
    }
    line = {"color": charts.BLUE}
    area = {"type": "area", "line": line, "color": charts.BLUE, "opacity": 0.15, "interpolate": "step-after"}
    of_supply = [{"filter": "datum.supply != ''"}]
    dots = {"mark": {"type": "circle", "color": charts.BLUE, "size": 60, "opacity": 1}, "transform": of_supply}
    levels = {
        "mark": {"type": "text", "align": "left", "dx": 7, "dy": -7, "color": charts.INK},
        "transform": of_supply,
        "encoding": {"text": number("qty_atp", format=",d")},
    }
    layers = {"encoding": encoding, "layer": [{"mark": area}, dots, levels]}
    return charts.finished(layers, title, 200, steps=_promise_steps(supply))


def both_axes(days: pd.DataFrame, instant: pd.Timestamp, title: str) -> Spec:
    """Stock at the end of each day as it was, by all we know, and as we knew it then; the chosen instant marked."""
    names = {"qty_true": "True then, by all we know", "qty_known": "Known then"}
    long = days.melt("business_date", list(names), var_name="axis", value_name="units").replace({"axis": names})
    order = list(names.values())
    lines = {
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {
            "x": day("business_date", axis=charts.DAY_AXIS),
            "y": number("units", "units"),
            "color": look("axis", order, [charts.BLUE, charts.VERMILION]),
            "strokeDash": look("axis", order, [[1, 0], [5, 3]]),
            "tooltip": [TOLD_DAY, name("axis", "Stock"), number("units", "Units")],
        },
    }
    mark = {
        "data": charts.of("instant"),
        "mark": {"type": "rule", "color": charts.INK, "strokeWidth": 1},
        "encoding": {"x": day("business_date")},
    }
    chosen = pd.DataFrame({"business_date": [instant.normalize()]})
    return charts.finished({"layer": [lines, mark]}, title, 200, legend=charts.STROKES, stock=long, instant=chosen)
