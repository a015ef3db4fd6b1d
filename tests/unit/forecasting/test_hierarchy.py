"""Expected demand by channel: parts that add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.hierarchy import by_channel

_ORIGIN = np.datetime64("2026-05-31")
_SOLD = pd.DataFrame(
    [("A", "W", "web", 90), ("A", "W", "shop", 10), ("B", "W", "web", 0), ("A", "S", "pos", 7)],
    columns=["sku", "location_id", "channel_id", "qty_demand"],
)


def _series(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["sku", "location_id"])


def test_a_series_is_parted_as_it_was_asked_for_drawn_to_its_location_s_mix() -> None:
    mean = np.array([[10.0, 20.0], [1.0, 1.0], [5.0, 5.0], [3.0, 3.0]])
    found = by_channel(_series(("A", "W"), ("B", "W"), ("A", "S"), ("C", "NEW")), mean, _SOLD, _ORIGIN)
    day = found[found["target_date"] == pd.Timestamp("2026-06-01")].set_index(["sku", "location_id", "channel_id"])
    assert day.loc[("A", "W", "web"), "qty_mean"] == pytest.approx(10 * (90 + 5 * 0.9) / 105)
    # Nobody asked for B: it has the mix of its location; and a new place has that of all.
    assert day.loc[("B", "W", "web"), "qty_mean"] == pytest.approx(0.9)
    assert day.loc[("A", "S", "pos"), "qty_mean"] == pytest.approx(5.0)
    assert day.loc[("C", "NEW", "pos"), "qty_mean"] == pytest.approx(3 * 7 / 107)
    assert len(found) == 2 * (2 + 2 + 1 + 3)


def test_nothing_sold_has_no_parts() -> None:
    assert by_channel(_series(("A", "W")), np.ones((1, 2)), _SOLD.iloc[:0], _ORIGIN).empty


@given(seed=st.integers(0, 10_000))
def test_the_parts_add_up_to_every_series_whatever_was_sold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = _series(*((sku, place) for sku in "ABC" for place in "WSX"))
    rows = [(sku, place, channel, int(rng.poisson(1.5))) for sku in "ABC" for place in "WS" for channel in "xyz"]
    sold = pd.DataFrame([*rows, ("A", "W", "x", 1)], columns=_SOLD.columns)
    mean = rng.gamma(0.5, 3.0, (9, 4))
    found = by_channel(series, mean, sold.sample(frac=1, random_state=seed), _ORIGIN)
    totals = found.groupby(["sku", "location_id", "target_date"], sort=False)["qty_mean"].sum()
    np.testing.assert_allclose(totals.to_numpy(), mean.ravel())
    assert (found["qty_mean"] >= 0).all()
    assert not found.duplicated(["sku", "location_id", "channel_id", "target_date"]).any()
