"""Daily forecasts against AutoETS, LightGBM and the last 91 days as they were, on real demand; and their speed.

Scaled pinball loss (SPL) as in M5: nine quantiles, 28 days, averaged over series; three origins 28 days apart, each
model fitted on what came before. Series are those with eight weeks of history or more at an origin. A series takes
AutoETS .07 s of a core, all of them at all origins 20 minutes: of a part of them, chance would tell (ADR 61).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, run
from benchmarks.panels import ask, panels
from forecasting.baselines import empirical
from forecasting.daily import fit_daily
from forecasting.features import History, days_ahead, features, scale_of, summarise
from forecasting.metrics import mean_loss, naive_scale
from forecasting.model import outcome, sample_days
from forecasting.panel import Panel
from oms_core.arrays import Floats

_QUANTILES: Floats = np.array([0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995])
_HORIZON = 28
_ORIGIN_COUNT = 3
_LEAST_HISTORY_DAYS = 56
_ANCHORS = ("auto_ets", "lightgbm", "empirical_91")
_GOALS = {
    ("online_retail", "auto_ets"): "≤ 0.70",
    ("complete_journey", "auto_ets"): "≤ 0.85",
    ("online_retail", "lightgbm"): "≤ 1.00",
    ("complete_journey", "lightgbm"): "≤ 1.00",
}


@dataclass(frozen=True)
class _Losses:
    """SPL of each series at one origin, by model (NaN where it was not asked, or nothing scales the loss), and the
    series' ABC classes by units sold until then.
    """

    by_model: dict[str, Floats]
    classes: np.ndarray


def forecasts(_folder: Path) -> list[Figure]:
    """SPL of each panel against each anchor, in ratio to it; by ABC class against the 91 days."""
    figures: list[Figure] = []
    for name, panel in panels().items():
        origins = [panel.day_count - 1 - _HORIZON * back for back in range(_ORIGIN_COUNT, 0, -1)]
        losses = [_losses(panel, origin) for origin in origins]
        figures += [_figure(name, losses, anchor) for anchor in _ANCHORS]
        figures += [_figure(name, losses, "empirical_91", abc) for abc in "ABC"]
    return figures


def _losses(panel: Panel, origin: int) -> _Losses:
    chosen = np.flatnonzero(panel.starts <= origin - _LEAST_HISTORY_DAYS + 1)
    keys = panel.keys.iloc[chosen].reset_index(drop=True)
    panel = Panel(keys, panel.origin, panel.qty[chosen], panel.starts[chosen], known_ahead=panel.known_ahead)
    past = panel.until(origin)
    history, scales = summarise(past), naive_scale(past)
    model = fit_daily(history, _HORIZON, seed=0)
    levels = {
        "ours": model.predict(history, past.day_count - 1, _HORIZON, _QUANTILES)[1],
        "empirical_91": empirical(past, _HORIZON, _QUANTILES)[1],
        "auto_ets": _auto_ets(past),
        "lightgbm": _lightgbm(history),
    }
    actual = panel.qty[:, origin + 1 : origin + 1 + _HORIZON]
    by_model = {name: mean_loss(actual, found, _QUANTILES) / scales for name, found in levels.items()}
    return _Losses(by_model, _abc_classes(past))


def _auto_ets(past: Panel) -> Floats:
    return ask("auto_ets", qty=past.qty, starts=past.starts, quantiles=_QUANTILES, horizon=np.array(_HORIZON))["levels"]


def _lightgbm(history: History) -> Floats:
    """The rows and features that our own mean model learns from and predicts on."""
    spans = sample_days(history, _HORIZON, seed=0)
    actual, known = outcome(history, spans)
    spans, actual = spans.take(np.flatnonzero(known)), actual[known]
    asked = days_ahead(np.arange(history.panel.series_count), history.panel.day_count - 1, _HORIZON)
    levels = ask(
        "lightgbm",
        known=features(history, spans),
        outcome=actual,
        scale=scale_of(history, spans.series, spans.origin),
        asked=features(history, asked),
        asked_scale=scale_of(history, asked.series, asked.origin),
        quantiles=_QUANTILES,
    )["levels"]
    return levels.reshape(history.panel.series_count, _HORIZON, _QUANTILES.size)


def _abc_classes(past: Panel) -> np.ndarray:
    """A: the series that make 80 % of all units, B the next 15 %, C the rest."""
    units = np.nan_to_num(past.qty).sum(axis=1)
    order = np.argsort(-units, kind="stable")
    before = np.empty(units.size)
    before[order] = (np.cumsum(units[order]) - units[order]) / max(units.sum(), 1.0)
    return np.array(list("ABC"))[np.searchsorted([0.8, 0.95], before, side="right")]


def _figure(panel: str, losses: list[_Losses], anchor: str, abc: str = "") -> Figure:
    def of(model: str) -> Floats:
        return np.concatenate([found.by_model[model][found.classes == abc if abc else slice(None)] for found in losses])

    both = np.isfinite(of("ours")) & np.isfinite(of(anchor))
    ours, theirs = (float(of(model)[both].mean()) for model in ("ours", anchor))
    name = f"forecasts.{panel}.spl{'.' + abc if abc else ''}"
    goal = _GOALS.get((panel, anchor), "< 1.00")
    return Figure(name, round(ours, 4), "SPL", f"{anchor} {theirs:.4f}", round(ours / theirs, 3), goal)


_MANY = """
import sys
import numpy as np, pandas as pd
from forecasting import forecast
rng, series, days = np.random.default_rng(0), 30_490, 420
rate = rng.gamma(0.5, 2.0, series)[:, None] * (1 + 0.4 * np.sin(np.arange(days) * 2 * np.pi / 7))
demand = pd.DataFrame({
    "business_date": np.tile(np.datetime64("2025-01-01") + np.arange(days), series),
    "sku": pd.array(np.repeat([f"S{n:05d}" for n in range(series)], days), dtype="str"),
    "location_id": "W", "qty_demand": rng.poisson(rate).ravel(), "is_stocked_out": False,
})
import time
started = time.perf_counter()
levels = (.005, .025, .05, .1, .165, .25, .5, .75, .835, .9, .95, .975, .995)
found = forecast(demand, origin=demand["business_date"].max().date(), quantiles=levels)
found.frame.to_parquet(sys.argv[1])
print(len(found.frame), time.perf_counter() - started)
"""


def many_series(folder: Path) -> list[Figure]:
    """30,490 series of 420 days, 28 days ahead, 13 quantiles: from demand to a stored result."""
    usage = run([sys.executable, "-c", _MANY, str(folder / "forecasts.parquet")])
    rows, seconds = usage.output.split()[-2:]
    name = f"forecasts.{int(rows) / 1e6:.1f}_million_rows"
    return [
        Figure(name, round(float(seconds), 1), "s", "", None, "≤ 60 s"),
        Figure(f"{name}.peak_memory", round(usage.peak_gib, 2), "GiB", "", None, "≤ 6 GiB"),
    ]
