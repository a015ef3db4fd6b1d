"""Rolling-origin back-test and its metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting import QUANTILES, backtest
from forecasting.baselines import empirical
from forecasting.daily import train
from forecasting.features import summarise
from forecasting.metrics import Past, naive_scale, past_of, score
from forecasting.panel import build_panel
from oms_core.contracts.decisions import FORECAST_ACCURACY


@pytest.fixture(scope="module")
def found(demand: pd.DataFrame) -> pd.DataFrame:
    classes = {f"S{n:03d}": "A" if n >= 30 else "C" for n in range(39)}
    return backtest(demand, origin=demand["business_date"].max(), abc_classes=classes)


def test_every_origin_model_and_segment_is_scored(demand: pd.DataFrame, found: pd.DataFrame) -> None:
    names = [n for n in FORECAST_ACCURACY.names if n not in ("run_id", "effective_at", "business_date")]
    assert list(found.columns) == names
    told = found[found["model"] == "demand"]
    assert told[["segment", "metric", "value", "series_count"]].to_numpy().tolist() == [
        ["WH1", "days_unheard", 0.0, 40],
        ["WH1", "days_unheard_7", 0.0, 40],
    ]
    found = found.drop(told.index)
    assert set(found["model"]) == {"global_hgb", "seasonal_naive", "empirical_91"}
    assert set(found["segment"]) == {"all", "A", "C", "days 1 to 7", "days 8 to 14", "days 15 to 28"}
    assert found["origin_date"].nunique() == 3
    assert found["origin_date"].max() == demand["business_date"].max() - pd.Timedelta(days=28)
    assert not found.duplicated(["origin_date", "model", "segment", "metric"]).any()


def test_the_model_beats_both_baselines_on_weekly_poisson_demand_and_covers(found: pd.DataFrame) -> None:
    mean = found[found["segment"] == "all"].groupby(["metric", "model"])["value"].mean()
    assert mean["spl", "global_hgb"] < mean["spl", "empirical_91"] < mean["spl", "seasonal_naive"]
    assert 0.88 <= mean["coverage_90", "global_hgb"] <= 0.99
    assert abs(mean["bias", "global_hgb"]) < 0.1


def test_value_added_is_what_the_loss_is_less_than_seasonal_naives(found: pd.DataFrame) -> None:
    wide = found.pivot_table(index=["origin_date", "segment", "model"], columns="metric", values="value")
    naive = wide.xs("seasonal_naive", level="model")["spl"]
    expected = 1 - wide["spl"] / naive.reindex(wide.index.droplevel("model")).to_numpy()
    np.testing.assert_allclose(wide["value_added"], expected)
    assert (wide.xs("seasonal_naive", level="model")["value_added"] == 0).all()


def test_a_young_home_that_was_shut_for_a_while_covers_what_it_sells_afterwards(shut_demand: pd.DataFrame) -> None:
    """All that a spread can be learnt from is the eleven days of nothing."""
    for run in ("2026-01-28", "2026-01-31"):
        found = backtest(shut_demand, origin=pd.Timestamp(run), abc_classes={})
        mine = found[(found["model"] == "global_hgb") & (found["metric"] == "coverage_90")]
        assert not mine.empty
        assert (mine["value"] > 0.85).all(), mine


def test_quantiles_of_half_their_size_cover_less_than_is_published(demand: pd.DataFrame) -> None:
    panel = build_panel(demand, demand["business_date"].max())
    past, quantiles = panel.until(panel.day_count - 29), np.asarray(QUANTILES)
    mean, levels = train(past, horizon=28, seed=0).predict(summarise(past), past.day_count - 1, 28, quantiles)
    qty, busy = panel.qty[panel.starts < past.day_count, -28:], slice(-10, None)

    def coverage(levels: np.ndarray) -> float:
        scored = score(qty[busy], mean[busy], levels[busy], quantiles, past_of(past).take(np.arange(39)[busy]))
        return dict(figure[:2] for figure in scored)["coverage_90"]

    assert coverage(levels) > 0.85
    assert coverage(np.ceil(levels / 2)) < 0.5


def test_half_of_every_quantile_of_slow_demand_covers_nine_days_of_ten_but_less_of_the_tail_than_the_last_days() -> (
    None
):
    rng, days = np.random.default_rng(5), pd.date_range("2025-01-01", periods=200)
    qty = rng.negative_binomial(0.5, 0.5 / (0.5 + 0.3), size=(300, days.size))
    series = [pd.DataFrame({"business_date": days, "sku": f"S{n:03d}", "qty_demand": row}) for n, row in enumerate(qty)]
    panel = build_panel(pd.concat(series).assign(location_id="W", is_stocked_out=False), days[-1])
    past, quantiles = panel.until(panel.day_count - 29), np.asarray(QUANTILES)
    mean, levels = train(past, horizon=28, seed=0).predict(summarise(past), past.day_count - 1, 28, quantiles)

    def coverage(levels: np.ndarray, percent: int) -> float:
        scored = score(panel.qty[:, -28:], mean, levels, quantiles, past_of(past))
        return dict(figure[:2] for figure in scored)[f"coverage_{percent}"]

    last_days = coverage(empirical(past, 28, quantiles)[1], 99)
    assert coverage(levels / 2, 90) > 0.8
    assert coverage(levels, 99) > last_days
    assert coverage(levels / 2, 99) < last_days - 0.01


def test_too_short_a_history_gives_no_rows_but_the_columns() -> None:
    days = pd.date_range("2025-01-01", periods=10)
    rows = {"business_date": days, "sku": "A", "location_id": "W", "qty_demand": 1, "is_stocked_out": False}
    found = backtest(pd.DataFrame(rows), origin=days[-1], abc_classes={})
    assert found.empty
    assert "spl" not in found["metric"].to_list()


def test_metrics_of_a_hand_worked_series() -> None:
    levels = np.array([[[1.0, 2.0], [1.0, 2.0]]])
    past = Past(np.array([2.0]), np.array([5.0]), np.array([30.0]))
    rows = score(np.array([[0.0, 4.0]]), np.array([[1.0, 2.0]]), levels, np.array([0.05, 0.95]), past)
    found = {name: value for name, value, _ in rows}
    # Day 1: .95·1 + .05·2 over two quantiles; day 2: .05·3 + .95·2; halved, averaged, over the scale of 2.
    assert found["spl"] == pytest.approx(((0.95 + 0.1) / 2 + (0.15 + 1.9) / 2) / 2 / 2)
    assert found["wspl"] == found["spl"]
    assert found["rmsse"] == pytest.approx(((1 + 4) / 2 / 5) ** 0.5)
    assert found["wape"] == pytest.approx(0.25)
    assert found["bias"] == pytest.approx(-0.25)
    assert found["coverage_90"] == 0.0


def test_losses_are_of_the_nine_quantiles_of_m5_and_coverage_is_told_of_four_bands() -> None:
    quantiles = np.asarray(QUANTILES)
    qty, mean = np.array([[3.0, 40.0, 12.0]]), np.array([[5.0, 5.0, 5.0]])
    levels = np.broadcast_to(np.arange(quantiles.size, dtype=float), (1, 3, quantiles.size))
    past = Past(np.ones(1), np.ones(1), np.ones(1))
    found = {name: value for name, value, _ in score(qty, mean, levels, quantiles, past)}
    of_m5 = [QUANTILES.index(quantile) for quantile in (0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995)]
    by_hand = [max(QUANTILES[i] * (y - i), (QUANTILES[i] - 1) * (y - i)) for y in qty[0] for i in of_m5]
    assert found["spl"] == pytest.approx(np.mean(by_hand))
    covered = [found[f"coverage_{percent}"] for percent in (50, 90, 95, 99)]
    assert covered == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3])


def test_the_scale_is_the_mean_change_from_day_to_day_and_missing_for_a_flat_series() -> None:
    days = pd.date_range("2025-01-01", periods=4)
    both = [
        pd.DataFrame(
            {"business_date": days, "sku": sku, "location_id": "W", "qty_demand": qty, "is_stocked_out": False}
        )
        for sku, qty in (("A", [1, 3, 3, 2]), ("B", [2, 2, 2, 2]))
    ]
    scale = naive_scale(build_panel(pd.concat(both), days[-1]))
    assert scale[0] == 1.0
    assert np.isnan(scale[1])
