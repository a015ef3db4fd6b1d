"""The daily quantile forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from forecasting import QUANTILES, forecast
from oms_core.contracts.decisions import FORECASTS

RUN_COLUMNS = ("run_id", "effective_at", "business_date")


def _rows(qty: list[float], sku: str = "A") -> pd.DataFrame:
    days = pd.date_range("2025-03-01", periods=len(qty))
    return pd.DataFrame(
        {"business_date": days, "sku": sku, "location_id": "W", "qty_demand": qty, "is_stocked_out": False}
    )


def test_the_frame_has_the_contract_s_columns_and_types(demand: pd.DataFrame) -> None:
    frame = forecast(demand, origin=demand["business_date"].max()).frame
    names = [name for name in FORECASTS.names if name not in RUN_COLUMNS]
    assert list(frame.columns) == names
    schema = pa.schema([FORECASTS.arrow_schema.field(name) for name in names])
    assert pa.Table.from_pandas(frame, schema=schema, preserve_index=False).num_rows == 40 * 28 * len(QUANTILES)


def test_quantiles_never_cross_and_are_never_negative(demand: pd.DataFrame) -> None:
    frame = forecast(demand, origin=demand["business_date"].max()).frame
    levels = frame["qty_forecast"].to_numpy().reshape(-1, len(QUANTILES))
    assert (np.diff(levels, axis=1) >= 0).all()
    assert (levels >= 0).all()
    assert not np.signbit(frame[["qty_forecast", "qty_unaltered"]].to_numpy()).any(), "-0.0 is what a reader sees"


def test_the_mean_follows_level_and_weekday_of_poisson_demand(demand: pd.DataFrame) -> None:
    result = forecast(demand, origin=demand["business_date"].max())
    assert result.model_name == "global_hgb"
    busiest = result.qty_mean[-1]
    days = pd.date_range(demand["business_date"].max() + pd.Timedelta(days=1), periods=28)
    assert busiest[days.day_of_week == 6].mean() == pytest.approx(40 * 0.2, rel=0.25)
    assert busiest[days.day_of_week != 6].mean() == pytest.approx(40 * 1.1, rel=0.1)


def test_the_same_seed_gives_the_same_bytes_and_row_order_changes_nothing(demand: pd.DataFrame) -> None:
    origin = demand["business_date"].max()
    first = forecast(demand, origin=origin, seed=5)
    again = forecast(demand.sample(frac=1, random_state=1), origin=origin, seed=5)
    assert first.qty_mean.tobytes() == again.qty_mean.tobytes()
    pd.testing.assert_frame_equal(first.frame, again.frame)


@pytest.mark.parametrize(
    "qty",
    [
        *([3.0], [0.0], [np.nan], [0.0] * 60, [np.nan] * 30, [0.0] * 50 + [74_215.0] + [0.0] * 40, [1.0] * 9),
        *([7.0] * 120, [2.0, -5.0, 3.0] * 40, [np.inf, 2.0, 1.0] * 30, [4.0, np.nan] * 60),
    ],
    ids=[
        *("one_day", "one_zero", "one_unknown", "all_zero", "all_unknown", "spike", "nine_days"),
        *("constant", "negative", "infinite", "every_other_day_unknown"),
    ],
)
def test_scant_or_wild_history_still_gives_a_sane_forecast(qty: list[float]) -> None:
    frame = forecast(_rows(qty), origin="2025-03-01" if len(qty) == 1 else _rows(qty)["business_date"].max()).frame
    levels = frame["qty_forecast"].to_numpy()
    assert len(levels) == 28 * len(QUANTILES)
    assert np.isfinite(levels).all()
    assert levels.min() >= 0
    assert levels.max() <= max(1.0, np.nanmax(np.nan_to_num([*qty, 0.0], posinf=0.0)) * 2)


def test_days_without_a_row_are_days_without_demand_and_break_nothing() -> None:
    gaps = pd.concat([_rows([6.0] * 120, sku).iloc[::3] for sku in "ABC"])
    result = forecast(gaps, origin="2025-06-28")
    assert result.qty_mean.mean() == pytest.approx(2.0, rel=0.25)


def test_a_spike_of_one_series_leaves_its_neighbours_alone(demand: pd.DataFrame) -> None:
    origin = demand["business_date"].max()
    spiked = demand.copy()
    spiked.loc[
        (spiked["sku"] == "S000") & (spiked["business_date"] == origin - pd.Timedelta(days=30)), "qty_demand"
    ] = 74_215
    plain, wild = forecast(demand, origin=origin).qty_mean, forecast(spiked, origin=origin).qty_mean
    assert wild[-10:].sum() == pytest.approx(plain[-10:].sum(), rel=0.15)


def test_a_new_series_is_not_forecast_at_its_first_day_s_level() -> None:
    known = pd.concat([_rows([1.0, 0, 0, 0, 0] * 12, sku) for sku in "ABCDEFGH"])
    new = _rows([10.0] * 60, "NEW").tail(1)
    result = forecast(pd.concat([known, new]), origin=known["business_date"].max())
    assert result.qty_mean[result.series["sku"] == "NEW"].mean() < 5


def test_a_bad_horizon_is_refused(demand: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="horizon"):
        forecast(demand, origin=demand["business_date"].max(), horizon=0)
