"""Expected demand below and above the series that are forecast: by channel, and whatever these parts add up to.

Belongs here: taking a series' mean apart into its channels'. Does not belong here: the sums (`fct_forecast_mean` is the
bottom of every one of them, in SQL), quantiles: those of parts do not add up to those of their sum.

Middle-out: series are forecast at SKU and location, where stock is kept; their parts by channel are top-down from
there, by each channel's proportion of what was asked for lately (Gross & Sohl 1990, J. Forecasting 9, 233-254,
doi:10.1002/for.3980090304), and all that is above is the sum of the parts. So any two sums of the same parts agree.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from oms_core.arrays import Floats, divide

#: Units of its location's mix that a series' own mix of channels is drawn towards: what sells once a month has none.
_PRIOR_UNITS = 5.0
_SERIES = ["sku", "location_id"]


def by_channel(series: pd.DataFrame, mean: Floats, sold: pd.DataFrame, origin: np.datetime64) -> pd.DataFrame:
    """Columns sku, location_id, channel_id, origin_date, target_date, qty_mean (base units): one row a part and day.

    `mean` is series × days ahead and goes with the rows of `series` (sku, location_id). `sold` has sku, location_id,
    channel_id and qty_demand, what was asked for lately. The parts of a series add up to its mean. A location that
    nobody asked of lately has the mix of all; nothing sold at all gives no row.
    """
    shares = _shares(series, sold)
    number = shares.index.to_numpy()
    horizon = mean.shape[1]
    rows = shares.iloc[np.repeat(np.arange(len(shares)), horizon)].reset_index(drop=True)
    parts = mean[number] * shares["share"].to_numpy()[:, None]
    start = origin.astype("datetime64[s]")
    rows["origin_date"] = start
    rows["target_date"] = start + np.tile(np.arange(1, horizon + 1), len(shares)).astype("timedelta64[D]")
    rows["qty_mean"] = parts.ravel()
    return rows.drop(columns="share")


def _shares(series: pd.DataFrame, sold: pd.DataFrame) -> pd.DataFrame:
    """Columns sku, location_id, channel_id, share; indexed by the row of `series`. Parts of nothing are left out."""
    units = sold[sold["qty_demand"] > 0].groupby([*_SERIES, "channel_id"])["qty_demand"].sum()
    asked = units.reset_index()
    mixes = _mix(asked)
    whole = _mix(asked.assign(location_id=""))
    keys = series[_SERIES].reset_index(names="number")
    known = keys.merge(mixes, on="location_id")
    unknown = keys[~keys["location_id"].isin(mixes["location_id"])].merge(whole[["channel_id", "mix"]], how="cross")
    parts = pd.concat([known, unknown], ignore_index=True).merge(asked, on=[*_SERIES, "channel_id"], how="left")
    own = parts["qty_demand"].fillna(0.0).to_numpy(dtype=float)
    total = pd.Series(own).groupby(parts["number"].to_numpy()).transform("sum").to_numpy()
    parts["share"] = divide(own + _PRIOR_UNITS * parts["mix"].to_numpy(dtype=float), total + _PRIOR_UNITS, 0.0)
    ordered = parts.sort_values(["number", "channel_id"], kind="stable").set_index("number")
    return ordered[[*_SERIES, "channel_id", "share"]]


def _mix(asked: pd.DataFrame) -> pd.DataFrame:
    """Columns location_id, channel_id, mix: each channel's proportion of what was asked for at the location."""
    units = asked.groupby(["location_id", "channel_id"])["qty_demand"].sum()
    mix = units / units.groupby("location_id").transform("sum")
    return mix.rename("mix").reset_index()
