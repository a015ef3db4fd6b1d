"""Small demand frames with known habits, for the forecasting tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def make_demand(series_count: int = 40, day_count: int = 200, seed: int = 3) -> pd.DataFrame:
    """Poisson demand, quiet on Sundays, from twice an hour to once a month, the last series begun a few days ago."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2025-01-01", periods=day_count)
    rates = np.geomspace(0.03, 40, series_count)
    weekday = np.where(days.day_of_week == 6, 0.2, 1.1)
    frames = []
    for number, rate in enumerate(rates):
        qty = rng.poisson(rate * weekday).astype(float)
        start = day_count - 5 if number == series_count // 2 else 0
        frames.append(pd.DataFrame({"business_date": days[start:], "sku": f"S{number:03d}", "qty_demand": qty[start:]}))
    return pd.concat(frames, ignore_index=True).assign(location_id="WH1", is_stocked_out=False)


@pytest.fixture(scope="session")
def demand() -> pd.DataFrame:
    """Forty series of 200 days."""
    return make_demand()


@pytest.fixture(scope="session")
def shut_demand() -> pd.DataFrame:
    """120 alike series that sell 2.3 a day, nothing on eleven days after their first three weeks, then as before."""
    rng, days = np.random.default_rng(11), pd.date_range("2025-12-01", periods=90)
    is_shut = (days >= "2025-12-24") & (days <= "2026-01-03")
    qty = rng.negative_binomial(1, 0.3, size=(120, days.size)) * ~is_shut
    series = [pd.DataFrame({"business_date": days, "sku": f"S{n:03d}", "qty_demand": row}) for n, row in enumerate(qty)]
    return pd.concat(series).assign(location_id="W", is_stocked_out=False)
