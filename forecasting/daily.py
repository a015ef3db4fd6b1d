"""The daily forecast: quantiles of each coming day's demand, for every series.

Belongs here: fitting the mean and its spread as of an origin, laid out as the `forecasts` contract has it.
Does not belong here: sums over protection intervals (`interval`), back-tests (`accuracy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.baselines import EMPIRICAL_DAYS, recent_days
from forecasting.choice import Choice, choose
from forecasting.features import History, Spans, busyness, closed_days, days_ahead, summarise
from forecasting.known_ahead import KnownAhead
from forecasting.levelset import LevelSet, fit_level_set
from forecasting.metrics import M5_QUANTILES, naive_scale, pinball_loss
from forecasting.model import MAX_HELD_OUT_TRAINING_ROWS, MeanModel, ScaleModel, fit_mean, outcome, sample, sample_days
from forecasting.overrides import Overrides, busyness_of, is_altered
from forecasting.panel import Panel, build_panel
from forecasting.siblings import Siblings, find_siblings
from oms_core.arrays import Bools, Floats, Ints

#: The M5 competition's nine, and those that planners' bands are drawn from.
QUANTILES = (0.005, 0.025, 0.05, 0.1, 0.165, 0.25, 0.5, 0.75, 0.835, 0.9, 0.95, 0.975, 0.99, 0.995)
HORIZON_DAYS = 28
_MODEL_NAME = "global_hgb"
_FALLBACK_NAME = "recent_mean"
_RECENT_NAME = "recent_91_days"
SIBLINGS_NAME = "siblings_91_days"

#: Interpolation leaves dust in the last digits; a whole quantile must not rise by a unit for it.
_DUST = 1e-6

#: Weekly origins whose outcomes teach the spread, all after the last day that their model was trained on.
_HELD_OUT_WEEKS = 5

#: A home with less history than that takes (days) leaves its series to their own days, once it has seen so many: the
#: few days that it can hold out may all be of one kind. After eleven days of Christmas the model's 90 % band held half
#: of what best sellers sold (own days: 93 %), and ten days later it was far too wide (SPL 2.04 against .41); in the
#: first fortnight the model is the better one (.42 against .50; UCI).
_YOUNG_DAYS, _LEAST_OWN_DAYS = HORIZON_DAYS + 7 * (_HELD_OUT_WEEKS - 1), 14


@dataclass(frozen=True)
class DailyModel:
    """A mean, its spread, and who is left to the last days; predicts at any origin from that origin's history."""

    mean: MeanModel
    spread: LevelSet
    choice: Choice

    @property
    def name(self) -> str:
        """What `model` says of series that the model forecasts."""
        return _FALLBACK_NAME if isinstance(self.mean, ScaleModel) else _MODEL_NAME

    def names(self, history: History, origin: int) -> NDArray[np.str_]:
        """What `model` says of each series."""
        return np.where(self._takes_recent(history, origin), _RECENT_NAME, self.name)

    def _takes_recent(self, history: History, origin: int) -> Bools:
        if origin + 1 < _YOUNG_DAYS:
            of_their_own: Bools = history.panel.starts <= origin + 1 - _LEAST_OWN_DAYS
            return of_their_own
        return self.choice.of(_busyness(history, origin)) & _fills_recent_days(history, origin)

    def predict(self, history: History, origin: int, horizon: int, quantiles: Floats) -> tuple[Floats, Floats]:
        """Mean (series × days ahead) and quantiles (series × days ahead × quantiles), base units a day."""
        spans = days_ahead(np.arange(history.panel.series_count), origin, horizon)
        busy = _busyness(history, origin)
        shape = (history.panel.series_count, horizon)
        flat = self.mean.rate(history, spans)
        levels = _levels(self.spread, flat, np.repeat(busy, horizon), quantiles).reshape(*shape, len(quantiles))
        mean = flat.reshape(shape).copy()
        rows = np.flatnonzero(self._takes_recent(history, origin))
        if rows.size:
            recent_mean, recent_levels = recent_days(history.panel.usual, origin, quantiles)
            mean[rows], levels[rows] = recent_mean[rows, None], _whole(recent_levels[rows, None, :])
        closed = closed_days(history, np.arange(shape[0]), origin, horizon)
        mean[closed], levels[closed] = 0.0, 0.0
        return mean, levels

    def predict_altered(
        self, history: History, origin: int, unaltered: tuple[Floats, Floats], quantiles: Floats, overrides: Overrides
    ) -> tuple[Floats, Floats]:
        """Mean and quantiles under overrides, shaped as `unaltered`: the spread is that of the altered mean.

        What is set for each day of a month is not set for those on which the place is closed.
        """
        before, levels = unaltered
        first_day = history.panel.first_day + np.timedelta64(origin + 1, "D")
        mean, levels = overrides.altered(history.panel.keys, before, first_day), levels.copy()
        mean[closed_days(history, np.arange(mean.shape[0]), origin, mean.shape[1])] = 0.0
        cells = np.nonzero(is_altered(before, mean))
        if cells[0].size:
            busy = busyness_of(mean[cells], _busyness(history, origin)[cells[0]])
            levels[cells] = np.where(mean[cells][:, None] > 0, _levels(self.spread, mean[cells], busy, quantiles), 0.0)
        return mean, levels


@dataclass(frozen=True)
class ForecastResult:
    """`frame` has the `forecasts` contract's columns but for the run's; `qty_mean` is series × days ahead.

    Rows of `qty_mean` go with `series` (columns sku, location_id).
    """

    frame: pd.DataFrame
    model_name: str
    series: pd.DataFrame
    qty_mean: Floats


def fit_daily(history: History, horizon: int, seed: int) -> DailyModel:
    """Fit on the history's panel. The spread comes from a model that never saw the outcomes it is measured on."""
    last = history.panel.day_count - 1
    cutoff = last - min(horizon + 7 * (_HELD_OUT_WEEKS - 1), max(last // 3, 1))
    spread, choice = _fit_spread(_fit_until(history, cutoff, horizon, seed), history, horizon, cutoff, seed)
    return DailyModel(fit_mean(history, sample_days(history, horizon, seed), seed), spread, choice)


def _busyness(history: History, origin: int) -> Floats:
    series = np.arange(history.panel.series_count)
    return np.nan_to_num(busyness(history, series, np.full(series.size, origin)))


def _fills_recent_days(history: History, origin: int | Ints, series: Ints | slice = slice(None)) -> Bools:
    """Whether the series had begun before the last days that it would be left to: a new one has no silence to show."""
    found: Bools = history.panel.starts[series] <= origin + 1 - EMPIRICAL_DAYS
    return found


def _whole(levels: Floats) -> Floats:
    # Whoever reads the table takes a nought for a nought: what is rounded up from just below it is -0.0.
    whole: Floats = np.ceil(levels - _DUST) + 0.0
    return whole


def _levels(spread: LevelSet, mean: Floats, busy: Floats, quantiles: Floats) -> Floats:
    """Rows × quantiles, in whole units."""
    return _whole(spread.quantiles(mean, busy, quantiles))


def _fit_until(history: History, cutoff: int, horizon: int, seed: int) -> MeanModel:
    begun = history.panel.starts <= cutoff
    if cutoff < 1 or not begun.any():
        return ScaleModel()
    past = summarise(history.panel.until(cutoff))
    return fit_mean(past, sample_days(past, horizon, seed, MAX_HELD_OUT_TRAINING_ROWS), seed)


def _fit_spread(model: MeanModel, history: History, horizon: int, cutoff: int, seed: int) -> tuple[LevelSet, Choice]:
    """Pool outcome ÷ prediction over weekly origins from day `cutoff` on, as far as their horizon has come; and see
    there which classes of series their own last days forecast better.
    """
    last = history.panel.day_count - 1
    held_out = [
        days_ahead(np.flatnonzero(history.panel.starts <= origin), origin, min(horizon, last - origin))
        for origin in range(max(cutoff, 0), last, 7)
    ]
    spans = sample(Spans.concatenate(held_out), seed) if held_out else None
    actual, known = outcome(history, spans) if spans else (np.zeros(0), np.zeros(0, dtype=bool))
    if spans is None or not known.any():
        return _spread_of_a_first_day(history), Choice()
    spans, actual = spans.take(np.flatnonzero(known)), actual[known]
    busy = np.nan_to_num(busyness(history, spans.series, spans.origin))
    mean = model.rate(history, spans)
    spread = fit_level_set(mean, busy, actual)
    quantiles = M5_QUANTILES
    scale = naive_scale(history.panel)[spans.series]
    scale[~_fills_recent_days(history, spans.origin, spans.series)] = np.nan
    losses = [
        pinball_loss(actual, levels, quantiles) / scale
        for levels in (_levels(spread, mean, busy, quantiles), _recent_levels(history, spans, quantiles))
    ]
    return spread, choose(busy, *losses)


def _recent_levels(history: History, spans: Spans, quantiles: Floats) -> Floats:
    """Quantiles (rows × quantiles) of the last days up to each span's origin, in whole units."""
    found = np.empty((spans.size, quantiles.size))
    for origin in np.unique(spans.origin):
        rows = np.flatnonzero(spans.origin == origin)
        found[rows] = recent_days(history.panel.usual, int(origin), quantiles)[1][spans.series[rows]]
    return _whole(found)


def _spread_of_a_first_day(history: History) -> LevelSet:
    """With one day of history nothing is held out: spread the series' first days around their mean instead."""
    qty = np.nan_to_num(history.panel.qty).ravel()
    return fit_level_set(np.full(qty.shape, qty.mean()), np.zeros(qty.shape), qty)


def train(panel: Panel, *, horizon: int, seed: int) -> DailyModel:
    """A model as of the panel's last day; it forecasts later days too, from their own history."""
    return fit_daily(summarise(panel), horizon, seed)


def forecast(
    demand: pd.DataFrame,
    *,
    origin: date,
    horizon: int = HORIZON_DAYS,
    quantiles: tuple[float, ...] = QUANTILES,
    seed: int = 0,
    overrides: Overrides | None = None,
    known_ahead: KnownAhead | None = None,
    products: pd.DataFrame | None = None,
    model: DailyModel | None = None,
) -> ForecastResult:
    """Forecast every series seen up to `origin` for `horizon` days ahead.

    `demand` has the columns business_date, sku, location_id, qty_demand, is_stocked_out; rows after the origin are not
    looked at, and the order of rows does not matter. `overrides` alter it; what it was without them is kept beside.
    With `stocked_out_share` too, days out of stock for a part of the day are repaired. Of a day that `known_ahead` says
    is closed nothing is expected. With `products` (`siblings.PRODUCT_COLUMNS`) a series that nobody has asked for yet
    sells as its siblings did. `model` was trained before (`train`); without one, it is trained on this demand.
    Raises ValueError on input that has no history or is malformed.
    """
    panel = build_panel(demand, origin, known_ahead)
    if horizon < 1 or not quantiles or min(quantiles) < 0 or max(quantiles) > 1:
        raise ValueError("the horizon must be a day or more, and quantiles between 0 and 1")
    history = summarise(panel)
    model = model or fit_daily(history, horizon, seed)
    ordered = np.sort(np.asarray(quantiles, dtype=float))
    last = panel.day_count - 1
    unaltered, names = model.predict(history, last, horizon, ordered), model.names(history, last)
    overrides = overrides or Overrides.none()
    if products is not None:
        names = _borrow(history, find_siblings(panel, products), overrides, unaltered, ordered, names)
    mean, levels = model.predict_altered(history, last, unaltered, ordered, overrides)
    frame = _lay_out(panel, ordered, levels, unaltered[1], names)
    return ForecastResult(frame, model.name, panel.keys, mean)


def _borrow(
    history: History,
    siblings: Siblings,
    overrides: Overrides,
    forecast_of: tuple[Floats, Floats],
    quantiles: Floats,
    names: NDArray[np.str_],
) -> NDArray[np.str_]:
    """Put what siblings sold in the rows of series nobody has asked for yet; the models' names as they are then."""
    panel, (mean, levels) = history.panel, forecast_of
    lent_mean, lent_levels = siblings.days(panel, quantiles)
    is_open = ~closed_days(history, siblings.new, panel.day_count - 1, mean.shape[1])
    is_open &= overrides.begun(panel.keys.iloc[siblings.new], panel.origin + np.timedelta64(1, "D"), mean.shape[1])
    mean[siblings.new] = lent_mean[:, None] * is_open
    levels[siblings.new] = _whole(lent_levels)[:, None, :] * is_open[:, :, None]
    return np.where(np.isin(np.arange(names.size), siblings.new), SIBLINGS_NAME, names)


def _lay_out(
    panel: Panel, quantiles: Floats, levels: Floats, unaltered: Floats, names: NDArray[np.str_]
) -> pd.DataFrame:
    series_count, horizon, quantile_count = levels.shape
    series = np.repeat(np.arange(series_count), horizon * quantile_count)
    ahead = np.tile(np.repeat(np.arange(1, horizon + 1), quantile_count), series_count)
    origin = panel.origin.astype("datetime64[s]")
    return pd.DataFrame(
        {
            "sku": panel.keys["sku"].take(series).array,
            "location_id": panel.keys["location_id"].take(series).array,
            "origin_date": np.full(series.size, origin),
            "horizon_days": ahead,
            "target_date": origin + ahead.astype("timedelta64[D]"),
            "quantile": np.tile(quantiles, series_count * horizon),
            "qty_forecast": levels.ravel().round(4),
            "qty_unaltered": unaltered.ravel().round(4),
            "model": pd.array(names[series], dtype="str"),
        }
    )
