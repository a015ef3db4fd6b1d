"""Who is left to their own last days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from forecasting.choice import Choice, choose
from forecasting.daily import fit_daily
from forecasting.features import summarise
from forecasting.panel import Panel


def test_each_class_takes_what_lost_less_on_days_it_was_not_fitted_on() -> None:
    busyness = np.repeat([0.0, 0.03, 0.5], 300)
    model, recent = np.ones(900), np.repeat([0.5, 2.0, 0.9], 300)
    assert choose(busyness, model, recent) == Choice((True, False, True))
    assert Choice((True, False, True)).of(np.array([0.0, 0.03, 0.5])).tolist() == [True, False, True]


def test_too_few_outcomes_or_none_that_count_keep_the_model() -> None:
    busyness, model = np.zeros(300), np.ones(300)
    assert choose(busyness[:150], model[:150], model[:150] / 2) == Choice()
    assert choose(busyness, model, np.where(np.arange(300) < 150, 0.5, np.nan)) == Choice()


def test_a_class_left_to_its_last_days_fades_and_the_frame_says_by_which_model() -> None:
    rng = np.random.default_rng(3)
    qty = rng.poisson(np.linspace(0.5, 6, 80)[:, None], (80, 300)).astype(float)
    qty[40:, 150:] = 0
    keys = pd.DataFrame({"sku": [f"S{number:02d}" for number in range(80)], "location_id": "W"})
    starts = np.zeros(80, dtype=np.int64)
    starts[79] = 295
    qty[79] = np.where(np.arange(300) < 295, np.nan, 0.0)
    history = summarise(Panel(keys, np.datetime64("2025-10-27"), qty, starts))
    model = replace(fit_daily(history, 28, seed=0), choice=Choice((True, False, False)))
    names = model.names(history, 299)
    assert names.tolist() == ["global_hgb"] * 40 + ["recent_91_days"] * 39 + ["global_hgb"]  # the last is but new
    mean, levels = model.predict(history, 299, 28, np.array([0.5, 0.99]))
    assert (mean[40:79] == 0).all()
    assert (levels[40:79] == 0).all()
    assert (levels[:40, :, 1] > 0).all()
    assert (levels % 1 == 0).all()
