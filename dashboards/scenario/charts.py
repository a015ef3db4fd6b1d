"""The scenario page's chart: service against investment. Belongs here: its look."""

from __future__ import annotations

import pandas as pd

from dashboards import charts
from dashboards.charts import Spec, look, name, number
from dashboards.scenario.outcomes import TODAY
from oms_core.money import minor_digits

#: Pixels from a point down to its name.
_TURNS = (12, -12, 26, -26)


def service_against_investment(frontier: pd.DataFrame, points: pd.DataFrame, currency: str, title: str) -> Spec:
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
    at_cost, axis = f"at cost, {currency}", {"format": "~s", "tickCount": 8}
    encoding = {
        "x": number("money", f"safety stock {at_cost}", axis=axis, scale={"domain": [0, most]}),
        "y": number("percent", "expected fill rate, %", scale={"domain": [low, 100.0]}),
        "tooltip": [number("money", at_cost, format=",.0f"), number("percent", "fill rate, %", format=".2f")],
    }
    drawn = {"mark": {"type": "line", "color": charts.BLUE, "strokeWidth": 2}}
    kinds = ["today", "scenario"]
    dots = {
        "data": charts.of("points"),
        "mark": {"type": "point", "size": 130, "filled": True, "opacity": 1},
        "encoding": {
            "color": look("kind", kinds, [charts.INK, charts.VERMILION], legend=None),
            "shape": look("kind", kinds, ["diamond", "circle"], legend=None),
            "tooltip": [name("name", "scenario"), *encoding["tooltip"]],
        },
    }
    subtitle = "line: the cheapest levels for each fill rate · diamond: today · circles: scenarios"
    layers = {"encoding": encoding, "layer": [drawn, dots, *_names()]}
    marked = marked.assign(turn=[position % len(_TURNS) for position in range(len(marked))])
    return charts.finished(layers, title, 360, subtitle=subtitle, frontier=line, points=marked)


def _names() -> list[Spec]:
    """By turns above and below, near and far: names of points that lie close do not hide each other."""
    return [
        {
            "data": charts.of("points"),
            "transform": [{"filter": f"datum.turn == {turn}"}],
            "mark": {"type": "text", "align": "left", "dx": 9, "dy": dy, "color": charts.INK, "limit": 220},
            "encoding": {"text": name("name")},
        }
        for turn, dy in enumerate(_TURNS)
    ]
