"""Rolling-origin back-test: what the forecasts would have said at past origins, against what came.

Belongs here: running model and baselines over past origins on data up to each origin only.
Does not belong here: the models themselves, the metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecasting.baselines import empirical, seasonal_naive
from forecasting.daily import HORIZON_DAYS, QUANTILES, DailyModel, train
from forecasting.features import summarise
from forecasting.known_ahead import KnownAhead
from forecasting.metrics import Past, past_of, score
from forecasting.overrides import Overrides, is_altered
from forecasting.panel import Panel, build_panel
from oms_core.arrays import Floats, Ints

_ORIGIN_COUNT = 3
_NAIVE = "seasonal_naive"
_OVERRIDDEN = "overridden"

#: Days ahead, first and last, that are scored apart: a forecast is worse the farther it looks.
_STRETCHES = ((1, 7), (8, 14), (15, 28), (29, 90))
#: Days back over which a place's silence is told, by the metric that tells it: what planning takes as unknown, and the
#: week after which every weekday has been heard anew.
_SILENCE = {"days_unheard": 28, "days_unheard_7": 7}
_COLUMNS = ("origin_date", "model", "segment", "metric", "value", "series_count")


def backtest(
    demand: pd.DataFrame,
    *,
    origin: date,
    abc_classes: Mapping[str, str],
    horizon: int = HORIZON_DAYS,
    origin_count: int = _ORIGIN_COUNT,
    seed: int = 0,
    overrides: Overrides | None = None,
    known_ahead: KnownAhead | None = None,
    model_at: Callable[[date], DailyModel] | None = None,
) -> pd.DataFrame:
    """Accuracy at the `origin_count` latest origins whose whole horizon lies on or before `origin`.

    Columns origin_date, model, segment (`all`, the class that `abc_classes` gives a SKU, or a stretch of days ahead),
    metric, value, series_count.
    Metrics: `spl`, mean pinball loss over days and the nine quantiles of M5 ÷ the series' mean absolute day-to-day
    change up to the origin, averaged over series (M5 uncertainty; Makridakis et al. 2022), and `wspl`, weighted by the
    units of the last 28 days; `rmsse`, root of the mean squared error of the mean forecast ÷ that of the day-to-day
    change, and `wrmsse`, weighted likewise; `wape` and `bias` of each series' total over the horizon from the mean
    forecast, ÷ total demand; `coverage_90`, share of days inside the 5–95 % band, and `coverage_50`, `coverage_95`,
    `coverage_99` likewise;
    `value_added`, 1 − `spl` ÷ seasonal naive's.
    Where overrides that were known at an origin cover days after it, the model `overridden` is the forecast with them,
    and the segment of that name the series they cover: what they were worth.
    Of each place, as segment of the model `demand` at `origin`: `days_unheard`, on how many of the last 28 days nothing
    was heard from it (`silence`), and `days_unheard_7`, on how many of the last seven.
    Of `known_ahead` each origin knows what had been said by then. `model_at` gives the model that an origin forecast
    with, trained on no later day; without it each origin is fitted anew on data up to it: rolling the earliest fit
    forward over all origins cost 25 % bias (UCI). Too short a history gives an empty frame.
    """
    panel = build_panel(demand, origin, known_ahead)
    ordered = np.sort(np.asarray(QUANTILES, dtype=float))
    origins = _past_origins(panel, horizon, origin_count)
    if not origins:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    rows: list[tuple[object, ...]] = []
    for day in origins:
        past = panel.until(day)
        known = (overrides or Overrides.none()).known_by(past.origin)
        model = model_at(pd.Timestamp(past.origin).date()) if model_at else train(past, horizon=horizon, seed=seed)
        predictions, overridden = _predictions(past, model, horizon, ordered, known)
        truth = _truth(panel, past, day, horizon, abc_classes)
        if overridden.size:
            truth.segments[_OVERRIDDEN] = (overridden, slice(0, horizon))
        rows += _score_origin(panel, day, predictions, truth, ordered)
    return pd.DataFrame(rows + _silence(panel), columns=list(_COLUMNS))


def _past_origins(panel: Panel, horizon: int, count: int) -> list[int]:
    """Day indices, earliest first, a horizon apart; each leaves a week of history or more before it."""
    last = panel.day_count - 1
    days = [last - horizon * step for step in range(count, 0, -1)]
    return [day for day in days if day >= 6 and bool((panel.starts <= day).any())]


@dataclass(frozen=True)
class _Truth:
    """What came after an origin: series × days ahead, NaN where unobserved; and what the scores are averaged over."""

    qty: Floats
    past: Past
    segments: dict[str, tuple[Ints, slice]]


def _score_origin(
    panel: Panel, origin: int, predictions: dict[str, tuple[Floats, Floats]], truth: _Truth, quantiles: Floats
) -> list[tuple[object, ...]]:
    day = panel.first_day + np.timedelta64(origin, "D")
    found: dict[tuple[str, str], list[tuple[str, float, int]]] = {}
    for name, (mean, levels) in predictions.items():
        for segment, (series, days) in truth.segments.items():
            of_segment = truth.qty[series, days], mean[series, days], levels[series, days]
            found[name, segment] = score(*of_segment, quantiles, truth.past.take(series))
    for (_, segment), figures in found.items():
        figures.extend(_value_added(figures, found[_NAIVE, segment]))
    return [(day.astype("datetime64[s]"), *key, *figure) for key, figures in found.items() for figure in figures]


def _value_added(
    figures: list[tuple[str, float, int]], naive: list[tuple[str, float, int]]
) -> list[tuple[str, float, int]]:
    theirs = next((value for metric, value, _ in naive if metric == "spl"), 0.0)
    ours = [(value, count) for metric, value, count in figures if metric == "spl"]
    return [("value_added", 1.0 - value / theirs, count) for value, count in ours if theirs > 0]


def _predictions(
    past: Panel, model: DailyModel, horizon: int, quantiles: Floats, overrides: Overrides
) -> tuple[dict[str, tuple[Floats, Floats]], Ints]:
    """Mean and quantiles by model, and the series that overrides alter."""
    history, origin = summarise(past), past.day_count - 1
    unaltered = model.predict(history, origin, horizon, quantiles)
    altered = model.predict_altered(history, origin, unaltered, quantiles, overrides)
    overridden = np.flatnonzero(is_altered(unaltered[0], altered[0]).any(axis=1))
    predictions = {
        model.name: unaltered,
        _NAIVE: seasonal_naive(past, horizon, quantiles),
        "empirical_91": empirical(past, horizon, quantiles),
    }
    return predictions | ({_OVERRIDDEN: altered} if overridden.size else {}), overridden


def _silence(panel: Panel) -> list[tuple[object, ...]]:
    """A row of each place, as of the panel's last day."""
    if panel.unheard is None:
        return []
    last = panel.origin.astype("datetime64[s]")
    of_place, places = pd.factorize(panel.keys["location_id"], sort=True)
    rows = [(place, of_place == number) for number, place in enumerate(places)]
    return [
        (last, "demand", place, name, float(panel.unheard[series, -days:].any(axis=0).sum()), int(series.sum()))
        for place, series in rows
        for name, days in _SILENCE.items()
    ]


def _truth(panel: Panel, past: Panel, origin: int, horizon: int, abc_classes: Mapping[str, str]) -> _Truth:
    begun = panel.starts <= origin
    classes = past.keys["sku"].map(dict(abc_classes)).to_numpy(dtype=object)
    names = sorted({name for name in classes if isinstance(name, str)})
    everyone, every_day = np.arange(past.series_count), slice(0, horizon)
    segments = {"all": (everyone, every_day)}
    segments |= {name: (np.flatnonzero(classes == name), every_day) for name in names}
    for first, last in _STRETCHES:
        if first <= horizon:
            segments[f"days {first} to {min(last, horizon)}"] = (everyone, slice(first - 1, last))
    return _Truth(panel.qty[begun, origin + 1 : origin + 1 + horizon], past_of(past), segments)
