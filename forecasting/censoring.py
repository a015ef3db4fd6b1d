"""Days on which a series could not sell, or only for a part of the day: which they are, and what was lost on them.

Belongs here: reading stock-outs as censored demand, and its repair. Does not belong here: the ledger that tells how
long a shelf was empty (`fct_inventory_daily`), one-off orders (`panel`).

A day is repaired by what is known of it:

- It ended with nothing on hand: demand was at least what was sold. It takes E[D | D ≥ sold], by the product-limit
  estimator over earlier days of series of its size, those that sold out among them.
- It began without stock that came in the course of it: to what was sold comes the mean demand of the series' days in
  stock of the 91 before, times the share of the day that the shelf was empty.
- Nothing was sold, and it was out for half of it or longer: that says too little to be scaled up. It is unknown, and
  models learn nothing from it.

Where true demand is known (stores of the simulated network, 150 SKUs, eight months): of days that ended sold out 2,525
units were sold, 1,151 lost, 1,480 repaired (by their share of the day 58; by days in stock alone, which are the small
ones, 1,073 here and two fifths of what is lost where a third of the days sell out); of days unknown 339 lost, 428
estimated.
"""

from __future__ import annotations

import numpy as np

from oms_core.arrays import Bools, Floats, Ints, divide, running

#: Past so many stocked-out days in a row a zero is read as "nobody asks any more", not as lost demand.
MAX_CENSORED_DAYS = 28
WINDOW_DAYS = 91

#: A day without a sale is unknown from this share of it out of stock on.
_UNKNOWN_FROM = 0.5

#: Sizes of series: borders of their mean demand in stock (base units a day).
_SIZE_EDGES: Floats = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
#: Of more units than these it is not told how many more were asked for.
_MOST_UNITS = 200
_LEAST_DAYS = 20


def unknown_days(qty: Floats, share_out: Floats) -> Bools:
    """Days whose zero means "could not sell" rather than "nobody asked". Series × days as both inputs, causal in time.

    `share_out` is the share of each day out of stock. A series that took demand on a day that it was out all day and
    the day before takes back orders: its zeros are real.
    """
    out = share_out >= _UNKNOWN_FROM
    days = np.arange(qty.shape[1])
    last_in_stock = np.maximum.accumulate(np.where(out, -1, days), axis=1)
    is_recent = days - last_in_stock <= MAX_CENSORED_DAYS
    found: Bools = out & ~(np.nan_to_num(qty) > 0) & ~_takes_backorders(qty, share_out) & is_recent
    return found


def _takes_backorders(qty: Floats, share_out: Floats) -> Bools:
    """Whether a series has taken demand by a day that it could not have served from its shelf."""
    out = share_out >= 1.0
    out_before = np.zeros_like(out)
    out_before[:, 1:] = out[:, :-1]
    found: Bools = np.logical_or.accumulate((np.nan_to_num(qty) > 0) & out & out_before, axis=1)
    return found


def lost_demand(qty: Floats, usual: Floats, share_out: Floats, ended_out: Bools) -> Floats:
    """What was not sold: a part of the demand of days on which something was, all of that of unknown days (NaN in
    `qty`, out of stock); 0 on all others.

    Series × days, base units. `usual` is `qty` without one-off orders. Causal in time.
    """
    in_stock = np.isfinite(qty) & (share_out <= 0)
    lost = np.zeros(qty.shape)
    is_out = share_out > 0
    series, day = np.nonzero(is_out & np.isnan(qty))
    lost[series, day] = _mean_in_stock(usual, in_stock, series, day)
    is_out &= (np.nan_to_num(qty) > 0) & ~_takes_backorders(qty, share_out)
    series, day = np.nonzero(is_out)
    if series.size:
        additive = share_out[series, day] * _mean_in_stock(usual, in_stock, series, day)
        more = _residual_demand(usual, in_stock, is_out & ended_out, series, day)
        lost[series, day] = np.where(ended_out[series, day] & np.isfinite(more), more, additive)
    return lost


def _mean_in_stock(usual: Floats, in_stock: Bools, series: Ints, day: Ints) -> Floats:
    """Mean demand of the days in stock of the 91 before each of the days, else of all before; 0 without any."""
    sums, counts = running(np.where(in_stock, usual, 0.0)), running(in_stock.astype(float))

    def mean(first: Ints, otherwise: float) -> Floats:
        days = counts[series, day] - counts[series, first]
        return divide(sums[series, day] - sums[series, first], days, otherwise)

    recent = mean(np.maximum(day - WINDOW_DAYS, 0), np.nan)
    return np.where(np.isfinite(recent), recent, mean(np.zeros_like(day), 0.0))


def _residual_demand(usual: Floats, in_stock: Bools, sold_out: Bools, series: Ints, day: Ints) -> Floats:
    """Expected demand beyond what was sold on each of the days, given that it was as much or more; NaN where earlier
    days of series of the same size are too few.

    By the product-limit estimator (Kaplan & Meier 1958, J. Am. Stat. Assoc. 53, 457-481): of days that asked for v
    units or more, h(v) asked for no more; a day that sold out at s only says that it was more than s - 1. With
    e(v) = E[D - v | D ≥ v]: e(v) = (1 - h(v)) · (1 + e(v + 1)).
    """
    size = np.searchsorted(_SIZE_EDGES, _mean_in_stock(usual, in_stock, series, day), side="right")
    asked, more_than = (_counts(usual, in_stock, days) for days in (in_stock, sold_out))
    at_risk = _or_more(asked)
    at_risk[:, :-1] += _or_more(more_than)[:, 1:]
    stops = np.where(at_risk > 0, asked / np.maximum(at_risk, 1.0), 1.0)
    residual = np.zeros(stops.shape)
    for units in range(_MOST_UNITS - 1, -1, -1):
        residual[:, units] = (1.0 - stops[:, units]) * (1.0 + residual[:, units + 1])
    known = size, np.minimum(usual[series, day], _MOST_UNITS).astype(np.int64), day
    return np.where(at_risk[known] >= _LEAST_DAYS, residual[known], np.nan)


def _counts(usual: Floats, in_stock: Bools, days: Bools) -> Floats:
    """Sizes × units × days: how many of the days, of those before, had so many units."""
    series, day = np.nonzero(days & (np.nan_to_num(usual) > 0))
    size = np.searchsorted(_SIZE_EDGES, _mean_in_stock(usual, in_stock, series, day), side="right")
    counts = np.zeros((_SIZE_EDGES.size + 1, _MOST_UNITS + 1, usual.shape[1] + 1))
    np.add.at(counts, (size, np.minimum(usual[series, day], _MOST_UNITS).astype(np.int64), day + 1), 1.0)
    before: Floats = counts.cumsum(axis=2)
    return before


def _or_more(counts: Floats) -> Floats:
    return counts[:, ::-1].cumsum(axis=1)[:, ::-1]
