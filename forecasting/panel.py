"""Daily demand as matrices (series × days), with running sums: the form in which the models read history.

Belongs here: turning the demand mart into matrices, and deciding which days count as observed.
Does not belong here: features (`features`), models, files, clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.censoring import lost_demand, unknown_days
from forecasting.known_ahead import KnownAhead
from forecasting.silence import unheard_days
from oms_core.arrays import Bools, Floats, Ints, running

_REQUIRED_COLUMNS = ("business_date", "sku", "location_id", "qty_demand", "is_stocked_out")

_READ = ("sku", "location_id", "qty_demand", "is_stocked_out", "stocked_out_share")

#: A day so many times above every day before it (and above a handful) is one event, not a level to stock up for. One
#: order of 74,215 pieces (UCI) raised the forecast of every other series tenfold before it was cut.
SPIKE_FACTOR = 10.0
_HANDFUL = 10.0


@dataclass(frozen=True)
class Panel:
    """Demand of every series up to the origin, the last column of `qty`.

    `keys` (columns sku, location_id) is sorted, so the order of the input rows never matters. `qty` is series × days in
    base units; NaN marks a day that says nothing about demand: before the series' first day, unknown, or censored by a
    stock-out. `lost` (None: nothing) is what was not sold: a part of `qty` where it is known, else an
    estimate of what `qty` does not know (`censoring`). `usual` is the
    same as `qty` with one-off spikes cut (see `without_spikes`): models learn from it, scores do not.
    `unheard` (series × days; None: none) are the days on which nothing was heard from its place (`silence`).
    `sums[:, d]` and `counts[:, d]` run over the first `d` days of `usual`, hence have one column more.
    """

    keys: pd.DataFrame
    origin: np.datetime64
    qty: Floats
    starts: Ints
    lost: Floats | None = None
    known_ahead: KnownAhead = field(default_factory=KnownAhead.nothing)
    unheard: Bools | None = None
    usual: Floats = field(init=False, repr=False)
    sums: Floats = field(init=False, repr=False)
    counts: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "usual", without_spikes(self.qty))
        object.__setattr__(self, "sums", running(np.nan_to_num(self.usual)))
        object.__setattr__(self, "counts", running(np.isfinite(self.qty).astype(float)))

    @property
    def series_count(self) -> int:
        """Number of series."""
        return int(self.qty.shape[0])

    @property
    def day_count(self) -> int:
        """Number of days, the origin included."""
        return int(self.qty.shape[1])

    @property
    def first_day(self) -> np.datetime64:
        """Calendar day of the first column."""
        return self.origin - np.timedelta64(self.day_count - 1, "D")

    def until(self, day_index: int) -> Panel:
        """The panel as it stood on the day with that index; series not yet begun are left out."""
        begun = np.flatnonzero(self.starts <= day_index)
        keys = self.keys.iloc[begun].reset_index(drop=True)
        qty = self.qty[begun, : day_index + 1]
        lost = None if self.lost is None else self.lost[begun, : day_index + 1]
        unheard = None if self.unheard is None else self.unheard[begun, : day_index + 1]
        last = self.first_day + np.timedelta64(day_index, "D")
        return Panel(keys, last, qty, self.starts[begun], lost, self.known_ahead, unheard)

    def totals(self, series: Ints, first: Ints, last: Ints) -> tuple[Floats, Floats]:
        """Demand without spikes, and observed days, from day `first` to `last`, both included, clipped to the panel."""
        low = np.clip(first, 0, self.day_count)
        high = np.clip(last + 1, low, self.day_count)
        qty = self.sums[series, high] - self.sums[series, low]
        return qty, self.counts[series, high] - self.counts[series, low]


def without_spikes(qty: Floats) -> Floats:
    """Demand with each day cut to `SPIKE_FACTOR` times the largest (cut) day before it: causal, and it follows a real
    rise at once, since every cut day raises the next day's bound. Shape as `qty`, NaN kept.
    """
    usual = qty.copy()
    largest = np.full(qty.shape[0], _HANDFUL)
    for day in range(qty.shape[1]):
        usual[:, day] = np.minimum(usual[:, day], SPIKE_FACTOR * largest)
        largest = np.fmax(largest, usual[:, day])
    return usual


def as_day(day: date | str | pd.Timestamp | np.datetime64) -> np.datetime64:
    """The calendar day as a numpy day."""
    return np.datetime64(pd.Timestamp(day).date(), "D")


def build_panel(
    demand: pd.DataFrame, origin: date | str | pd.Timestamp | np.datetime64, known_ahead: KnownAhead | None = None
) -> Panel:
    """Read the demand mart's rows up to `origin` (rows after it are not looked at).

    Days inside a series without a row count as zero demand; NaN and infinite demand as unknown; negative as zero.
    Where `stocked_out_share` is told too, days out of stock for a part of the day are repaired; else only a day that
    ended out of stock without a sale is taken as censored. A closed day without a sale is unknown as well, and so is
    one on which nothing was heard from the place (`silence`).
    Raises ValueError on missing columns, a repeated key, or no row at or before the origin.
    """
    missing = [name for name in _REQUIRED_COLUMNS if name not in demand.columns]
    if missing:
        raise ValueError(f"demand lacks the columns {missing}")
    last = as_day(origin)
    days = pd.to_datetime(demand["business_date"]).to_numpy().astype("datetime64[D]")
    seen = days <= last
    if not seen.any():
        raise ValueError(f"no demand on or before {last}")
    rows = demand.loc[seen, [name for name in _READ if name in demand.columns]]
    keys, series = _series_of(rows)
    return _fill(keys, series, days[seen], last, rows, known_ahead or KnownAhead.nothing())


def _series_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Sorted distinct (sku, location_id) and, for every row, the number of its series."""
    sku_codes, skus = pd.factorize(rows["sku"], sort=True)
    place_codes, places = pd.factorize(rows["location_id"], sort=True)
    if min(sku_codes.min(), place_codes.min()) < 0:
        raise ValueError("a demand row has no sku or no location_id")
    pairs, series = np.unique(sku_codes.astype(np.int64) * len(places) + place_codes, return_inverse=True)
    keys = pd.DataFrame(
        {
            "sku": pd.array(np.asarray(skus)[pairs // len(places)], dtype="str"),
            "location_id": pd.array(np.asarray(places)[pairs % len(places)], dtype="str"),
        }
    )
    return keys, series.astype(np.int64)


def _fill(
    keys: pd.DataFrame,
    series: Ints,
    days: NDArray[np.datetime64],
    last: np.datetime64,
    rows: pd.DataFrame,
    known_ahead: KnownAhead,
) -> Panel:
    first = days.min()
    day_count = int((last - first).astype(int)) + 1
    index = (days - first).astype(np.int64)
    if np.bincount(series * day_count + index).max() > 1:
        raise ValueError("a business_date, sku and location_id occurs twice in demand")
    demand = rows["qty_demand"].to_numpy(dtype=float, na_value=np.nan)
    qty = np.zeros((len(keys), day_count))
    qty[series, index] = np.where(np.isfinite(demand), np.maximum(demand, 0.0), np.nan)
    starts = np.full(len(keys), day_count, dtype=np.int64)
    np.minimum.at(starts, series, index)
    qty[np.arange(day_count) < starts[:, None]] = np.nan
    share = np.zeros(qty.shape)
    share[series, index] = _share_out(rows)
    qty[unknown_days(qty, share)] = np.nan
    lost = _lost(qty, share, rows, (series, index))
    signals = known_ahead.of(keys, first, day_count)
    closed = signals.closed_days(day_count)
    unheard = unheard_days(qty, signals.places, signals.holidays_of(day_count)) & (qty == 0) & ~closed
    qty[(closed & (qty == 0)) | unheard] = np.nan
    return Panel(keys, last, qty + lost, starts, lost, known_ahead, unheard)


def _lost(qty: Floats, share: Floats, rows: pd.DataFrame, cells: tuple[Ints, Ints]) -> Floats:
    """What was not sold. Of days that only their end is known of, those that sold nothing alone."""
    ended_out = np.zeros(qty.shape, dtype=bool)
    ended_out[cells] = rows["is_stocked_out"].fillna(False).to_numpy(dtype=bool)
    told = share if "stocked_out_share" in rows else np.where(np.isnan(qty), share, 0.0)
    return lost_demand(qty, without_spikes(qty), told, ended_out)


def _share_out(rows: pd.DataFrame) -> Floats:
    """Share of each row's day out of stock; of a day that only its end is known of, all of it where nothing sold."""
    if "stocked_out_share" in rows:
        told = rows["stocked_out_share"].to_numpy(dtype=float, na_value=0.0)
        share: Floats = np.clip(np.nan_to_num(told), 0.0, 1.0)
        return share
    ended: Floats = rows["is_stocked_out"].fillna(False).to_numpy(dtype=float)
    return ended
