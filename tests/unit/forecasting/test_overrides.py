"""What planners say of coming demand, in the forecast and in the interval's sum."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting import KnownAhead, Overrides, backtest, forecast, interval_demand

_TODAY = date(2026, 5, 30)
_SKUS = ("busy", "silent", "other")


def _demand(days: int = 150) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = [
        pd.DataFrame(
            {
                "business_date": pd.date_range(end=str(_TODAY), periods=days),
                "sku": sku,
                "location_id": "W",
                "qty_demand": rng.poisson(mean, days),
                "is_stocked_out": False,
            }
        )
        for sku, mean in zip(_SKUS, (6.0, 0.0, 2.0), strict=True)
    ]
    return pd.concat(rows, ignore_index=True)


def _overrides(*rows: dict[str, Any]) -> Overrides:
    common = {
        "location_id": "W",
        "first_date": date(2026, 6, 3),
        "last_date": date(2026, 6, 5),
        "known_date": date(2026, 5, 1),
    }
    told = [
        {**common, "override_ref": f"o{n}", "stated_at": pd.Timestamp("2026-05-01", tz="UTC") + pd.Timedelta(hours=n)}
        | row
        for n, row in enumerate(rows)
    ]
    return Overrides.from_frame(pd.DataFrame(told))


def _means(*rows: dict[str, Any]) -> np.ndarray:
    result = forecast(_demand(), origin=_TODAY, horizon=7, overrides=_overrides(*rows))
    return result.qty_mean[result.series["sku"].tolist().index("busy")]


def test_each_kind_changes_the_days_it_covers_and_no_other() -> None:
    plain = forecast(_demand(), origin=_TODAY, horizon=7).qty_mean[0]
    doubled = _means({"sku": "busy", "kind": "multiply", "value": 2.0})
    np.testing.assert_allclose(doubled, plain * np.array([1, 1, 1, 2, 2, 2, 1]))
    np.testing.assert_allclose(
        _means({"sku": "busy", "kind": "add", "value": -1.5}), plain - 1.5 * np.array([0, 0, 0, 1, 1, 1, 0])
    )
    np.testing.assert_allclose(_means({"sku": "busy", "kind": "set", "value": 9.0})[3:6], 9.0)


def test_what_was_said_first_applies_first() -> None:
    added = {"sku": "busy", "kind": "add", "value": 4.0}
    assert _means({"sku": "busy", "kind": "set", "value": 1.0}, added)[4] == 5.0
    assert _means(added, {"sku": "busy", "kind": "set", "value": 1.0})[4] == 1.0


def test_demand_never_falls_below_nothing() -> None:
    assert _means({"sku": "busy", "kind": "add", "value": -99.0})[3:6].tolist() == [0.0, 0.0, 0.0]


def test_the_unaltered_forecast_is_kept_beside_and_the_spread_follows_the_altered_mean() -> None:
    rows = ({"sku": "busy", "kind": "multiply", "value": 3.0}, {"sku": "silent", "kind": "set", "value": 5.0})
    plain = forecast(_demand(), origin=_TODAY, horizon=7).frame
    frame = forecast(_demand(), origin=_TODAY, horizon=7, overrides=_overrides(*rows)).frame
    np.testing.assert_array_equal(frame["qty_unaltered"], plain["qty_forecast"])
    covered = frame[frame["horizon_days"].between(4, 6) & (frame["quantile"] == 0.9)]
    least = covered.groupby("sku")["qty_forecast"].min()
    assert least["busy"] >= 15.0
    assert least["silent"] >= 6.0
    untouched = frame[~frame["horizon_days"].between(4, 6) | (frame["sku"] == "other")]
    np.testing.assert_array_equal(untouched["qty_forecast"], untouched["qty_unaltered"])
    by_quantile = frame.sort_values("quantile").groupby(["sku", "horizon_days"])["qty_forecast"]
    assert by_quantile.apply(lambda levels: levels.is_monotonic_increasing).all()


def test_the_interval_s_sum_takes_the_days_that_it_holds() -> None:
    """Fourteen days, three of them at 10 instead of a fourteenth of the mean; the lead time of five days holds two."""
    protection = pd.DataFrame(
        {"sku": list(_SKUS), "location_id": "W", "protection_days": 14, "lead_time_days_mean": 5.0}
    )
    plain = interval_demand(_demand(), protection, origin=_TODAY)
    found = interval_demand(
        _demand(), protection, origin=_TODAY, overrides=_overrides({"sku": "busy", "kind": "set", "value": 10.0})
    )
    before, after = plain.means().set_index("sku"), found.means().set_index("sku")
    even = before.loc["busy", "qty_demand_mean"] / 14
    assert after.loc["busy", "qty_demand_mean"] == pytest.approx(11 * even + 30, abs=1e-3)
    assert after.drop("busy").equals(before.drop("busy"))
    row = found.series["sku"].tolist().index("busy")
    assert found.qty_lead_mean[row] == pytest.approx(3 * even + 20, abs=1e-3)
    assert (found.quantile(0.95) >= plain.quantile(0.95)).all()


def test_days_that_only_change_places_change_the_lead_time_s_part() -> None:
    """Two units more on a day of the lead time, two less after it: the whole is as it was."""
    protection = pd.DataFrame({"sku": ["busy"], "location_id": ["W"], "protection_days": [14]})
    protection["lead_time_days_mean"] = 5.0
    more = {"first_date": date(2026, 6, 1), "last_date": date(2026, 6, 1), "value": 2.0}
    less = {"first_date": date(2026, 6, 10), "last_date": date(2026, 6, 10), "value": -2.0}
    overrides = _overrides({"sku": "busy", "kind": "add", **more}, {"sku": "busy", "kind": "add", **less})
    plain = interval_demand(_demand(), protection, origin=_TODAY)
    found = interval_demand(_demand(), protection, origin=_TODAY, overrides=overrides)
    assert found.qty_demand_mean[0] == pytest.approx(plain.qty_demand_mean[0])
    assert found.qty_lead_mean[0] == pytest.approx(plain.qty_lead_mean[0] + 2.0)


def test_demand_set_to_nothing_needs_nothing() -> None:
    protection = pd.DataFrame({"sku": ["busy"], "location_id": ["W"], "protection_days": [3]})
    nothing = {"sku": "busy", "kind": "set", "value": 0.0, "first_date": date(2026, 5, 31)}
    found = interval_demand(_demand(), protection, origin=_TODAY, overrides=_overrides(nothing))
    assert found.quantile(0.999).tolist() == [0.0]


def test_the_back_test_tells_what_overrides_were_worth_and_knows_only_those_of_its_day() -> None:
    demand = _demand()
    lift = demand["sku"].eq("other") & demand["business_date"].between("2026-05-06", "2026-05-12")
    demand.loc[lift, "qty_demand"] = 30
    said = {
        "sku": "other",
        "kind": "set",
        "value": 30.0,
        "first_date": date(2026, 5, 6),
        "last_date": date(2026, 5, 12),
    }

    def models(known: date) -> pd.DataFrame:
        overrides = _overrides({**said, "known_date": known})
        found = backtest(demand, origin=_TODAY, abc_classes={}, origin_count=1, overrides=overrides)
        return found[(found["segment"] == "overridden") & (found["metric"] == "spl")].set_index("model")

    before = models(date(2026, 5, 1))
    assert before["series_count"].eq(1).all()
    assert before.loc["overridden", "value"] < 0.6 * before["value"].drop("overridden").min()
    assert models(date(2026, 5, 20)).empty


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="one of multiply, add, set, not guess"):
        _overrides({"sku": "busy", "kind": "guess", "value": 1.0})


def test_what_is_set_for_each_day_is_not_set_for_those_on_which_the_place_is_closed() -> None:
    """Ten a day for three weeks, and a stocktaking of two days: a launch had been bought for them too."""
    known = KnownAhead(
        pd.DataFrame([("closed", 1.0, "silent", "W", "2026-06-03", "2026-06-04", "2026-05-01")],
                     columns=["kind", "value", "sku", "location_id", "first_date", "last_date", "known_date"]),
        KnownAhead.nothing().holidays,
    )  # fmt: skip
    stated = _overrides({"sku": "silent", "kind": "set", "value": 10.0, "first_date": date(2026, 5, 31),
                         "last_date": date(2026, 6, 20)})  # fmt: skip
    result = forecast(_demand(), origin=_TODAY, overrides=stated, known_ahead=known)
    assert result.qty_mean[sorted(_SKUS).index("silent")][:6].tolist() == [10.0, 10.0, 10.0, 0.0, 0.0, 10.0]
    asked = pd.DataFrame({"sku": _SKUS, "location_id": "W", "protection_days": 14, "lead_time_days_mean": 4.0})
    found = interval_demand(_demand(), asked, origin=_TODAY, overrides=stated, known_ahead=known)
    silent = found.series["sku"] == "silent"
    assert found.qty_demand_mean[silent] == pytest.approx(120.0)
    assert found.qty_lead_mean[silent] == pytest.approx(30.0)
