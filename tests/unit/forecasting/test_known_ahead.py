"""What is known of days to come: promotions, closed days, holidays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting import KnownAhead, backtest, forecast, interval_demand
from forecasting.known_ahead import CLOSED, EVENT_COLUMNS, PROMOTION
from forecasting.panel import build_panel

DAYS = pd.date_range("2025-01-01", periods=200)
LAST = DAYS[-1]


def _event(kind: str, sku: str, first: str, last: str, known: str, value: float = 1.0) -> tuple[object, ...]:
    return (kind, value, sku, "W", pd.Timestamp(first), pd.Timestamp(last), pd.Timestamp(known))


def _known(*events: tuple[object, ...], holidays: tuple[str, ...] = ()) -> KnownAhead:
    days = pd.DataFrame({"location_id": "W", "holiday_date": pd.to_datetime(list(holidays))})
    return KnownAhead(pd.DataFrame(list(events), columns=list(EVENT_COLUMNS)), days)


def _keys(*skus: str) -> pd.DataFrame:
    return pd.DataFrame({"sku": list(skus), "location_id": "W"})


def _ask(known: KnownAhead, kind: str, origin: int, first: int, last: int, *, series: int = 0) -> float:
    signals = known.of(_keys("A", "B"), np.datetime64("2025-01-01"), 200)
    return float(signals.planned(kind, *(np.array([value]) for value in (series, origin, first, last)))[0])


def test_a_promotion_is_its_strength_on_its_days_of_its_series_from_when_it_is_known() -> None:
    known = _known(_event(PROMOTION, "A", "2025-02-10", "2025-02-13", "2025-01-20", 0.2))
    assert _ask(known, PROMOTION, origin=19, first=40, last=40) == pytest.approx(0.2)
    assert _ask(known, PROMOTION, origin=18, first=40, last=40) == 0.0
    assert _ask(known, PROMOTION, origin=30, first=39, last=39) == 0.0
    # Two of its days in a span of eight.
    assert _ask(known, PROMOTION, origin=30, first=34, last=41) == pytest.approx(0.2 * 2 / 8)
    assert _ask(known, PROMOTION, origin=30, first=40, last=40, series=1) == 0.0
    assert _ask(known, CLOSED, origin=30, first=40, last=40) == 0.0


def test_several_events_of_a_series_count_each() -> None:
    known = _known(
        _event(PROMOTION, "A", "2025-02-10", "2025-02-10", "2025-01-01", 0.5),
        _event(PROMOTION, "B", "2025-02-10", "2025-02-10", "2025-01-01", 0.3),
        _event(PROMOTION, "A", "2025-02-12", "2025-02-12", "2025-01-01", 0.1),
    )
    assert _ask(known, PROMOTION, origin=30, first=40, last=43) == pytest.approx(0.6 / 4)


def test_a_day_is_closed_once_however_many_say_so() -> None:
    """Stocktaking within a week's refurbishment, and a holiday after it; and what is not known yet closes nothing."""
    known = _known(
        _event(CLOSED, "A", "2025-02-10", "2025-02-16", "2025-01-01"),
        _event(CLOSED, "A", "2025-02-12", "2025-02-13", "2025-01-01"),
        _event(CLOSED, "A", "2025-02-16", "2025-02-18", "2025-01-10"),
        _event(CLOSED, "A", "2025-02-01", "2025-02-28", "2025-02-05"),
    )
    assert _ask(known, CLOSED, origin=30, first=38, last=57) == pytest.approx(9 / 20)
    assert _ask(known, CLOSED, origin=5, first=38, last=57) == pytest.approx(7 / 20)


def test_holidays_are_those_of_the_place() -> None:
    known = _known(holidays=("2025-01-06", "2025-07-25"))
    keys = pd.DataFrame({"sku": "A", "location_id": ["ELSEWHERE", "W"]})
    signals = known.of(keys, np.datetime64("2025-01-01"), 200)
    series, first = np.array([0, 1, 1]), np.array([5, 5, 204])
    np.testing.assert_array_equal(signals.holiday_share(series, first, first + 1), [0.0, 0.5, 0.5])


def _promoted(weeks: range, uplift: float, unmoved: int = 0) -> tuple[pd.DataFrame, list[tuple[object, ...]]]:
    """Twelve series whose every promoted week sells `uplift` times as much, each in weeks of its own; of the first
    `unmoved` they sell as ever.
    """
    rng, frames, events = np.random.default_rng(5), [], []
    for number in range(12):
        rate = np.full(len(DAYS), 8.0)
        for week in (week for week in weeks if (week + number) % 4 == 0):
            first = DAYS[0] + pd.Timedelta(weeks=week)
            inside = (first <= DAYS) & (first + pd.Timedelta(days=7) > DAYS)
            rate[inside] *= uplift if number >= unmoved else 1.0
            stated = first - pd.Timedelta(days=28)
            events.append((PROMOTION, 0.2, f"S{number:02d}", "W", first, first + pd.Timedelta(days=6), stated))
        frames.append(pd.DataFrame({"business_date": DAYS, "sku": f"S{number:02d}", "qty_demand": rng.poisson(rate)}))
    return pd.concat(frames).assign(location_id="W", is_stocked_out=False), events


def test_a_planned_promotion_lifts_the_forecast_of_its_days_by_what_promotions_did() -> None:
    demand, events = _promoted(range(33), uplift=3.0)
    result = forecast(demand, origin=LAST, known_ahead=_known(*events))
    first = (DAYS[0] + pd.Timedelta(weeks=29) - LAST).days - 1
    promoted = result.qty_mean[[n for n in range(12) if (29 + n) % 4 == 0], first : first + 7].mean()
    others = result.qty_mean[[n for n in range(12) if (29 + n) % 4 != 0], first : first + 7].mean()
    assert promoted == pytest.approx(24, rel=0.25)
    assert others == pytest.approx(8, rel=0.25)


def test_a_series_that_promotions_never_moved_is_not_lifted_by_the_next_one() -> None:
    demand, events = _promoted(range(33), uplift=3.0, unmoved=6)
    result = forecast(demand, origin=LAST, known_ahead=_known(*events))
    first = (DAYS[0] + pd.Timedelta(weeks=29) - LAST).days - 1
    promoted = result.qty_mean[[3, 7, 11], first : first + 7].mean(axis=1)
    assert promoted[0] == pytest.approx(8, rel=0.25)
    assert promoted[1:] == pytest.approx(24, rel=0.25)


def test_a_day_is_promoted_by_what_was_known_when_it_ended() -> None:
    known = _known(
        _event(PROMOTION, "A", "2025-01-03", "2025-01-05", "2025-01-04", 0.2),
        _event(PROMOTION, "B", "2025-01-03", "2025-01-05", "2025-01-09", 0.2),
    )
    days = known.of(_keys("A", "B"), np.datetime64("2025-01-01"), 8).promoted_days(8)
    np.testing.assert_array_equal(days.sum(axis=1), [2, 0])
    np.testing.assert_array_equal(np.flatnonzero(days[0]), [3, 4])


def test_the_back_test_gains_by_what_was_planned() -> None:
    demand, events = _promoted(range(29), uplift=3.0)

    def loss(known: KnownAhead) -> float:
        found = backtest(demand, origin=LAST, abc_classes={}, known_ahead=known, origin_count=1).set_index(
            ["model", "segment", "metric"]
        )
        return float(found.loc[("global_hgb", "all", "spl"), "value"])

    assert loss(_known(*events)) < 0.9 * loss(KnownAhead.nothing())


def test_a_closed_day_expects_nothing_and_its_silence_teaches_nothing() -> None:
    demand = pd.concat(
        pd.DataFrame({"business_date": DAYS, "sku": sku, "qty_demand": 6.0 + np.arange(200) % 2}) for sku in "AB"
    ).assign(location_id="W", is_stocked_out=False)
    demand.loc[demand["business_date"] == "2025-06-16", "qty_demand"] = 0.0
    known = _known(
        *(_event(CLOSED, sku, "2025-06-16", "2025-06-16", "2025-06-20") for sku in "AB"),
        *(_event(CLOSED, sku, "2025-07-22", "2025-07-23", "2025-07-01") for sku in "AB"),
    )
    result = forecast(demand, origin=LAST, known_ahead=known)
    closed = result.frame["target_date"].between("2025-07-22", "2025-07-23")
    assert (result.frame.loc[closed, "qty_forecast"] == 0).all()
    assert result.frame.loc[~closed & (result.frame["quantile"] == 0.5), "qty_forecast"].min() >= 5
    assert np.isnan(build_panel(demand, LAST, known).qty[:, 166]).all()
    intervals = pd.DataFrame({"sku": ["A", "B"], "location_id": "W", "protection_days": 10})
    distribution = interval_demand(demand, intervals, origin=LAST, known_ahead=known)
    np.testing.assert_allclose(distribution.qty_demand_mean, 8 * 6.5, rtol=0.03)
