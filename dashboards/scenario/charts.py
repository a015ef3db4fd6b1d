"""The scenario page's chart: service against investment. Belongs here: its look."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboards.parts import charts
from dashboards.parts.charts import Spec, look, name, number
from dashboards.scenario.outcomes import TODAY
from oms_core.money import minor_digits

#: Where a name may stand beside its point: on which side, and how many pixels across and down.
_PLACES = tuple(
    (align, dx, dy) for dy in (12, -12, 26, -26, 40, -40, 54, -54) for align, dx in (("left", 9), ("right", -9))
)
#: Pixels: of the chart as a tablet has it, of a letter and half a line, of the longest name.
_WIDTH, _HEIGHT, _LETTER, _LONGEST_NAME = 400, 360, 7, 220


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
    places = name_places(
        [str(one) for one in marked["name"]],
        (marked["money"] / most * _WIDTH).tolist(),
        ((100.0 - marked["percent"]) / (100.0 - low) * _HEIGHT).tolist(),
    )
    marked = marked.assign(place=places)
    return charts.finished(layers, title, _HEIGHT, subtitle=subtitle, frontier=line, points=marked)


def name_places(names: Sequence[str], across: Sequence[float], down: Sequence[float]) -> list[int]:
    """For each point the first of `_PLACES` where its name hides no other name, and no point; the first one, where
    there is none. `across`, `down`: where the points are, in pixels."""
    taken = [(x - 8, y - 8, x + 8, y + 8) for x, y in zip(across, down, strict=True)]
    found = []
    for name_, x, y in zip(names, across, down, strict=True):
        boxes = [_box(len(name_), x, y, *place) for place in _PLACES]
        place = next((number for number, box in enumerate(boxes) if not any(_meet(box, one) for one in taken)), 0)
        taken.append(boxes[place])
        found.append(place)
    return found


def _box(letters: int, x: float, y: float, align: str, dx: int, dy: int) -> tuple[float, float, float, float]:
    """What a name takes: left, top, right, bottom."""
    width = min(letters * _LETTER, _LONGEST_NAME)
    left = x + dx - (width if align == "right" else 0)
    return left, y + dy - _LETTER, left + width, y + dy + _LETTER


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _names() -> list[Spec]:
    return [
        {
            "data": charts.of("points"),
            "transform": [{"filter": f"datum.place == {number}"}],
            "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "color": charts.INK, "limit": _LONGEST_NAME},
            "encoding": {"text": name("name")},
        }
        for number, (align, dx, dy) in enumerate(_PLACES)
    ]
