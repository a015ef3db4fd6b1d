"""What is known of days to come: planned promotions, closed days, public holidays.

Belongs here: reading them, and what of them a series knew at an origin of a span of days. Does not belong here: which
country a location is in, what is planned (`pipelines` reads both), what a model makes of it (`features`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oms_core.arrays import Bools, Floats, Ints, running

EVENT_COLUMNS = ("kind", "value", "sku", "location_id", "first_date", "last_date", "known_date")
HOLIDAY_COLUMNS = ("location_id", "holiday_date")
PROMOTION, CLOSED = "promotion", "closed"

#: How far beyond the last day of history holidays are looked up: the longest horizon or interval, and some.
HOLIDAY_AHEAD_DAYS = 150
#: Days before and after a holiday that feel it.
NEAR_DAYS = 3


@dataclass(frozen=True)
class KnownAhead:
    """`events` has `EVENT_COLUMNS`, one row an event and series; `holidays` has `HOLIDAY_COLUMNS`, past and coming.

    `value` of a promotion is its strength (the planned discount, 0 to 1), of a closed day 1. An event is known from the
    end of `known_date` on: a forecast of an earlier origin does not see it.
    """

    events: pd.DataFrame
    holidays: pd.DataFrame

    @classmethod
    def nothing(cls) -> KnownAhead:
        """No event, no holiday."""
        return cls(pd.DataFrame({n: [] for n in EVENT_COLUMNS}), pd.DataFrame({n: [] for n in HOLIDAY_COLUMNS}))

    def felt(self, keys: pd.DataFrame, origin: np.datetime64) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Of events and holidays, what days up to `origin` could feel of these series: known by then, or near."""
        ours = pd.MultiIndex.from_frame(self.events[["sku", "location_id"]]).isin(pd.MultiIndex.from_frame(keys))
        events = self.events[ours & (pd.to_datetime(self.events["known_date"]) <= pd.Timestamp(origin)).to_numpy()]
        near = pd.to_datetime(self.holidays["holiday_date"]) <= pd.Timestamp(origin) + pd.Timedelta(days=NEAR_DAYS)
        return events, self.holidays[near.to_numpy() & self.holidays["location_id"].isin(keys["location_id"])]

    def of(self, keys: pd.DataFrame, first_day: np.datetime64, day_count: int) -> Signals:
        """The same by number of series (rows of `keys`) and of day (0 is `first_day`), for so many days of history."""
        numbered = keys[["sku", "location_id"]].reset_index(names="series")
        rows = self.events.merge(numbered, on=["sku", "location_id"], how="inner", sort=False)
        days = {name: _numbers(rows[name], first_day) for name in ("first_date", "last_date", "known_date")}
        events = {
            kind: _by_series(rows, days, np.flatnonzero(rows["kind"] == kind), len(keys))
            for kind in (PROMOTION, CLOSED)
        }
        return Signals(
            events, *_holidays(self.holidays, keys["location_id"], first_day, day_count + HOLIDAY_AHEAD_DAYS)
        )


@dataclass(frozen=True)
class _Events:
    """Events of one kind, series by series: those of series s are rows `starts[s]` to `starts[s + 1]`."""

    starts: Ints
    first: Ints
    last: Ints
    known: Ints
    value: Floats


@dataclass(frozen=True)
class Signals:
    """What is known ahead, answered for spans. `holidays[place]` are running sums of holidays over the days."""

    events: dict[str, _Events]
    places: Ints
    holidays: Floats

    def planned(self, kind: str, series: Ints, origin: Ints, first: Ints, last: Ints) -> Floats:
        """Mean strength of the events of a kind over days `first` to `last`, by what was known at `origin`.

        Promotions of one day add up; a day is closed once, however many say so.
        """
        events = self.events[kind]
        total = np.zeros(series.size)
        if not events.value.size:
            return total
        count = (events.starts[1:] - events.starts[:-1])[series]
        counted_until = first - 1
        for number in range(int(count.max(initial=0))):
            rows = np.flatnonzero(count > number)
            event = events.starts[series[rows]] + number
            begin, end = np.maximum(first[rows], events.first[event]), np.minimum(last[rows], events.last[event])
            is_known = events.known[event] <= origin[rows]
            if kind == CLOSED:
                # Events of a series are in the order in which they begin.
                begin = np.maximum(begin, counted_until[rows] + 1)
                counted_until[rows] = np.where(is_known, np.maximum(counted_until[rows], end), counted_until[rows])
            total[rows] += np.where(is_known, np.maximum(end - begin + 1, 0) * events.value[event], 0.0)
        total /= np.maximum(last - first + 1, 1)
        return total

    def has(self, kind: str) -> bool:
        """Whether any series has an event of the kind."""
        return bool(self.events[kind].value.size)

    @property
    def has_holidays(self) -> bool:
        """Whether any place has a holiday."""
        return bool(self.holidays[:, -1].any())

    def holiday_share(self, series: Ints, first: Ints, last: Ints) -> Floats:
        """Share of the days `first` to `last` that are holidays at the series' place."""
        low, high = (np.clip(day, 0, self.holidays.shape[1] - 1) for day in (first, last + 1))
        place = self.places[series]
        share: Floats = (self.holidays[place, high] - self.holidays[place, low]) / np.maximum(last - first + 1, 1)
        return share

    def holidays_of(self, day_count: int) -> Bools:
        """Places × days of history: whether the day is a public holiday there."""
        found: Bools = np.diff(self.holidays[:, : day_count + 1], axis=1) > 0
        return found

    def closed_days(self, day_count: int) -> Bools:
        """Series × days: whether the day is closed, whenever that was said."""
        closed = self.events[CLOSED]
        return self._marked(closed, closed.first, day_count)

    def promoted_days(self, day_count: int) -> Bools:
        """Series × days: whether the day is promoted, by what was known when it ended."""
        promotions = self.events[PROMOTION]
        return self._marked(promotions, np.maximum(promotions.first, promotions.known), day_count)

    def _marked(self, events: _Events, first: Ints, day_count: int) -> Bools:
        change = np.zeros((events.starts.size - 1, day_count + 1))
        series = np.repeat(np.arange(events.starts.size - 1), np.diff(events.starts))
        np.add.at(change, (series, np.clip(np.minimum(first, events.last + 1), 0, day_count)), 1)
        np.add.at(change, (series, np.clip(events.last + 1, 0, day_count)), -1)
        found: Bools = np.cumsum(change, axis=1)[:, :day_count] > 0
        return found


def _by_series(rows: pd.DataFrame, days: dict[str, Ints], chosen: Ints, series_count: int) -> _Events:
    series = rows["series"].to_numpy(dtype=np.int64)[chosen]
    order = np.lexsort((days["first_date"][chosen], series))
    chosen, series = chosen[order], series[order]
    starts = np.searchsorted(series, np.arange(series_count + 1)).astype(np.int64)
    value = rows["value"].to_numpy(dtype=float)[chosen]
    first, last, known = (days[name][chosen] for name in ("first_date", "last_date", "known_date"))
    return _Events(starts, first, last, known, value)


def _holidays(
    holidays: pd.DataFrame, locations: pd.Series, first_day: np.datetime64, day_count: int
) -> tuple[Ints, Floats]:
    places, names = pd.factorize(locations, sort=True)
    known = holidays[holidays["location_id"].isin(names)]
    marked = np.zeros((len(names), day_count))
    day = _numbers(known["holiday_date"], first_day)
    inside = (day >= 0) & (day < day_count)
    marked[pd.Index(names).get_indexer(known["location_id"])[inside], day[inside]] = 1.0
    return places.astype(np.int64), running(marked)


def _numbers(days: pd.Series, first_day: np.datetime64) -> Ints:
    numbers: Ints = (pd.to_datetime(days).to_numpy().astype("datetime64[D]") - first_day).astype(np.int64)
    return numbers
