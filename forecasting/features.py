"""What a model may know at an origin about a series and a coming span of days.

Belongs here: features of any (series, origin, span), each from days up to the origin only, and the series' scale.
Does not belong here: reading frames (`panel`), fitting (`model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from forecasting.known_ahead import CLOSED, NEAR_DAYS, PROMOTION, Signals
from forecasting.panel import Panel
from oms_core.arrays import Bools, Floats, Ints, divide, running

_WINDOWS_DAYS = (7, 14, 28, 56, 91, 182)
#: "All of history", as a number of days: the panel's own length would tell a past day how far history goes on.
_ALL_DAYS = 36_525
_YEAR_DAYS = 364  # a whole number of weeks, so that weekdays meet
_YEAR_MARGIN_DAYS = 3

#: A series starts with its first sale, so its first days overstate it: its scale is as if it had been watched longer.
_UNSEEN_DAYS = 7.0
_MIN_SCALE = 0.02


@dataclass(frozen=True)
class Spans:
    """Rows to describe: day indices of the origin, and of the first and last day to forecast. All of one length."""

    series: Ints
    origin: Ints
    first: Ints
    last: Ints

    def take(self, rows: Ints) -> Spans:
        """The chosen rows."""
        return Spans(self.series[rows], self.origin[rows], self.first[rows], self.last[rows])

    @classmethod
    def concatenate(cls, parts: list[Spans]) -> Spans:
        """All rows of the parts, in order. Raises ValueError without a part."""
        names = ("series", "origin", "first", "last")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.series.size


@dataclass(frozen=True)
class History:
    """A panel with the further running sums that features need."""

    panel: Panel
    positive: Floats
    squares: Floats
    last_positive: Ints
    weekly_sums: Floats
    weekly_counts: Floats
    total: Floats
    signals: Signals
    promoted: Sold | None
    plain: Sold | None


@dataclass(frozen=True)
class Sold:
    """Running sums of demand, and of observed days, over some of each series' days."""

    sums: Floats
    counts: Floats

    @classmethod
    def on(cls, days: Bools, panel: Panel) -> Sold:
        """Over the days that are marked (series × days)."""
        return cls(
            running(np.where(days, np.nan_to_num(panel.usual), 0.0)),
            running((days & np.isfinite(panel.qty)).astype(float)),
        )

    def mean(self, series: Ints, origin: Ints, window: int) -> Floats:
        """Mean of those of the last `window` days up to the origin; NaN without any."""
        first = np.maximum(origin + 1 - window, 0)
        qty, days = (sums[series, origin + 1] - sums[series, first] for sums in (self.sums, self.counts))
        return _mean(qty, days)


def summarise(panel: Panel) -> History:
    """Running sums of `panel`, each column using nothing after its own day."""
    filled = np.nan_to_num(panel.usual)
    seen = np.isfinite(panel.qty).astype(float)
    days = np.arange(panel.day_count)
    last_positive = np.maximum.accumulate(np.where(filled > 0, days, -1), axis=1)
    # Of all series together, for the season: the root keeps one wholesale order from making a season of its own.
    index = np.sqrt(filled).sum(axis=0)
    signals = panel.known_ahead.of(panel.keys, panel.first_day, panel.day_count)
    promoted, plain = _by_promotion(panel, signals)
    return History(
        panel,
        running((filled > 0).astype(float)),
        running(filled**2),
        last_positive,
        _weekly(filled),
        _weekly(seen),
        np.concatenate([[0.0], np.cumsum(index)]),
        signals,
        promoted,
        plain,
    )


def _by_promotion(panel: Panel, signals: Signals) -> tuple[Sold | None, Sold | None]:
    """What was sold on promoted days and on all others; nothing where no promotion is ever told."""
    if not signals.has(PROMOTION):
        return None, None
    days = signals.promoted_days(panel.day_count)
    return Sold.on(days, panel), Sold.on(~days, panel)


def _weekly(values: Floats) -> Floats:
    """Running sums over the same weekday: column d adds day d to column d − 7."""
    sums = values.copy()
    for day in range(7, sums.shape[1]):
        sums[:, day] += sums[:, day - 7]
    return sums


def scale_of(history: History, series: Ints, origin: Ints) -> Floats:
    """Typical daily demand at the origin: a blend of recent and all-time means, in base units a day."""
    return _blended(history.panel, series, origin, np.full(series.size, _UNSEEN_DAYS))


def own_rate(history: History, series: Ints, origin: Ints) -> Floats:
    """The scale as an expectation of its own: a series was there unseen for no longer than history had begun, so that
    the first days of one that is as old as its home are days like any other.

    With `scale_of` levels for 90 % of a home of one day held 17 % of 14 days' demand, so 85 %; of two and three weeks
    94 and 96 %, so 92 and 93 %, for 5 and 12 % less loss (Complete Journey). After a home's first Christmas they lost
    8 % less than so (Online Retail, 35 days).
    """
    unseen = np.minimum(history.panel.starts[series].astype(float), _UNSEEN_DAYS)
    return _blended(history.panel, series, origin, unseen)


def _blended(panel: Panel, series: Ints, origin: Ints, unseen_days: Floats) -> Floats:
    means = [_shrunk_mean(panel, series, origin, window, unseen_days) for window in (28, 91, _ALL_DAYS)]
    return np.maximum(0.5 * means[0] + 0.3 * means[1] + 0.2 * means[2], _MIN_SCALE)


def _shrunk_mean(panel: Panel, series: Ints, origin: Ints, window: int, unseen_days: Floats) -> Floats:
    qty, days = panel.totals(series, origin - window + 1, origin)
    everything, all_days = panel.totals(series, np.zeros_like(origin), origin)
    qty, days = np.where(days > 0, qty, everything), np.where(days > 0, days, all_days)
    known = np.maximum(days, np.minimum(days + unseen_days, window))
    return qty / np.maximum(known, 1.0)


def features(history: History, spans: Spans) -> Floats:
    """Matrix rows × features for the spans; NaN where history does not reach. Demand is in multiples of the scale."""
    scale = scale_of(history, spans.series, spans.origin)
    columns = [
        *_level_features(history, spans, scale),
        *_intermittence_features(history, spans, scale),
        *_weekday_features(history, spans, scale),
        *_year_features(history, spans, scale),
        *_calendar_features(history.panel, spans),
        np.log(scale),
        *_promotion_features(history, spans, scale),
        *_holiday_features(history.signals, spans),
    ]
    return np.column_stack(columns)


def _mean(qty: Floats, days: Floats) -> Floats:
    return divide(qty, days, np.nan)


def _level_features(history: History, spans: Spans, scale: Floats) -> list[Floats]:
    def window(days: int) -> Floats:
        return _mean(*history.panel.totals(spans.series, spans.origin - days + 1, spans.origin)) / scale

    return [window(days) for days in (*_WINDOWS_DAYS, _ALL_DAYS)]


def busyness(history: History, series: Ints, origin: Ints, window: int = 91) -> Floats:
    """Share of the last `window` observed days with any demand; NaN where none was observed."""
    end, start = origin + 1, np.maximum(origin + 1 - window, 0)
    days = history.panel.counts[series, end] - history.panel.counts[series, start]
    return _mean(history.positive[series, end] - history.positive[series, start], days)


def _intermittence_features(history: History, spans: Spans, scale: Floats) -> list[Floats]:
    panel, series, end = history.panel, spans.series, spans.origin + 1
    found = [busyness(history, series, spans.origin, window) for window in (28, 91)]
    start = np.maximum(end - 91, 0)
    days = panel.counts[series, end] - panel.counts[series, start]
    square = _mean(history.squares[series, end] - history.squares[series, start], days)
    last_positive = history.last_positive[series, spans.origin]
    since = np.where(last_positive < 0, 365.0, np.minimum(spans.origin - last_positive, 365)).astype(float)
    age = np.minimum(end - panel.starts[series], 400).astype(float)
    return [*found, np.sqrt(square) / scale, since, age]


def _weekday_features(history: History, spans: Spans, scale: Floats) -> list[Floats]:
    """Mean of the last four and eight days, up to the origin, on the weekday of the span's last day."""
    weeks_ahead = -(-(spans.last - spans.origin) // 7)
    newest = spans.last - 7 * weeks_ahead
    found = []
    for weeks in (4, 8):
        oldest = newest - 7 * weeks
        qty = _at(history.weekly_sums, spans.series, newest) - _at(history.weekly_sums, spans.series, oldest)
        days = _at(history.weekly_counts, spans.series, newest) - _at(history.weekly_counts, spans.series, oldest)
        found.append(_mean(qty, days) / scale)
    return found


def _at(sums: Floats, series: Ints, day: Ints) -> Floats:
    return np.where(day >= 0, sums[series, np.maximum(day, 0)], 0.0)


def _year_features(history: History, spans: Spans, scale: Floats) -> list[Floats]:
    """The same span a year ago: of the series itself, and the whole panel's against its month before that origin."""
    first = spans.first - _YEAR_DAYS - _YEAR_MARGIN_DAYS
    last = np.minimum(spans.last - _YEAR_DAYS + _YEAR_MARGIN_DAYS, spans.origin)
    reaches = first >= 0
    own = _mean(*history.panel.totals(spans.series, first, last)) / scale
    span_rate = _index_rate(history.total, first, last)
    month_rate = _index_rate(history.total, spans.origin - _YEAR_DAYS - 27, spans.origin - _YEAR_DAYS)
    has_month = spans.origin - _YEAR_DAYS - 27 >= 0
    rise = np.where(has_month, divide(span_rate, month_rate, np.nan), np.nan)
    return [np.where(reaches, own, np.nan), rise]


def _index_rate(total: Floats, first: Ints, last: Ints) -> Floats:
    low, high = np.clip(first, 0, total.size - 1), np.clip(last + 1, 0, total.size - 1)
    rate: Floats = (total[high] - total[low]) / np.maximum(last - first + 1, 1)
    return rate


def _calendar_features(panel: Panel, spans: Spans) -> list[Floats]:
    target = panel.first_day + spans.last.astype("timedelta64[D]")
    weekday = (target.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    week = (target - target.astype("datetime64[Y]")).astype(float) // 7
    # Within a single year the week of the year is but the date, and trees would learn a level that never returns:
    # on UCI (304 days) leaving it out takes the bias from -9.6 to -5.0 % (84 days, three origins).
    return [
        weekday.astype(float),
        week if panel.day_count > _YEAR_DAYS + 28 else np.full(week.shape, np.nan),
        (spans.last - spans.origin).astype(float),
        (spans.last - spans.first + 1).astype(float),
    ]


def closed_share(history: History, spans: Spans) -> Floats:
    """Share of each span's days that are closed, by what was known at its origin."""
    share = history.signals.planned(CLOSED, spans.series, spans.origin, spans.first, spans.last)
    return np.minimum(share, 1.0)


def days_ahead(series: Ints, origin: int, horizon: int) -> Spans:
    """One single-day span for each of the series and days ahead, series by series."""
    rows = np.repeat(series, horizon)
    target = origin + np.tile(np.arange(1, horizon + 1), series.size)
    return Spans(rows, np.full(rows.size, origin), target, target)


def closed_days(history: History, series: Ints, origin: int, horizon: int) -> Bools:
    """Series × days ahead: whether the day is closed, by what was known at the origin."""
    spans = days_ahead(series, origin, horizon)
    found: Bools = closed_share(history, spans).reshape(series.size, horizon) > 0
    return found


def _promotion_features(history: History, spans: Spans, scale: Floats) -> list[Floats]:
    """How strongly the span is promoted, the weeks beside it and the time up to its origin; and what the series sold on
    promoted days and on others: its own answer to a promotion, and its level without. NaN where none is ever told.
    """
    promoted, plain = history.promoted, history.plain
    if promoted is None or plain is None:
        return [np.full(spans.size, np.nan)] * 9
    series, origin = spans.series, spans.origin
    planned = partial(history.signals.planned, PROMOTION, series, origin)
    return [
        planned(spans.first, spans.last),
        planned(spans.first - 7, spans.first - 1),
        planned(spans.last + 1, spans.last + 7),
        *(planned(origin - days + 1, origin) for days in (7, 28, 182)),
        plain.mean(series, origin, 28) / scale,
        plain.mean(series, origin, 91) / scale,
        promoted.mean(series, origin, _YEAR_DAYS) / scale,
    ]


def _holiday_features(signals: Signals, spans: Spans) -> list[Floats]:
    """Holidays in the span, and of the days next to it; NaN where none is ever told."""
    if not signals.has_holidays:
        return [np.full(spans.size, np.nan)] * 3
    share = partial(signals.holiday_share, spans.series)
    return [
        share(spans.first, spans.last),
        share(spans.last + 1, spans.last + NEAR_DAYS),
        share(spans.first - NEAR_DAYS, spans.first - 1),
    ]
