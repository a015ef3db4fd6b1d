"""Days on which a series could not sell, or only for a part of the day: which they are, and what was lost on them.

Belongs here: reading stock-outs as censored demand, and its repair. Does not belong here: the ledger that tells how
long a shelf was empty (`fct_inventory_daily`), one-off orders (`panel`).

The repair is additive: to what was sold comes the mean demand of the days in stock of the 91 before, times the share of
the day that the shelf was empty. It is right on average where customers come evenly and do not know of the shelf, and a
day's sales cannot blow it up (sales ÷ share in stock can). A day without any sale that was out for half of it or longer
says too little to be scaled up, and is unknown.
"""

from __future__ import annotations

import numpy as np

from forecasting.arrays import Bools, Floats, Ints, divide, running

#: Past so many stocked-out days in a row a zero is read as "nobody asks any more", not as lost demand.
MAX_CENSORED_DAYS = 28
WINDOW_DAYS = 91

#: A day without a sale is unknown from this share of it out of stock on.
_UNKNOWN_FROM = 0.5


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


def lost_demand(qty: Floats, usual: Floats, share_out: Floats) -> Floats:
    """What was not sold on days out of stock for a part of the day, on which something was; 0 on all others.

    Series × days, base units. `qty` has NaN where unknown, `usual` is it without one-off orders. Causal in time.
    """
    series, day = np.nonzero((np.nan_to_num(qty) > 0) & (share_out > 0) & ~_takes_backorders(qty, share_out))
    lost = np.zeros(qty.shape)
    lost[series, day] = share_out[series, day] * mean_in_stock(usual, share_out, series, day)
    return lost


def mean_in_stock(usual: Floats, share_out: Floats, series: Ints, day: Ints) -> Floats:
    """Mean demand of the known days in stock of the 91 before each of the days, else of all before; 0 without any."""
    in_stock = np.isfinite(usual) & (share_out <= 0)
    sums, counts = running(np.where(in_stock, usual, 0.0)), running(in_stock.astype(float))

    def mean(first: Ints, otherwise: float) -> Floats:
        return divide(sums[series, day] - sums[series, first], counts[series, day] - counts[series, first], otherwise)

    recent = mean(np.maximum(day - WINDOW_DAYS, 0), np.nan)
    return np.where(np.isfinite(recent), recent, mean(np.zeros_like(day), 0.0))
