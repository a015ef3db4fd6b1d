"""Demand over protection intervals, as one sum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from forecasting import GRID, interval_demand
from oms_core.contracts.decisions import INTERVAL_DEMAND


def _protection(demand: pd.DataFrame, days: int = 14, lead_time_days_std: float = 0.0) -> pd.DataFrame:
    keys = demand[["sku", "location_id"]].drop_duplicates()
    return keys.assign(protection_days=days, lead_time_days_mean=7.0, lead_time_days_std=lead_time_days_std)


def test_the_grid_has_the_contract_s_columns_and_rises(demand: pd.DataFrame) -> None:
    grid = interval_demand(demand, _protection(demand), origin=demand["business_date"].max()).grid()
    names = [n for n in INTERVAL_DEMAND.names if n not in ("run_id", "effective_at", "business_date")]
    assert list(grid.columns) == names
    schema = pa.schema([INTERVAL_DEMAND.arrow_schema.field(name) for name in names])
    pa.Table.from_pandas(grid, schema=schema, preserve_index=False)
    levels = grid["qty_demand"].to_numpy().reshape(-1, len(GRID))
    assert (np.diff(levels, axis=1) >= 0).all()
    assert (levels >= 0).all()


def test_the_level_covers_its_target_on_held_out_intervals(demand: pd.DataFrame) -> None:
    covered: dict[float, list[float]] = {0.9: [], 0.95: []}
    for back in (14, 28, 42):
        origin = demand["business_date"].max() - pd.Timedelta(days=back)
        found = interval_demand(demand, _protection(demand), origin=origin)
        ahead = demand[(demand["business_date"] > origin) & (demand["business_date"] <= origin + pd.Timedelta(days=14))]
        actual = ahead.groupby("sku")["qty_demand"].sum().reindex(found.series["sku"], fill_value=0).to_numpy()
        for target, shares in covered.items():
            shares.append(float(np.mean(actual <= np.ceil(found.quantile(target)))))
    for target, shares in covered.items():
        assert np.mean(shares) == pytest.approx(target, abs=0.06)


@pytest.mark.parametrize("day", ["2025-12-30", "2026-01-03", "2026-01-14", "2026-01-28", "2026-02-04"])
def test_a_young_home_that_was_shut_for_a_while_is_covered_afterwards_and_not_many_times(
    shut_demand: pd.DataFrame, day: str
) -> None:
    origin = pd.Timestamp(day)
    found = interval_demand(shut_demand, _protection(shut_demand), origin=origin)
    days = shut_demand["business_date"]
    ahead = shut_demand[(days > origin) & (days <= origin + pd.Timedelta(days=14))]
    actual = ahead.groupby("sku")["qty_demand"].sum().reindex(found.series["sku"]).to_numpy()
    level = np.ceil(found.quantile(0.99))
    assert np.mean(actual <= level) > 0.9
    assert level.mean() < 5 * actual.mean()
    assert found.qty_demand_mean.mean() < 2 * actual.mean()


@pytest.mark.parametrize("days_seen", [1, 2, 8])
def test_from_its_first_night_on_a_home_covers_what_sells_every_day(shut_demand: pd.DataFrame, days_seen: int) -> None:
    steady = shut_demand[shut_demand["business_date"] < "2025-12-24"]
    steady = steady.assign(qty_demand=20 + steady["qty_demand"])
    origin = steady["business_date"].min() + pd.Timedelta(days=days_seen - 1)
    found = interval_demand(steady, _protection(steady), origin=origin)
    level = np.ceil(found.quantile(0.95)) / (14 * steady["qty_demand"].mean())
    assert 0.85 < np.median(level) < 1.6


def test_the_mean_grows_with_the_interval(demand: pd.DataFrame) -> None:
    origin = demand["business_date"].max()
    both = _protection(demand)
    both["protection_days"] = np.where(np.arange(len(both)) % 2, 7, 28)
    found = interval_demand(demand, both, origin=origin)
    rate = found.qty_demand_mean / found.series["protection_days"]
    assert rate.iloc[-1] == pytest.approx(40 * (6 * 1.1 + 0.2) / 7, rel=0.1)
    assert rate.iloc[-2] == pytest.approx(rate.iloc[-1], rel=0.4)


def test_an_uncertain_lead_time_adds_the_textbook_s_variance_and_a_long_tail(demand: pd.DataFrame) -> None:
    origin = demand["business_date"].max()
    sure, unsure = (
        interval_demand(demand, _protection(demand, lead_time_days_std=days), origin=origin) for days in (0.0, 5.0)
    )
    probabilities = tuple((np.arange(2_000) + 0.5) / 2_000)
    before, after = (found.grid(probabilities)["qty_demand"].to_numpy().reshape(40, -1)[-1] for found in (sure, unsure))
    assert after.mean() == pytest.approx(before.mean(), rel=0.02)
    assert after.var() == pytest.approx(before.var() + (sure.qty_demand_mean[-1] / 14 * 5.0) ** 2, rel=0.1)
    above, below = (np.quantile(after, p) - after.mean() for p in (0.99, 0.01))
    assert above > 1.5 * -below


def test_a_series_that_demand_does_not_know_expects_none(demand: pd.DataFrame) -> None:
    unknown = pd.DataFrame({"sku": ["NEW"], "location_id": ["WH1"], "protection_days": [14]})
    asked = pd.concat([_protection(demand).drop(columns=["lead_time_days_mean", "lead_time_days_std"]), unknown])
    found = interval_demand(demand, asked, origin=demand["business_date"].max())
    assert found.means().set_index("sku").loc["NEW", "qty_demand_mean"] == 0.0
    assert len(found.series) == 41


@pytest.mark.parametrize("day_count", [1, 2, 9, 40])
def test_a_history_shorter_than_the_interval_still_answers(day_count: int) -> None:
    days = pd.date_range("2025-01-01", periods=day_count)
    rows = {"business_date": days, "sku": "A", "location_id": "W", "qty_demand": 2.0, "is_stocked_out": False}
    asked = pd.DataFrame({"sku": ["A"], "location_id": ["W"], "protection_days": [120]})
    found = interval_demand(pd.DataFrame(rows), asked, origin=days[-1])
    assert 0 < found.qty_demand_mean[0] <= 2.0 * 120 * 1.5
    assert np.isfinite(found.grid()["qty_demand"]).all()


def test_malformed_intervals_are_refused(demand: pd.DataFrame) -> None:
    origin = demand["business_date"].max()
    with pytest.raises(ValueError, match="twice"):
        interval_demand(demand, pd.concat([_protection(demand)] * 2), origin=origin)
    with pytest.raises(ValueError, match="protection_days"):
        interval_demand(demand, _protection(demand, days=0), origin=origin)


def test_a_capped_interval_leaves_its_review_period_whole(demand: pd.DataFrame) -> None:
    """A supplier of half a year: what is sold between two orders is a week's demand, not none."""
    asked = _protection(demand, days=120).assign(lead_time_days_mean=180.0, review_period_days=7)
    found = interval_demand(demand, asked, origin=demand["business_date"].max())
    np.testing.assert_allclose(found.qty_lead_mean, found.qty_demand_mean * 113 / 120)
    grid = found.grid()
    assert (grid["qty_demand"] > grid["qty_lead_time_demand"])[grid["sku"] == "S039"].all()
