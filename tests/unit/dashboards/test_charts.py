"""Charts are valid Vega-Lite with the data that they name: nothing looks at that in front of a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import pandas as pd
import pytest
from jsonschema.exceptions import ValidationError

from dashboards.inventory import charts as inventory
from dashboards.orders import charts as orders
from dashboards.parts import charts
from dashboards.parts.charts import Spec
from dashboards.safety_stock import charts as safety_stock
from dashboards.scenario import charts as scenario
from dashboards.scenario.outcomes import TODAY

DAYS = pd.date_range("2026-05-01", periods=6, name="business_date")
DOMAIN = (DAYS[0], DAYS[-1])


def by_day(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, index=DAYS).reset_index()


def trend(*, is_rate: bool) -> Spec:
    return charts.by_day(by_day(rate=97.5), "rate", title="Fill rate", unit="%", is_rate=is_rate)


def bars() -> Spec:
    return charts.bars(pd.DataFrame({"why": ["late", "held"], "units": [3, 1]}), "why", "units", title="T", unit="u")


def timeline() -> Spec:
    at = pd.to_datetime(["2026-05-01 10:00", "2026-05-02 11:30"], utc=True)
    return orders.timeline(
        pd.DataFrame({"event_type": ["placed", "shipped"], "effective_at": at, "quantity": [2, 2], "line_ref": "1"})
    )


def promises() -> Spec:
    days = [moment.date() for moment in DAYS[:2]]
    return inventory.promises(pd.DataFrame({"available_date": days, "qty_atp": [4, 9], "supply_ref": ["", "PO"]}), "T")


def both_axes() -> Spec:
    return inventory.both_axes(by_day(qty_true=5, qty_known=6), DAYS[2], "T")


def demand(*, is_plain: bool) -> Spec:
    quantiles = {f"q{share}": 1.0 for share in ("05", "25", "50", "75", "95")}
    observed = by_day(qty_demand=2.0, is_stocked_out=[False] * 5 + [not is_plain], qty_repaired=None)
    if not is_plain:
        observed.loc[5, "qty_repaired"] = 3.0
    forecast = by_day(**quantiles, q50_unaltered=1.0 if is_plain else 2.0)
    return safety_stock.demand_and_forecast(observed, forecast, DOMAIN, "T")


def levels() -> Spec:
    spans = safety_stock.stocked_out_spans(by_day(is_stocked_out=[False, True, True, False, False, True]))
    named = {column: 10 for column, *_ in safety_stock.LEVELS}
    return safety_stock.stock_and_levels(by_day(qty_closing=7), spans, named, DOMAIN, "T")


def covered() -> Spec:
    spans = pd.DataFrame({"span": ["lead time", "interval"], "qty": [1, 2], "probability": [0.5, 0.9]})
    return safety_stock.covered(spans, {column: 10 for column, *_ in safety_stock.MARKS}, "T")


def curve() -> Spec:
    frontier = pd.DataFrame({"investment_minor": [100, 200], "fill_rate": [0.9, 0.97]})
    points = pd.DataFrame({"name": [TODAY, "Bold"], "investment_minor": [150, 180], "fill_rate": [0.9, 0.95]})
    return scenario.service_against_investment(frontier, points, "EUR", "T")


CHARTS: dict[str, Callable[[], Spec]] = {
    "a rate by day": lambda: trend(is_rate=True),
    "a quantity by day": lambda: trend(is_rate=False),
    "bars": bars,
    "an order's timeline": timeline,
    "promises": promises,
    "stock on both axes": both_axes,
    "demand and forecast": lambda: demand(is_plain=True),
    "demand with stock-outs, repaired, overridden": lambda: demand(is_plain=False),
    "stock and levels": levels,
    "what stock covers": covered,
    "service against investment": curve,
}


def layers(spec: Spec) -> Iterator[Spec]:
    """Each mark's data and encoding, with what it takes over from the chart."""
    for layer in spec.get("layer", [spec]):
        yield {
            "data": layer.get("data", spec["data"])["name"],
            "encoding": spec.get("encoding", {}) | layer.get("encoding", {}),
        }


def fields(encoding: Spec) -> Iterator[str]:
    for channel in encoding.values():
        yield from (one["field"] for one in (channel if isinstance(channel, list) else [channel]))


def validated(spec: Spec) -> None:
    """Raises ValidationError. The frames are Streamlit's to send."""
    alt.Chart.from_dict(spec | {"datasets": {name: [] for name in spec["datasets"]}})


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_valid_vega_lite(name: str) -> None:
    validated(CHARTS[name]())


@pytest.mark.parametrize("name", CHARTS)
def test_each_mark_shows_columns_that_its_data_has(name: str) -> None:
    spec = CHARTS[name]()
    for layer in layers(spec):
        frame = spec["datasets"][layer["data"]]
        assert set(fields(layer["encoding"])) <= set(frame.columns)


def test_what_is_no_vega_lite_is_found() -> None:
    spec = trend(is_rate=True)
    spec["encoding"]["y"]["scale"]["zero"] = "never"
    with pytest.raises(ValidationError, match="never"):
        validated(spec)


def test_what_a_chart_shades_and_dashes_is_said_under_its_title() -> None:
    told = " ".join(demand(is_plain=False)["title"]["subtitle"])
    assert "shaded: out of stock" in told
    assert "dashed: median without overrides" in told
    assert "orange bars: estimated" in told
    assert "shaded" not in " ".join(demand(is_plain=True)["title"]["subtitle"])


def test_names_of_points_that_lie_close_hide_neither_each_other_nor_a_point() -> None:
    names = ["Today", "Version 2, saved", "All at 98", "A", "Another with a long name"]
    across, down = [200.0, 240.0, 260.0, 262.0, 258.0], [140.0, 110.0, 60.0, 62.0, 66.0]
    places = scenario.name_places(names, across, down)
    boxes = [
        scenario._box(len(one), x, y, *scenario._PLACES[place])
        for one, x, y, place in zip(names, across, down, places, strict=True)
    ]
    points = [(x - 8, y - 8, x + 8, y + 8) for x, y in zip(across, down, strict=True)]
    assert not any(scenario._meet(one, other) for one in boxes for other in boxes if one is not other)
    assert not any(scenario._meet(box, point) for box in boxes for point in points)


def test_where_no_place_is_free_a_name_stands_at_the_first() -> None:
    assert scenario.name_places(["same"] * 40, [10.0] * 40, [10.0] * 40)[-1] == 0


def test_a_chart_with_nothing_to_draw_says_so() -> None:
    nothing = charts.by_day(by_day(rate=None), "rate", title="Fill rate", unit="%", is_rate=True)
    assert nothing["title"]["subtitle"] == ["no figures in this time"]
    levels = {column: 3 for column, *_ in safety_stock.LEVELS}
    no_days = pd.DataFrame({"business_date": [], "qty_closing": []})
    spans = pd.DataFrame({"first_date": [], "until_date": []})
    chart = safety_stock.stock_and_levels(no_days, spans, levels, DOMAIN, "T")
    assert chart["title"]["subtitle"] == ["no stock of it is on record in these days"]
