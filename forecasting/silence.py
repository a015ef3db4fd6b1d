"""Days of which nothing was heard from a place: its file did not come, or it was shut and nobody said so.

Belongs here: reading them from the demand of all its series together. Does not belong here: closed days that were told
(`known_ahead`), empty shelves (`censoring`).

A day without a single sale is unknown, not a day without demand, where its place sold to ten series or more on average
on that weekday of the eight weeks before, and to some on each: as chance that is rarer than one in ten thousand. Public
holidays teach nothing here, and stay what they were. A place that is silent for longer than a stock-out may last is
read as one that nobody asks of any more.
"""

from __future__ import annotations

import numpy as np

from forecasting.censoring import MAX_CENSORED_DAYS
from oms_core.arrays import Bools, Floats, Ints, divide

_WEEKS, _LEAST_WEEKS = 8, 2
_LEAST_SELLING = 10.0


def unheard_days(qty: Floats, places: Ints, holidays: Bools) -> Bools:
    """Series × days: whether nothing was heard from the series' place. Causal in time.

    `qty` is series × days, `places` the number of each series' place, `holidays` places × days.
    """
    place_count, day_count = holidays.shape
    series, days = np.nonzero(qty > 0)
    cells = np.bincount(places[series] * day_count + days, minlength=place_count * day_count)
    selling: Floats = cells.reshape(place_count, day_count).astype(float)
    usual, unheard = np.where(holidays, np.nan, selling), np.zeros(holidays.shape, dtype=bool)
    last_heard = np.full(place_count, -MAX_CENSORED_DAYS)
    for day in range(day_count):
        same_weekday = usual[:, max(day - 7 * _WEEKS, day % 7) : day : 7]
        last_heard[selling[:, day] > 0] = day
        is_recent = day - last_heard <= MAX_CENSORED_DAYS
        unheard[:, day] = is_recent & ~holidays[:, day] & (selling[:, day] == 0) & _sells(same_weekday)
        usual[unheard[:, day], day] = np.nan
    found: Bools = unheard[places]
    return found


def _sells(selling: Floats) -> Bools:
    """Whether a place (row) is sure to sell on such a day, by the series that did on those known."""
    known = np.isfinite(selling)
    count = known.sum(axis=1)
    mean = divide(np.nan_to_num(selling).sum(axis=1), count.astype(float), 0.0)
    sure: Bools = (count >= _LEAST_WEEKS) & (mean >= _LEAST_SELLING) & (~known | (selling > 0)).all(axis=1)
    return sure
