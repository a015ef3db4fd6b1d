"""Days of which nothing was heard from a place are not days of zero demand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting import KnownAhead, backtest, interval_demand
from forecasting.panel import build_panel
from forecasting.silence import unheard_days
from oms_core.arrays import Bools, Floats

_DAYS, _SERIES = 120, 60


def _qty(rate: float = 1.0, *, silent: slice = slice(0), shut_sundays: bool = False) -> Floats:
    qty = np.random.default_rng(5).poisson(rate, size=(_SERIES, _DAYS)).astype(float)
    qty[:, silent] = 0.0
    if shut_sundays:
        qty[:, 6::7] = 0.0
    return qty


def _unheard(qty: Floats, holidays: Bools | None = None) -> list[int]:
    places = np.zeros(qty.shape[0], dtype=np.int64)
    told = np.zeros((1, qty.shape[1]), dtype=bool) if holidays is None else holidays
    return [int(day) for day in np.flatnonzero(unheard_days(qty, places, told).all(axis=0))]


def test_a_place_that_sells_every_day_and_then_nothing_was_not_heard() -> None:
    assert _unheard(_qty(silent=slice(100, 107))) == list(range(100, 107))
    assert _unheard(_qty()) == []


def test_a_weekday_on_which_a_place_never_sells_is_no_silence_and_ends_none() -> None:
    assert _unheard(_qty(shut_sundays=True)) == []
    assert _unheard(_qty(silent=slice(98, 112), shut_sundays=True)) == [d for d in range(98, 112) if d % 7 != 6]


def test_where_little_is_sold_a_day_without_a_sale_is_chance() -> None:
    assert _unheard(_qty(0.05, silent=slice(100, 103))) == []


def test_a_place_that_stays_silent_is_one_that_nobody_asks_of() -> None:
    assert _unheard(_qty(silent=slice(60, 120))) == list(range(60, 88))


def test_a_public_holiday_stays_what_it_was_and_makes_no_other_day_doubtful() -> None:
    holidays = np.zeros((1, _DAYS), dtype=bool)
    holidays[0, 93] = True
    qty = _qty(silent=slice(93, 94))
    qty[:, 100] = 0.0
    assert _unheard(qty, holidays) == [100]


def test_a_place_is_judged_by_itself() -> None:
    qty, places = _qty(), np.repeat([0, 1], _SERIES // 2)
    qty[places == 1, 110:] = 0.0
    found = unheard_days(qty, places, np.zeros((2, _DAYS), dtype=bool))
    assert found[places == 1, 110:].all()
    assert found.sum() == found[places == 1, 110:].sum()


def test_what_comes_later_changes_no_day() -> None:
    qty = _qty(silent=slice(70, 80))
    qty[:, 100:] = 0.0
    assert _unheard(qty[:, :75]) == [day for day in _unheard(qty) if day < 75]


def _demand(silent_days: int) -> pd.DataFrame:
    qty = _qty(2.0, silent=slice(_DAYS - silent_days, _DAYS))
    days = pd.date_range("2026-01-01", periods=_DAYS)
    rows = [pd.DataFrame({"business_date": days, "sku": f"S{n:02d}", "qty_demand": row}) for n, row in enumerate(qty)]
    return pd.concat(rows).assign(location_id="W", is_stocked_out=False)


def test_two_weeks_of_silence_leave_levels_where_they_were() -> None:
    protection = pd.DataFrame({"sku": [f"S{n:02d}" for n in range(_SERIES)], "location_id": "W", "protection_days": 7})
    levels = [
        interval_demand(_demand(silent), protection, origin=pd.Timestamp("2026-04-30").date()).quantile(0.95)
        for silent in (0, 14)
    ]
    assert 0.85 < levels[1].mean() / levels[0].mean() < 1.15


def test_a_file_that_came_late_makes_its_days_known() -> None:
    place = pd.DataFrame({"location_id": [], "holiday_date": []})
    known = KnownAhead(KnownAhead.nothing().events, place)
    assert np.isnan(build_panel(_demand(3), "2026-04-30", known).qty[:, -3:]).all()
    assert np.isfinite(build_panel(_demand(0), "2026-04-30", known).qty).all()


def test_a_back_test_tells_on_how_many_of_the_last_28_days_and_of_the_last_seven_a_place_was_silent() -> None:
    since = _demand(0).query("business_date > '2026-04-25' or business_date <= '2026-04-15'")
    demand = pd.concat([_demand(3), since.assign(location_id="U"), _demand(0).assign(location_id="V")])
    classes = dict.fromkeys(demand["sku"], "A")
    told = backtest(demand, origin=demand["business_date"].max(), abc_classes=classes, origin_count=1)
    told = told[told["model"] == "demand"].pivot_table(index="segment", columns="metric", values="value")
    assert told["days_unheard"].to_dict() == {"U": 10.0, "V": 0.0, "W": 3.0}
    assert told["days_unheard_7"].to_dict() == {"U": 2.0, "V": 0.0, "W": 3.0}
