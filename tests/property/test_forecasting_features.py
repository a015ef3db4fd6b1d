"""No look-ahead: what is known on a day does not change when later days arrive."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import KnownAhead
from forecasting.features import Spans, features, summarise
from forecasting.panel import build_panel

DAYS = 420


def _demand(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=DAYS)
    frames = []
    for number in range(4):
        start = int(rng.integers(0, 60)) if number else 0
        qty = rng.negative_binomial(0.3, 0.05, DAYS).astype(float)
        qty[rng.random(DAYS) < 0.02] = np.nan
        frame = pd.DataFrame({"business_date": days, "sku": f"S{number}", "location_id": "W", "qty_demand": qty})
        share = np.where(rng.random(DAYS) < 0.1, rng.random(DAYS).round(1), 0.0)
        frames.append(frame.assign(is_stocked_out=share > 0.9, stocked_out_share=share).iloc[start:])
    return pd.concat(frames, ignore_index=True)


def _known(seed: int) -> KnownAhead:
    rng, first = np.random.default_rng(seed), pd.Timestamp("2024-01-01")
    start = rng.integers(0, DAYS + 40, 30)
    events = {
        "kind": rng.choice(["promotion", "closed"], 30),
        "value": rng.random(30),
        "sku": rng.choice(["S0", "S1", "S2"], 30),
        "location_id": "W",
        "first_date": first + pd.to_timedelta(start, unit="D"),
        "last_date": first + pd.to_timedelta(start + rng.integers(0, 9, 30), unit="D"),
        "known_date": first + pd.to_timedelta(start - rng.integers(-3, 40, 30), unit="D"),
    }
    holidays = first + pd.to_timedelta(rng.integers(0, DAYS + 90, 12), unit="D")
    return KnownAhead(pd.DataFrame(events), pd.DataFrame({"location_id": "W", "holiday_date": holidays}))


@given(seed=st.integers(0, 1_000), cut=st.integers(70, DAYS - 1), ahead=st.integers(1, 60), length=st.integers(1, 40))
@settings(max_examples=25)
def test_features_at_an_origin_are_the_same_with_and_without_the_future(
    seed: int, cut: int, ahead: int, length: int
) -> None:
    demand, known_ahead = _demand(seed), _known(seed)
    days = pd.date_range("2024-01-01", periods=DAYS)
    whole, past = build_panel(demand, days[-1], known_ahead), build_panel(demand, days[cut], known_ahead)
    series, origin = np.arange(4), np.full(4, cut)
    last = origin + ahead
    spans = Spans(series, origin, np.maximum(last - length + 1, origin + 1), last)
    known, seen_later = features(summarise(past), spans), features(summarise(whole), spans)
    # The week of the year is only told once the panel spans a year: it is a date, not demand.
    same = np.isclose(known, seen_later, equal_nan=True) | ~np.isfinite(known)
    assert same.all()
    np.testing.assert_array_equal(known[:, :16], seen_later[:, :16])
    # An event that is stated after the origin is none; what is told before it is the same for ever.
    said = pd.to_datetime(known_ahead.events["known_date"]) <= days[cut]
    told = KnownAhead(known_ahead.events[said], known_ahead.holidays)
    ahead = features(summarise(build_panel(demand, days[cut], told)), spans)
    np.testing.assert_array_equal(known[:, -12:-6], np.nan_to_num(ahead[:, -12:-6]))


@given(seed=st.integers(0, 1_000))
@settings(max_examples=10)
def test_the_order_of_rows_does_not_change_the_panel(seed: int) -> None:
    demand = _demand(seed)
    last = demand["business_date"].max()
    one, other = build_panel(demand, last), build_panel(demand.sample(frac=1, random_state=seed), last)
    pd.testing.assert_frame_equal(one.keys, other.keys)
    np.testing.assert_array_equal(one.qty, other.qty)
