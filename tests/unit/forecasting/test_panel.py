"""Reading the demand mart into matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.panel import build_panel, without_spikes


def _rows(qty: list[float], sku: str = "A", is_stocked_out: bool = False) -> pd.DataFrame:
    days = pd.date_range("2025-03-01", periods=len(qty))
    return pd.DataFrame(
        {"business_date": days, "sku": sku, "location_id": "W", "qty_demand": qty, "is_stocked_out": is_stocked_out}
    )


def test_days_before_a_series_first_day_are_unobserved_and_missing_days_inside_it_are_zero() -> None:
    late = _rows([1, 2, 3, 4], "B").iloc[[1, 3]]
    panel = build_panel(pd.concat([_rows([5, 0, 0, 1]), late]), "2025-03-04")
    np.testing.assert_array_equal(panel.qty, [[5, 0, 0, 1], [np.nan, 2, 0, 4]])
    assert panel.starts.tolist() == [0, 1]


def test_nothing_after_the_origin_is_read() -> None:
    panel = build_panel(_rows([1, 2, 3, 4]), "2025-03-02")
    np.testing.assert_array_equal(panel.qty, [[1, 2]])


def test_unknown_demand_is_unobserved_and_negative_demand_is_zero() -> None:
    panel = build_panel(_rows([1, np.nan, np.inf, -4, 2]), "2025-03-05")
    np.testing.assert_array_equal(panel.qty, [[1, np.nan, np.nan, 0, 2]])
    qty, days = panel.totals(np.array([0]), np.array([0]), np.array([4]))
    assert (qty[0], days[0]) == (3, 3)


def test_a_repeated_day_is_refused() -> None:
    with pytest.raises(ValueError, match="occurs twice"):
        build_panel(pd.concat([_rows([1]), _rows([1])]), "2025-03-01")


def test_a_missing_column_and_an_empty_history_are_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        build_panel(_rows([1]).drop(columns="is_stocked_out"), "2025-03-01")
    with pytest.raises(ValueError, match="no demand on or before"):
        build_panel(_rows([1]), "2025-02-01")


def test_a_lone_spike_is_cut_and_a_lasting_rise_is_followed_within_days() -> None:
    usual = without_spikes(np.array([[5.0, 74_215, 4, 5], [5.0, 8_000, 8_000, 8_000]]))
    np.testing.assert_array_equal(usual, [[5, 100, 4, 5], [5, 100, 1_000, 8_000]])
