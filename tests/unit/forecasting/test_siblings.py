"""Series that nobody has asked for yet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting import Overrides, forecast, interval_demand
from forecasting.daily import SIBLINGS_NAME
from forecasting.panel import build_panel
from forecasting.siblings import find_siblings

_ORIGIN = pd.Timestamp("2025-06-30")
_DAYS = pd.date_range("2025-01-01", _ORIGIN)
_QUANTILES = (0.05, 0.5, 0.95)


def _rows(sku: str, qty: float | np.ndarray, days: pd.DatetimeIndex = _DAYS, place: str = "W") -> pd.DataFrame:
    return pd.DataFrame(
        {"business_date": days, "sku": sku, "location_id": place, "qty_demand": qty, "is_stocked_out": False}
    )


#: Six toys of 1 to 6 a day, priced so; six tools of 10, one too young to lend, and two that nobody has asked for.
_TOYS = {f"TOY-{rate}": rate for rate in range(1, 7)}
_DEMAND = pd.concat(
    [
        *(_rows(sku, float(rate)) for sku, rate in _TOYS.items()),
        *(_rows(f"TOOL-{number}", 10.0) for number in range(6)),
        _rows("TOY-YOUNG", 50.0, _DAYS[-20:]),
        _rows("TOY-OLD", 0.0, _DAYS[-40:]),
        *(_rows(sku, 0.0, _DAYS[-1:]) for sku in ("TOY-NEW", "ALONE")),
        _rows("TOY-NEW", 0.0, _DAYS[-1:], "V"),
    ]
)
#: No product file knows `ALONE`.
_PRODUCTS = pd.DataFrame({"sku": [sku for sku in _DEMAND["sku"].unique() if sku != "ALONE"], "currency": "EUR"})
_PRODUCTS["category"] = _PRODUCTS["sku"].str.split("-").str[0]
_PRODUCTS["unit_price_minor"] = _PRODUCTS["sku"].map(_TOYS).fillna(3).mul(100).astype("int64")


def _products(**categories: str) -> pd.DataFrame:
    return _PRODUCTS.assign(category=_PRODUCTS["sku"].map(categories).fillna(_PRODUCTS["category"]))


def test_siblings_are_of_the_category_and_place_and_had_demand_for_long_enough() -> None:
    panel = build_panel(_DEMAND, _ORIGIN)
    found = find_siblings(panel, _PRODUCTS)
    named = panel.keys["sku"].to_numpy()
    assert named[found.new].tolist() == ["ALONE", "TOY-NEW"]
    assert found.words == ("12 at W", "6 of category TOY nearest in price")
    assert named[found.of[1]].tolist() == [*_TOYS]
    unpriced = find_siblings(panel, _PRODUCTS.assign(currency=_PRODUCTS["sku"].map({"TOY-NEW": "USD"}).fillna("EUR")))
    assert unpriced.words[1] == "6 of category TOY"


def test_a_launch_sells_nothing_before_its_day() -> None:
    says = {"override_ref": "l", "kind": "multiply", "value": 2.0, "sku": "TOY-NEW", "location_id": "W"}
    days = {"first_date": _ORIGIN + pd.Timedelta(days=8), "last_date": _ORIGIN + pd.Timedelta(days=99)}
    stated = Overrides.from_frame(pd.DataFrame([{**says, **days, "stated_at": _ORIGIN, "known_date": _ORIGIN}]))
    found = forecast(_DEMAND, origin=_ORIGIN, quantiles=_QUANTILES, products=_PRODUCTS, overrides=stated)
    is_new = (found.series["sku"] == "TOY-NEW") & (found.series["location_id"] == "W")
    np.testing.assert_allclose(found.qty_mean[is_new], [[0.0] * 7 + [7.0] * 21])
    asked = _DEMAND[["sku", "location_id"]].drop_duplicates().assign(protection_days=14)
    plain, late = (
        interval_demand(_DEMAND, asked, origin=_ORIGIN, products=_PRODUCTS, overrides=overrides)
        for overrides in (None, stated)
    )
    # Half of the days, and twice as much on the half of the days that the override covers.
    assert late.qty_demand_mean[is_new] == pytest.approx(plain.qty_demand_mean[is_new] * 0.5 * 1.5)


def test_without_a_launch_nothing_is_borrowed() -> None:
    sold = _DEMAND[_DEMAND["sku"].str.startswith("TOOL")]
    plain, found = (forecast(sold, origin=_ORIGIN, products=products) for products in (None, _PRODUCTS))
    pd.testing.assert_frame_equal(found.frame, plain.frame)


def test_a_new_series_is_forecast_as_its_siblings_sold_and_says_so() -> None:
    plain, found = (
        forecast(_DEMAND, origin=_ORIGIN, quantiles=_QUANTILES, products=products) for products in (None, _PRODUCTS)
    )
    is_new = (found.series["sku"] == "TOY-NEW") & (found.series["location_id"] == "W")
    np.testing.assert_allclose(found.qty_mean[is_new], 3.5)
    rows = found.frame[(found.frame["sku"] == "TOY-NEW") & (found.frame["location_id"] == "W")]
    assert set(rows["model"]) == {SIBLINGS_NAME}
    assert rows["qty_forecast"].tolist() == [1.0, 4.0, 6.0] * 28
    others = ~found.series["sku"].isin(["TOY-NEW", "ALONE"])
    np.testing.assert_array_equal(found.qty_mean[others], plain.qty_mean[others])


def test_its_interval_is_as_unsure_as_its_siblings_differ() -> None:
    asked = _DEMAND[["sku", "location_id"]].drop_duplicates().assign(protection_days=14, lead_time_days_mean=7.0)
    unlike, alike = (
        interval_demand(_DEMAND, asked, origin=_ORIGIN, products=products)
        for products in (_PRODUCTS, _products(**{"TOY-NEW": "TOOL"}))
    )
    sku, place = unlike.series["sku"], unlike.series["location_id"]
    of_new, is_tool = (sku == "TOY-NEW") & (place == "W"), sku.str.startswith("TOOL")
    assert unlike.qty_demand_mean[of_new] == pytest.approx(unlike.qty_demand_mean[sku.isin(_TOYS)].mean())
    assert alike.qty_demand_mean[of_new] == pytest.approx(alike.qty_demand_mean[is_tool].mean())
    assert unlike.whole.widening[of_new] > alike.whole.widening[of_new] == pytest.approx(1.0)
    assert unlike.borrowed_from[of_new].tolist() == ["6 of category TOY nearest in price"]
    assert (unlike.borrowed_from[~sku.isin(["TOY-NEW", "ALONE"])] == "").all()
    alone = interval_demand(_DEMAND, asked[asked["sku"] == "TOY-NEW"], origin=_ORIGIN, products=_PRODUCTS)
    assert alone.borrowed_from.tolist() == ["", "6 of category TOY nearest in price"]
    assert alone.qty_demand_mean[1] > 10 * alone.qty_demand_mean[0]


def test_a_launch_borrows_beside_places_that_sell_nothing_themselves() -> None:
    """A warehouse that only replenishes is planned too, and demand knows none of its series."""
    asked = _DEMAND[["sku", "location_id"]].drop_duplicates().assign(protection_days=14)
    warehouse = asked[asked["location_id"] == "W"].assign(location_id="ABOVE")
    plain, beside = (
        interval_demand(_DEMAND, wanted, origin=_ORIGIN, products=_PRODUCTS).means().set_index(["sku", "location_id"])
        for wanted in (asked, pd.concat([asked, warehouse]))
    )
    assert beside.loc[plain.index, "borrowed_from"].equals(plain["borrowed_from"])
    assert beside.loc[("TOY-NEW", "W"), "qty_demand_mean"] == plain.loc[("TOY-NEW", "W"), "qty_demand_mean"] > 0
    assert (beside["qty_demand_mean"].xs("ABOVE", level="location_id") == 0).all()
