"""Landed demand of a channel, put in the order in which it became known, day by day.

Belongs here: turning landed tables into arrays with a day's slice each.
Does not belong here: any supply decision (`supply`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oms_core.arrays import Ints
from oms_core.twin.spec import SupplySpec

Texts = NDArray[np.object_]
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class KnownLines:
    """Order lines by the day they became known, then by time. `sku` indexes `KnownDemand.skus`."""

    day: Ints
    at: Ints
    sku: Ints
    quantity: Ints
    price_minor: Ints
    channel: Texts
    order_ref: Texts
    line_ref: Texts
    customer: Texts
    description: Texts


@dataclass(frozen=True)
class KnownCredits:
    """Cancelled quantities by the day they became known, then by time."""

    day: Ints
    at: Ints
    sku: Ints
    quantity: Ints
    channel: Texts
    order_ref: Texts
    line_ref: Texts
    customer: Texts


@dataclass(frozen=True)
class KnownDemand:
    """All that supply may react to. Days are ordinals; `write_*` are the channel's own signed stock adjustments."""

    skus: tuple[str, ...]
    lines: KnownLines
    credited: KnownCredits
    write_day: Ints
    write_sku: Ints
    write_quantity: Ints
    first_day: Ints

    def slice(self, days: Ints, ordinal: int) -> slice:
        """Rows of one day in an array sorted by day."""
        return slice(int(np.searchsorted(days, ordinal)), int(np.searchsorted(days, ordinal + 1)))


def known_demand(
    lines: pd.DataFrame, adjustments: pd.DataFrame, movements: pd.DataFrame, until: date, spec: SupplySpec
) -> KnownDemand:
    """What became known by `until`. A row that arrived after its business day counts from its arrival.

    Of several statements of a line the first counts; lines that are not open and SKUs without a name are left out.
    """
    lines = _until(lines[lines["line_status"] == "open"], until, ["channel_id", "order_ref", "line_ref"], spec)
    credited = _until(
        adjustments[adjustments["kind"] == "cancelled"], until, ["channel_id", "adjustment_ref", "line_ref"], spec
    )
    own = movements["movement_ref"].astype(str).str.startswith(f"{spec.location_id}-")
    here = (movements["kind"] == "adjustment") & (movements["location_id"] == spec.location_id) & ~own
    writes = _until(movements[here], until, ["movement_ref", "line_ref"], spec)
    skus = sorted({*lines["sku"], *credited["sku"], *writes["sku"]})
    index = {sku: i for i, sku in enumerate(skus)}
    codes = [np.array([index[sku] for sku in frame["sku"]], dtype=np.int64) for frame in (lines, credited, writes)]
    first = np.full(len(skus), np.iinfo(np.int64).max)
    for frame, code in ((lines, codes[0]), (writes, codes[2])):
        np.minimum.at(first, code, frame["_day"].to_numpy())
    return KnownDemand(
        tuple(skus), _lines(lines, codes[0]), _credits(credited, codes[1]),
        writes["_day"].to_numpy(), codes[2], writes["quantity"].to_numpy(np.int64), first,
    )  # fmt: skip


def _until(frame: pd.DataFrame, until: date, key: list[str], spec: SupplySpec) -> pd.DataFrame:
    """Rows known by `until`, the first statement of each key, sorted by day, time and key."""
    day = _ordinals(frame["business_date"])
    if "known_at" in frame:
        arrived = pd.to_datetime(frame["known_at"], utc=True).dt.tz_convert(spec.timezone).dt.tz_localize(None)
        day = np.maximum(day, _ordinals(arrived))
    at = (
        pd.to_datetime(frame["effective_at"], utc=True).dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    )
    frame = frame.assign(_day=day, _at=at)
    frame = frame[frame["_day"] <= until.toordinal()].sort_values(["_day", "_at", *key], kind="stable")
    return frame.drop_duplicates(key, keep="first")


def _ordinals(days: pd.Series[Any]) -> Ints:
    values = pd.to_datetime(days).to_numpy("datetime64[D]").astype(np.int64)
    return np.asarray(values + _EPOCH)


def _texts(frame: pd.DataFrame, column: str) -> Texts:
    values = frame[column].astype(object)
    return np.asarray(values.where(values.notna(), ""), dtype=object)


def _lines(frame: pd.DataFrame, sku: Ints) -> KnownLines:
    texts = [_texts(frame, c) for c in ("channel_id", "order_ref", "line_ref", "customer_key", "description")]
    price = frame["unit_price_minor"].to_numpy(np.int64)
    day, at = frame["_day"].to_numpy(np.int64), frame["_at"].to_numpy(np.int64)
    return KnownLines(day, at, sku, frame["quantity"].to_numpy(np.int64), price, *texts)


def _credits(frame: pd.DataFrame, sku: Ints) -> KnownCredits:
    texts = [_texts(frame, c) for c in ("channel_id", "order_ref", "order_line_ref", "customer_key")]
    day, at = frame["_day"].to_numpy(np.int64), frame["_at"].to_numpy(np.int64)
    return KnownCredits(day, at, sku, frame["quantity"].to_numpy(np.int64), *texts)
