"""Every level in force with its distribution, read once a snapshot: what a what-if of any scope starts from.

Belongs here: reading and keeping it. Does not belong here: the arithmetic (`oms_core.replenishment`), the list that is
shown (`queries`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboards.source import Source
from oms_core.replenishment.holding.distribution import DemandGrid

_LEVELS = "select * from fct_safety_stock where is_current order by sku, location_id"
#: One row a series: lists are read ten times as fast as a row a probability (100,000 series, 2.1 million rows).
_GRID = """
    select sku, location_id, list(probability order by probability) as probabilities,
           list(qty_demand order by probability) as qty,
           list(coalesce(qty_lead_time_demand, 0) order by probability) as lead_qty,
           bool_or(qty_lead_time_demand is null) as lacks_lead
    from fct_interval_demand group by all order by sku, location_id"""


@dataclass(frozen=True)
class Assortment:
    """Rows of `fct_safety_stock` in force, and the run's grid, which has all of them."""

    levels: pd.DataFrame
    grid: DemandGrid

    def rows(self, keys: pd.DataFrame) -> pd.DataFrame:
        """The levels of those keys (sku, location_id), in any order; what no level is kept of is left out."""
        wanted = pd.MultiIndex.from_frame(keys[["sku", "location_id"]])
        return self.levels[pd.MultiIndex.from_frame(self.levels[["sku", "location_id"]]).isin(wanted)]


def assortment_of(source: Source) -> Assortment:
    """The assortment of a snapshot; read when it is first asked for."""
    return _assortment(source, source.snapshot.snapshot_id)


def _read(_source: Source, snapshot_id: str) -> Assortment:  # noqa: ARG001 - the id is the cache's key
    # Without the pages' nullable integers: the levels' arithmetic is NumPy's.
    levels = _source.snapshot.query(_LEVELS).to_pandas()
    rows = _source.snapshot.query(_GRID)
    keys = rows.select(["sku", "location_id"]).to_pandas()
    if keys.empty:
        return Assortment(levels, DemandGrid(keys, np.array([0.0, 1.0]), np.zeros((0, 2))))
    probabilities, qty, lead = (_matrix(rows, name, len(keys)) for name in ("probabilities", "qty", "lead_qty"))
    has_lead = not any(rows["lacks_lead"].to_pylist())
    return Assortment(levels, DemandGrid(keys, probabilities[0], qty, lead if has_lead else None))


def _matrix(rows, name: str, count: int):  # type: ignore[no-untyped-def]
    return rows[name].combine_chunks().flatten().to_numpy().reshape(count, -1)


_assortment: Callable[[Source, str], Assortment] = st.cache_resource(max_entries=2, show_spinner=False)(_read)
